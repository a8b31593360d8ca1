"""The Python calls: in a running event loop, with open snapshots, and with parameters that are wrong."""

from __future__ import annotations

import asyncio
import pickle
import re
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import annotator
from annotator.annotation.online_options import OnlineOptions
from annotator.runtime.parameters import in_parameters
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, application
from tests.support.error_catalogue import CATALOGUE
from tests.support.inputs import run_annotator, write_snapshot, write_vcf


@pytest.fixture
def snapshot(tmp_path: Path) -> annotator.Snapshot:
    return annotator.Snapshot.open(write_snapshot(tmp_path / "s"))


def test_a_service_is_queried_inside_a_running_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a notebook, whose cells run in its loop."""
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    source = write_vcf(tmp_path / "in.vcf")
    with RunningServer(application([])) as server:
        options = OnlineOptions(clinvar_url=server.url + PATH)

        async def cell() -> annotator.Report:
            return annotator.annotate(source, tmp_path / "out.vcf", online=options)

        report = asyncio.run(cell())
        assert server.requests
    assert report.summary.records == 1
    assert (tmp_path / "out.vcf").is_file()


def test_an_open_snapshot_is_accepted_in_place_of_its_path(
    snapshot: annotator.Snapshot, tmp_path: Path
) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    report = annotator.annotate(source, tmp_path / "out.vcf", snapshot=snapshot)
    assert report.summary.answers["clinvar"]["found"] == 1


def test_a_snapshot_has_a_repr_and_can_be_pickled(snapshot: annotator.Snapshot) -> None:
    assert repr(snapshot) == f"<Snapshot {snapshot.path}: GRCh38, clinvar 2026-02-26>"
    pickled = pickle.dumps(snapshot)
    assert len(pickled) < 1000
    again = pickle.loads(pickled)  # noqa: S301
    allele = ("7", 140753336, "A", "T")
    assert again.lookup(*allele) == snapshot.lookup(*allele)
    with snapshot as opened:
        assert opened is snapshot


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"output_type": "x"}, "output_type='x'"),
        ({"assembly": "hg17"}, "assembly='hg17'"),
        ({"on_clash": "ignore"}, "on_clash='ignore'"),
        ({"status": "some"}, "status='some'"),
        ({"civic_match": "best"}, "civic_match='best'"),
        ({"threads": 0}, "threads=0"),
        ({"threads": "2"}, "threads='2'"),
        ({"threads": True}, "threads=True"),
        ({"compression_level": 10}, "compression_level=10"),
        ({"regions": "7:1-2"}, "regions='7:1-2'"),
        ({"fields": "CLNSIG"}, "fields='CLNSIG'"),
        ({"fields": [1]}, "fields=[1]"),
        ({"online": True}, "online=True"),
    ],
)
def test_a_wrong_parameter_of_annotate_is_named(tmp_path: Path, wrong: dict[str, Any], named: str) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    with pytest.raises(annotator.AnnotatorError) as raised:
        annotator.annotate(source, tmp_path / "out.vcf", snapshot=tmp_path / "none", **wrong)
    assert str(raised.value).startswith(named)
    assert not (tmp_path / "out.vcf").exists()


# Errors name parameters, not options


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ("use --reference FASTA to left-align first", "use reference=FASTA to left-align first"),
        ("-r '7:5-1' ends before it starts", "regions='7:5-1' ends before it starts"),
        ("Use --assembly GRCh37, or omit -W", "Use assembly='GRCh37', or omit write_index"),
        ("Use --on-clash replace to overwrite them", "Use on_clash='replace' to overwrite them"),
        ("fewer workers (-@ 1), or more memory", "fewer workers (threads=1), or more memory"),
        ("3 lookups failed (--strict)", "3 lookups failed (strict=True)"),
        ("Add --source civic=graphql", "Add OnlineOptions(civic='graphql')"),
        ("Use --replay JOURNAL", "Use OnlineOptions(is_replay=True, journal=JOURNAL)"),
        ("Use another file with --journal", "Use another file with OnlineOptions(journal=...)"),
        ("Omit --shard", "Omit --shard"),
        ("index it with: bcftools index -o x FILE", "index it with: bcftools index -o x FILE"),
        ("run `annotator annotate -W`, or omit -W", "run `annotator annotate -W`, or omit write_index"),
    ],
)
def test_a_message_names_parameters(options: str, parameters: str) -> None:
    names = signature(annotator.annotate).parameters
    assert in_parameters(options, names, annotator.OnlineOptions) == parameters


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"regions": ["7:5-1"]}, "regions"),
        ({"write_index": True, "output": "-"}, "write_index=True cannot index this output"),
        ({"fields": ["NONE"]}, "fields contains NONE"),
        ({"amplification_copies": 1}, "amplification_copies=1 is out of range"),
    ],
)
def test_an_error_from_below_names_the_parameter(tmp_path: Path, wrong: dict[str, Any], what: str) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    named = {"input": write_vcf(tmp_path / "in.vcf.gz"), "output": tmp_path / "out.vcf.gz"} | wrong
    with pytest.raises(annotator.AnnotatorError) as raised:
        annotator.annotate(snapshot=snapshot, **named)
    assert raised.value.what.startswith(what)
    assert not re.search(r"(?<!\w)-(?:-[a-z]|[rW]\b)", str(raised.value))


def test_no_option_with_a_parameter_is_left_in_a_message() -> None:
    """All messages of the catalogue, but those of the command line itself and of external services."""
    names = signature(annotator.annotate).parameters
    options = {f"--{name.replace('_', '-')}" for name in names} | {"-W", "-@", "-r"}
    for message in CATALOGUE:
        if message.where.startswith(("annotator/cli/", "annotator/dispatch/")):
            continue
        for text in filter(None, (message.what, message.remedy)):
            shown = in_parameters(text, names)
            outside = re.sub(r"`[^`]*`|\b(?:bcftools|annotator) .*", "", shown)
            assert options.isdisjoint(re.findall(r"(?<![\w-])--?[\w@-]+", outside)), shown


def test_the_command_line_names_options(tmp_path: Path) -> None:
    source, snapshot = write_vcf(tmp_path / "in.vcf"), write_snapshot(tmp_path / "s")
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-W", "-o", "-")
    assert ran.status == 2
    assert "-W cannot index this output" in ran.err


def test_the_functions_keep_their_names_and_signatures() -> None:
    assert annotator.annotate is annotator.annotate
    assert annotator.annotate.__name__ == "annotate"
    assert pickle.loads(pickle.dumps(annotator.annotate)) is annotator.annotate  # noqa: S301
    assert "clinvar" in signature(annotator.build_snapshot).parameters


# Look-ups


@pytest.mark.parametrize(
    ("allele", "named"),
    [
        (("7", 0, "A", "T"), "position=0"),
        (("7", -5, "A", "T"), "position=-5"),
        (("7", "140753336", "A", "T"), "position='140753336'"),
        (("7", 1.5, "A", "T"), "position=1.5"),
        ((7, 140753336, "A", "T"), "contig=7"),
        (("7", 140753336, "", "T"), "ref=''"),
        (("7", 140753336, "A", None), "alt=None"),
    ],
)
def test_a_wrong_parameter_of_a_look_up_is_named(
    snapshot: annotator.Snapshot, allele: tuple[Any, ...], named: str
) -> None:
    with pytest.raises(annotator.AnnotatorError) as raised:
        snapshot.lookup(*allele)
    assert str(raised.value).startswith(named)
