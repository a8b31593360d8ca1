"""Fusions that are written as two records, each with its own gene: both records get the CIViC entries."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

import annotator
from annotator.annotation.merge_shards import gather
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.result import Match
from annotator.variants.assembly import Assembly
from annotator.variants.fusion import Side
from annotator.variants.query import Consequence
from annotator.vcf.annotations.annotations import StructuralNotes
from annotator.vcf.bgzf import EOF_BLOCK
from annotator.vcf.shard import Shard
from annotator.vcf.structural import Breakend, breakend_of, genes_of_mates
from annotator.vcf.text import RecordLines
from tests.support.civic_calls import CSQ_HEADER
from tests.support.civic_releases import EVIDENCE, PROFILE, write_release
from tests.support.civic_variants import csq, variant
from tests.support.inputs import bgzip, data_lines, info_of, run_annotator, vcf_text

GRCH37 = Assembly.GRCH37
CONTIGS = ("1", "2", "7", "22")
META = (
    CSQ_HEADER,
    '##INFO=<ID=MATEID,Number=.,Type=String,Description="ID of mate breakends">',
    '##INFO=<ID=X,Number=1,Type=String,Description="padding">',
)
EML4_ALK, ALK_FUSION = 5, 6
VARIANTS = [
    variant(EML4_ALK, "ALK", "EML4::ALK", variant_types="transcript_fusion"),
    variant(ALK_FUSION, "ALK", "Fusion", variant_types="transcript_fusion"),
    variant(704, "PTEN", "Loss"),
]
EML4, ALK = 42_522_656, 29_446_394
"""Positions of the two breakends, on contig 2."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("breakends")
    names = {row["variant_id"]: f"{row['gene']} {row['variant']}" for row in VARIANTS}
    release = write_release(
        folder / "civic",
        VARIANTS,
        [EVIDENCE | {"molecular_profile_id": id_, "evidence_id": id_} for id_ in names],
        (),
        [
            PROFILE | {"molecular_profile_id": id_, "variant_ids": id_, "name": name}
            for id_, name in names.items()
        ],
    )
    annotator.build_snapshot(folder / "snapshot", GRCH37, civic=release)
    return folder / "snapshot"


def breakend(
    position: int, alt: str, gene: str, *, id_: str = ".", mate: str = "", contig: str = "2", more: str = ""
) -> str:
    """A breakend whose CSQ names one gene, or none."""
    info = [f"MATEID={mate}"] if mate else []
    info += [csq(gene, "transcript_fusion").removesuffix("|1")] if gene else []
    info += [more] if more else []
    return f"{contig}\t{position}\t{id_}\tN\t{alt}\t.\t.\t{';'.join(info) or '.'}"


def at_eml4(alt: str = f"N[2:{ALK}[", gene: str = "EML4", **facts: str) -> str:
    return breakend(EML4, alt, gene, **facts)


def at_alk(alt: str = f"]2:{EML4}]N", gene: str = "ALK", **facts: str) -> str:
    return breakend(ALK, alt, gene, **facts)


@pytest.fixture
def reached(snapshot: Path, tmp_path: Path) -> Callable[..., list[set[int]]]:
    """Variants that each record of a file reaches."""

    def found(*records: str, lowest: str = "gene") -> list[set[int]]:
        (tmp_path / "in.vcf").write_text(vcf_text(records, assembly=GRCH37, contigs=CONTIGS, meta=META))
        annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.vcf", snapshot=snapshot, civic_match=lowest)
        return [variants_of(line) for line in data_lines((tmp_path / "out.vcf").read_bytes())]

    return found


def variants_of(line: str) -> set[int]:
    entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",")]
    assert {parts[2] for parts in entries if len(parts) > 5} <= {"gene"}
    return {int(parts[5]) for parts in entries if len(parts) > 5}


BOTH = {EML4_ALK, ALK_FUSION}


# Who is whose mate


@pytest.mark.parametrize(
    "records",
    [
        (at_alk(id_="a", mate="e"), at_eml4(id_="e", mate="a")),
        (at_eml4(id_="e", mate="a"), at_alk(id_="a", mate="e")),
        (at_alk(id_="a", mate="e"), at_eml4(id_="e")),  # only one of them says so
        (at_alk(id_="a"), at_eml4(id_="e", mate="a")),
        (at_alk("]2:99]N", id_="a", mate="e"), at_eml4(id_="e", mate="a")),  # places are those of an uncertain call
        (at_alk(), at_eml4()),
        (at_alk(f"N[2:{EML4}["), at_eml4(f"]2:{ALK}]N")),
        (at_alk(f"N]2:{EML4}]"), at_eml4(f"N]2:{ALK}]")),
        (at_alk(f"[2:{EML4}[N"), at_eml4(f"[2:{ALK}[N")),
        (at_alk(id_="a"), at_eml4(id_="e")),
        (at_alk(gene="ALK&EML4"), at_eml4(gene="")),  # the mate names no gene at all
    ],
)  # fmt: skip
def test_two_records_of_one_junction_are_read_together(
    records: tuple[str, ...], reached: Callable[..., list[set[int]]]
) -> None:
    assert reached(*records) == [BOTH, BOTH]


@pytest.mark.parametrize(
    "records",
    [
        (at_alk(id_="a"),),
        (at_alk(id_="a", mate="e"),),  # its mate was filtered out
        (at_alk(id_="a", mate="x"), at_eml4(id_="e", mate="y")),
        (at_alk(id_="a", mate="e"), at_eml4(id_="e", mate="y")),  # they do not agree
        (at_alk(id_="a", mate="x"), at_eml4(id_="e")),
        (at_alk(f"]2:{EML4 + 1}]N"), at_eml4()),
        (at_alk(f"]7:{EML4}]N"), at_eml4()),
        (at_alk(f"N]2:{EML4}]"), at_eml4()),  # joined in another way
        (at_alk(f"N[2:{EML4}["), at_eml4()),
        (at_alk("N."), at_eml4("N.")),
        (at_alk("<DEL>", id_="a", mate="e"), at_eml4(id_="e", mate="a")),
        (at_alk(gene=""), at_eml4()),
        (at_alk(gene="ALK"), at_eml4(gene="ALK")),
        (at_alk(id_="a", mate="."), breakend(5, "N[2:9[", "EML4")),
    ],
)
def test_records_of_different_junctions_are_not(
    records: tuple[str, ...], reached: Callable[..., list[set[int]]]
) -> None:
    assert reached(*records) == [set()] * len(records)


def test_another_partner_matches_only_fusions_with_any_partner(
    reached: Callable[..., list[set[int]]],
) -> None:
    assert reached(at_alk(), at_eml4(gene="OTHER")) == [{ALK_FUSION}] * 2


def test_each_alt_has_its_own_mate(snapshot: Path, tmp_path: Path) -> None:
    def of(gene: str, number: int) -> str:
        return csq(gene, "transcript_fusion").removesuffix("|1").removeprefix("CSQ=") + f"|{number}"

    ann = f"CSQ={of('ALK', 1)},{of('ALK', 2)}"
    alts = f"]2:{EML4}]N,]7:1000]N"
    records = [
        f"2\t{ALK}\ta\tN\t{alts}\t.\t.\tMATEID=e,o;{ann}",
        at_eml4(id_="e", mate="a"),
        breakend(1000, f"N[2:{ALK}[", "OTHER", id_="o", mate="a", contig="7"),
    ]
    (tmp_path / "in.vcf").write_text(vcf_text(records, assembly=GRCH37, contigs=CONTIGS, meta=META))
    annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.vcf", snapshot=snapshot, civic_match="gene")
    lines = data_lines((tmp_path / "out.vcf").read_bytes())
    assert [info_of(line)["CIVIC_VID"] for line in lines] == ["5&6,6", "5&6", "6"]


def test_an_id_that_several_records_have_counts_only_with_the_place(
    reached: Callable[..., list[set[int]]],
) -> None:
    """As where the calls of two callers stand in one file."""
    other = breakend(9_000, "N[7:5000[", "OTHER", id_="e", mate="a2", contig="1")
    assert reached(at_alk(id_="a", mate="e"), at_eml4(id_="e", mate="a"), other) == [BOTH, BOTH, set()]
    elsewhere = at_eml4(f"N[2:{ALK + 5}[", id_="e")
    assert reached(at_alk(id_="a", mate="e"), elsewhere, other) == [set()] * 3


def test_only_down_to_gene(reached: Callable[..., list[set[int]]]) -> None:
    assert reached(at_alk(), at_eml4(), lowest="region") == [set(), set()]


def test_the_order_in_which_breakends_come_does_not_matter() -> None:
    chance = random.Random(5)  # noqa: S311
    all_of_them = [
        Breakend("2", place, f"b{place}", f"N[7:{place + 1}[", (f"m{place}",), frozenset({Side(f"A{place}")}))
        for place in range(1, 200, 2)
    ]
    all_of_them += [
        Breakend("7", place + 1, f"m{place}", f"]2:{place}]N", (), frozenset({Side(f"B{place}")}))
        for place in range(1, 200, 2)
    ]
    expected = {one.key: told.genes for one, told in genes_of_mates(all_of_them)}
    assert len(expected) == 200
    assert expected["2", 1, "b1", "N[7:2["] == {"B1"}
    assert expected["7", 2, "m1", "]2:1]N"] == {"A1"}
    for _ in range(5):
        chance.shuffle(all_of_them)
        assert {one.key: told.genes for one, told in genes_of_mates(all_of_them)} == expected


REAL = {
    "expected/samtools+bcftools/test/norm.breakend.1.vcf": (2, 2),
    "real/jamescasbon+PyVCF/vcf/test/example-4.1-bnd.vcf": (6, 6),
    "real/arq5x+gemini/test/test.fusions.vcf": (4, 4),
    "real/bcbio+bcbio-nextgen/tests/data/structural/NA12878-hydra.vcf": (6, 6),
    "real/imgag+ngs-bits/src/tools-TEST/data_in/MantaVcfFix_in2.vcf": (6, 2),  # bases that both sides share
    "conformance/hts-specs/examples/vcf/sv44.vcf": (2, 0),
}
"""Breakends of real files that have a mate by MATEID, and how many of them have one by their places too."""


INTRON = frozenset({"intron_variant"})


@pytest.mark.parametrize("name", REAL)
def test_places_lead_to_the_mates_that_real_files_name(name: str, shared_data: Path) -> None:
    lines = [
        line for line in (shared_data / "vcf" / name).read_bytes().splitlines() if not line.startswith(b"#")
    ]
    columns = max(line.count(b"\t") for line in lines) + 1
    sites = RecordLines(lines, columns, path=name, numbers=range(1, len(lines) + 1)).sites
    found = [
        breakend_of(
            sites, record, number, StructuralNotes((Consequence(f"{record}.{number}", terms=INTRON),))
        )
        for record, alts in enumerate(sites.alts)
        for number, alt in enumerate(alts)
        if "[" in alt or "]" in alt
    ]
    named = {one.key: genes for one, genes in genes_of_mates(found)}
    placed = {one.key: genes for one, genes in genes_of_mates([one._replace(mates=()) for one in found])}
    assert placed.items() <= named.items()
    assert (len(named), len(placed)) == REAL[name]


# The sum


def test_the_summary_counts_the_final_results(snapshot: Path, tmp_path: Path) -> None:
    records = [
        at_alk(id_="a", mate="e"),
        breakend(50_000_000, "N[7:77[", "OTHER"),
        at_eml4(id_="e", mate="a"),
        "2\t60000000\t.\tA\tC\t.\t.\t.",
    ]
    (tmp_path / "in.vcf").write_text(vcf_text(records, assembly=GRCH37, contigs=CONTIGS, meta=META))
    output = tmp_path / "out.vcf"
    ran = run_annotator(
        "annotate", tmp_path / "in.vcf", "--snapshot", snapshot, "-o", output, "--civic-match", "gene"
    )
    assert ran.status == 0, ran.err
    told = next(line for line in ran.err.splitlines() if line.lstrip().startswith(("civic", "CIViC")))
    assert [word for word in told.replace(",", "").split() if word.isdigit()] == ["2", "1", "1", "0"]
    status = [info_of(line).get("ANNSTATUS") for line in data_lines(output.read_bytes())]
    assert status == [None, "civic:unsupported", None, None]


# Large files, all formats


@pytest.fixture(scope="module")
def large(snapshot: Path) -> Path:
    """Several chunks; one breakend is in the first, its mate in the last."""
    padding = "X=" + "0123456789" * 30
    others = [f"2\t{position}\t.\tA\tC\t.\t.\t{padding}" for position in range(ALK + 9, ALK + 900_000, 97)]
    records = [at_alk(id_="a", mate="e"), *others, at_eml4(id_="e", mate="a")]
    path = snapshot.parent / "large.vcf"
    path.write_text(vcf_text(records, assembly=GRCH37, contigs=CONTIGS, meta=META))
    (snapshot.parent / "large.vcf.gz").write_bytes(
        b"".join(bgzip(part)[: -len(EOF_BLOCK)] for part in parts(path.read_bytes())) + EOF_BLOCK
    )
    return path


def parts(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), 60_000):
        yield data[start : start + 60_000]


def written(snapshot: Path, source: Path, output: Path, options: Sequence[str] = ()) -> bytes:
    ran = run_annotator(
        "annotate", source, "--snapshot", snapshot, "-o", output, "--civic-match", "gene", *options
    )
    assert ran.status == 0, ran.err
    return output.read_bytes()


def test_a_mate_in_another_chunk_is_known_whatever_the_workers(
    snapshot: Path, large: Path, tmp_path: Path
) -> None:
    text = written(snapshot, large, tmp_path / "one.vcf")
    lines = data_lines(text)
    assert [variants_of(line) for line in (lines[0], lines[-1])] == [BOTH, BOTH]
    assert lines[1:-1] == data_lines(large.read_bytes())[1:-1]
    assert written(snapshot, large, tmp_path / "two.vcf", ("-@", "2")) == text
    piped = run_annotator(
        "annotate", "-", "--snapshot", snapshot, "--civic-match", "gene", stdin=large.read_bytes()
    )
    assert piped.out == text
    source = large.with_suffix(".vcf.gz")
    one = written(snapshot, source, tmp_path / "one.vcf.gz", ("-W",))
    two = written(snapshot, source, tmp_path / "two.vcf.gz", ("-W", "-@", "2"))
    assert one == two
    assert gzip.decompress(one) == text
    assert (tmp_path / "one.vcf.gz.tbi").read_bytes() == (tmp_path / "two.vcf.gz.tbi").read_bytes()


def test_bcf_knows_its_mates_too(snapshot: Path, large: Path, tmp_path: Path) -> None:
    text = data_lines(written(snapshot, large, tmp_path / "plain.vcf"))
    written(snapshot, large, tmp_path / "in.bcf")
    written(snapshot, tmp_path / "in.bcf", tmp_path / "out.bcf", ("-@", "2"))
    written(snapshot, tmp_path / "out.bcf", tmp_path / "back.vcf")
    back = data_lines((tmp_path / "back.vcf").read_bytes())
    assert [info_of(line).get("CIVIC") for line in back] == [info_of(line).get("CIVIC") for line in text]


def test_shards_know_each_other_s_mates_once_they_are_joined(
    snapshot: Path, large: Path, tmp_path: Path
) -> None:
    whole = data_lines(written(snapshot, large, tmp_path / "whole.vcf"))
    names = []
    for number in (1, 2):
        names.append(str(tmp_path / f"{number}.vcf.gz"))
        options = AnnotateOptions(
            str(large), names[-1], snapshot, civic_match=Match.GENE, shard=Shard(number, 2)
        )
        annotate_file(options)
        assert not any(
            variants_of(line) for line in data_lines(gzip.decompress(Path(names[-1]).read_bytes()))
        )
    gather(names, str(tmp_path / "joined.vcf.gz"))
    assert data_lines(gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())) == whole
