"""Makes parts of a log and evidence packs in memory, signed by keys at will, as somebody who wants to deceive would."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from riskreview.audit import keys, notes
from riskreview.audit.checkpoint_text import write_checkpoint
from riskreview.audit.merkle import leaf_hash, root_of

ORIGIN = "riskreview.audit/0123456789abcdef"
FIRST = datetime(2026, 6, 30, 20, tzinfo=UTC)
LAST_YEARS, PRESENT = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
FOLLOWS = 100
"""Number of the first checkpoint that the present key signs."""


def public(private: Ed25519PrivateKey) -> str:
    """Return a public key as one is told it."""
    return str(notes.public_key_of(ORIGIN, private))


def statements() -> list[str]:
    """Return what the log says about its keys: the first one signs itself and the present one."""
    said = ((LAST_YEARS, 1), (PRESENT, FOLLOWS))
    texts = [f"{keys.HEADING}\norigin {ORIGIN}\nkey {public(key)}\nfrom {first}\nat {FIRST}\n" for key, first in said]
    return [notes.sign(content, ORIGIN, LAST_YEARS) for content in texts]


@dataclass(frozen=True)
class MadeLog:
    """A log of events, one every six hours, and one checkpoint over all of them.

    :param number: of the checkpoint. :param signer: who signs it.
    """

    events: int = 12
    number: int = FOLLOWS
    signer: Ed25519PrivateKey = PRESENT

    def bodies(self) -> list[bytes]:
        """Return the bytes of the events."""
        moments = (FIRST + timedelta(hours=6 * place) for place in range(self.events))
        return [json.dumps({"action": "review:opened", "at": moment.isoformat(), "seq": seq}).encode() for seq, moment in enumerate(moments, 1)]  # fmt: skip

    def write(self, folder: Path, first: int, last: int, between: tuple[str, str] | None, shown: range) -> Path:
        """Write a part that says it has all events ``first`` to ``last``; those in ``shown`` are there, of the others the hashes."""
        folder.mkdir(parents=True)
        bodies = self.bodies()
        leaves = [leaf_hash(body) for body in bodies]
        lines = (f"{seq} {leaf.hex()}\n" if seq in shown else f"{seq - 1} {seq} {leaf.hex()}\n" for seq, leaf in enumerate(leaves, 1))  # fmt: skip
        (folder / "tree.txt").write_text("".join(lines), encoding="ascii")
        (folder / "events.jsonl").write_bytes(b"".join(bodies[seq - 1] + b"\n" for seq in shown))
        signer = keys.Signer(keys.read_ring(statements()), self.signer)
        made = write_checkpoint(signer, number=self.number, size=self.events, root=root_of(leaves), chain=bytes(32), at=FIRST + timedelta(days=9),
                                previous="0" * 64, old_size=0, proof=())  # fmt: skip
        (folder / "checkpoints").mkdir()
        (folder / "checkpoints" / f"{self.number:010d}.checkpoint").write_text(made.content, encoding="utf-8")
        (folder / "keys.txt").write_text("".join(statements()), encoding="utf-8")
        said = {"format": "riskreview log part 3", "checkpoint": self.number, "size": self.events, "events": len(shown), "complete": [first, last],
                "between": between}  # fmt: skip
        (folder / "part.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    def whole(self, folder: Path) -> Path:
        """Write all of it."""
        return self.write(folder, 1, self.events, (None, None), range(1, self.events + 1))

    def pack(self, folder: Path, *, signer: Ed25519PrivateKey = PRESENT, number: int | None = None) -> Path:
        """Write an evidence pack with a report; ``signer`` signs its manifest, which names the checkpoint ``number``."""
        self.whole(folder / "log")
        (folder / "report.html").write_text("<p>All was well</p>", encoding="utf-8")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        lines = ["riskreview evidence pack 1", "kind review", f"checkpoint {number or self.number}"]
        lines += [f"file {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.relative_to(folder).as_posix()}" for path in files]  # fmt: skip
        (folder / "manifest.txt").write_text(notes.sign("\n".join(lines) + "\n", ORIGIN, signer), encoding="utf-8")
        return folder
