"""What the emulated Cancer Genome Interpreter finds: archives in the four vintages that were seen, on invented genes.

A gene of these stands at every position and its name and change follow from the allele, so that any input has an answer
and the same input the same one. The shapes are those that were seen: `Input ID` counts data rows from 1, two kinds of
indels are noted anew, columns of the upload with lower-case names are repeated, and of some rows nothing comes back.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Analysis", "Row", "archive", "gene_of", "protein_of", "read_rows"]

GENES = ("KRAS", "BRAF", "RET", "TP53", "EGFR", "PIK3CA", "ERBB2", "MET", "ALK", "NRAS")
ALTERATIONS_TAIL = (
    "ALT_TYPE", "STRAND", "CGI-Sample ID", "CGI-Gene", "CGI-Protein Change", "CGI-Oncogenic Summary",
    "CGI-Oncogenic Prediction", "CGI-External oncogenic annotation", "CGI-Mutation", "CGI-Consequence",
    "CGI-Transcript", "CGI-STRAND", "CGI-Type", "CGI-HGVS", "CGI-HGVSc", "CGI-HGVSp",
)  # fmt: skip
BIOMARKERS = (
    "Sample ID", "Alterations", "Biomarker", "Drugs", "Diseases", "Response", "Evidence", "Match", "Source", "BioM",
    "Resist.", "Tumor type",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of an upload: its number from 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]

    @property
    def allele(self) -> tuple[str, int, str, str]:
        return self.cells["chr"], int(self.cells["pos"]), self.cells["ref"], self.cells["alt"]


@dataclass(frozen=True)
class Analysis:
    """How an upload is analysed.

    Attributes:
        vintage: `v0` to `v3`.
        dropped: numbers of rows of which nothing comes back.
        doubled: numbers of rows of which two rows come back.
        echo: whether the columns of the upload are repeated; those of a VCF are not.
        wildtype: genes that are called wild type if the upload has nothing of them.
        biomarkers: more rows of the biomarkers' table, by column.

    """

    vintage: str = "v3"
    dropped: frozenset[int] = frozenset()
    doubled: frozenset[int] = frozenset()
    echo: bool = True
    wildtype: tuple[str, ...] = ("CDKN2A", "BRCA1")
    biomarkers: Sequence[Mapping[str, str]] = field(default_factory=tuple)


def read_rows(upload: bytes) -> list[Row]:
    """Rows of an upload with the header `chr pos ref alt …`; what it does not understand it refuses."""
    lines = upload.decode().removesuffix("\n").split("\n")
    header = lines[0].split("\t")
    if "chr" not in header or "pos" not in header:
        raise ValueError("unknown format")
    rows = [
        Row(number, dict(zip(header, line.split("\t"), strict=True)))
        for number, line in enumerate(lines[1:], 1)
    ]
    for row in rows:
        contig, _, ref, alt = row.allele
        if contig.removeprefix("chr") not in {*map(str, range(1, 23)), "X", "Y"}:
            raise ValueError(f"chromosome {contig}")  # one such row ends the whole job
        if not set(ref + alt) <= set("ACGTN-"):
            raise ValueError(f"alleles {ref} {alt}")
    return rows


def _number(row: Row) -> int:
    return zlib.crc32("\t".join(map(str, row.allele)).encode())


def gene_of(row: Row) -> str:
    return GENES[_number(row) % len(GENES)]


def protein_of(row: Row) -> str:
    number = _number(row)
    return f"{'ACDEFGHIKL'[number // 10 % 10]}{number // 100 % 900 + 1}{'MNPQRSTVWY'[number // 7 % 10]}"


def _noted(row: Row) -> tuple[str, str, str, str]:
    """The allele as CGI notes it: a deletion from its first lost base, an insertion after its anchor."""
    contig, position, ref, alt = row.allele
    contig = contig.removeprefix("chr")
    if len(ref) > 1 and len(alt) == 1 and ref.startswith(alt):
        return contig, str(position + 1), ref[1:], "-"
    if len(alt) > 1 and len(ref) == 1 and alt.startswith(ref):
        return contig, str(position), "-", alt[1:]
    return contig, str(position), ref, alt


def _v3_row(row: Row, transcript: str, *, echo: bool) -> list[str]:
    contig, position, ref, alt = _noted(row)
    change = f"{contig}:g.{position}{ref}>{alt}"
    known = [
        "oncogenic (predicted and annotated)",
        "driver (boostDM: tissue specific model)",
        "OncoKB, likely; pathogenic=yes",
    ]
    verdict = known if _number(row) % 2 else ["non-oncogenic", "passenger (oncodriveMUT)", ""]
    alleles = [f"input01_{row.number}", contig, position, ref, alt, *(row.cells.values() if echo else ())]
    kind = ["indel" if "-" in ref + alt else "snp", "+", row.cells.get("sample", "input01")]
    rest = [change, "missense_variant", transcript, "+", "SNV", change, "", ""]
    return [*alleles, *kind, gene_of(row), protein_of(row), *verdict, *rest]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return "".join("\t".join(map(str, row)) + "\n" for row in (header, *rows)).encode()


def _alterations(rows: Sequence[Row], analysis: Analysis, *, hgvs: bool) -> bytes:
    echoed = list(rows[0].cells) if rows and analysis.echo else []
    header = ["Input ID", "CHROMOSOME", "POSITION", "REF", "ALT", *echoed, *ALTERATIONS_TAIL]
    found = []
    for row in rows:
        if row.number in analysis.dropped:
            continue
        found.append(_v3_row(row, "ENST00000000001", echo=analysis.echo))
        if row.number in analysis.doubled:
            found.append(_v3_row(row, "ENST00000000002", echo=analysis.echo))
    if not hgvs:
        header, found = header[:-3], [row[:-3] for row in found]
    return _table(header, found)


def _biomarkers(rows: Sequence[Row], analysis: Analysis) -> list[dict[str, str]]:
    kept = [row for row in rows if row.number not in analysis.dropped]
    sample = rows[0].cells.get("sample", "input01") if rows else "input01"
    found = [_biomarker(row) for row in kept if _number(row) % 6 <= 2]
    there = {gene_of(row) for row in kept}
    found += [
        _TREATMENT | {"Alterations": f"{gene} wildtype", "Biomarker": f"{gene} wildtype", "Evidence": "A"}
        for gene in analysis.wildtype
        if gene not in there
    ]
    found += [dict(one) for one in analysis.biomarkers]
    return [{"Sample ID": sample, **one} for one in found]


_TREATMENT = {
    "Drugs": "Drugimab + Other, salt",
    "Diseases": "Cutaneous melanoma",
    "Response": "Responsive",
    "Match": "YES",
    "Source": "PMID:1;PMID:2",
    "BioM": "complete",
    "Resist.": "823.0",
    "Tumor type": "CM",
}


def _biomarker(row: Row) -> dict[str, str]:
    kind = _number(row) % 6
    alteration = f"{gene_of(row)} ({protein_of(row)})"
    name = f"{gene_of(row)} oncogenic mutation" if kind else f"{gene_of(row)} fusion"
    words = {"Match": "YES" if kind < 2 else "NO", "BioM": "complete" if kind else "only gene"}
    return _TREATMENT | {"Alterations": alteration, "Biomarker": name, "Evidence": "ABC"[kind], **words}


def _modern(rows: Sequence[Row], analysis: Analysis, *, hgvs: bool, summary: str) -> dict[str, bytes]:
    biomarkers = [[one.get(name, "") for name in BIOMARKERS] for one in _biomarkers(rows, analysis)]
    version = "23.12.2" if hgvs else "23.05.3"
    text = f"Analysis ID: 1\nCGI version: {version}\nDate: 2024-09-01\nMutations: {len(rows)}\n"
    return {
        "alterations.tsv": _alterations(rows, analysis, hgvs=hgvs),
        "biomarkers.tsv": _table(BIOMARKERS, biomarkers),
        summary: text.encode(),
    }


def _v1(rows: Sequence[Row], analysis: Analysis) -> dict[str, bytes]:
    header = (
        "MUTATION",
        "START",
        "POS_HG19",
        "CHR",
        "REF",
        "ALT",
        "SAMPLE",
        "GENE",
        "PROTEIN",
        "CONSEQUENCE",
    )
    found = []
    for row in rows:
        if row.number not in analysis.dropped:
            contig, position, ref, alt = _noted(row)
            lifted = str(int(position) + 1_000_000)  # START is hg38's, whatever was sent
            place = (f"{contig}:{position} {ref}>{alt}", lifted, position, contig, ref, alt)
            found.append((*place, row.cells["sample"], gene_of(row), protein_of(row), "missense"))
    drugs = [
        (
            one["Sample ID"],
            one["Alterations"],
            one["Biomarker"],
            one.get("Drugs", ""),
            one.get("Diseases", ""),
            "CM",
        )
        for one in _biomarkers(rows, analysis)
    ]
    columns = ("SAMPLE", "ALTERATION", "BIOMARKER", "DRUGS", "DISEASES", "CTYPE")
    return {"mutation_analysis.tsv": _table(header, found), "drug_prescription.tsv": _table(columns, drugs)}


def _v0(rows: Sequence[Row], analysis: Analysis) -> dict[str, bytes]:
    """The oldest: drivers first, the columns of the upload somewhere in between."""
    kept = [row for row in rows if row.number not in analysis.dropped]
    kept.sort(key=lambda row: (_number(row) % 2 == 0, row.number))
    echoed = list(rows[0].cells)
    header = ("gene", *echoed, "protein", "driver_statement", "default_id", "consequence")
    found = [
        (gene_of(row), *row.cells.values(), protein_of(row), "known in: CM", f"id_{row.number}", "Missense")
        for row in kept
    ]
    drugs = [
        (one["Biomarker"], one.get("Drugs", ""), one["Alterations"]) for one in _biomarkers(rows, analysis)
    ]
    return {
        "mutation_analysis.tsv": _table(header, found),
        "drug_prescription.tsv": _table(("BIOMARKER", "DRUG", "ALTERATION"), drugs),
        "drug_prescription_bioactivities.tsv": b"GENE\n",
        "not_mapped_entries.txt": b"",
    }


_VINTAGES: dict[str, Callable[[Sequence[Row], Analysis], dict[str, bytes]]] = {
    "v0": _v0,
    "v1": _v1,
    "v2": lambda rows, analysis: _modern(rows, analysis, hgvs=False, summary="report.txt"),
    "v3": lambda rows, analysis: _modern(rows, analysis, hgvs=True, summary="summary.txt"),
}


def archive(files: Mapping[str, bytes], analysis: Analysis) -> bytes:
    """The archive of an upload's files by field; ValueError if the analysis ends in an error."""
    mutations = files.get("mutations")
    members = {} if mutations is None else _VINTAGES[analysis.vintage](read_rows(mutations), analysis)
    for number, (field_, content) in enumerate(files.items(), 1):
        members[f"input{number:02}.tsv"] = content
        if field_ == "cnas":
            members["cna_analysis.tsv"] = b"sample\tgene\tcna\tdriver\n"
    return zipped(members)


def zipped(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name, (2024, 9, 1, 12, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
