"""Owns how a checkpoint is written: what the log was at a size, signed, with the proof that it continues the checkpoint before. Pure.

The file is what C2SP tlog-witness takes: the size of the tree before, the consistency proof, an empty line, and the note of C2SP
tlog-checkpoint, whose further lines number the checkpoints and chain them by hash, so that one that is missing shows.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

from riskreview.audit.keys import KeyRing, Signer
from riskreview.audit.merkle import Path
from riskreview.audit.notes import open_note
from riskreview.foundation.errors import RuleViolation

FIRST_PREVIOUS = "0" * 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement of what the log was.

    :param size: how many events it covers. :param chain: hash of the linear chain there. :param previous: SHA-256 of the note before.
    :param old_size: size of the checkpoint that ``proof`` shows it continues.
    :param restored: number of the checkpoint the log was set back to when it was restored; None for every other.
    """

    number: int
    size: int
    root: bytes
    at: datetime
    chain: bytes
    previous: str
    old_size: int
    proof: Path
    restored: int | None
    note: str

    @property
    def digest(self) -> str:
        """SHA-256 of the note, which the next checkpoint names."""
        return hashlib.sha256(self.note.encode()).hexdigest()

    @property
    def continued(self) -> int:
        """Number of the checkpoint it continues; 0 for none."""
        return self.number - 1 if self.restored is None else self.restored

    @property
    def content(self) -> str:
        """The whole file."""
        proof = "".join(base64.b64encode(item).decode() + "\n" for item in self.proof)
        return f"old {self.old_size}\n{proof}\n{self.note}"


def write_checkpoint(  # noqa: PLR0913  the lines of one checkpoint
    signer: Signer, *, number: int, size: int, root: bytes, chain: bytes, at: datetime, previous: str, old_size: int,
    proof: Path, restored: int | None = None,
) -> Checkpoint:  # fmt: skip
    """Return a signed checkpoint."""
    lines = [signer.ring.origin, str(size), base64.b64encode(root).decode(), f"number {number}", f"at {at.isoformat()}",
             f"chain {chain.hex()}", f"previous {previous}"]  # fmt: skip
    if restored is not None:
        lines.append(f"restored {restored}")
    note = signer.sign("\n".join(lines) + "\n")
    return Checkpoint(number, size, root, at, chain, previous, old_size, proof, restored, note)


def read_checkpoint(content: str) -> Checkpoint:
    """Read a checkpoint without asking who signed it.

    :raises RuleViolation: when it is none.
    """
    head, _, note = content.partition("\n\n")
    lines = note.partition("\n\n")[0].splitlines()
    try:
        said = dict(line.split(" ", 1) for line in lines[3:])
        old, *proof = head.splitlines()
        return Checkpoint(
            int(said["number"]), int(lines[1]), base64.b64decode(lines[2], validate=True), datetime.fromisoformat(said["at"]),
            bytes.fromhex(said["chain"]), said["previous"], int(old.removeprefix("old ")),
            tuple(base64.b64decode(line, validate=True) for line in proof), int(said["restored"]) if "restored" in said else None, note,
        )  # fmt: skip
    except (IndexError, KeyError, ValueError, binascii.Error) as error:
        raise RuleViolation("this is no checkpoint of a log") from error


def check_signed(checkpoint: Checkpoint, ring: KeyRing) -> None:
    """Check that the log's key of that time signed a checkpoint.

    :raises RuleViolation: when it did not.
    """
    text = open_note(checkpoint.note, ring.key_of(checkpoint.number))
    if not text.startswith(f"{ring.origin}\n"):
        raise RuleViolation(f"checkpoint {checkpoint.number} is of another log")
