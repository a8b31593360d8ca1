from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.sources.civic.knowledge import caid_of, clinvar_ids_of, known, squished
from annotator.sources.civic.structure import (
    Combination,
    Operator,
    ProfileTree,
    profile_tree,
    tokens_of_name,
    tokens_of_raw_name,
)

AND, OR, NOT = Operator.AND, Operator.OR, Operator.NOT


def rows_of(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("raw_name", "tree"),
    [
        ("#VID1", 1),
        ("#VID1 AND #VID2", Combination(AND, (1, 2))),
        ("#VID1 AND #VID2 OR #VID3", Combination(OR, (Combination(AND, (1, 2)), 3))),
        ("#VID1 AND (#VID2 OR #VID3)", Combination(AND, (1, Combination(OR, (2, 3))))),
        ("NOT #VID1 AND #VID2", Combination(AND, (Combination(NOT, (1,)), 2))),
        ("NOT (#VID1 OR #VID2)", Combination(NOT, (Combination(OR, (1, 2)),))),
        ("", None),
        ("#VID1 #VID2", None),
        ("#VID1 AND", None),
        ("( #VID1", None),
        ("#VID1 )", None),
        ("#VID1 XOR #VID2", None),
    ],
)
def test_structure_of_raw_names(raw_name: str, tree: ProfileTree | None) -> None:
    assert profile_tree(tokens_of_raw_name(raw_name)) == tree


def test_names_that_contain_parentheses_operators_or_each_other() -> None:
    names = {
        1: "MET Splice Site (c.3028G>A)",
        2: "NOTCH1 AND-like",
        3: "NOTCH1 AND-like (long)",
        4: "MET Splice Site",
    }
    name = (
        "NOT MET Splice Site (c.3028G>A) AND ( NOTCH1 AND-like OR NOTCH1 AND-like (long)) OR MET Splice Site"
    )
    tokens = tokens_of_name(name, names)
    assert tokens == ["NOT", 1, "AND", "(", 2, "OR", 3, ")", "OR", 4]


def test_a_name_that_is_not_of_its_variants_has_no_structure() -> None:
    assert profile_tree(tokens_of_name("BRAF V600E AND BRAF V600K", {12: "BRAF V600E"})) is None


_TREES: st.SearchStrategy[ProfileTree] = st.recursive(
    st.integers(1, 99),
    lambda inner: (
        st.builds(Combination, st.sampled_from((AND, OR)), st.lists(inner, min_size=2, max_size=3).map(tuple))
        | inner.map(lambda part: Combination(NOT, (part,)))
    ),
    max_leaves=8,
)


def spelled(tree: ProfileTree) -> str:
    if isinstance(tree, int):
        return f"#VID{tree}"
    if tree.operator is NOT:
        return f"NOT ({spelled(tree.parts[0])})"
    return f" {tree.operator} ".join(f"({spelled(part)})" for part in tree.parts)


@given(_TREES)
def test_every_structure_survives_being_written(tree: ProfileTree) -> None:
    assert profile_tree(tokens_of_raw_name(spelled(tree))) == tree


def test_every_profile_of_the_real_release_has_a_structure_of_just_its_variants(shared_data: Path) -> None:
    folder = shared_data / "civic/release-2024-08-01"
    variants = {
        int(row["variant_id"]): squished(f"{row['gene']} {row['variant']}")
        for row in rows_of(folder / "01-Aug-2024-VariantSummaries.tsv")
    }
    profiles = rows_of(folder / "01-Aug-2024-MolecularProfileSummaries.tsv")
    assert len(profiles) == 1739
    several, unlisted = 0, []
    for row in profiles:
        ids = [int(number) for number in row["variant_ids"].split(", ")]
        if not variants.keys() >= set(ids):
            unlisted.append(row["name"])
            continue
        tree = profile_tree(tokens_of_name(row["name"], {id_: variants[id_] for id_ in ids}))
        assert tree is not None, row["name"]
        assert sorted(leaves(tree)) == sorted(ids), row["name"]
        several += len(ids) > 1
    assert several == 119
    assert unlisted == ["Kataegis Positive", "CK High"]  # factors; VariantSummaries had none yet


def leaves(tree: ProfileTree) -> list[int]:
    return [tree] if isinstance(tree, int) else [leaf for part in tree.parts for leaf in leaves(part)]


def test_sentinels_are_no_identifiers() -> None:
    assert clinvar_ids_of(["N/A", "NONE FOUND", "", " 376090", "13961", "0", "13961", "CA1"]) == (
        13961,
        376090,
    )
    assert [caid_of(text) for text in ("CA123643", " ca1 ", "unregistered", "", None, "CAXYZ")] == [
        "CA123643", "CA1", None, None, None, None,
    ]  # fmt: skip
    assert [known(text) for text in ("N/A", "None found", " a  b ", None)] == ["", "", "a b", ""]
