"""Annotated files that tests of reports read: of the demo, and written by hand where no run would make them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from annotator.info import encode_subfield, encode_text
from annotator.sources.civic.fields import CIVIC_FIELDS, CIVIC_SUBFIELDS
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar_protein.fields import RESIDUE_FIELDS
from annotator.sources.status import Status, status_header_line
from tests.conftest import REPOSITORY
from tests.support.inputs import run_annotator, vcf_text

DEMO = REPOSITORY / "test_data" / "demo"
FIELDS = (*CLINVAR_FIELDS, *CIVIC_FIELDS)
READ_FIELDS = (*CLINVAR_FIELDS, *RESIDUE_FIELDS, *CIVIC_FIELDS)
"""Fields that an annotated file may have, in the order in which they are read."""

SOURCES = (
    '##annotatorSource=<ID=clinvar,Source="clinvar-snapshot",Release="2026-02-26",Assembly="GRCh38",Sha256="ab12">',
    '##annotatorSource=<ID=civic,Source="civic-snapshot",Release="2024-08-01",Assembly="GRCh38">',
)


def demo_snapshot(folder: Path) -> Path:
    """Build a snapshot of the demo's knowledge bases."""
    clinvar, civic = DEMO / "clinvar.GRCh38.vcf", DEMO / "civic"
    snapshot = folder / "demo.snapshot"
    ran = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--clinvar", clinvar, "--civic", civic, "-o", snapshot
    )
    assert ran.status == 0, ran.err
    return snapshot


def header_lines(sources: Sequence[str] = SOURCES, *, status: Status = Status.MISSING) -> list[str]:
    """Give the header lines that a run writes."""
    ids = [field.id for field in FIELDS] + ([] if status is Status.NONE else ["ANNSTATUS"])
    return [
        "##annotatorVersion=0.1.0",
        "##annotatorCommand=annotate",
        *sources,
        f"##annotatorFields={','.join(ids)}",
        *(field.header_line("test", "1") for field in FIELDS),
        *([] if status is Status.NONE else [status_header_line(status, "1")]),
    ]


def civic_entry(parts: Mapping[str, str]) -> str:
    """Give an entry of CIVIC; `&` joins the elements of lists."""
    texts = {part: encode_subfield(parts.get(part, "")) for part in CIVIC_SUBFIELDS}
    for part in ("Therapies", "ApprovedBy", "CytogeneticRegion", "KnownPartners"):
        texts[part] = "&".join(map(encode_subfield, parts.get(part, "").split("&")))
    return "|".join(texts.values())


def predictive(number: int = 1, **parts: str) -> dict[str, str]:
    """Give parts of an item that says that an allele makes sensitive."""
    return {
        "Allele": "T", "AlleleIndex": "1", "Match": "exact", "Gene": "BRAF", "Variant": "V600E",
        "MolecularProfile": "BRAF V600E", "EntityType": "evidence", "EntityID": str(number),
        "EvidenceType": "Predictive", "Level": "A", "Direction": "Supports",
        "Significance": "Sensitivity/Response", "Disease": "Melanoma", "DOID": "1909",
        "Therapies": "Vemurafenib", "Source": f"PubMed:{1000 + number}", **parts,
    }  # fmt: skip


def line(
    position: int = 140753336,
    values: Mapping[str, str] | None = None,
    entries: Iterable[Mapping[str, str]] = (),
    *,
    contig: str = "7",
    ref: str = "A",
    alt: str = "T",
    name: str = ".",
    filter_: str = "PASS",
    genotypes: Sequence[str] = (),
    format_: str = "GT",
    other_info: Sequence[str] = (),
) -> str:
    """Give a record; values are encoded as a run does, one per ALT if they hold commas encoded already."""
    info = list(other_info)
    info += [f"{id_}={encode_text(value)}" for id_, value in (values or {}).items()]
    items = list(entries)
    if items:
        best = min((item["Level"] for item in items if item["Level"]), default=".")
        info += [f"CIVIC={','.join(map(civic_entry, items))}", "CIVIC_MATCH=exact", f"CIVIC_LEVEL={best}"]
    columns = [contig, str(position), name, ref, alt, ".", filter_, ";".join(info) or "."]
    return "\t".join([*columns, *([format_, *genotypes] if genotypes else [])])


PATHOGENIC = {
    "CLNVID": "13961", "CLNSIG": "Pathogenic", "CLNREVSTAT": "reviewed_by_expert_panel", "CLNSTARS": "3",
    "CLNDN": "Melanoma", "GENEINFO": "BRAF:673", "CLNMATCH": "exact",
}  # fmt: skip


def write_annotated(
    path: Path,
    records: Iterable[str],
    *,
    samples: Sequence[str] = (),
    sources: Sequence[str] = SOURCES,
    status: Status = Status.MISSING,
    meta_lines: Sequence[str] = (),
) -> Path:
    """Write an annotated VCF by hand."""
    contigs = ("1", "7", "13", "MT")
    meta = [*meta_lines, *header_lines(sources, status=status)]
    if samples:
        meta.insert(0, '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    path.write_text(vcf_text(records, contigs=contigs, meta=meta, samples=samples), encoding="utf-8")
    return path


def many(count: int) -> list[str]:
    """Give as many records, of all kinds in turn."""
    kinds = ("Pathogenic", "Likely_pathogenic", "Uncertain_significance", "Benign", "Likely_benign", "other")
    found = []
    for number in range(count):
        values = {
            **PATHOGENIC,
            "CLNVID": str(number + 1),
            "CLNSIG": kinds[number % 6],
            "CLNSTARS": str(number % 5),
            "GENEINFO": f"GENE{number % 700}:{number % 700}",
            "CLNHGVS": f"NC_000001.11:g.{1_000_000 + number * 40_000}A>T",
            "CLNDISDB": "MONDO:MONDO:0008559,MedGen:C3160733,OMIM:188050",
        }
        gene = f"GENE{number % 700}"
        of_gene = {"Gene": gene, "MolecularProfile": f"{gene} V600E", "Level": "ABCDE"[number % 5]}
        entries = [predictive(number, **of_gene)] if number % 3 == 0 else []
        found.append(line(1_000_000 + number * 40_000, values, entries, contig="1"))
    return found


def failing_records() -> list[str]:
    """Return records of one sample, some with failed lookups."""
    failed = "ANNSTATUS=clinvar:failed&civic:failed"
    return [
        line(values=PATHOGENIC, genotypes=("0/1",)),
        *(f"7\t{140753400 + number}\t.\tA\tC\t.\tPASS\t{failed}\tGT\t0/1" for number in range(12)),
        "7\t140753500\t.\tA\t<DEL>\t.\tPASS\tANNSTATUS=clinvar:unsupported&civic:unsupported\tGT\t0/1",
    ]


HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "\" onmouseover='document.title=1' x=\"",
    "a, b; c=d & e|f",
    "\u202egnp.exe \u2066x",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "x" * 10_000,
)
"""Values that a file could hold to do harm."""


def hostile_records() -> list[str]:
    """Give records whose every text is hostile."""
    found = []
    for number, text in enumerate(HOSTILE):
        values = {**PATHOGENIC, "CLNDN": text, "CLNSIG": f"Pathogenic|{text}", "GENEINFO": f"{text}:1"}
        values["CLNVID"] = text
        entry = predictive(
            1,
            **dict.fromkeys(("Disease", "Therapies", "Variant", "Source", "URL", "MolecularProfile"), text),
        )
        entry["EntityID"] = text
        plain = text.replace(";", "").replace("\t", " ")
        found.append(line(140753336 + number, values, [entry], name=plain, filter_=plain, genotypes=("0/1",)))
    return found
