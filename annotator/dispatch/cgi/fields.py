"""The joinable parts of a result: two INFO fields, and tables of everything that belongs to no allele.

A biomarker is joined by gene and protein change, within the sample, if these identify one allele. Conclusions from the
absence of mutations ("KRAS wildtype"), biomarkers without a protein change (fusions, amplifications) and ambiguous ones
belong to the sample: they are written to a separate table and never to a record.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from annotator.annotation.allele_table import AlleleTable, Keys
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.results import Biomarker, CgiFinding, Result
from annotator.info import Hit, InfoField, encode_subfield
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import agreeing, counted
from annotator.variants.allele import AlleleKey

__all__ = ["CGI_FIELDS", "CgiRecord", "Joining", "joining_of"]

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*\(([^()]*)\)")
_WILD_TYPE = re.compile(r"wild[\s_-]*type", re.IGNORECASE)

_OF_ALLELE = "Allele", "AlleleIndex"
_NOTHING = CgiFinding(*([""] * len(CgiFinding._fields)))
CGI_SUBFIELDS = (
    *_OF_ALLELE, "Status", "Gene", "ProteinChange", "OncogenicSummary", "OncogenicPrediction", "Consequence",
    "Transcript", "ExternalAnnotation",
)  # fmt: skip
DRUG_SUBFIELDS = (
    *_OF_ALLELE, "Matched", "Gene", "ProteinChange", "Biomarker", "Drugs", "Diseases", "Response", "Evidence", "Match",
    "BioM", "TumorType", "Resistance", "Source",
)  # fmt: skip


class Drug(NamedTuple):
    """A biomarker of an allele: the gene and protein change by which it was joined, and CGI's content."""

    gene: str
    protein: str
    biomarker: Biomarker


class CgiRecord(NamedTuple):
    """CGI's result for an allele.

    Attributes:
        status: `returned`, or the reason why there is no result: `not_returned`, `other_allele` or `unverified`.
        findings: findings in genes.
        drugs: biomarkers.

    """

    status: str
    findings: tuple[CgiFinding, ...] = ()
    drugs: tuple[Drug, ...] = ()


def _joined(values: Iterable[str]) -> str:
    return "|".join(map(encode_subfield, values))


def _findings(hit: Hit[CgiRecord]) -> str:
    allele = (hit.alt, str(hit.number), hit.record.status)
    return ",".join(_joined((*allele, *_of_finding(one))) for one in hit.record.findings or (_NOTHING,))


def _of_finding(one: CgiFinding) -> tuple[str, ...]:
    oncogenic = (one.summary, one.prediction)
    return (one.gene, one.protein, *oncogenic, one.consequence, one.transcript, one.external)


def _drugs(hit: Hit[CgiRecord]) -> str | None:
    entries = [_joined((hit.alt, str(hit.number), *_of_drug(one))) for one in hit.record.drugs]
    return ",".join(entries) or None


def _of_drug(drug: Drug) -> tuple[str, ...]:
    one = drug.biomarker
    matched = ("yes" if one.is_matched else "no", drug.gene, drug.protein, one.biomarker)
    treatment = (one.drugs, one.diseases, one.response, one.evidence)
    return (*matched, *treatment, one.match, one.biom, one.tumor_type, one.resistance, one.source)


CGI_FIELDS: tuple[InfoField[CgiRecord], ...] = (
    InfoField(
        "CGI",
        ".",
        "String",
        "Cancer Genome Interpreter results for a submitted allele, one entry per gene and protein change; Status is "
        "returned, or the reason why there is no result. "
        f"Format: {'|'.join(CGI_SUBFIELDS)}",
        _findings,
    ),
    InfoField(
        "CGI_DRUG",
        ".",
        "String",
        "Cancer Genome Interpreter biomarkers of the allele; Matched is yes only if Match is YES (same tumour type) "
        "and BioM is complete (whole biomarker found). "
        f"Format: {'|'.join(DRUG_SUBFIELDS)}",
        _drugs,
    ),
)


class Joining(NamedTuple):
    """A result prepared for joining.

    Attributes:
        table: results by allele.
        missing: text of a table with the records and alleles without a result, and the reasons.
        sample: text of a table with the biomarkers that belong to the sample, and the reasons.
        summary_lines: the summary for people.

    """

    table: AlleleTable[CgiRecord]
    missing: str
    sample: str
    summary_lines: tuple[str, ...]


def joining_of(result: Result, sent: Mutations, keys: Keys) -> Joining:
    """Prepare a result for joining.

    Args:
        result: result of the job.
        sent: the submission.
        keys: converts alleles into keys.

    """
    drugs, sample = _biomarkers(result)
    records: dict[AlleleKey, CgiRecord] = {}
    for row in range(1, len(sent.rows["mutations"]) + 1):
        key = keys.key(*sent.mutation(row))
        assert isinstance(key, AlleleKey)  # only alleles with a key are sent
        record = CgiRecord(
            result.problems.get(row, "returned"), result.findings.get(row, ()), tuple(drugs.get(row, ()))
        )
        records[key] = _merged(records[key], record) if key in records else record
    release = Release(
        "cgi",
        "cgi-rest",
        result.provenance.version or "unknown",
        str(sent.assembly),
        None,
        result.provenance.date or None,
    )
    table = AlleleTable(release, "Cancer Genome Interpreter", CGI_FIELDS, records)
    return Joining(
        table, _missing(result, sent), _sample(sample), tuple(_summary_lines(result, sent, drugs, sample))
    )


def _merged(one: CgiRecord, other: CgiRecord) -> CgiRecord:
    """Merge two rows that are one allele after left-alignment."""
    status = "returned" if "returned" in {one.status, other.status} else one.status
    findings = tuple(dict.fromkeys((*one.findings, *other.findings)))
    return CgiRecord(status, findings, tuple(dict.fromkeys((*one.drugs, *other.drugs))))


def _biomarkers(result: Result) -> tuple[dict[int, list[Drug]], list[tuple[str, Biomarker]]]:
    """Return the biomarkers of each row, and the biomarkers of the whole sample with the reason."""
    rows: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row, findings in result.findings.items():
        for finding in findings:
            rows[finding.gene, finding.protein].add(row)
    drugs: dict[int, list[Drug]] = defaultdict(list)
    sample = []
    for one in result.biomarkers:
        named = dict.fromkeys((gene, protein.strip()) for gene, protein in _NAMED.findall(one.alterations))
        if _WILD_TYPE.search(f"{one.biomarker} {one.alterations}"):
            sample.append(("wildtype", one))
            continue
        if not named:
            sample.append(("no_protein_change", one))
        for name in named:
            found = rows.get(name, set())
            if len(found) == 1:
                drugs[next(iter(found))].append(Drug(*name, one))
            else:
                sample.append(("ambiguous" if found else "unknown_alteration", one))
    return drugs, list(dict.fromkeys(sample))


def _missing(result: Result, sent: Mutations) -> str:
    lines = ["\t".join(("row", "record", "allele", "chrom", "pos", "ref", "alt", "reason"))]
    for row, origin in sent.origins.get("mutations", ()):
        if row in result.problems:
            lines.append("\t".join((str(row), *map(str, origin), result.problems[row])))
    return "".join(f"{line}\n" for line in lines)


def _sample(biomarkers: Iterable[tuple[str, Biomarker]]) -> str:
    lines = ["\t".join(("reason", "matched", *Biomarker._fields))]
    lines += ["\t".join((reason, "yes" if one.is_matched else "no", *one)) for reason, one in biomarkers]
    return "".join(f"{line}\n" for line in lines)


def _summary_lines(
    result: Result,
    sent: Mutations,
    drugs: Mapping[int, list[Drug]],
    sample: list[tuple[str, Biomarker]],
) -> Iterable[str]:
    yield (
        f"CGI {result.provenance.version or '(unknown release)'}: {len(result.findings):,} of "
        f"{counted(len(sent.rows['mutations']), 'row')} returned, {len(result.problems):,} not "
        "returned"
    )
    matched = sum(one.biomarker.is_matched for of in drugs.values() for one in of)
    yield (
        f"CGI biomarkers: {sum(map(len, drugs.values())):,} of alleles ({matched:,} matched), "
        f"{len(sample):,} of the sample only"
    )
    if result.strays:
        yield (
            f"{counted(result.strays, 'row')} of the result {agreeing(result.strays, 'does', 'do')} "
            "not belong to any submitted allele"
        )
