#!/usr/bin/env python3
"""Verifies part of a riskreview event log without the database, with nothing but Python 3.9 or newer.

    python3 verify.py FOLDER_OR_ZIP [--key NAME+ID+KEY] [--trusted OLDER.checkpoint] [--json]

FOLDER_OR_ZIP is what ``riskreview audit export`` or ``riskreview evidence`` wrote. The answer names the first entry that does not hold.
Give the log's public key as you know it from elsewhere (``--key``), or a checkpoint you received earlier (``--trusted``): without one of
them only somebody who kept the key is kept from writing the whole log anew.

Ed25519 is checked by the code below, which follows RFC 8032; hashes and proofs follow RFC 9162, notes C2SP signed-note. Checking needs no
secret, so how long a computation takes tells nobody anything.
"""

import argparse
import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import pathlib
import re
import stat
import sys
import zipfile

FORMATS = ("riskreview log part 1", "riskreview log part 2", "riskreview log part 3")
"""The first has every checkpoint, the others those that are needed, each continuing the one before it in the part. The third shows for which
time it is complete: the events beside it are there."""
LONGEST = 1 << 26
"""No text and no line of ours has so many bytes."""
MOST_PACKED = 200
"""No ZIP file of ours is so many times smaller than what is in it."""
FIRST_PREVIOUS = "0" * 64
DASH = "— "
KEY_HEADING = "riskreview audit key"
PACK_HEADING = "riskreview evidence pack 1"
MANIFEST = "manifest.txt"
VERIFIER = "verify.py"
PART = frozenset(("part.json", "events.jsonl", "tree.txt", "openings.jsonl", "keys.txt"))
CHECKPOINTS = "checkpoints/"

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


class Refused(Exception):
    """What does not hold, in one sentence."""


# Files, which whoever made them may have made to deceive.


class Files:
    """The files of a folder or a ZIP file by their path in it. Refuses what a reader could take for something else than what is checked."""

    def __init__(self, path):
        self._root = pathlib.Path(path)
        if not (self._root.is_dir() or self._root.is_file()):
            raise Refused(f"{path} is neither a folder nor a file")
        self._archive = None if self._root.is_dir() else open_archive(self._root)
        found = list(of_folder(self._root) if self._archive is None else of_archive(self._archive, self._root))
        self.names = frozenset(checked_name(name) for name in found)
        if len({name.casefold() for name in found}) != len(found):
            twice = next(name for name in found if [other.casefold() for other in found].count(name.casefold()) > 1)
            raise Refused(f"{twice} is there more than once")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._archive is not None:
            self._archive.close()

    def open(self, name):
        """Open a file for its bytes."""
        return (self._root / name).open("rb") if self._archive is None else self._archive.open(name)

    def text(self, name):
        """Return the text of a file."""
        with self.open(name) as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise Refused(f"{name} is longer than any of ours")
        return content.decode("utf-8")

    def lines(self, name):
        """Yield the lines of a file, each with its end."""
        with self.open(name) as file:
            while True:
                line = file.readline(LONGEST + 1)
                if len(line) > LONGEST:
                    raise Refused(f"a line of {name} is longer than any of ours")
                if not line:
                    return
                yield line

    def measured(self, name):
        """Return the SHA-256 of a file and how many bytes it has."""
        found, size = hashlib.sha256(), 0
        with self.open(name) as file:
            while True:
                content = file.read(1 << 20)
                if not content:
                    return found.hexdigest(), size
                found.update(content)
                size += len(content)


def checked_name(name):
    """Return a path inside a folder or ZIP file; one that leads out of it, or would not be shown as it is, is refused."""
    if not name.isprintable() or set("\\:") & set(name):
        raise Refused(f"{name!r} is no name of ours")
    if any(not part or part != part.rstrip(" .") for part in name.split("/")):
        raise Refused(f"{name!r} is no path inside it")
    return name


def of_folder(folder, above=""):
    """Yield the paths of all files below a folder."""
    for item in folder.iterdir():
        name, kind = above + item.name, item.lstat().st_mode
        if stat.S_ISDIR(kind):
            yield from of_folder(item, f"{name}/")
        elif stat.S_ISREG(kind):
            yield name
        else:
            raise Refused(f"{name} is a link or a device, not a file")


def open_archive(path):
    """Open a ZIP file."""
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise Refused(f"{path.name} is neither a folder nor a whole ZIP file") from None


def of_archive(archive, path):
    """Yield the paths of all files in a ZIP file."""
    entries, size = archive.infolist(), path.stat().st_size
    if sum(item.file_size for item in entries) > max(LONGEST, MOST_PACKED * size):
        raise Refused(f"{path.name} unpacks to more than {MOST_PACKED} times its size")
    if entries and min(item.header_offset for item in entries):
        raise Refused(f"{path.name} has something before its first entry")
    for item in entries:
        if stat.S_IFMT(item.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Refused(f"{item.filename} is a link or a device, not a file")
        if item.flag_bits & 1:
            raise Refused(f"{item.filename} is encrypted")
        checked_name(item.orig_filename[:-1] if item.is_dir() else item.orig_filename)
        if not item.is_dir():
            yield item.filename


def whole(text):
    """Return a number written in digits."""
    if not re.fullmatch("[0-9]{1,18}", text):
        raise Refused(f"{text[:40]!r} stands where a number must")
    return int(text)


def hashed(text):
    """Return a SHA-256 written in hexadecimal digits."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise Refused(f"{text[:80]!r} stands where a SHA-256 must")
    return bytes.fromhex(text)


# Ed25519 (RFC 8032, 5.1). A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and T = XY/Z.


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(number, point):
    found = NEUTRAL
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


def _point(raw):
    """Return the point that 32 bytes stand for, None if they stand for none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(key, signature, message):
    """Tell whether ``signature`` is that of ``key`` (32 bytes) over ``message``."""
    point, other = _point(key), _point(signature[:32]) if len(signature) == 64 else None
    number = int.from_bytes(signature[32:], "little")
    if point is None or other is None or number >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    one, two = _times(number, BASE), _add(other, _times(hashed, point))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


# Signed notes and the log's keys.


def decoded(text):
    """Return the bytes of base64 text, nothing for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def key_id(name, raw):
    """Return the four bytes a signature names its key by."""
    return hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]


def read_key(text):
    """Return the name and the 32 bytes of a key written NAME+ID+KEY."""
    name, _, rest = text.strip().partition("+")
    identity, _, encoded = rest.partition("+")
    raw = decoded(encoded)
    if len(raw) != 33 or raw[:1] != b"\x01" or key_id(name, raw[1:]).hex() != identity:
        raise Refused(f"{text.strip()[:80]!r} is no public key; it reads NAME+ID+KEY")
    return name, raw[1:]


def open_note(note, key):
    """Return the text of a note that ``key`` signed."""
    text, mark, signatures = note.rpartition(f"\n\n{DASH}")
    text += "\n"
    for line in (DASH + signatures).splitlines() if mark else ():
        name, _, encoded = line[len(DASH) :].partition(" ")
        raw = decoded(encoded)
        if name == key[0] and raw[:4] == key_id(*key) and ed25519_holds(key[1], raw[4:], text.encode()):
            return text
    return None


def read_ring(text):
    """Return the keys of the log, the oldest first, as (first checkpoint, key); each was named by the one before."""
    ring = []
    for statement in (item for item in re.split(rf"(?m)^(?={KEY_HEADING}$)", text) if item):
        said = dict(line.split(" ", 1) for line in statement.partition("\n\n")[0].splitlines()[1:])
        key = read_key(said["key"])
        if open_note(statement, ring[-1][1] if ring else key) is None:
            raise Refused(f"key {len(ring) + 1} of the log is not signed by the key before it")
        if ring and (key[0] != ring[0][1][0] or whole(said["from"]) <= ring[-1][0]):
            raise Refused(f"key {len(ring) + 1} of the log does not follow the key before it")
        ring.append((whole(said["from"]), key))
    if not ring:
        raise Refused("keys.txt names no key")
    return ring


# Merkle tree.


def node_hash(left, right):
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree whose hashes come in order."""

    def __init__(self):
        self.size = 0
        self._peaks = []

    def add(self, size, found):
        """Add the hash of the next ``size`` leaves."""
        begin, self.size = self.size, self.size + size
        whole = not size & (size - 1) and not begin % size
        while whole and begin & size:
            before, left = self._peaks.pop()
            if before != size:
                raise Refused(f"tree.txt does not cover the log in order at event {begin + 1}")
            found, begin, size = node_hash(left, found), begin - size, size * 2
        self._peaks.append((size, found))

    def root(self):
        """Return the root so far."""
        found = None
        for _, peak in reversed(self._peaks):
            found = peak if found is None else node_hash(peak, found)
        return hashlib.sha256(b"").digest() if found is None else found


def continues(first, first_root, second, second_root, path):
    """Tell whether ``path`` proves that the second tree only added to the first (RFC 9162, 2.1.4.2)."""
    if first in (0, second):
        return not path and (first == 0 or first_root == second_root)
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    if first > second or not nodes or any(len(item) != hashlib.sha256().digest_size for item in nodes):
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = nodes[0]
    for other in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(other, old), node_hash(other, new)
            shift = (node & -node).bit_length() - 1 if node else 0
            node, last = node >> shift, last >> shift
        else:
            new = node_hash(new, other)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# Checkpoints.


def read_checkpoint(content, name):
    """Return what a checkpoint says."""
    head, _, note = content.partition("\n\n")
    lines = note.partition("\n\n")[0].splitlines()
    try:
        said = dict(line.split(" ", 1) for line in lines[3:])
        old, *proof = head.splitlines()
        return {
            "number": whole(said["number"]), "size": whole(lines[1]), "root": decoded(lines[2]), "at": said["at"],
            "previous": said["previous"], "old": whole(old.split(" ")[1]), "proof": [decoded(line) for line in proof],
            "restored": whole(said["restored"]) if "restored" in said else None, "note": note, "origin": lines[0],
            "digest": hashlib.sha256(note.encode()).hexdigest(),
        }  # fmt: skip
    except (IndexError, KeyError, ValueError, Refused):
        raise Refused(f"{name} is no checkpoint") from None


def checkpoint_in(text):
    """Return the checkpoint that stands in a text, such as a mail that was saved; the text itself where none is found."""
    found = re.search(r"^old \d+\n.*?\n\n\u2014 [^\n]*\n", text.replace("\r\n", "\n") + "\n", re.MULTILINE | re.DOTALL)
    return found.group() if found else text


def check_checkpoints(files, place, ring, has_all):
    """Return the checkpoints in order, after checking who signed each and that it continues the one before.

    Where a part does not have all of them, those that are there lead from one to the next.
    """
    found, standing = [], []
    for name in sorted(name for name in files.names if name.startswith(place)):
        item = read_checkpoint(files.text(name), name[len(place) :])
        number = item["number"]
        key = next((key for first, key in reversed(ring) if first <= number), None)
        if key is None or open_note(item["note"], key) is None or item["origin"] != key[0]:
            raise Refused(f"checkpoint {number} is not signed by the log's key of its time")
        if found and has_all:
            check_follows(found[-1], standing, item)
        elif found:
            check_leads(found[-1], item)
        elif number == 1 and item["previous"] != FIRST_PREVIOUS:
            raise Refused("checkpoint 1 names one before it")
        found.append(item)
        standing = [other for other in standing if item["restored"] is None or other["number"] <= item["restored"]]
        standing.append(item)
    if not found:
        raise Refused("there is no checkpoint")
    return found, standing


def check_follows(before, standing, item):
    """Check that a checkpoint comes right after another one and continues the log."""
    number = item["number"]
    if number != before["number"] + 1:
        raise Refused(f"checkpoint {before['number'] + 1} is missing")
    if item["previous"] != before["digest"]:
        raise Refused(f"checkpoint {number} does not name checkpoint {number - 1} as it is here")
    base = number - 1 if item["restored"] is None else item["restored"]
    continued = next((other for other in standing if other["number"] == base), None)
    if continued is None and base > 0:
        return  # the log was set back to a state before this part
    size, root = (continued["size"], continued["root"]) if continued else (0, Frontier().root())
    if item["old"] != size or not continues(size, root, item["size"], item["root"], item["proof"]):
        raise Refused(
            f"checkpoint {number} does not continue checkpoint {base}: events up to {size} were altered between them"
        )


def check_leads(before, item):
    """Check that a checkpoint continues the one before it in the part, whatever was signed between them."""
    number, other = item["number"], before["number"]
    if number <= other:
        raise Refused(f"checkpoint {number} stands after checkpoint {other}")
    if number == other + 1 and item["previous"] != before["digest"]:
        raise Refused(f"checkpoint {number} does not name checkpoint {other} as it is here")
    if item["old"] != before["size"]:
        raise Refused(f"a checkpoint over {item['old']} events is missing between checkpoint {other} and {number}")
    if not continues(before["size"], before["root"], item["size"], item["root"], item["proof"]):
        raise Refused(
            f"checkpoint {number} does not continue checkpoint {other}: events up to {before['size']} were altered between them"
        )


def check_trusted(trusted, checkpoints, roots):
    """Compare with a checkpoint from elsewhere; its root is compared while the tree is read."""
    same = next((item for item in checkpoints if item["number"] == trusted["number"]), None)
    if same is not None and same["note"] != trusted["note"]:
        raise Refused(f"checkpoint {trusted['number']} is another one than the one you trust")
    if same is None:
        roots.setdefault(trusted["size"], []).append(trusted)
    return same is not None


# Events.


def check_events(files, place, part, roots):
    """Read the tree and the events side by side; return how many events hold."""
    first, last = part["complete"] or (1, 0)
    count, frontier, base, beside = 0, Frontier(), 0, Beside(part)
    events = files.lines(place + "events.jsonl")
    for line in files.lines(place + "tree.txt"):
        fields = line.decode("ascii").split()
        if len(fields) == 2:
            seq, leaf = whole(fields[0]), hashed(fields[1])
            if seq != frontier.size + 1:
                raise Refused(f"event {frontier.size + 1} is missing in tree.txt")
            beside.see(seq, check_event(next(events, b""), seq, leaf))
            count += 1
            frontier.add(1, leaf)
        else:
            begin, end = whole(fields[0]), whole(fields[1])
            if begin < last and end >= first:
                raise Refused(f"event {max(begin + 1, first)} is missing in tree.txt")
            if begin != frontier.size or end <= begin:
                raise Refused(f"event {frontier.size + 1} is missing in tree.txt")
            frontier.add(end - begin, hashed(fields[2]))
        base = compare_roots(roots, frontier, base)
    extra = next(events, b"")
    if extra:
        raise Refused(f"event {seq_of(extra)} is in events.jsonl and not in tree.txt")
    if frontier.size != part["size"]:
        raise Refused(
            f"event {frontier.size + 1} is missing: tree.txt ends there, the checkpoint covers {part['size']} events"
        )
    if count != part["events"]:
        raise Refused(f"there are {count} events, part.json says {part['events']}")
    beside.check()
    return count if part["complete"] is None else last - first + 1


class Beside:
    """Sees whether the events before and after a complete part are of another time, so that none of its own was left out at its ends."""

    def __init__(self, part):
        (since, until), (first, last) = part["between"] or (None, None), part["complete"] or (1, 0)
        self._wanted = {}
        if part["between"] is not None and first > 1:
            self._wanted[first - 1] = ("before", since)
        if part["between"] is not None and last < part["size"]:
            self._wanted[last + 1] = ("after", until)

    def see(self, seq, body):
        """Look at an event that holds."""
        if seq not in self._wanted:
            return
        side, moment = self._wanted.pop(seq)
        at = dt.datetime.fromisoformat(json.loads(body)["at"])
        if moment is None or not (at < moment if side == "before" else at >= moment):
            raise Refused(f"event {seq} is of the same time and was left out")

    def check(self):
        """Refuse a part that lacks one of these events."""
        if self._wanted:
            raise Refused(f"event {min(self._wanted)} is missing, which would show that none was left out beside it")


def read_part(content):
    """Return what part.json says."""
    part = json.loads(content)
    if part["format"] not in FORMATS:
        raise Refused(f"part.json is of the format {part['format']!r}, this verifies {', '.join(FORMATS)}")
    complete, between = part["complete"], part.get("between")
    numbers = [part["checkpoint"], part["size"], part["events"], *([] if complete is None else complete)]
    if any(type(item) is not int or item < 0 for item in numbers):
        raise Refused("part.json has something else where numbers must stand")
    if complete is not None and not (len(complete) == 2 and 1 <= complete[0] <= complete[1] + 1 <= part["size"] + 1):
        raise Refused(f"part.json says it is complete from {complete}, which are no events of the log")
    if part["format"] == FORMATS[2] and (complete is None) != (between is None):
        raise Refused("part.json does not say for which time it is complete")
    moments = between and [item and dt.datetime.fromisoformat(item) for item in between]
    return {**part, "between": moments if part["format"] == FORMATS[2] else None}


def check_openings(files, place):
    """Check that every text beside the events is what its event committed to; return how many there are."""
    if place + "openings.jsonl" not in files.names:
        return 0
    wanted = {}
    for line in files.lines(place + "openings.jsonl"):
        item = json.loads(line)
        wanted.setdefault(item["seq"], []).append(item)
    count = sum(len(items) for items in wanted.values())
    for line in files.lines(place + "events.jsonl") if wanted else ():
        event = json.loads(line)
        for item in wanted.pop(event["seq"], ()):
            said = json.dumps([item["seq"], item["field"], item["value"]], separators=(",", ":"), ensure_ascii=False)
            made = "hmac-sha256:" + hmac.new(bytes.fromhex(item["salt"]), said.encode(), hashlib.sha256).hexdigest()
            if found_at(event, item["field"]) != made:
                raise Refused(
                    f"the text beside event {item['seq']} for {item['field']} is not what the event committed to"
                )
    if wanted:
        raise Refused(f"there is a text for event {min(wanted)}, which is not here")
    return count


def found_at(value, field):
    """Return what stands in an event at a place such as new/decision_reason."""
    for step in field.split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def check_event(line, seq, leaf):
    """Check that a line of events.jsonl is the event ``seq`` with the leaf hash the tree has for it, and return its bytes."""
    if not line:
        raise Refused(f"event {seq} is missing: events.jsonl ends before it")
    body = line.rstrip(b"\n")
    found = seq_of(body)
    if hashlib.sha256(b"\x00" + body).digest() == leaf and found == seq:
        return body
    if isinstance(found, int) and found != seq:
        raise Refused(f"event {seq} is missing or was moved: event {found} is in its place")
    raise Refused(f"event {seq} was altered")


def compare_roots(roots, frontier, base):
    """Compare the tree with the checkpoints of its size; return the size up to which it is confirmed."""
    for item in roots.pop(frontier.size, ()):
        if item["root"] != frontier.root():
            raise Refused(
                f"event {base + 1} or one after it, up to event {frontier.size}, is not what checkpoint {item['number']} was signed over"
            )
        base = frontier.size
    return base


# Evidence packs.


def check_manifest(files, ring, number):
    """Check that every file of an evidence pack is as its manifest says, and that who signed the checkpoint ``number`` of its log signed it.

    A key that was followed by another one may not sign a manifest any more, whatever checkpoint it names. Returns how many files there are.
    """
    note = files.text(MANIFEST)
    said = [line.split(" ", 1) for line in note.partition("\n\n")[0].split("\n")[1:]]
    key = next(key for first, key in reversed(ring) if first <= number)
    if not note.startswith(f"{PACK_HEADING}\n") or open_note(note, key) is None:
        raise Refused(f"{MANIFEST} is not signed by the log's key of its time")
    named = [value for name, value in said if name == "checkpoint"]
    if named != [str(number)]:
        raise Refused(f"{MANIFEST} is about checkpoint {', '.join(named)}, the log beside it ends with {number}")
    listed = {}
    for name, value in said:
        if name == "file":
            digest, size, place = value.split(" ", 2)
            listed[place] = (digest, whole(size))
    for place in sorted({*listed, *files.names} - {MANIFEST}):
        if place not in files.names:
            raise Refused(f"{place} is missing")
        if place not in listed:
            raise Refused(f"{place} is not in the manifest")
        if files.measured(place) != listed[place]:
            raise Refused(f"{place} was altered")
    return len(listed)


def check_alone(files, place):
    """Check that nothing lies beside a part of a log that is in no evidence pack, where a reader could take it for proven."""
    for name in sorted(files.names - {VERIFIER}):
        inner = name[len(place) :] if name.startswith(place) else ""
        is_checkpoint = inner.startswith(CHECKPOINTS) and inner.count("/") == 1
        if not is_checkpoint and inner not in PART:
            raise Refused(f"{MANIFEST} is missing" if place else f"{name} is no file of an export; nothing proves it")


def seq_of(body):
    """Return the number an event gives itself, or None."""
    try:
        return json.loads(body)["seq"]
    except (ValueError, KeyError, TypeError):
        return None


def verify(path, key=None, trusted=None):
    """Verify a part of a log; returns what holds.

    Raises Refused with the first entry that does not.
    """
    try:
        with Files(path) as files:
            return verified(files, find_part(files), key, trusted)
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001  whatever others put into the files, the answer is a refusal
        raise Refused(f"the part cannot be read: {type(error).__name__} {error}") from None


def verified(files, place, key, trusted):
    """Return what holds of the part at ``place`` among the files."""
    part = read_part(files.text(place + "part.json"))
    ring = read_ring(files.text(place + "keys.txt"))
    checkpoints, standing = check_checkpoints(files, place + CHECKPOINTS, ring, part["format"] == FORMATS[0])
    last = checkpoints[-1]
    if (last["number"], last["size"]) != (part["checkpoint"], part["size"]):
        raise Refused(f"checkpoint {part['checkpoint']} over {part['size']} events is missing")
    check_key(key, ring, last["number"])
    roots = {}
    for item in standing:
        roots.setdefault(item["size"], []).append(item)
    compared = trusted is not None and check_trusted(read_checkpoint(trusted, "the trusted file"), checkpoints, roots)
    if 0 in roots:
        compare_roots(roots, Frontier(), 0)
    count = check_events(files, place, part, roots)
    texts = check_openings(files, place)
    is_pack = place != "" and MANIFEST in files.names
    if not is_pack:
        check_alone(files, place)
    listed = check_manifest(files, ring, last["number"]) if is_pack else None
    left = (item for items in roots.values() for item in items)
    if trusted is not None and not compared and any(item["note"] in trusted for item in left):
        raise Refused("the trusted checkpoint could not be compared: it is newer, or older events are not in this part")
    signer = next(key for first, key in reversed(ring) if first <= last["number"])
    between = part["between"] and [item and item.isoformat() for item in part["between"]]
    return {"events": count, "texts": texts, "complete": part["complete"], "between": between, "size": last["size"], "checkpoint": last["number"],
            "signed_at": last["at"], "files": listed, "set_back": [item["number"] for item in checkpoints if item["restored"] is not None],
            "key": f"{signer[0]}+{key_id(*signer).hex()}+{base64.b64encode(bytes([1]) + signer[1]).decode()}",
            "key_confirmed": key is not None or trusted is not None}  # fmt: skip


def check_key(key, ring, number):
    """Check that the key somebody trusts, or one it was followed by, signed the checkpoint ``number``."""
    if key is None:
        return
    trusted = read_key(key)
    place = next((place for place, (_, other) in enumerate(ring) if other == trusted), None)
    signer = max(place for place, (first, _) in enumerate(ring) if first <= number)
    if place is None or place > signer:
        raise Refused("the log is signed by another key than the one you trust, from its first entry on")


def find_part(files):
    """Return where among the files the part of the log is: at the top, or in the folder ``log``."""
    for place in ("", "log/"):
        if place + "part.json" in files.names:
            return place
    raise Refused("it holds no part of a log: there is no part.json")


def main(arguments=None):
    """Print what holds or what does not; exit code 0, 1 for a refusal."""
    parser = argparse.ArgumentParser(description="Verify part of a riskreview event log without the database.")
    parser.add_argument("path", help="folder or ZIP file of an export or an evidence pack")
    parser.add_argument("--key", help="the log's public key as you know it from elsewhere: NAME+ID+KEY")
    parser.add_argument("--trusted", help="a checkpoint you received earlier, or a mail with one saved as text")
    parser.add_argument("--json", action="store_true", help="print JSON for a machine")
    asked = parser.parse_args(arguments)
    try:
        trusted = checkpoint_in(pathlib.Path(asked.trusted).read_text(encoding="utf-8")) if asked.trusted else None
        found = verify(asked.path, asked.key, trusted)
    except (Refused, OSError, ValueError) as error:
        print(json.dumps({"holds": False, "problem": str(error)}) if asked.json else shown(f"REFUSED: {error}"))
        return 1
    print(json.dumps({"holds": True, **found}) if asked.json else "\n".join(map(shown, told(found))))
    return 0


def shown(line):
    """Return a line as any terminal shows it: what is in a file's name can neither move the cursor nor begin a line of its own."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in line)


def told(found):
    """Return the answer for a person, line by line."""
    lines = [f"HOLDS: {found['events']} events ({covered(found)}) as signed in checkpoint {found['checkpoint']} of {found['signed_at']}",
             f"signed by {found['key']}"]  # fmt: skip
    if found["files"] is not None:
        lines.insert(1, f"and {found['files']} files of the pack as its signed manifest lists them")
    if not found["key_confirmed"]:
        lines.append("Compare this key with the one you were given, or verify again with --key or --trusted.")
    return lines + [f"The log was restored from a backup at checkpoint {number}: what was signed before it and lost is not in it." for number in found["set_back"]]  # fmt: skip


def covered(found):
    """Return of what the events are all."""
    if found["complete"] is None:
        return "a selection; that it is all of them, it cannot prove"
    first, last = found["complete"]
    events = f"all of {first} to {last}" if first <= last else "there are none"
    if found["between"] is None:
        return f"{events}; of which days, it does not prove"
    since, until = found["between"]
    is_over = until is not None and dt.datetime.fromisoformat(until) <= dt.datetime.fromisoformat(found["signed_at"])
    end = until if is_over else "the checkpoint, which knows nothing of later"
    return f"{events}, and with them all that were recorded from {since or 'the beginning'} to {end}"


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
