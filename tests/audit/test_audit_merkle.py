"""The tree is that of RFC 9162: the published vectors of Certificate Transparency hold, and a forged proof does not."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.audit.merkle import BLOCK, Frontier, Tree, continues, includes, leaf_hash, root_of

LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4 76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c 5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
"""Roots over the first 1 to 8 leaves, as Certificate Transparency publishes them."""
INCLUSION = {
    (0, 8): ("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    (5, 8): ("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): ("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
}  # fmt: skip
CONSISTENCY = {
    (1, 8): INCLUSION[0, 8],
    (6, 8): ("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", *INCLUSION[5, 8][1:]),
    (2, 5): INCLUSION[1, 5][1:],
}


def tree_over(leaves: list[bytes]) -> Tree:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return Tree(len(leaves), frontier.blocks, lambda block: leaves[block * BLOCK : (block + 1) * BLOCK])


def hashed(count: int) -> list[bytes]:
    return [leaf_hash(item) for item in LEAVES[:count]]


def test_the_published_roots_come_out():
    assert [root_of(hashed(count)).hex() for count in range(1, 9)] == ROOTS
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_published_inclusion_proofs_come_out_and_hold(index: int, size: int):
    path = tree_over(hashed(size)).inclusion(index)

    assert tuple(item.hex() for item in path) == INCLUSION[index, size]
    assert includes(bytes.fromhex(ROOTS[size - 1]), size, index, leaf_hash(LEAVES[index]), path)


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_the_published_consistency_proofs_come_out_and_hold(first: int, second: int):
    path = tree_over(hashed(second)).consistency(first)

    assert tuple(item.hex() for item in path) == CONSISTENCY[first, second]
    assert continues(first, bytes.fromhex(ROOTS[first - 1]), second, bytes.fromhex(ROOTS[second - 1]), path)


@settings(max_examples=40)
@given(st.integers(1, 700), st.data())
def test_any_proof_of_any_tree_holds_and_no_other_does(size: int, data: st.DataObject):
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    tree = tree_over(leaves)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    inclusion, consistency = tree.inclusion(index), tree.consistency(first)
    forged = leaf_hash(b"forged")

    assert includes(tree.root(), size, index, leaves[index], inclusion)
    assert not includes(tree.root(), size, index, forged, inclusion)
    assert not includes(tree.root(), size + 1, index, leaves[index], (*inclusion, forged))
    assert not includes(tree.root(), size, size, leaves[index], inclusion)
    assert tree.root(first) == root_of(leaves[:first])
    assert continues(first, tree.root(first), size, tree.root(), consistency)
    assert not continues(first, forged, size, tree.root(), consistency)
    assert not continues(first, tree.root(first), size, tree.root(), (*consistency, forged))
    if consistency:
        assert not continues(first, tree.root(first), size, tree.root(), (forged, *consistency[1:]))


def test_the_verifier_s_own_signatures_are_those_of_rfc_8032():
    spec = importlib.util.spec_from_file_location(
        "verify", Path(__file__).parents[2] / "include" / "verifier" / "verify.py"
    )
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    key = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")  # fmt: skip
    too_large = signature[:32] + (int.from_bytes(signature[32:], "little") + verifier.ORDER).to_bytes(32, "little")

    assert verifier.ed25519_holds(key, signature, bytes.fromhex("af82"))
    assert not verifier.ed25519_holds(key, signature, bytes.fromhex("af83"))
    assert not verifier.ed25519_holds(key, too_large, bytes.fromhex("af82"))
    assert not verifier.ed25519_holds(key, signature[:-1], bytes.fromhex("af82"))
