"""ClinVar over the network gives what the snapshot gives, or says that it could not be asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import annotator
from annotator import Assembly, Report
from annotator.sources.clinvar.api import CLINVAR_API_FIELDS
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import Options, application
from tests.support.clinvar_rows import ClinVarRow, info_items, record_lines
from tests.support.clinvar_service import Release, online, query_vcf, release_of
from tests.support.inputs import data_lines, info_of
from tests.support.real_slices import SLICES, Locus, write_padded_fasta

FIELDS = [field.id for field in CLINVAR_API_FIELDS]
ALLELES = 5_461
AMBIGUOUS = 7  # alleles with an N: one written C>N, and six insertions of mobile elements
MIXED = ("CLNDN", "CLNDISDB", "ONCDN", "SCIDN")
"""Whose diseases the service does not tell apart where a variant has several kinds of classification."""


@pytest.fixture(scope="module")
def release(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """BRCA1 and BRCA2 in part, where the whole sequence is at hand, and a few hundred variants of other genes."""

    def is_chosen(row: ClinVarRow) -> bool:
        if row.chrom in SLICES:
            start, stop, _ = SLICES[row.chrom]
            return start <= row.position <= stop and int(row.variation) % 7 == 0
        return int(row.variation) % 97 == 0 and len(row.ref) == len(row.alt)

    return release_of(shared_data, tmp_path_factory.mktemp("release"), is_chosen)


@pytest.fixture(scope="module")
def fasta(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import gzip

    loci = {}
    for contig, (start, _, name) in SLICES.items():
        _, *lines = gzip.decompress((shared_data / "reference" / name).read_bytes()).decode().split("\n")
        loci[contig] = Locus(start, "".join(lines))
    path = tmp_path_factory.mktemp("fasta") / "GRCh38.fa"
    write_padded_fasta(path, loci)
    yield path
    path.unlink()  # 200 MB


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what processes share about a host to the test."""
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def server(release: Release) -> Iterator[RunningServer]:
    with RunningServer(application(release.index)) as running:
        yield running


def answers(report: Report) -> Counter[str]:
    """How many answers of each kind there were."""
    return Counter({word: count for word, count in report.summary.answers["clinvar"].items() if count})


def alleles(release: Release, assembly: Assembly) -> list[ClinVarRow]:
    return [row for row in release.rows[assembly] if row.alt != "."]


def unambiguous(rows: Sequence[ClinVarRow]) -> list[ClinVarRow]:
    """Those whose bases are all known: the others stand for several alleles and are never looked up."""
    return [row for row in rows if not {*row.ref, *row.alt} - {*"ACGT"}]


def askable(rows: Sequence[ClinVarRow]) -> list[ClinVarRow]:
    """Those of which there is something to ask with when there is no reference."""
    return [row for row in rows if len(row.ref) == len(row.alt) or "RS" in row.info]


def as_queries(rows: Sequence[ClinVarRow]) -> Iterator[Sequence[str | int]]:
    for row in rows:
        rsid = f"rs{row.info['RS']}" if "RS" in row.info else "."
        yield row.chrom, row.position, rsid, row.ref, row.alt, "."


def asked(server: RunningServer, first: int | None = None) -> Counter[str]:
    """Count the requests for each identifier, of all requests or the first ones."""
    counts: Counter[str] = Counter()
    for request in server.requests[:first]:
        (q,) = [value for name, value in request.query if name == "q"]
        counts.update(re.findall(r"dbSNP:(rs\d+)", q))
        counts.update(re.findall(r'HGVS_exprs:"([^"]+)"', q))
    return counts


# --- parity


def compared(got: Path, expected: Path) -> Counter[str]:
    """Compare two outputs record by record; count the records by what differs in their INFO."""
    counts: Counter[str] = Counter()
    for one, other in zip(record_lines(got), record_lines(expected), strict=True):
        assert one[:7] == other[:7]
        differing = {key for key in FIELDS if info_items(one[7]).get(key) != info_items(other[7]).get(key)}
        counts["equal" if one[7] == other[7] else ",".join(sorted(differing))] += 1
    return counts


@pytest.mark.parametrize("assembly", list(Assembly))
def test_the_service_and_the_snapshot_give_the_same_bytes(
    release: Release, server: RunningServer, fasta: Path, tmp_path: Path, assembly: Assembly
) -> None:
    assert len(alleles(release, assembly)) == ALLELES
    reference = fasta if assembly is Assembly.GRCH38 else None
    rows = alleles(release, assembly) if reference else askable(alleles(release, assembly))
    assert len(rows) > 5_300
    query = query_vcf(tmp_path / "q.vcf", assembly, as_queries(rows))
    annotator.build_snapshot(tmp_path / "s", assembly, clinvar=release.vcf[assembly])
    annotator.annotate(
        query, tmp_path / "local.vcf", snapshot=tmp_path / "s", fields=FIELDS, reference=reference
    )
    report = annotator.annotate(
        query, tmp_path / "remote.vcf", fields=FIELDS, reference=reference, online=online(server)
    )
    # One of the insertions has no rs number, and so is looked up only with a reference.
    ambiguous = AMBIGUOUS if reference else AMBIGUOUS - 1
    assert report.summary.unsupported == {"ambiguous_bases": ambiguous}
    told_apart = len(rows) - ambiguous
    assert told_apart == len(unambiguous(rows))
    assert answers(report)["found"] == told_apart
    assert answers(report)["absent"] == answers(report)["failed"] == 0
    counts = compared(tmp_path / "remote.vcf", tmp_path / "local.vcf")
    counts["equal"] -= ambiguous  # neither writes anything of them
    mixed = [row for row in rows if sum(key in row.info for key in ("CLNSIG", "ONC", "SCI")) > 1]
    assert sum(count for keys, count in counts.items() if set(keys.split(",")) <= set(MIXED)) == len(mixed)
    assert counts["equal"] == told_apart - len(mixed)
    assert len(mixed) < 60


def test_rs_numbers_are_requested_in_batches_of_a_hundred(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    rows = [row for row in unambiguous(alleles(release, Assembly.GRCH37)) if "RS" in row.info]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    rsids = {row.info["RS"] for row in rows}
    assert answers(report) == {"found": len(rows)}
    assert len(server.requests) <= -(-len(rsids) // 100)
    assert max(asked(server).values()) == 1
    assert len(asked(server)) == len(rsids)


def test_a_truncated_response_is_requested_again_in_halves(release: Release, tmp_path: Path) -> None:
    """The service gives seven rows at most here, as it gives 500 at most there."""
    rows = [row for row in unambiguous(alleles(release, Assembly.GRCH37)) if "RS" in row.info][:400]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    with RunningServer(application(release.index, Options(most_rows=7))) as server:
        report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
        assert answers(report) == {"found": 400}
        sizes = [len(re.findall(r"dbSNP:", dict(request.query)["q"])) for request in server.requests]
    assert max(sizes) == 100
    assert min(sizes) < 8


def test_after_refused_batches_identifiers_are_requested_one_by_one(release: Release, tmp_path: Path) -> None:
    rows = [row for row in unambiguous(alleles(release, Assembly.GRCH37)) if "RS" in row.info][:250]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    with RunningServer(application(release.index, Options(refuse_batches=True))) as server:
        report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
        assert answers(report) == {"found": 250}
        rsids = {row.info["RS"] for row in rows}
        assert len(server.requests) <= len(rsids) + 4
        single = dict(server.requests[-1].query)
    assert single["terms"] == single["q"].removeprefix("dbSNP:")


def test_undocumented_fields_may_be_missing(release: Release, tmp_path: Path) -> None:
    """Then there is no classification, which is not a benign one; and GRCh37 is matched as GRCh38 is."""
    rows = [row for row in alleles(release, Assembly.GRCH37) if len(row.ref) == len(row.alt) == 1][:300]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    with RunningServer(application(release.index, Options(undocumented=False))) as server:
        report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    assert answers(report) == {"found": 300}
    for row, columns in zip(rows, record_lines(tmp_path / "o.vcf"), strict=True):
        info = info_items(columns[7])
        assert (info["CLNVID"], info["ALLELEID"], info["CLNMATCH"]) == (row.variation, row.allele_id, "exact")
        assert not info.keys() & {"CLNSIG", "CLNREVSTAT", "CLNSTARS", "CLNDN", "ONC", "SCI"}


def test_expressions_may_come_as_one_text(release: Release, tmp_path: Path) -> None:
    rows = [row for row in alleles(release, Assembly.GRCH38) if len(row.ref) == len(row.alt) == 1][:100]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, as_queries(rows))
    with RunningServer(application(release.index, Options(expressions_as_text=True))) as server:
        report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    assert answers(report) == {"found": 100}


# --- what must not match


def test_no_allele_gets_the_record_of_another_that_shares_its_rs_number(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    """Each rs number with bases that ClinVar does not have there."""
    known = {(row.chrom, row.position, row.ref, row.alt) for row in release.rows[Assembly.GRCH38]}
    queries = [
        (row.chrom, row.position, f"rs{row.info['RS']}", row.ref, alt, ".")
        for row in alleles(release, Assembly.GRCH38)
        if "RS" in row.info and len(row.ref) == 1
        for alt in "ACGT"
        if alt != row.ref and (row.chrom, row.position, row.ref, alt) not in known
    ]
    queries = list(dict.fromkeys(queries))
    assert len(queries) > 5_000
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, queries)
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    assert answers(report) == {"absent": len(queries)}
    assert all(columns[7] == "." for columns in record_lines(tmp_path / "o.vcf"))


CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|HGVSc|HGVSg">',
)
ODD = (
    "c.*12",
    "NM_000059.4:c.*12",
    "NM_000059.4:c.*12A>G",
    "NM_000059.4:c.76-1G>A",
    "NM_000059.4:c.5_6delinsTT",
    "NP_000050.3:p.(Arg97fs)",
    "NC_000013.11:g.(?_100)_(200_?)del",
    "NM_000059.4:c.[76A>C;83G>C]",
    'NM_000059.4:c.76"A>C',
    "NM_000059.4:c.76\\\\A>C",
    "NM_000059.4:c.76A>C*",
    "NM_000059.4(BRCA2):c.76A%3DC",
)


def test_odd_expressions_neither_break_a_query_nor_match_anything_else(
    server: RunningServer, tmp_path: Path
) -> None:
    """Return an insertion without a reference, so that its expressions are looked up."""
    queries = [
        (
            "13",
            32316461 + number,
            ".",
            "A",
            "AGA",
            f"CSQ=GA|x|{text.replace(';', '%3B').replace(',', '%2C')}|",
        )
        for number, text in enumerate(ODD)
    ]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, queries, CSQ)
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    assert answers(report) == {"unsupported": len(ODD)}
    assert server.requests
    assert report.summary.failures == {}


def test_expressions_of_five_thousand_alleles_find_their_own_records(
    release: Release, server: RunningServer, fasta: Path, tmp_path: Path
) -> None:
    """Without rs numbers: by the genomic expression that we write ourselves."""
    rows = alleles(release, Assembly.GRCH38)
    queries = [(row.chrom, row.position, ".", row.ref, row.alt, ".") for row in rows]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, queries)
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server), reference=fasta)
    got = answers(report)
    assert report.summary.unsupported == {"ambiguous_bases": AMBIGUOUS}
    assert got["found"] == len(rows) - got["unsupported"]
    for row, columns in zip(rows, record_lines(tmp_path / "o.vcf"), strict=True):
        assert info_items(columns[7]).get("ALLELEID", row.allele_id) == row.allele_id


def test_an_indel_that_requires_a_reference_is_not_reported_as_absent(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    rows = [row for row in alleles(release, Assembly.GRCH38) if len(row.ref) != len(row.alt)]
    queries = [(row.chrom, row.position, ".", row.ref, row.alt, ".") for row in rows]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, queries)
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    got = answers(report)
    assert got["absent"] == 0
    assert got["unsupported"] > 500
    ambiguous = AMBIGUOUS - 1  # the insertions
    assert report.summary.unsupported == {
        "needs_reference": got["unsupported"] - ambiguous,
        "ambiguous_bases": ambiguous,
    }


def test_by_veps_genomic_expression_indels_need_no_reference(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    rows = [
        row
        for row in alleles(release, Assembly.GRCH38)
        if min(len(row.ref), len(row.alt)) == 1 < max(len(row.ref), len(row.alt)) and row.ref[0] == row.alt[0]
    ]
    queries = [
        (row.chrom, row.position, ".", row.ref, row.alt, f"CSQ={row.alt[1:] or '-'}|x||{row.info['CLNHGVS']}")
        for row in rows
    ]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, queries, CSQ)
    annotator.annotate(query, tmp_path / "o.vcf", online=online(server), fields=["ALLELEID", "CLNMATCH"])
    matches = Counter[str]()
    for row, columns in zip(rows, record_lines(tmp_path / "o.vcf"), strict=True):
        info = info_items(columns[7])
        assert info.get("ALLELEID", row.allele_id) == row.allele_id
        matches[info.get("CLNMATCH", "none")] += 1
    assert matches["hgvs_g"] > 500
    assert matches["none"] == AMBIGUOUS - 1  # the insertions with an N


# --- when it cannot be asked


RETRYABLE = {
    "429 with seconds": base.Status(429, retry_after="0"),
    "429 with a date": base.Status(429, retry_after=base.http_date(0)),
    "503": base.Status(503),
    "reset": base.Reset(),
    "cut off": base.CutOff(),
    "not JSON": base.NOT_JSON,
    "no list": base.NOT_A_LIST,
    "short list": base.SHORT_LIST,
    "empty": base.EMPTY,
}


def disturbed(release: Release, server: RunningServer, folder: Path) -> tuple[Path, Report]:
    rows = askable(unambiguous(alleles(release, Assembly.GRCH37)))[:700]
    query = query_vcf(folder / "q.vcf", Assembly.GRCH37, as_queries(rows))
    return folder / "o.vcf", annotator.annotate(query, folder / "o.vcf", online=online(server))


@pytest.fixture(scope="module")
def undisturbed(release: Release, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    with RunningServer(application(release.index)) as server:
        output, report = disturbed(release, server, folder)
    assert answers(report) == {"found": 700}
    return output.read_bytes()


@pytest.mark.parametrize("fault", RETRYABLE)
def test_a_passing_fault_changes_nothing(
    release: Release, server: RunningServer, tmp_path: Path, undisturbed: bytes, fault: str
) -> None:
    server.faults.then(RETRYABLE[fault], None, RETRYABLE[fault])
    output, report = disturbed(release, server, tmp_path)
    assert output.read_bytes() == undisturbed
    assert report.summary.failed == 0


LASTING = RETRYABLE | {
    "400": base.Status(400),
    "404": base.Status(404),
    "a redirection elsewhere": base.Redirect("http://192.0.2.1/"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_failed_and_never_absent_and_can_be_retried(
    release: Release,
    server: RunningServer,
    tmp_path: Path,
    undisturbed: bytes,
    fault: str,
) -> None:
    """From the third request on; then all is well again."""
    server.faults.then(None, None)
    server.faults.always(LASTING[fault])
    output, report = disturbed(release, server, tmp_path)
    got = answers(report)
    assert got["failed"] > 0
    assert got["found"] > 0
    assert got["absent"] == got["unsupported"] == 0
    assert report.summary.failures.total() == got["failed"]
    told = Counter(info_of(line).get("ANNSTATUS") for line in data_lines(output.read_bytes()))
    assert told == {"clinvar:failed": got["failed"], None: got["found"]}
    answered = asked(server, first=2)
    assert len(answered) > 100
    server.faults.clear()
    server.requests.clear()
    again = annotator.retry_failed(output)
    assert again is not None
    assert answers(again) == {"found": 700}
    assert output.read_bytes() == undisturbed
    assert asked(server)
    assert not asked(server).keys() & answered.keys()
    assert annotator.retry_failed(output) is None


def test_one_identifier_that_breaks_a_query_does_not_take_the_others_along(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    rows = [row for row in unambiguous(alleles(release, Assembly.GRCH37)) if "RS" in row.info][:60]
    poison = f"dbSNP:rs{rows[30].info['RS']}"
    server.faults.by(lambda met: base.Status(500) if poison in dict(met.query)["q"].split(" OR ") else None)
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server))
    # Its allele is found by its expression all the same.
    assert answers(report) == {"found": 60}
    assert asked(server)[poison.removeprefix("dbSNP:")] > 4


def test_strict_writes_nothing_when_something_failed(
    release: Release, server: RunningServer, tmp_path: Path
) -> None:
    server.faults.by(lambda request: base.Status(404) if "q" in dict(request.query) else None)
    rows = alleles(release, Assembly.GRCH37)[:3]
    query = query_vcf(tmp_path / "q.vcf", Assembly.GRCH37, as_queries(rows))
    with pytest.raises(annotator.AnnotatorError, match="failed"):
        annotator.annotate(query, tmp_path / "o.vcf", online=online(server), strict=True)
    assert not (tmp_path / "o.vcf").exists()


def test_a_journal_replays_to_the_same_bytes_without_a_server(release: Release, tmp_path: Path) -> None:
    with RunningServer(application(release.index)) as server:
        output, _ = disturbed(release, server, tmp_path)
        options = online(server, journal=tmp_path / "o.vcf.journal", is_replay=True)
    report = annotator.annotate(tmp_path / "q.vcf", tmp_path / "r.vcf", online=options)
    assert (tmp_path / "r.vcf").read_bytes() == output.read_bytes()
    assert report.sent == ()


def test_a_replay_reports_lookups_missing_in_the_journal_as_failed(release: Release, tmp_path: Path) -> None:
    with RunningServer(application(release.index)) as server:
        disturbed(release, server, tmp_path)
        options = online(server, journal=tmp_path / "o.vcf.journal", is_replay=True)
    row = alleles(release, Assembly.GRCH37)[800]
    query = query_vcf(tmp_path / "other.vcf", Assembly.GRCH37, as_queries([row]))
    report = annotator.annotate(query, tmp_path / "r.vcf", online=options)
    assert answers(report) == {"failed": 1}
    assert report.summary.failures == {"not_in_journal": 1}
