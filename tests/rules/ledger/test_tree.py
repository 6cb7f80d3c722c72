"""The tree against RFC 6962's own definitions, written down naively, and its known vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.ledger import rules

# The eight leaves that certificate transparency's implementations share, and the roots of the
# logs of 1 to 8 of them.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    joined = b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])
    return hashlib.sha256(joined).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], is_whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if m == len(leaves):
        return [] if is_whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_subproof(m, leaves[:k], is_whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def make_leaves(count: int) -> list[bytes]:
    return [rules.leaf_hash(f"entry {number} 澜") for number in range(count)]


LEAVES = make_leaves(600)


def hash_span(span: rules.Span, leaves: list[bytes]) -> bytes:
    """Hash a span through its complete subtrees and stored levels, as the queries do."""
    parts = []
    for part in rules.split_span(span):
        level, run = rules.stored_span(part)
        tile = [
            naive_root(leaves[position << level : (position + 1) << level])
            for position in range(run.low, run.high)
        ]
        parts.append(rules.complete_root(tile))
    return rules.join_subtrees(parts)


def test_known_leaf_hash() -> None:
    assert rules.leaf_hash("").hex() == CT_ROOTS[0]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + data).digest() for data in CT_LEAVES[:size]]
    tree = rules.TreeBuilder()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root().hex() == CT_ROOTS[size - 1]
    assert hash_span(rules.Span(0, size), leaves).hex() == CT_ROOTS[size - 1]


def test_known_inclusion_path() -> None:
    """The path of the first of the eight leaves."""
    leaves = [hashlib.sha256(b"\x00" + data).digest() for data in CT_LEAVES]
    proof = [hash_span(span, leaves).hex() for span in rules.inclusion_spans(0, 8)]
    assert proof == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_empty_root() -> None:
    assert rules.TreeBuilder().root() == rules.EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert rules.join_subtrees([]) == rules.EMPTY_ROOT


@given(st.integers(0, 600))
def test_builder_equals_definition(size: int) -> None:
    tree = rules.TreeBuilder()
    nodes = [node for leaf in LEAVES[:size] for node in tree.add(leaf)]
    assert tree.root() == naive_root(LEAVES[:size])
    assert [node for node, _ in nodes] == [rules.Subtree(8, n) for n in range(size // 256)]
    for node, value in nodes:
        assert value == naive_root(LEAVES[node.position << 8 : (node.position + 1) << 8])


def test_builder_reaches_the_second_stored_level() -> None:
    leaf = rules.leaf_hash("same")
    tree, top = rules.TreeBuilder(), []
    for _ in range(1 << 16):
        top += [node for node in tree.add(leaf) if node[0].level == 16]
    expected = leaf
    for _ in range(16):
        expected = rules.node_hash(expected, expected)
    assert top == [(rules.Subtree(16, 0), expected)]
    assert tree.root() == expected


@given(st.integers(1, 600), st.data())
def test_inclusion_equals_definition_and_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    proof = [hash_span(span, leaves) for span in rules.inclusion_spans(index, size)]
    assert proof == naive_path(index, leaves)
    root = naive_root(leaves)

    def lead_to(index: int, leaf: bytes, proof: list[bytes]) -> bytes | None:
        return rules.root_from_inclusion(index=index, size=size, leaf=leaf, proof=proof)

    assert lead_to(index, leaves[index], proof) == root
    assert lead_to(index, rules.leaf_hash("forged"), proof) != root
    assert lead_to(index, leaves[index], [*proof, root]) != root
    if proof:
        assert lead_to(index, leaves[index], proof[:-1]) != root
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert lead_to(other, leaves[index], proof) != root


@given(st.integers(1, 600), st.data())
def test_consistency_equals_definition_and_verifies(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    leaves = LEAVES[:size]
    proof = [hash_span(span, leaves) for span in rules.consistency_spans(old, size)]
    assert proof == naive_subproof(old, leaves, True)
    old_root, root = naive_root(leaves[:old]), naive_root(leaves)

    def agrees(old_root: bytes, root: bytes, proof: list[bytes]) -> bool:
        return rules.is_consistent(old=old, size=size, old_root=old_root, root=root, proof=proof)

    assert agrees(old_root, root, proof)
    forged = rules.leaf_hash("forged")
    assert not agrees(forged, root, proof)
    assert not agrees(old_root, forged, proof)
    assert not agrees(old_root, root, [*proof, forged])
    if proof:
        assert not agrees(old_root, root, proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_inclusion_outside(index: int, size: int) -> None:
    with pytest.raises(rules.ProofOutOfRange):
        rules.inclusion_spans(index, size)
    assert rules.root_from_inclusion(index=index, size=size, leaf=b"", proof=[]) is None


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3), (-1, 3)])
def test_no_consistency_outside(old: int, size: int) -> None:
    with pytest.raises(rules.ProofOutOfRange):
        rules.consistency_spans(old, size)
    root = LEAVES[0]
    assert not rules.is_consistent(old=old, size=size, old_root=root, root=root, proof=[])


@given(st.integers(0, 1 << 40), st.integers(1, 1 << 40))
def test_a_proof_reads_few_stored_hashes(index: int, more: int) -> None:
    size = index + more
    read = 0
    for span in rules.inclusion_spans(index, size):
        for part in rules.split_span(span):
            _, run = rules.stored_span(part)
            assert part.position >= 0
            read += run.high - run.low
    # Two partial tiles on every stored level at most: the leaf's own and the right edge.
    assert read <= 2 * rules.TILE_WIDTH * (size.bit_length() // rules.TILE_LEVELS + 1)
