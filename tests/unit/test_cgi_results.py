"""Results of CGI are joined to their alleles only, every allele is accounted for, and all table layouts are read."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import annotator
from annotator.annotation.allele_table import Keys
from annotator.dispatch.cgi.archive import opened_result
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.fields import CGI_FIELDS, CgiRecord, Joining, joining_of
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.results import Biomarker, Result, read_result
from annotator.errors import DispatchError
from annotator.info import decode_text
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.vcf.header import Header
from tests.servers.cgi import Options
from tests.servers.cgi_results import (
    Analysis,
    Row,
    archive,
    gene_of,
    protein_of,
    read_rows,
    zipped,
)
from tests.support.cgi_runs import EMAIL, TOKEN, Steps, Warm, environment, serving, write_tumour
from tests.support.inputs import data_lines, info_of, run_annotator, write_snapshot

DROPPED = frozenset({68, 70})
INSERTION, DELETION = 6, 7
"""Rows of the sample of `write_tumour`, from 1."""


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Mutations:
    """The 90 alleles of a sample."""
    vcf = write_tumour(tmp_path_factory.mktemp("sample") / "in.vcf")
    found = extract_mutations(str(vcf), sample="TUMOUR").mutations
    assert len(found.rows["mutations"]) == 90
    assert found.mutation(INSERTION).ref == found.mutation(INSERTION).alt[0]
    assert len(found.mutation(INSERTION).alt) == 4
    assert found.mutation(DELETION).alt == found.mutation(DELETION).ref[0]
    return found


def rows_of(sent: Mutations) -> list[Row]:
    return read_rows(sent.content("mutations"))


def result(sent: Mutations, analysis: Analysis) -> Result:
    found = opened_result(archive({"mutations": sent.content("mutations")}, analysis), "x.zip")
    return read_result(found, sent, "x.zip")


def joining(sent: Mutations, analysis: Analysis) -> Joining:
    return joining_of(result(sent, analysis), sent, Keys(sent.assembly))


# Vintages


@pytest.mark.parametrize("vintage", ["v0", "v1", "v2", "v3"])
@pytest.mark.parametrize("echo", [True, False])
def test_every_vintage_is_read_by_the_names_of_its_columns(vintage: str, echo: bool, tmp_path: Path) -> None:
    vcf = tmp_path / "in.vcf"
    text = write_tumour(vcf).read_text()
    # The oldest tables state the positions of hg19.
    for contig, old, new in (("7", 159345973, 159138663), ("13", 114364328, 115169878)):
        text = text.replace(f"ID={contig},length={old}", f"ID={contig},length={new}")
    vcf.write_text(text)
    sent = extract_mutations(str(vcf), sample="TUMOUR").mutations
    assert sent.assembly is Assembly.GRCH37
    found = result(sent, Analysis(vintage, DROPPED, frozenset({5}), echo=echo))
    assert set(found.problems) == DROPPED
    assert set(found.problems.values()) == {"not_returned"}
    assert found.strays == 0
    for row in rows_of(sent):
        if row.number not in DROPPED:
            findings = found.findings[row.number]
            assert {(one.gene, one.protein) for one in findings} == {(gene_of(row), protein_of(row))}
            assert len(findings) == (2 if row.number == 5 and vintage in {"v2", "v3"} else 1)
    expected = {
        "v0": ("", ""),
        "v1": ("", ""),
        "v2": ("23.05.3", "2024-09-01"),
        "v3": ("23.12.2", "2024-09-01"),
    }
    assert found.provenance == expected[vintage]
    assert len(found.biomarkers) > 20
    assert {one.match for one in found.biomarkers} == ({"YES", "NO"} if vintage in {"v2", "v3"} else {""})
    assert not any(one.is_matched for one in found.biomarkers) or vintage in {"v2", "v3"}


def spoilt(sent: Mutations, old: str, new: str, analysis: Analysis = Analysis()) -> Result:  # noqa: B008  # it is frozen
    """The result with a text of its table of alterations exchanged."""
    members = dict(opened_result(archive({"mutations": sent.content("mutations")}, analysis), "x"))
    table = members["alterations.tsv"].decode()
    assert old in table
    members["alterations.tsv"] = table.replace(old, new).encode()
    return read_result(opened_result(zipped(members), "x"), sent, "x")


def test_a_row_about_another_allele_is_not_joined(sent: Mutations) -> None:
    mutation = sent.mutation(1)
    echoed = f"\t{mutation.contig}\t{mutation.position}\t{mutation.ref}\t{mutation.alt}\tTUMOUR"
    found = spoilt(sent, echoed, echoed.replace(str(mutation.position), str(mutation.position + 1)))
    assert found.problems == {1: "other_allele"}
    assert 1 not in found.findings


@pytest.mark.parametrize("number", [1, INSERTION, DELETION])
def test_without_an_echo_cgis_own_notation_decides(sent: Mutations, number: int) -> None:
    silent = Analysis(echo=False)
    assert result(sent, silent).problems == {}
    position = sent.mutation(number).position + (number == DELETION)
    moved = f"input01_{number}\t7\t{position}\t"
    found = spoilt(sent, moved, moved.replace(str(position), str(position + 50)), silent)
    assert found.problems == {number: "other_allele"}


def test_unverified_rows_are_not_joined(sent: Mutations) -> None:
    silent = Analysis(echo=False)
    with pytest.raises(DispatchError, match="no row of the result belongs to a submitted allele"):
        spoilt(sent, "\tPOSITION\t", "\tPLACE\t", silent)
    position = sent.mutation(3).position
    found = spoilt(sent, f"input01_3\t7\t{position}\t", "input01_3\t7\tunknown\t", silent)
    assert found.problems == {3: "unverified"}


def test_the_result_of_another_sample_is_refused(sent: Mutations, tmp_path: Path) -> None:
    vcf = tmp_path / "in.vcf"
    vcf.write_text(write_tumour(vcf).read_text().replace("\t10", "\t20"))
    other = extract_mutations(str(vcf), sample="TUMOUR").mutations
    members = opened_result(archive({"mutations": other.content("mutations")}, Analysis()), "x")
    with pytest.raises(DispatchError, match="no row of the result belongs to a submitted allele"):
        read_result(members, sent, "x")


def test_rows_that_were_never_sent_are_counted(sent: Mutations) -> None:
    found = spoilt(sent, "input01_90\t", "input01_91\t")
    assert (found.strays, found.problems) == (1, {90: "not_returned"})
    found = spoilt(sent, "input01_90\t", "input01_x\t")
    assert (found.strays, found.problems) == (1, {90: "not_returned"})


def test_columns_may_come_in_any_order(sent: Mutations) -> None:
    members = dict(opened_result(archive({"mutations": sent.content("mutations")}, Analysis()), "x"))
    lines = [line.split("\t") for line in members["alterations.tsv"].decode().splitlines()]
    turned = "".join("\t".join(reversed(cells)) + "\r\n" for cells in lines)
    members["alterations.tsv"] = b"\xef\xbb\xbf" + turned.encode()
    assert read_result(members, sent, "x").findings == result(sent, Analysis()).findings


def test_a_result_without_findings_is_one(sent: Mutations) -> None:
    found = result(sent, Analysis(dropped=frozenset(range(1, 91))))
    assert set(found.problems.values()) == {"not_returned"}
    assert len(found.problems) == 90


# Biomarkers


MATCHED = {"Drugs": "D", "Response": "Responsive", "Evidence": "A", "Match": "YES", "BioM": "complete"}


def alteration(sent: Mutations, number: int) -> str:
    row = rows_of(sent)[number - 1]
    return f"{gene_of(row)} ({protein_of(row)})"


def drugs(joined: Joining, sent: Mutations, number: int) -> list[str]:
    key = Keys(sent.assembly).key(*sent.mutation(number))
    assert isinstance(key, AlleleKey)
    return [one.biomarker.biomarker for one in joined.table.records[key].drugs]


def sample_table(joined: Joining) -> list[tuple[str, str, str]]:
    rows = [line.split("\t") for line in joined.sample.splitlines()[1:]]
    return [(row[0], row[2], row[3]) for row in rows]


def test_biomarkers_are_joined_by_gene_and_change_or_stay_with_the_sample(sent: Mutations) -> None:
    one, two = alteration(sent, 1), alteration(sent, 2)
    more = (
        MATCHED | {"Alterations": f"{one}, {two}; {one}", "Biomarker": "both"},
        MATCHED | {"Alterations": "ERBB2 amplification", "Biomarker": "no change"},
        MATCHED | {"Alterations": "NF1 (X1Y)", "Biomarker": "unknown"},
        MATCHED | {"Alterations": f"{one} in TP53 Wild-Type", "Biomarker": "wild"},
        MATCHED | {"Alterations": one, "Biomarker": "BRAF wildtype"},
        MATCHED | {"Alterations": f"{one}, NF1 (X1Y)", "Biomarker": "half"},
    )
    joined = joining(sent, Analysis(biomarkers=more))
    assert {"both", "half"} <= set(drugs(joined, sent, 1))
    assert "both" in drugs(joined, sent, 2)
    for names in (drugs(joined, sent, 1), drugs(joined, sent, 2)):
        assert not {"wild", "BRAF wildtype", "no change", "unknown"} & set(names)
    assert drugs(joined, sent, 1).count("both") == 1
    assert set(sample_table(joined)) == {
        ("wildtype", "CDKN2A wildtype", "CDKN2A wildtype"),
        ("wildtype", "BRCA1 wildtype", "BRCA1 wildtype"),
        ("no_protein_change", "ERBB2 amplification", "no change"),
        ("unknown_alteration", "NF1 (X1Y)", "unknown"),
        ("wildtype", f"{one} in TP53 Wild-Type", "wild"),
        ("wildtype", one, "BRAF wildtype"),
        ("unknown_alteration", f"{one}, NF1 (X1Y)", "half"),
    }


def test_a_change_that_two_alleles_make_stays_with_the_sample(sent: Mutations) -> None:
    one = alteration(sent, 1)
    protein = protein_of(rows_of(sent)[0])
    gene = gene_of(rows_of(sent)[0])
    members = dict(
        opened_result(
            archive(
                {"mutations": sent.content("mutations")},
                Analysis(biomarkers=(MATCHED | {"Alterations": one, "Biomarker": "which"},)),
            ),
            "x",
        )
    )
    lines = members["alterations.tsv"].decode().splitlines()
    header = lines[0].split("\t")
    second = lines[2].split("\t")
    second[header.index("CGI-Gene")], second[header.index("CGI-Protein Change")] = gene, protein
    lines[2] = "\t".join(second)
    members["alterations.tsv"] = "\n".join(lines).encode()
    joined = joining_of(read_result(members, sent, "x"), sent, Keys(sent.assembly))
    assert ("ambiguous", one, "which") in sample_table(joined)
    assert "which" not in drugs(joined, sent, 1) + drugs(joined, sent, 2)


@pytest.mark.parametrize(
    ("match", "biom", "is_matched"),
    [
        ("YES", "complete", True), ("yes", "Complete", True), ("YES", "only gene", False),
        ("YES", "only alteration type", False), ("NO", "complete", False), ("", "", False), ("YES", "", False),
    ],
)  # fmt: skip
def test_a_match_of_the_tumour_type_alone_is_none(match: str, biom: str, is_matched: bool) -> None:
    assert Biomarker("", "", "", "", "", "", match, biom, "", "", "").is_matched is is_matched


def test_the_descriptions_of_the_fields_list_their_parts() -> None:
    for field in CGI_FIELDS:
        line = field.header_line("x", "1")
        header = Header.parse(
            f"##fileformat=VCFv4.2\n{line}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n".encode(),
            path="x",
        )
        description = header.info[field.id].description
        assert description.split("Format: ")[1].startswith("Allele|AlleleIndex|")
    assert CgiRecord("returned").findings == ()


# The whole way


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Steps, str]]:
    """The sample of 90, sent and joined; and what the commands said."""
    folder = tmp_path_factory.mktemp("joined")
    analysis = Analysis(dropped=DROPPED, doubled=frozenset({5, DELETION}))
    extra = [
        "7\t5000000\tanchor\tA\t*,<DEL>\t.\t.\tOLD=1\tGT\t0/0\t1/2",
        "MT\t100\t.\tA\tC\t.\t.\t.\tGT\t0/0\t1/1",
    ]
    with (
        serving(Options(analysis=analysis)) as (_, _, url),
        Warm(environment(folder / "state", url), folder / "log") as warm,
    ):
        steps = Steps(folder / "run", write_tumour(folder / "in.vcf", extra=extra))
        steps.folder.mkdir()
        warm.run([steps.prepare(), *steps.all()])
        yield steps, (folder / "log").read_text()


def entries(value: str) -> list[list[str]]:
    return [entry.split("|") for entry in value.split(",")]


def plain(value: str) -> str:
    return decode_text(value)


def test_all_ninety_are_joined_exactly(joined: tuple[Steps, str]) -> None:
    steps, _ = joined
    rows = {
        (row.allele[1], row.allele[2], row.allele[3]): row for row in read_rows(steps.mutations.read_bytes())
    }
    assert len(rows) == 90
    before, after = data_lines(steps.vcf.read_bytes()), data_lines(steps.output.read_bytes())
    assert len(before) == len(after)
    seen = Counter[str]()
    for old, new in zip(before, after, strict=True):
        columns = new.split("\t")
        assert old.split("\t")[:7] + old.split("\t")[8:] == columns[:7] + columns[8:]
        info = info_of(new)
        assert {key: value for key, value in info.items() if not key.startswith("CGI")} == info_of(old)
        row = rows.get((int(columns[1]), columns[3], columns[4]))
        if row is None:
            assert not {"CGI", "CGI_DRUG"} & set(info), new
            continue
        found = entries(info["CGI"])
        assert all(one[:2] == [columns[4], "1"] for one in found)
        if row.number in DROPPED:
            assert found == [[columns[4], "1", "not_returned", *[""] * 7]]
            assert "CGI_DRUG" not in info
            seen["dropped"] += 1
            continue
        assert len(found) == (2 if row.number in {5, DELETION} else 1)
        for one in found:
            assert one[2:5] == ["returned", gene_of(row), protein_of(row)]
            assert plain(one[5]).startswith(("oncogenic_(predicted", "non-oncogenic"))
        for one in entries(info.get("CGI_DRUG", "")) if "CGI_DRUG" in info else []:
            assert one[3:5] == [gene_of(row), protein_of(row)]
            assert (one[2] == "yes") == (one[10] == "YES" and one[11] == "complete")
            assert plain(one[6]) == "Drugimab_+_Other,_salt"
            seen[f"matched {one[2]}"] += 1
        seen["returned"] += 1
    assert seen["returned"] == 88
    assert seen["dropped"] == 2
    assert seen["matched yes"] > 5
    assert seen["matched no"] > 5
    assert "ildtype" not in "".join(after)


def test_alleles_without_a_result_are_listed(joined: tuple[Steps, str]) -> None:
    steps, said = joined
    rows = read_rows(steps.mutations.read_bytes())
    lines = [line.split("\t") for line in (steps.folder / "t.missing.tsv").read_text().splitlines()]
    assert lines[0] == ["row", "record", "allele", "chrom", "pos", "ref", "alt", "reason"]
    records = [line.split("\t") for line in data_lines(steps.vcf.read_bytes())]
    assert {int(line[0]) for line in lines[1:]} == DROPPED
    for number, record, allele, contig, position, ref, alt, reason in lines[1:]:
        assert (contig, int(position), ref, alt) == rows[int(number) - 1].allele
        assert records[int(record) - 1][1] == position
        assert (allele, reason) == ("1", "not_returned")
    assert "88 of 90 rows returned, 2 not returned" in said


def test_wild_type_stays_with_the_sample(joined: tuple[Steps, str]) -> None:
    table = (joined[0].folder / "t.biomarkers.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in table] == ["reason", "wildtype", "wildtype"]


def test_the_manifest_lists_omitted_alleles(joined: tuple[Steps, str]) -> None:
    text = (joined[0].folder / "t.manifest.tsv").read_text()
    left_out = [line.split("\t")[-1] for line in text.splitlines() if line.startswith(".\t")]
    assert sorted(left_out) == ["mitochondrial", "no_copy_number", "spanning_deletion"]


@pytest.mark.parametrize("suffix", [".vcf.gz", ".bcf"])
def test_joining_twice_is_joining_once_and_annotating_stays(
    joined: tuple[Steps, str], tmp_path: Path, suffix: str
) -> None:
    steps, _ = joined
    ticket = str(steps.ticket)
    service = "http://127.0.0.1:9/api/v1"  # nobody is asked: the archive is there
    options = ("--url", service)
    write_snapshot(tmp_path / "s")
    annotated, once, twice = (tmp_path / f"{name}{suffix}" for name in ("annotated", "once", "twice"))
    assert run_annotator("annotate", steps.vcf, "--snapshot", tmp_path / "s", "-o", annotated).status == 0
    ran = run_annotator("cgi", "collect", ticket, "--vcf", annotated, "-o", once, *options)
    assert ran.status == 3, ran.err
    assert run_annotator("cgi", "collect", ticket, "--vcf", once, "-o", twice, *options).status == 3
    assert once.read_bytes() == twice.read_bytes()
    again = tmp_path / f"again{suffix}"
    assert run_annotator("annotate", once, "--snapshot", tmp_path / "s", "-o", again).status == 0
    assert records(again) == records(once)
    joined_lines = [line for line in records(once) if "CGI=" in line]
    assert len(joined_lines) == 90
    plain_lines = [line for line in records(steps.output) if "CGI=" in line]
    assert joined_lines == plain_lines


def records(path: Path) -> list[str]:
    """Records as htslib reads them."""
    from cyvcf2 import VCF

    return [str(record) for record in VCF(str(path))]


def test_an_input_without_the_alleles_is_reported(joined: tuple[Steps, str], tmp_path: Path) -> None:
    steps, _ = joined
    lines = steps.vcf.read_text().splitlines(keepends=True)
    gone = next(number for number, line in enumerate(lines) if line.startswith("7\t1000000\t"))
    (tmp_path / "in.vcf").write_text("".join(lines[:gone] + lines[gone + 1 :]))
    ran = run_annotator(
        "cgi", "collect", steps.ticket, "--vcf", tmp_path / "in.vcf", "-o", tmp_path / "out.vcf"
    )
    assert ran.status == 3
    assert "WARNING: the VCF has no record for 7:1000000" in ran.err


def test_an_input_of_another_assembly_is_refused(joined: tuple[Steps, str], tmp_path: Path) -> None:
    steps, _ = joined
    text = steps.vcf.read_text().replace("159345973", "159138663").replace("114364328", "115169878")
    (tmp_path / "in.vcf").write_text(text)
    ran = run_annotator(
        "cgi", "collect", steps.ticket, "--vcf", tmp_path / "in.vcf", "-o", tmp_path / "out.vcf"
    )
    assert (ran.status, "the input is on GRCh37" in ran.err) == (1, True)
    assert not (tmp_path / "out.vcf").exists()


# Secrets


def test_no_secret_and_no_patient_field_is_left_anywhere(tmp_path: Path) -> None:
    """Planted: the account, and a patient's name and number in INFO, ID, the header and a genotype's fields."""
    planted = ("Planted^Patient", "MRN-0042-planted")
    vcf = write_tumour(
        tmp_path / "in.vcf",
        12,
        extra=[f"7\t9000000\t{planted[1]}\tA\tC\t.\t.\tPATIENT={planted[0]}\tGT\t0/0\t0/1"],
    )
    vcf.write_text(
        vcf.read_text().replace(
            "#CHROM",
            f'##INFO=<ID=PATIENT,Number=1,Type=String,Description="x">\n##patient={planted[0]},{planted[1]}\n#CHROM',
        )
    )
    steps = Steps(tmp_path / "run", vcf)
    steps.folder.mkdir()
    said: list[str] = []
    lists: list[str] = []
    with serving(Options(waiting=2)) as (service, server, url):
        extra = ["--egress-log", str(tmp_path / "egress.tsv")]
        commands = [steps.prepare(), *([*words, *extra] for words in steps.all())]
        commands += [["cgi", word, str(steps.ticket)] for word in ("status", "logs", "cancel")]
        service.options.token = "wrong"  # noqa: S105  # the first submission is refused, and told the header
        for words in (commands[0], commands[1], *commands[1:]):
            with subprocess.Popen(
                [sys.executable, "-m", "annotator", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=environment(tmp_path / "state", url), text=True,
            ) as process:  # fmt: skip
                while process.poll() is None:
                    lists.append(arguments_of(process.pid))
                    time.sleep(0.02)
                assert process.stdout is not None
                said.append(process.stdout.read())
            if len(said) == 2:
                assert process.returncode == 1
                assert "Authorization error: … …" in said[-1]
                service.options.token = TOKEN
            else:
                assert process.returncode in {0, 3}, said[-1]
        requests = list(server.requests)
    secrets = (EMAIL, TOKEN)
    assert any("cgi" in listed for listed in lists)
    # The output is the input with INFO added; it alone may hold what the input holds.
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path not in {vcf, steps.output}]
    assert len(left) > 6
    for text in (*said, *lists, *(path.read_bytes().decode("latin-1") for path in left)):
        assert not [one for one in (*secrets, *planted) if one in text]
    assert not [one for one in secrets if one in steps.output.read_text()]
    for request in requests:
        assert request.headers["authorization"] == f"{EMAIL} {TOKEN}"
        others = [value for name, value in request.headers.items() if name != "authorization"]
        text = "\n".join([request.path, *map(str, request.query), *others, request.body.decode("latin-1")])
        assert not [one for one in (*secrets, *planted) if one in text]


def arguments_of(pid: int) -> str:
    """Return the command line of a process as a process list shows it; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except OSError:
        return ""


def test_the_joined_file_has_no_path_no_clock_and_no_ticket(joined: tuple[Steps, str]) -> None:
    steps, _ = joined
    header = [line for line in steps.output.read_text().splitlines() if line.startswith("##annotator")]
    assert header == [
        '##annotatorJoined=<ID=cgi,Source="cgi-rest",Release="23.12.2",Assembly="GRCh38",'
        f'Version="{annotator.__version__}",Fields="CGI,CGI_DRUG">'
    ]
    digest = hashlib.sha256(steps.mutations.read_bytes()).hexdigest()
    assert digest in (steps.folder / "t.manifest.tsv").read_text()
