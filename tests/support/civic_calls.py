"""The records that a caller and VEP would write for CIViC's variants, made from a release's files by code of its own.

Nothing of it comes from `annotator.snapshot`: what is found must not have been made by what finds it.

    kind         record                                                            where
    allele       the variant's own allele, lifted if need be                       at its place
    expression   another place, CSQ with its own c. expression                     at no place of CIViC's
    protein      another place, CSQ with its gene and protein change               at no place of CIViC's
    codon, exon, region, gene     CSQ with what the category names                 in its region, else at no place
    structural   <DUP>, <DEL> or a breakend that names its genes                   at no place of CIViC's
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["CSQ_HEADER", "Call", "calls_of", "read_rows", "stated_protein"]

CSQ_HEADER = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Gene|Feature|EXON|INTRON|HGVSc|HGVSp|ALLELE_NUM">'
)
ELSEWHERE = "Y"
"""A contig on which CIViC has no allele."""

Row = Mapping[str, str]
Lift = Callable[[str, int], "tuple[str, int] | None"]

_NAMES = "Ala Cys Asp Glu Phe Gly His Ile Lys Leu Met Asn Pro Gln Arg Ser Thr Val Trp Tyr Ter"
_LETTERS = dict(zip("ACDEFGHIKLMNPQRSTVWY*", _NAMES.split(), strict=True))
_AA = r"([ACDEFGHIKLMNPQRSTVWY])"


class Call(NamedTuple):
    """A record that ought to find one variant of CIViC's.

    Attributes:
        variant: CIViC's number.
        kind: what it is made from.
        contig, position, ref, alt: as a VCF has them.
        csq: entry of CSQ; empty for none.
        more: further INFO, such as the genes that a fusion caller writes.

    """

    variant: int
    kind: str
    contig: str
    position: int
    ref: str
    alt: str
    csq: str = ""
    more: str = ""

    def line(self) -> str:
        """The data line; its ID says what it is for."""
        info = ";".join(filter(None, (self.csq and f"CSQ={self.csq}", self.more))) or "."
        return f"{self.contig}\t{self.position}\t{self.variant}_{self.kind}\t{self.ref}\t{self.alt}\t.\t.\t{info}"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a table of CIViC's; rows with a wrong number of columns are left out."""
    with path.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if None not in row and None not in row.values()]


def calls_of(rows: list[dict[str, str]], own_build: str, lift: Lift | None) -> Iterator[Call]:
    """Give the calls for one assembly.

    Args:
        rows: of VariantSummaries.
        own_build: `GRCh37` or `GRCh38`: of the calls.
        lift: gives the place of a base of the other assembly; None to leave out what would have to be lifted.

    """
    for place, row in enumerate(rows):
        variant, elsewhere = int(row["variant_id"]), 100_000 + 1_000 * place
        yield from _allele_calls(row, own_build, lift)
        if coding := _own_coding(row):
            csq = _csq(row, "missense_variant", coding=coding)
            yield _own_change(row, variant, "expression", elsewhere, csq)
        if protein := stated_protein(row):
            csq = _csq(row, _terms_of(protein), protein=f"ENSP00000000000.1:p.{protein}")
            yield _protein_call(row, variant, elsewhere + 100, protein, csq)
        yield from _category_calls(row, variant, elsewhere + 200, own_build, lift)


def _protein_call(row: Row, variant: int, position: int, protein: str, csq: str) -> Call:
    """A record elsewhere that makes a protein change: for frameshifts and silent changes by the variant's own bases."""
    call = _own_change(row, variant, "protein", position, csq)
    if protein.endswith("=") or (call.ref, call.alt) != ("A", "C"):
        return call
    if "fs" in protein or "ext" in protein:
        remark = re.search(r"c\.\d+(?:_\d+)?(del|dup|ins)([ACGT]*)", row["variant"])
        length = len(remark[2]) or 1 if remark else 1
        is_loss = remark is None or remark[1] == "del"
        if found := re.search(r"c\.(\d+)_(\d+)(?:del|dup)", row["variant"]):
            length = int(found[2]) - int(found[1]) + 1
        ref, alt = ("A" + "C" * length, "A") if is_loss else ("A", "A" + "C" * length)
        return call._replace(ref=ref, alt=alt)
    return call


def _own_change(row: Row, variant: int, kind: str, position: int, csq: str) -> Call:
    """A record elsewhere that makes the variant's own change: the same bases, or any where it tells none."""
    ref, alt = row["reference_bases"] or "", row["variant_bases"] or ""
    alt = alt.rpartition(">")[2].split("/")[0]
    if ref and not alt and "dup" in row["variant"]:
        ref, alt = alt, ref  # M54fs (c.161dup): written as what it doubles
    if set(ref + alt) <= set("ACGT") and ref != alt and (ref or alt):
        if not ref or not alt:
            anchor = _anchor(ref or alt)
            ref, alt = anchor + ref, anchor + alt
        return Call(variant, kind, ELSEWHERE, position, ref, alt, csq)
    return Call(variant, kind, ELSEWHERE, position, "A", "C", csq)


# Alleles


def _allele_calls(row: Row, build: str, lift: Lift | None) -> Iterator[Call]:
    """The variant's own allele, or alleles, with an anchor base where it has none."""
    contig, start, stop = row["chromosome"], row["start"], row["stop"]
    ref, alts = row["reference_bases"], row["variant_bases"].rpartition(">")[2].split("/")
    if not contig or not start.isdecimal() or not (ref or alts != [""]):
        return
    position = int(start)
    own = _build_of(row)
    if ref and alts == [""] and "dup" in row["variant"] and int(stop) - position != len(ref) - 1:
        position, ref, alts = int(stop) + 1, "", [ref]  # M54fs (c.161dup): written as what it doubles
    elif not ref:  # an insertion lies after `start`; a duplication that spans what it doubles, after `stop`
        position = int(stop) + 1 if int(stop) - position > 1 else position + 1
    if own != build:
        place = lift(contig, position) if lift is not None and own else None
        if place is None:
            return
        contig, position = place
    for alt in alts:
        if ref == alt:
            continue
        kind = "allele"
        if ref and alt:
            yield Call(int(row["variant_id"]), kind, contig, position, ref, alt)
        else:
            anchor = _anchor(ref or alt)
            yield Call(int(row["variant_id"]), kind, contig, position - 1, anchor + ref, anchor + alt)


def _anchor(bases: str) -> str:
    """A base before an indel that does not let it move."""
    return "C" if bases[-1] == "A" else "A"


# Consequences


def _csq(
    row: Row,
    terms: str,
    *,
    coding: str = "",
    protein: str = "",
    exon: str = "",
    intron: str = "",
    gene: str = "",
) -> str:
    transcript = row["representative_transcript"] or "ENST00000000000.1"
    parts = (
        "",
        terms,
        gene or row["gene"],
        "ENSG00000000000",
        transcript,
        exon,
        intron,
        coding,
        protein,
        "1",
    )
    return "|".join(parts)


def _own_coding(row: Row) -> str | None:
    found = re.findall(r"((?:NM_|ENST)\d+\.\d+:c\.[^,\s]+)", row["hgvs_descriptions"])
    return found[0] if found else None


def stated_protein(row: Row) -> str | None:
    """Protein change that a row states by its expressions or else by its name, as VEP would write it."""
    pattern = r"[NE](?:P_|NSP)\d+\.\d+:p\.\(?([A-Z][a-z]{2}\d+[^,()\s]*)\)?"
    changes = [change for change in re.findall(pattern, row["hgvs_descriptions"]) if "?" not in change]
    whole = [change for change in changes if not re.search(r"fs(?:Ter)?$", change)]
    if whole:
        return str(whole[0])
    for change in changes:
        return str(change.removesuffix("Ter"))
    name = re.sub(r"\s*\(c\..*", "", row["variant"]).strip().upper()
    if found := re.fullmatch(rf"{_AA}(\d+)({_AA}|\*|=)", name):
        new = "=" if found[3] in {found[1], "="} else _LETTERS[found[3]]
        number = int(found[2]) + row["gene"].startswith("H3")  # names of histones do not count Met1
        return f"{_LETTERS[found[1]]}{number}{new}"
    if found := re.fullmatch(rf"{_AA}(\d+)(?:_{_AA}(\d+))?(DEL|DUP)", name):
        return f"{_range(found)}{found[5].lower()}"
    if found := re.fullmatch(rf"{_AA}(\d+)(?:_{_AA}(\d+))?(?:DELINS|>)([A-Z]+)", name):
        return f"{_range(found)}delins{''.join(_LETTERS[one] for one in found[5])}"
    if found := re.fullmatch(rf"{_AA}(\d+)_{_AA}(\d+)INS([A-Z]+)", name):
        return f"{_range(found)}ins{''.join(_LETTERS[one] for one in found[5])}"
    if found := re.fullmatch(rf"{_AA}(\d+){_AA}?FS(?:\*|TER)?(\d*)", name):
        new, end = _LETTERS[found[3]] if found[3] else "", f"Ter{found[4]}" if found[4] else ""
        return f"{_LETTERS[found[1]]}{found[2]}{new}fs{end}"
    return None


def _range(found: re.Match[str]) -> str:
    last = f"_{_LETTERS[found[3]]}{found[4]}" if found[3] else ""
    return f"{_LETTERS[found[1]]}{found[2]}{last}"


def _terms_of(protein: str) -> str:
    for word, terms in (
        ("fs", "frameshift_variant"),
        ("delins", "protein_altering_variant"),
        ("del", "inframe_deletion"),
        ("dup", "inframe_insertion"),
        ("ins", "inframe_insertion"),
        ("Ter", "stop_gained"),
        ("=", "synonymous_variant"),
    ):
        if word in protein[3:]:
            return terms
    return "missense_variant"


# Categories


def _category_calls(row: Row, variant: int, elsewhere: int, build: str, lift: Lift | None) -> Iterator[Call]:
    name = row["variant"].strip().upper()
    if row["reference_bases"] or row["variant_bases"]:
        return
    contig, position = _within(row, build, lift) or (ELSEWHERE, elsewhere)
    if found := re.fullmatch(rf"{_AA}(\d+)(?:/.*|X)?", name):
        new = "Ala" if found[1] != "A" else "Gly"
        csq = _csq(row, "missense_variant", protein=f"ENSP1:p.{_LETTERS[found[1]]}{found[2]}{new}")
        yield Call(variant, "codon", ELSEWHERE, elsewhere, "A", "C", csq)
    elif found := re.search(r"\bEXON (\d+)", name):
        terms = _exon_terms(row, name)
        if terms is not None:
            exon, intron = ("", f"{found[1]}/30") if terms.startswith("splice") else (f"{found[1]}/30", "")
            ref, alt = {
                "inframe_deletion": ("ACAT", "A"),
                "inframe_insertion": ("A", "ACAT"),
                "frameshift_variant": ("AC", "A"),
            }.get(terms, ("A", "C"))
            protein = (
                "ENSP1:p.Gly719Ser" if name.startswith("RARE") else ""
            )  # what is rare, only the change tells
            csq = _csq(row, terms, exon=exon, intron=intron, protein=protein)
            yield Call(variant, "exon", contig, position, ref, alt, csq)
    elif re.search(r"DOMAIN MUT|TKD MUTATION|PROMOTER MUTATION", name):
        terms = "upstream_gene_variant" if "PROMOTER" in name else "missense_variant"
        yield Call(variant, "region", contig, position, "A", "C", _csq(row, terms))
    elif name in {"MUTATION", "MUTATIONS", "ALTERATION"}:
        terms = "stop_gained" if "loss_of_function" in row["variant_types"] else "missense_variant"
        yield Call(variant, "gene", ELSEWHERE, elsewhere, "A", "C", _csq(row, terms))
    elif re.fullmatch(
        r"LOSS-OF-FUNCTION|(TRUNCATING|INACTIVATING|DELETERIOUS) MUTATION|TRUNCATION|FRAMESHIFT.*", name
    ):
        yield Call(variant, "gene", ELSEWHERE, elsewhere, "A", "AC", _csq(row, "frameshift_variant"))
    elif alt := {"AMPLIFICATION": "<DUP>", "LOSS": "<DEL>", "DELETION": "<DEL>"}.get(name):
        csq = _csq(row, "transcript_amplification" if alt == "<DUP>" else "transcript_ablation")
        yield Call(variant, "structural", ELSEWHERE, elsewhere, "N", alt, csq)
    elif found := re.fullmatch(r"([A-Z0-9-]+)::([A-Z0-9-]+)", name):
        csq = ",".join(_csq(row, "transcript_fusion", gene=gene) for gene in found.groups())
        yield Call(variant, "structural", ELSEWHERE, elsewhere, "N", "N]2:123456]", csq)
    elif name in {"FUSION", "REARRANGEMENT"}:
        genes = f"GENEA=PARTNER1;GENEB={row['gene']}"
        yield Call(variant, "structural", ELSEWHERE, elsewhere, "N", "N]2:123456]", more=genes)


def _exon_terms(row: Row, name: str) -> str | None:
    if "SKIPPING" in name:
        return "splice_donor_variant"
    if name.endswith("DELETION"):
        is_small = "inframe_deletion" in row["variant_types"] and not re.search(r"EXON \d+-", name)
        return "inframe_deletion" if is_small else None
    if name.endswith("INSERTION"):
        return "inframe_insertion"
    if "FRAMESHIFT" in name:
        return "frameshift_variant"
    return "missense_variant" if name.endswith("MUTATION") and " AND " not in name else None


def _build_of(row: Row) -> str:
    """Assembly of the coordinates; Ensembl 75 is of GRCh37."""
    return row["reference_build"] or ("GRCh37" if row["ensembl_version"] == "75" else "")


def _within(row: Row, build: str, lift: Lift | None) -> tuple[str, int] | None:
    """A base in the middle of a row's coordinates."""
    if not (row["chromosome"] and row["start"].isdecimal() and row["stop"].isdecimal()):
        return None
    middle = (int(row["start"]) + int(row["stop"])) // 2
    if _build_of(row) == build:
        return row["chromosome"], middle
    return None if lift is None else lift(row["chromosome"], middle)
