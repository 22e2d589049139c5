"""Owns the Merkle tree of RFC 9162 over leaf hashes: roots, inclusion proofs, consistency proofs and their checks. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

BLOCK_HEIGHT = 8
BLOCK = 1 << BLOCK_HEIGHT
"""Leaves of a full subtree whose root is kept, so that no proof reads more than a few hundred leaves."""
Path = tuple[bytes, ...]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the size of the left subtree: the largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """The right edge of a growing tree: leaves are added one by one, the root may be asked for at any size.

    ``blocks`` collects the root of every full subtree of 256 leaves on the way.
    """

    def __init__(self) -> None:
        self.size = 0
        self.blocks: list[bytes] = []
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        node, height, size = leaf, 0, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
            height += 1
            if height == BLOCK_HEIGHT:
                self.blocks.append(node)
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        return _fold(self._peaks)


class Tree:
    """A tree of ``size`` leaves of which the roots of all full blocks are known, and the leaves of single blocks on demand.

    :param leaves: returns the leaf hashes of a block by its number; the last one may be partial.
    """

    def __init__(self, size: int, blocks: Sequence[bytes], leaves: Callable[[int], Sequence[bytes]]) -> None:
        self.size = size
        self._levels: list[Sequence[bytes]] = [blocks[: size // BLOCK]]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
        self._leaves = leaves

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree, or of what it was at an earlier size."""
        size = self.size if size is None else size
        return self.range_root(0, size) if size else _fold([])

    def range_root(self, begin: int, end: int) -> bytes:
        """Return the root of the subtree over the leaves ``begin`` to ``end - 1``, as a tree over this many leaves has it."""
        count = end - begin
        if count == 1:
            return self._leaves(begin // BLOCK)[begin % BLOCK]
        if count >= BLOCK and not count & (count - 1) and not begin % count:
            return self._levels[count.bit_length() - 1 - BLOCK_HEIGHT][begin // count]
        middle = begin + split(count)
        return node_hash(self.range_root(begin, middle), self.range_root(middle, end))

    def inclusion(self, index: int) -> Path:
        """Return the proof that the leaf ``index`` (from 0) is in the tree (RFC 9162, 2.1.3.1)."""
        begin, end, path = 0, self.size, []
        while end - begin > 1:
            middle = begin + split(end - begin)
            if index < middle:
                path.append(self.range_root(middle, end))
                end = middle
            else:
                path.append(self.range_root(begin, middle))
                begin = middle
        return tuple(reversed(path))

    def consistency(self, first: int, size: int | None = None) -> Path:
        """Return the proof that the tree, or what it was at an earlier size, continues the one it was at size ``first`` (RFC 9162, 2.1.4.1)."""
        begin, end, path, is_whole = 0, self.size if size is None else size, [], True
        if first in {0, end}:
            return ()
        while end != first:
            middle = begin + split(end - begin)
            if first <= middle:
                path.append(self.range_root(middle, end))
                end = middle
            else:
                path.append(self.range_root(begin, middle))
                begin, is_whole = middle, False
        if not is_whole:
            path.append(self.range_root(begin, end))
        return tuple(reversed(path))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def includes(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether ``path`` proves the leaf hash at ``index`` in the tree with ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(other, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, other)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def continues(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether ``path`` proves that the second tree only added to the first (RFC 9162, 2.1.4.2)."""
    if first > second or (first == second and (path or first_root != second_root)):
        return False
    if first in {0, second}:
        return not path and (first > 0 or first_root == _fold([]))
    nodes = [first_root, *path] if not first & (first - 1) else list(path)
    if not nodes:
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
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, other)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over the peaks of a tree, the largest first; that of no leaves is the hash of nothing."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found
