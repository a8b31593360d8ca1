"""`python -m tests.bench.civic_reach`: how much of CIViC finds itself, level by level, in both assemblies.

For every variant of the release of 2024-08-01 the records are written that a caller and VEP would write for it
(see `tests.support.civic_calls`), annotated down to the last level, and counted: the variants that find themselves at
each level, and their share of all evidence. The exit status is 1 if less is reached than CIViC's issue demands.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import annotator
from annotator.variants.assembly import Assembly
from tests.support.civic_calls import CSQ_HEADER, Call, Lift, Row, calls_of, read_rows, stated_protein
from tests.support.inputs import data_lines, info_of, vcf_text

__all__ = [
    "MINIMA",
    "SETTINGS",
    "Reached",
    "Setting",
    "Shared",
    "annotated",
    "lift_of",
    "measure",
    "own_level",
]

CHAINS = {
    Assembly.GRCH38: "chain/mskcc+vcf2maf/data/hg19_to_hg38.chain",
    Assembly.GRCH37: "chain/konstantint+pyliftover/tests/data/hg38ToHg19.over.chain.gz",
}
RELEASE = "civic/release-2024-08-01"
PREFIX = "01-Aug-2024-"


class Setting(NamedTuple):
    """A snapshot whose reach is measured."""

    name: str
    assembly: Assembly
    has_chain: bool = False
    has_clinvar: bool = False


SETTINGS = (
    Setting("GRCh37", Assembly.GRCH37),
    Setting("GRCh38", Assembly.GRCH38),
    Setting("GRCh38, with a chain", Assembly.GRCH38, has_chain=True),
    Setting("GRCh38, with ClinVar", Assembly.GRCH38, has_clinvar=True),
)


class Shared(NamedTuple):
    """The release, read by the tests' own code.

    Attributes:
        data: folder of real data.
        variants: rows of VariantSummaries.
        evidence: number of evidence items on each variant's own profile.
        total: number of all evidence items.

    """

    data: Path
    variants: list[dict[str, str]]
    evidence: Mapping[int, int]
    total: int

    @classmethod
    def read(cls, data: Path) -> Shared:
        """Read the release."""
        folder = data / RELEASE
        variants = read_rows(folder / f"{PREFIX}VariantSummaries.tsv")
        items = read_rows(folder / f"{PREFIX}ClinicalEvidenceSummaries.tsv")
        on_profile = Counter(item["molecular_profile_id"] for item in items)
        evidence = {
            int(row["variant_id"]): on_profile[row["single_variant_molecular_profile_id"]] for row in variants
        }
        return cls(data, variants, evidence, len(items))


class Reached(NamedTuple):
    """What was reached with one snapshot.

    Attributes:
        asked: variants for which a record was written, by kind of record.
        found: of those, the ones that found themselves, by kind and level.
        counts: of the snapshot's manifest.

    """

    asked: Mapping[str, set[int]]
    found: Mapping[tuple[str, str], set[int]]
    counts: Mapping[str, int]

    def on(self, kind: str, *levels: str) -> set[int]:
        """Variants that found themselves by a kind of record, on any of some levels or on any at all."""
        return {
            variant
            for (made, level), variants in self.found.items()
            if made == kind and (not levels or level in levels)
            for variant in variants
        }


def lift_of(data: Path, target: Assembly) -> Lift:
    """Give what lifts a base to an assembly, by the library itself."""
    from liftover import ChainFile

    chain = ChainFile(str(data / CHAINS[target]), "from", "to", one_based=True)

    def lift(contig: str, position: int) -> tuple[str, int] | None:
        try:
            found = chain.query(contig, position)
        except KeyError:
            return None
        places = [(name.removeprefix("chr"), place) for name, place, strand in found if strand == "+"]
        return places[0] if len(places) == 1 and places[0][0] in target.lengths else None

    return lift


def measure(shared: Shared, setting: Setting, folder: Path) -> Reached:
    """Build the snapshot of a setting, annotate every variant's records, and tell what found itself."""
    assembly, data = setting.assembly, shared.data
    lift = lift_of(data, assembly)
    clinvar = write_clinvar_of(shared, lift, folder / "clinvar.vcf") if setting.has_clinvar else None
    manifest = annotator.build_snapshot(
        folder / "snapshot",
        assembly,
        civic=data / RELEASE,
        clinvar=clinvar,
        civic_options=annotator.CivicOptions(chain=data / CHAINS[assembly] if setting.has_chain else None),
    )
    calls = list(calls_of(shared.variants, assembly.value, lift))
    lines = annotated(calls, assembly, folder)
    asked: dict[str, set[int]] = defaultdict(set)
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line in lines:
        variant, _, kind = line.split("\t")[2].partition("_")
        asked[kind].add(int(variant))
        level = own_level(info_of(line), int(variant))
        if level is not None:
            found[kind, level].add(int(variant))
    return Reached(asked, found, manifest.sources["civic"].counts)


def annotated(calls: Iterable[Call], assembly: Assembly, folder: Path) -> list[str]:
    """Annotate calls with the snapshot of a folder, down to the last level; give the data lines."""
    source, output = folder / "calls.vcf", folder / "annotated.vcf"
    ordered = sorted(calls, key=lambda call: (call.contig, call.position))
    contigs = tuple(assembly.lengths)
    source.write_text(
        vcf_text([call.line() for call in ordered], assembly=assembly, contigs=contigs, meta=[CSQ_HEADER])
    )
    annotator.annotate(source, output, snapshot=folder / "snapshot", civic_match="gene")
    return data_lines(output.read_bytes())


def own_level(info: Mapping[str, str], variant: int) -> str | None:
    """Level on which a record found a variant, by its entries, or else by its ids if nothing is said of it."""
    if str(variant) not in info.get("CIVIC_VID", "").split("&"):
        return None
    for entry in info.get("CIVIC", "").split(","):
        parts = entry.split("|")
        if len(parts) > 5 and parts[5] == str(variant):
            return parts[2]
    return info["CIVIC_MATCH"]


def write_clinvar_of(shared: Shared, lift: Lift, path: Path) -> Path:
    """Write a ClinVar file of the VariationIDs that CIViC's alleles name, on their lifted alleles."""
    lines = [
        "##fileformat=VCFv4.1",
        "##fileDate=2024-08-01",
        "##reference=GRCh38",
        '##INFO=<ID=ALLELEID,Number=1,Type=Integer,Description="the ClinVar Allele ID">',
        '##INFO=<ID=CLNHGVS,Number=.,Type=String,Description="HGVS">',
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="review status">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    ids = {int(row["variant_id"]): _first_clinvar_id(row) for row in shared.variants}
    written: set[int] = set()
    for call in calls_of(shared.variants, "GRCh38", lift):
        id_ = ids[call.variant]
        if call.kind == "allele" and id_ is not None and id_ not in written:
            written.add(id_)
            lines.append(
                f"{call.contig}\t{call.position}\t{id_}\t{call.ref}\t{call.alt}\t.\t.\tALLELEID={id_}"
            )
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def _first_clinvar_id(row: Row) -> int | None:
    first = row["clinvar_ids"].split(",")[0]
    return int(first) if first.isdecimal() else None


# Output


def tell(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")


class Minimum(NamedTuple):
    """What the issue demands of a setting."""

    setting: str
    what: str
    least: int
    count: Callable[[Reached], int]


def _exact(reached: Reached) -> int:
    return len(reached.on("allele", "exact"))


def _protein(reached: Reached) -> int:
    return len(reached.on("protein", "protein"))


# Of the 814 one is no change (C>C), and one lacks one of its 18 bases, which only a FASTA can tell.
MINIMA = (
    *(
        Minimum(setting.name, "of the 814 alleles, but for two, by exact", 812, _exact)
        for setting in SETTINGS
    ),
    *(Minimum(setting.name, "protein changes by protein", 850, _protein) for setting in SETTINGS),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; give the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    data = Path(given[0]) if given else Path(__file__).resolve().parents[3] / "shared" / "data"
    shared = Shared.read(data)
    status = 0
    for setting in SETTINGS:
        with tempfile.TemporaryDirectory() as folder:
            reached = measure(shared, setting, Path(folder))
        tell(f"\n{setting.name}")
        _tell(shared, reached)
        for minimum in MINIMA:
            if minimum.setting == setting.name:
                count = minimum.count(reached)
                status |= count < minimum.least
                tell(f"  {minimum.what}: {count}, at least {minimum.least}")
    _tell_out_of_reach(shared, reached)
    return status


def _tell(shared: Shared, reached: Reached) -> None:
    tell(f"  {'record':<12} {'level':<12} {'asked':>6} {'found':>6} {'variants':>9} {'evidence':>9}")
    for kind, level in sorted(reached.found):
        found = reached.found[kind, level]
        items = sum(shared.evidence[variant] for variant in found)
        tell(
            f"  {kind:<12} {level:<12} {len(reached.asked[kind]):>6} {len(found):>6} "
            f"{len(found) / len(shared.variants):>8.1%} {items / shared.total:>8.1%}"
        )
    every = set().union(*reached.found.values())
    items = sum(shared.evidence[variant] for variant in every)
    tell(
        f"  any          any          {len(shared.variants):>6} {len(every):>6} "
        f"{len(every) / len(shared.variants):>8.1%} {items / shared.total:>8.1%}"
    )
    for what, count in reached.counts.items():
        if "variants" in what:
            tell(f"    {what}: {count}")


def _tell_out_of_reach(shared: Shared, reached: Reached) -> None:
    every = set().union(*reached.found.values())
    classes: dict[str, set[int]] = defaultdict(set)
    for row in shared.variants:
        if int(row["variant_id"]) not in every:
            classes[_class_of(row)].add(int(row["variant_id"]))
    tell("\nout of reach on every level (in the last setting), by class: variants, evidence items")
    for name, variants in sorted(classes.items(), key=lambda item: -len(item[1])):
        tell(f"  {name:<40} {len(variants):>5} {sum(shared.evidence[one] for one in variants):>5}")


def _class_of(row: Row) -> str:
    name = row["variant"].upper()
    for words, class_ in (
        (
            ("EXPRESSION", "METHYLATION", "PHOSPHORYLATION", "SERUM", "LOCALIZATION"),
            "expression and the like",
        ),
        (("::", "FUSION"), "fusion with a breakpoint or more"),
        (("WILD", "NON-"), "wild type, or a name that excludes variants"),
        (("ACTIVATING", "GAIN-OF-FUNCTION", "BIALLELIC", "RARE"), "category that no consequence tells"),
        (("DELETION", "ITD", "DUPLICATION", "INSERTION", "REARRANGEMENT", "DEL"), "structural, or of exons"),
    ):
        if any(word in name for word in words):
            return class_
    if stated_protein(row) is not None:
        return "protein change"
    return "nucleotide change without a transcript" if "C." in name else "other"


if __name__ == "__main__":
    sys.exit(main())
