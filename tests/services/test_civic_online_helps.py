"""What helps to place CIViC's alleles helps a run that asks CIViC as it helps a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import annotator
from annotator import OnlineOptions
from annotator.errors import KnowledgeBaseError
from annotator.snapshot.civic.caids import table_text
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.servers.base import RunningServer
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.support.civic_releases import EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.inputs import (
    MT_BASES,
    MT_LENGTH,
    data_lines,
    info_of,
    run_annotator,
    write_fasta,
    write_vcf,
)
from tests.support.ontology import OBO

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
AT = 3_000
REPEAT = "GATTACAGGCACACACATTGC"  # CA four times, from base 10 on
ONLY_IN_ONTOLOGY = "DOID:9999"  # broader than melanoma there; the table that ships with the package lacks it
SHIFT = 300_300  # of the chain file: 100 more than the assemblies are apart at V600E
VARIANTS = {
    12: {"gene": "BRAF", "variant": "V600E", "entrez_id": "673"},
    79: {
        "gene": "KRAS", "variant": "G12D", "entrez_id": "3845", "allele_registry_id": "CA122538",
        "chromosome": "12", "start": "25398284", "stop": "25398284", "reference_bases": "C", "variant_bases": "T",
    },
    900: {
        "gene": "MT-X", "variant": "indel", "entrez_id": "1", "reference_build": "GRCh38",
        "chromosome": "MT", "start": str(AT + 13), "stop": str(AT + 14), "reference_bases": "CA", "variant_bases": "",
    },
}  # fmt: skip
RECORDS = (
    "7\t140753336\tV600E\tA\tT\t.\t.\t.",
    "7\t140753436\tchained\tA\tT\t.\t.\t.",
    "12\t25245350\tG12D\tC\tT\t.\t.\t.",
    f"MT\t{AT + 8}\tindel\tGCA\tG\t.\t.\t.",
)


class Case(NamedTuple):
    """A release's files, a service that is made of them, an input of GRCh38 and what may help."""

    release: Path
    server: RunningServer
    input: Path
    helps: dict[str, Path]

    def online(self, **helps: Path | None) -> OnlineOptions:
        place = f"{self.server.url}{PATH}"
        return OnlineOptions(clinvar=False, civic="graphql", civic_url=place, civic_rate=1000.0, **helps)  # type: ignore[arg-type]


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("CIVIC_API_KEY", raising=False)
    release = release_of(tmp_path / "civic")
    contigs = ("7", "12", "MT")
    source = write_vcf(tmp_path / "in.vcf", RECORDS, assembly=GRCH38, contigs=contigs)
    helps = written_helps(tmp_path)
    service = CivicGraphql(read_release(release), Options(rate=None))
    with RunningServer(service.application()) as server:
        yield Case(release, server, source, helps)


def release_of(folder: Path) -> Path:
    ids = {str(id_): facts for id_, facts in VARIANTS.items()}
    return write_release(
        folder,
        [
            VARIANT | facts | {"variant_id": id_, "single_variant_molecular_profile_id": id_}
            for id_, facts in ids.items()
        ],
        [
            EVIDENCE | {"evidence_id": id_, "molecular_profile_id": id_, "variant_origin": "Somatic"}
            for id_ in ids
        ],
        (),
        [
            PROFILE
            | {"molecular_profile_id": id_, "variant_ids": id_, "evidence_score": "1.0"}
            | {"name": f"{facts['gene']} {facts['variant']}"}
            for id_, facts in ids.items()
        ],
    )


def written_helps(folder: Path) -> dict[str, Path]:
    chain, caids, ontology = folder / "made.chain", folder / "caids.tsv", folder / "doid.obo"
    start = 140_453_000
    chain.write_text(
        f"chain 100 chr7 {GRCH37.lengths['7']} + {start} {start + 400} "
        f"chr7 {GRCH38.lengths['7']} + {start + SHIFT} {start + SHIFT + 400} 1\n400\n\n"
    )
    caids.write_text(
        table_text([("CA122538", GRCH38, AlleleKey("12", 25_245_350, "C", "T"))], retrieved="2026-11-26")
    )
    ontology.write_text(OBO)
    bases = MT_BASES[: AT - 1] + REPEAT + MT_BASES[AT - 1 + len(REPEAT) :]
    reference = write_fasta(folder / "mt.fa", {"MT": bases[:MT_LENGTH]})
    return {"chain": chain, "caid_table": caids, "disease_ontology": ontology, "reference": reference}


@pytest.mark.parametrize(
    ("names", "matches", "relation"),
    [
        ((), {"V600E": "exact", "G12D": "exact"}, "other"),
        (("chain",), {"chained": "exact"}, "other"),  # it overrides the table that ships with the package
        (("caid_table",), {"V600E": "exact", "G12D": "exact"}, "other"),
        (("chain", "caid_table"), {"chained": "exact", "G12D": "caid"}, "other"),
        (("reference",), {"V600E": "exact", "G12D": "exact", "indel": "exact"}, "other"),
        (("disease_ontology",), {"V600E": "exact", "G12D": "exact"}, "narrower"),
        (
            ("chain", "caid_table", "disease_ontology", "reference"),
            {"chained": "exact", "G12D": "caid", "indel": "exact"},
            "narrower",
        ),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_an_online_run_with_optional_files_has_the_results_of_a_snapshot_with_them(
    names: tuple[str, ...], matches: dict[str, str], relation: str, case: Case, tmp_path: Path
) -> None:
    helps = {name: case.helps[name] for name in names}
    reference = helps.get("reference")
    options = annotator.CivicOptions(**helps)  # type: ignore[arg-type]
    annotator.build_snapshot(tmp_path / "snapshot", GRCH38, civic=case.release, civic_options=options)
    common: dict[str, Any] = {"reference": reference, "disease": ONLY_IN_ONTOLOGY}
    annotator.annotate(case.input, tmp_path / "local.vcf", snapshot=tmp_path / "snapshot", **common)
    online = case.online(**{name: path for name, path in helps.items() if name != "reference"})
    annotator.annotate(case.input, tmp_path / "asked.vcf", online=online, **common)
    lines = data_lines((tmp_path / "asked.vcf").read_bytes())
    assert lines == data_lines((tmp_path / "local.vcf").read_bytes())
    info = {line.split("\t")[2]: info_of(line) for line in lines}
    found = {name: told["CIVIC_MATCH"] for name, told in info.items() if "CIVIC_MATCH" in told}
    assert found == matches
    place = CIVIC_SUBFIELDS.index("DiseaseMatch")
    entries = [entry for told in info.values() for entry in told.get("CIVIC", "").split(",") if entry]
    assert {entry.split("|")[place] for entry in entries} == {relation}


def test_the_options_of_the_command_reach_the_run_and_its_journal(case: Case, tmp_path: Path) -> None:
    options = [
        word
        for name in ("chain", "caid_table", "disease_ontology")
        for word in (f"--{name.replace('_', '-')}", case.helps[name])
    ]
    output = tmp_path / "asked.vcf"
    ran = run_annotator(
        "annotate", case.input, "-o", output, "--online", "--source", "civic=graphql",
        "--civic-url", f"{case.server.url}{PATH}", "--civic-rate", "1000", *options,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    told = output.read_text()
    assert told.count("CIVIC_MATCH=") == 2
    (command,) = [line for line in told.splitlines() if line.startswith("##annotatorCommand")]
    assert "--chain made.chain --caid-table caids.tsv --disease-ontology doid.obo" in command
    replayed = run_annotator(
        "annotate", case.input, "-o", tmp_path / "again.vcf", "--replay", f"{output}.journal", *options
    )
    assert replayed.status == 0, replayed.err
    assert (tmp_path / "again.vcf").read_bytes() == output.read_bytes()
    asked = run_annotator("retry-failed", output)  # by what the journal says of the run
    assert asked.status == 0, asked.err
    assert output.read_text().count("CIVIC_MATCH=") == 2


def test_an_invalid_optional_file_is_an_error_before_any_request(case: Case, tmp_path: Path) -> None:
    for name in ("chain", "caid_table", "disease_ontology"):
        with pytest.raises(KnowledgeBaseError):
            annotator.annotate(case.input, tmp_path / "out.vcf", online=case.online(**{name: case.input}))
    assert case.server.requests == []
    assert not (tmp_path / "out.vcf").exists()


@pytest.mark.parametrize("option", ["--chain", "--caid-table", "--disease-ontology"])
def test_optional_files_without_a_sweep_are_refused(option: str, tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    for more in ((), ("--online", "--source", "clinvar=api")):
        ran = run_annotator("annotate", source, "--snapshot", tmp_path, option, source, *more)
        assert ran.status == 2
        assert f"{option} applies only if CIViC is queried online" in ran.err
