"""No false allele: alleles that share an rs number, a ClinVar record or a position each get their own evidence only."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import annotator
from annotator.result import Match
from annotator.variants.assembly import Assembly
from annotator.vcf.header import OnClash
from tests.bench.civic_reach import PREFIX, RELEASE, Shared, lift_of, write_clinvar_of
from tests.support.civic_calls import CSQ_HEADER, Call, Row, calls_of, read_rows
from tests.support.civic_twins import ALLELE_LEVELS, TWINS
from tests.support.inputs import data_lines, info_of, write_vcf

RS_HEADER = '##INFO=<ID=RS,Number=.,Type=String,Description="dbSNP">'
NAMED = {
    "KRAS": ("G12A", "G12C", "G12D", "G12R", "G12S", "G12V"),
    "NRAS": ("Q61H", "Q61K", "Q61L", "Q61R"),
}
SETTINGS = ("GRCh37", "GRCh38", "GRCh38 with ClinVar")


class Traps(NamedTuple):
    """Variants that a careless reader takes for each other.

    Attributes:
        rsids: by rs number that several variants name, their CIViC numbers.
        clinvar_ids: likewise by VariationID.
        named: CIViC numbers by gene and change, of `NAMED`.

    """

    rsids: Mapping[str, set[int]]
    clinvar_ids: Mapping[str, set[int]]
    named: Mapping[str, int]

    @property
    def variants(self) -> set[int]:
        return set().union(*self.rsids.values(), *self.clinvar_ids.values(), self.named.values())


class Told(NamedTuple):
    """A record and what was written of it.

    Attributes:
        call: the record; its kind is `own`, or `decoy` for other bases at the place.
        expected: variants that are just this allele.
        variants: found at a matching level at which the allele itself is known.
        evidence: items of single variants that it was given.

    """

    call: Call
    expected: set[int]
    variants: set[int]
    evidence: set[int]


@pytest.fixture(scope="module")
def shared(shared_data: Path) -> Shared:
    return Shared.read(shared_data)


@pytest.fixture(scope="module")
def traps(shared: Shared) -> Traps:
    rsids, clinvar_ids = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
    named = {}
    for row in shared.variants:
        id_ = int(row["variant_id"])
        for rsid in rsids_of(row):
            rsids[rsid].add(id_)
        for clinvar_id in row["clinvar_ids"].split(","):
            if clinvar_id.strip().isdecimal():
                clinvar_ids[clinvar_id.strip()].add(id_)
        if row["variant"] in NAMED.get(row["gene"], ()):
            named[f"{row['gene']} {row['variant']}"] = id_
    return Traps(
        *({name: ids for name, ids in one.items() if len(ids) > 1} for one in (rsids, clinvar_ids)), named
    )


def rsids_of(row: Row) -> set[str]:
    return {rsid.lower() for rsid in re.findall(r"\brs[0-9]+\b", row["variant_aliases"], re.IGNORECASE)}


@pytest.fixture(scope="module", params=SETTINGS)
def told(
    request: pytest.FixtureRequest, shared: Shared, traps: Traps, tmp_path_factory: pytest.TempPathFactory
) -> list[Told]:
    """Records of all traps, each with the rs numbers and the expressions that it shares with others."""
    folder = tmp_path_factory.mktemp("identity")
    assembly = Assembly(request.param[:6])
    lift = lift_of(shared.data, assembly)
    has_clinvar = "ClinVar" in request.param
    annotator.build_snapshot(
        folder / "snapshot",
        assembly,
        civic=shared.data / RELEASE,
        clinvar=write_clinvar_of(shared, lift, folder / "clinvar.vcf") if has_clinvar else None,
    )
    own: dict[tuple[str, int, str, str], set[int]] = defaultdict(set)
    calls = [call for call in calls_of(shared.variants, assembly.value, lift) if call.kind == "allele"]
    for call in calls:
        own[call[2:6]].add(call.variant)
    records = list(with_decoys([call for call in calls if call.variant in traps.variants], shared))
    write_vcf(
        folder / "in.vcf",
        [line for _, line in records],
        assembly=assembly,
        contigs=tuple(assembly.lengths),
        meta=(CSQ_HEADER, RS_HEADER),
    )
    annotator.annotate(
        folder / "in.vcf",
        folder / "out.vcf",
        snapshot=folder / "snapshot",
        civic_match=Match.HGVS_C,
        on_clash=OnClash.KEEP,  # RS is the record's own
    )
    lines = data_lines((folder / "out.vcf").read_bytes())
    return [told_of(call, own[call[2:6]], line) for (call, _), line in zip(records, lines, strict=True)]


def with_decoys(calls: list[Call], shared: Shared) -> Iterator[tuple[Call, str]]:
    """Each allele and, of a substitution, the other bases at its place under the same names."""
    rows = {int(row["variant_id"]): row for row in shared.variants}
    for call in calls:
        rsids = sorted(rsids_of(rows[call.variant]))
        coding = re.search(r"((?:NM_|ENST)\d+\.\d+:c\.[^,\s]+)", rows[call.variant]["hgvs_descriptions"])
        alts = [call.alt]
        if len(call.ref) == len(call.alt) == 1:
            alts += sorted(set("ACGT") - {call.ref, call.alt})
        for alt in alts:
            csq = f"CSQ=|missense_variant|||ENST1|||{coding[1] if coding else ''}||1"
            info = ";".join([*([f"RS={','.join(rsid[2:] for rsid in rsids)}"] if rsids else []), csq])
            one = call._replace(alt=alt, kind="own" if alt == call.alt else "decoy")
            yield (
                one,
                f"{call.contig}\t{call.position}\t{';'.join(rsids) or '.'}\t{call.ref}\t{alt}\t.\t.\t{info}",
            )


def told_of(call: Call, expected: set[int], line: str) -> Told:
    entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",") if "|" in entry]
    assert {entry[2] for entry in entries} <= ALLELE_LEVELS
    ids = info_of(line).get("CIVIC_VID", ".")
    return Told(
        call,
        expected,
        {int(id_) for id_ in ids.split("&") if id_ != "."},
        {int(entry[9]) for entry in entries if entry[8] == "evidence"},
    )


def test_the_traps_are_those_of_the_release(traps: Traps) -> None:
    assert len(traps.rsids) == 46
    assert len(traps.clinvar_ids) == 47
    assert len(traps.named) == 10
    assert len(traps.rsids["rs121913529"]) == 3  # KRAS G12A, G12D and G12V


def test_each_allele_gets_its_own_variants_and_other_bases_get_none(told: list[Told], traps: Traps) -> None:
    for one in told:
        twins = set().union(*(TWINS.get(variant, set()) for variant in one.expected))
        assert one.variants <= one.expected | twins, one
    found = {one.call.variant for one in told if one.call.kind == "own" and one.call.variant in one.variants}
    asked = {one.call.variant for one in told if one.call.kind == "own"}
    assert asked >= set(traps.named.values())
    assert len(asked) > 100
    assert len(found) > 0.95 * len(asked)
    assert set(traps.named.values()) <= found
    assert sum(not one.expected for one in told if one.call.kind == "decoy") > 100


def test_each_gets_the_evidence_of_just_these_variants(told: list[Told], shared: Shared) -> None:
    items = defaultdict[str, set[int]](set)
    for item in read_rows(shared.data / RELEASE / f"{PREFIX}ClinicalEvidenceSummaries.tsv"):
        items[item["molecular_profile_id"]].add(int(item["evidence_id"]))
    own = {
        int(row["variant_id"]): items[row["single_variant_molecular_profile_id"]] for row in shared.variants
    }
    all_single = set().union(*own.values())
    for one in told:
        expected = set[int]().union(*(own[variant] for variant in one.variants))
        assert one.evidence & all_single == expected, one
    assert sum(len(one.evidence) for one in told) > 500
