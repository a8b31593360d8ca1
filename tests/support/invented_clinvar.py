"""A ClinVar that knows every third allele of some files, and what it says of any allele.

Alleles are compared here as the specifications have it, without the package: `test_conservation` holds it to that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import annotator
from tests.support.vcf_files import Site, is_bcf, sites_of


class Allele(NamedTuple):
    contig: str
    start: int
    deleted: str
    inserted: str


class OpenIndel(NamedTuple):
    """An insertion or deletion whose record does not say how far it can be shifted.

    Attributes:
        allele: as its record has it.
        is_leftmost: whether the base before it shows that it cannot be shifted to the left.
        said: what the record says of it.

    """

    allele: Allele
    is_leftmost: bool
    said: dict[str, str]


class ClinVar(NamedTuple):
    """A ClinVar of our own making.

    Attributes:
        snapshot: of it.
        known: INFO that each of its alleles must get, in each spelling that its record tells.
        shifted: alleles that its records have further left, and that it knows none the less.
        open: by contig, the indels that may have other spellings, too.

    """

    snapshot: Path
    known: Mapping[Allele, dict[str, str]]
    shifted: frozenset[Allele]
    open: Mapping[str, Sequence[OpenIndel]]


CONTIG = re.compile(r"(?:chr)?([1-9]|1\d|2[0-2]|X|Y|MT?)|N[TW]_\d+\.\d", re.IGNORECASE)
PLAIN = re.compile(r"[ACGT]+", re.IGNORECASE)
AMBIGUOUS = re.compile(r"[ACGTNRYSWKMBDHV]+", re.IGNORECASE)
CHROMOSOMES = [*map(str, range(1, 23)), "X", "Y"]
# Versions of NC_000001 to NC_000024, as NCBI lists them for each assembly.
ACCESSION_VERSIONS = {
    "GRCh37": "10 11 11 11 9 11 13 10 11 10 9 11 10 8 9 9 10 9 9 10 8 10 10 9",
    "GRCh38": "11 12 12 12 10 12 14 11 12 11 10 12 11 9 10 10 11 10 10 11 9 11 11 10",
}
FURTHEST = 100  # bases, beyond its own length, within which an indel of unknown spellings is looked for
# Keys that ours writes, in the order of the output. CLNVID, the stars and CLNMATCH follow from the others.
FIELDS = (
    "CLNVID", "ALLELEID", "CLNSIG", "CLNREVSTAT", "CLNSTARS", "CLNDN", "CLNHGVS", "CLNVC", "ONC", "ONCREVSTAT",
    "ONCSTARS", "CLNMATCH",
)  # fmt: skip
DERIVED = {"CLNVID", "CLNSTARS", "ONCSTARS", "CLNMATCH"}
# All keys that the annotator may write from ClinVar: where an input declares one, it clashes.
OURS = {
    *FIELDS, "CLNSIGCONF", "CLNDISDB", "MC", "GENEINFO", "ORIGIN", "RS", "ONCDN", "ONCCONF", "SCI", "SCIREVSTAT",
    "SCISTARS", "SCIDN", "CLNSIGINCL", "CLNDNINCL", "ANNSTATUS",
}  # fmt: skip


def trimmed(contig: str, position: int, ref: str, alt: str) -> Allele:
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return Allele(contig, position, ref, alt)


def canonical(name: str) -> str | None:
    known = CONTIG.fullmatch(name)
    if known is None or not (name[:3].lower() == "chr" or name == name.upper()):
        return None
    contig = (known[1] or name).upper()
    return "MT" if contig == "M" else contig


def allele_of(contig: str | None, position: int, ref: str, alt: str) -> Allele | None:
    """What can be looked up; None for all but a plain sequence on a known contig."""
    if contig is None or not PLAIN.fullmatch(ref) or not PLAIN.fullmatch(alt) or ref.upper() == alt.upper():
        return None
    return trimmed(contig, position, ref.upper(), alt.upper())


def is_indel(allele: Allele) -> bool:
    return not (allele.deleted and allele.inserted)


def shifted(allele: Allele, places: int) -> Allele:
    """An indel that many places further right: the first base goes to the end with each."""
    deleted, inserted = (
        bases[places % len(bases) :] + bases[: places % len(bases)] if bases else ""
        for bases in (allele.deleted, allele.inserted)
    )
    return Allele(allele.contig, allele.start + places, deleted, inserted)


def are_the_same(one: Allele, other: Allele, known: Mapping[int, str]) -> bool | None:
    """Whether two indels are the same allele, as far as some bases of the reference tell; None if they do not.

    They are if the one becomes the other when it is shifted, and the reference between them repeats their bases.
    """
    left, right = sorted((one, other), key=lambda allele: allele.start)
    if shifted(left, right.start - left.start) != right:
        return False
    unit = left.deleted or left.inserted
    between = range(left.start + len(left.deleted), right.start)
    if len(between) > len(unit) + FURTHEST:
        return False
    wanted = {position: unit[(position - left.start) % len(unit)] for position in between}
    if any(known.get(position, base) != base for position, base in wanted.items()):
        return False
    return True if wanted.keys() <= known.keys() else None


def facts(number: int, allele: Allele) -> dict[str, str]:
    """What our ClinVar says of an allele. Commas, `=` and `%` are there to be encoded, positions to be kept."""
    said = {
        "CLNVID": str(number),
        "ALLELEID": str(number + 15_000),
        "CLNHGVS": f"NC_000001.11:g.{allele.start}_{allele.start + 3}delins{allele.inserted or '='}",
        "CLNVC": "single_nucleotide_variant" if len(allele.deleted) == len(allele.inserted) == 1 else "Indel",
        "CLNMATCH": "exact",
    }
    if number % 4 == 0:
        return said | {"ONC": "Oncogenic", "ONCREVSTAT": "reviewed_by_expert_panel", "ONCSTARS": "3"}
    classes = ("Benign", "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance", "Likely_benign|other")
    return said | {
        "CLNSIG": classes[number % 4 - 1],
        "CLNREVSTAT": "criteria_provided,_single_submitter",
        "CLNSTARS": "1",
        "CLNDN": f"Disease_{number}%;more|not_provided",
    }


def hgvs_of(indel: Allele, assembly: str) -> str:
    """Genomic HGVS expression of an indel that cannot be shifted further right."""
    number = CHROMOSOMES.index(indel.contig)
    accession = f"NC_{number + 1:06}.{ACCESSION_VERSIONS[assembly].split()[number]}"
    if indel.inserted:
        return f"{accession}:g.{indel.start - 1}_{indel.start}ins{indel.inserted}"
    last = indel.start + len(indel.deleted) - 1
    return f"{accession}:g.{indel.start}{f'_{last}' if last > indel.start else ''}del"


def left_aligned(indel: Allele) -> Site:
    """A record of an indel that shows by the base before it that it cannot be shifted to the left."""
    before = "A" if (indel.deleted or indel.inserted)[-1] != "A" else "C"
    return Site(indel.contig, indel.start - 1, before + indel.deleted, [before + indel.inserted])


class Seen(NamedTuple):
    """The alleles of some files.

    Attributes:
        sites: each allele, with the first record that has it.
        leftmost: the indels that some record shows to be left-aligned, by the base before them.

    """

    sites: Mapping[Allele, Site]
    leftmost: frozenset[Allele] = frozenset()


def seen_in(files: Sequence[Path]) -> Seen:
    """The alleles of some files."""
    sites: dict[Allele, Site] = {}
    leftmost: set[Allele] = set()
    for path in files:
        for site in () if is_bcf(path) else sites_of(path):
            for alt in site.alts:
                allele = allele_of(canonical(site.contig), site.position, site.ref, alt)
                if allele is not None:
                    sites.setdefault(allele, site._replace(alts=[alt]))
                    if is_indel(allele) and allele.start > site.position:
                        leftmost.add(allele)
    return Seen(sites, frozenset(leftmost))


def clinvar_of(assembly: str, seen: Seen, folder: Path) -> ClinVar:
    """Every third allele under numbers of its own: an answer of the other assembly's would show.

    Every other indel has a record that tells how far it can be shifted: to the right of where the files have it, and,
    where these do not show the base before it, from further left.
    """
    first = 1_000_000 * int(assembly.removeprefix("GRCh"))
    chosen = {allele: first + n for n, allele in enumerate(list(seen.sites)[::3])}
    known = {allele: facts(number, allele) for allele, number in chosen.items()}
    open_: dict[str, list[OpenIndel]] = defaultdict(list)
    elsewhere: set[Allele] = set()
    records = []
    for allele, number in chosen.items():
        said, site = known[allele], seen.sites[allele]
        if is_indel(allele):
            leftmost = allele if allele in seen.leftmost else shifted(allele, -1 - number % 5)
            others = [
                shifted(leftmost, places) for places in range(allele.start - leftmost.start + number % 4 + 1)
            ]
            others.remove(allele)
            is_stated = number % 2 == 0 and allele.contig in CHROMOSOMES and leftmost.start > 1
            if is_stated and not any(one in known or one in seen.leftmost for one in others):
                said["CLNHGVS"] = hgvs_of(max([allele, *others], key=lambda one: one.start), assembly)
                known |= dict.fromkeys(others, said)
                elsewhere |= {allele, *others} - {leftmost}
                site = left_aligned(leftmost)
            else:
                open_[allele.contig].append(OpenIndel(allele, site.position < allele.start, said))
        records.append((allele.contig, site, said))
    file = folder / f"clinvar.{assembly}.vcf"
    file.write_text(clinvar_text(assembly, records))
    annotator.build_snapshot(folder / assembly, assembly, clinvar=file)
    return ClinVar(folder / assembly, known, frozenset(elsewhere), open_)


def clinvar_text(assembly: str, records: Sequence[tuple[str, Site, Mapping[str, str]]]) -> str:
    """ClinVar's VCF: of each record the canonical contig, an allele as some file spells it, and what is said of it."""
    lines = ["##fileformat=VCFv4.1", "##fileDate=2026-02-26", f"##reference={assembly}"]
    stated = [key for key in FIELDS if key not in DERIVED]
    lines += [f'##INFO=<ID={key},Number=.,Type=String,Description="{key}">' for key in stated]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for contig, site, said in records:
        info = ";".join(f"{key}={percent_encoded(said[key], '%;=')}" for key in stated if key in said)
        columns = (contig, site.position, said["CLNVID"], site.ref, site.alts[0], ".", ".", info)
        lines.append("\t".join(map(str, columns)))
    return "\n".join(lines) + "\n"


def percent_encoded(value: str, characters: str) -> str:
    return "".join(f"%{ord(one):02X}" if one in characters else one for one in value)
