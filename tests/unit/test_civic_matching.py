"""Matching levels through the whole command: what each level finds, and what it must not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

import annotator
from annotator.errors import UsageError
from annotator.result import Match
from annotator.sources.civic.choice import MATCH_LEVELS
from annotator.sources.civic.matching import is_same_change
from tests.support.civic_calls import CSQ_HEADER
from tests.support.civic_releases import ASSERTION, EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.civic_variants import csq, variant
from tests.support.inputs import (
    MT_BASES,
    MT_LENGTH,
    data_lines,
    info_of,
    run_annotator,
    vcf_text,
    write_fasta,
)

ANN_HEADER = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | …'\">"
)
ANN = "ANN={}|missense_variant|MODERATE|BRAF|BRAF|transcript|NM_1.1|protein_coding|15/18|c.1A>C|p.Val600Lys|||||"
ANN_SPLICE = "ANN=C|splice_donor_variant|HIGH|MET|MET|transcript|NM_1.1|protein_coding|14/20|c.1+1G>C||||||"
BRAF_V600E = "7\t140453136\t.\tA\tT\t.\t.\t."


VARIANTS = [
    VARIANT | {
        "hgvs_descriptions": "NM_004333.4:c.1799T>A,NP_004324.2:p.Val600Glu,NC_000007.13:g.140453136A>T",
        "allele_registry_id": "CA123643", "clinvar_ids": "13961", "entrez_id": "673",
    },
    variant(17, "BRAF", "V600", variant_types="protein_altering_variant", clinvar_ids="13961"),
    variant(399, "BRAF", "Mutation", variant_types="gene_variant,gain_of_function_variant"),
    variant(563, "BRAF", "V600K"),
    variant(
        133, "EGFR", "EXON 19 DELETION", variant_types="inframe_deletion", reference_build="GRCh37",
        chromosome="7", start="55242415", stop="55242513", hgvs_descriptions="ENST00000275493.2:c.2185_2283del",
    ),
    variant(324, "MET", "Exon 14 Skipping Mutation", variant_types="exon_loss_variant"),
    variant(75, "KRAS", "Exon 2 Mutation", variant_types="missense_variant"),
    variant(76, "KRAS", "G12", variant_types="protein_altering_variant"),
    variant(125, "TSC1", "Loss-of-function", variant_types="loss_of_function_variant"),
    variant(124, "TSC1", "Frameshift Truncation", variant_types="frameshift_truncation"),
    variant(700, "VHL", "E55RfsTer11 (c.163delG)"),
    variant(701, "VHL", "L158fs"),
    variant(702, "NOTCH1", "Activating Mutation", variant_types="gain_of_function_variant"),
    variant(703, "ERBB2", "Amplification", variant_types="transcript_amplification"),
    variant(704, "PTEN", "Loss"),
    variant(
        706, "CDK4", "Amplification", variant_types="transcript_amplification", reference_build="GRCh37",
        chromosome="12", start="58142003", stop="58146164",
    ),
    variant(5, "ALK", "EML4::ALK", variant_types="transcript_fusion"),
    variant(6, "ALK", "Fusion", variant_types="transcript_fusion"),
    variant(
        220, "TERT", "Promoter Mutation", variant_types="regulatory_region_variant", reference_build="GRCh37",
        chromosome="5", start="1295161", stop="1295373",
    ),
    variant(800, "NF2", "c.1396C>T", hgvs_descriptions="ENST00000338641.4:c.1396C>T", allele_registry_id="CA1"),
]  # fmt: skip


def elsewhere(info: str, *, ref: str = "A", alt: str = "C") -> str:
    """A record at which CIViC has no allele."""
    return f"Y\t100000\t.\t{ref}\t{alt}\t.\t.\t{info}"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matching")
    ids = [row["variant_id"] for row in VARIANTS]
    names = {row["variant_id"]: f"{row['gene']} {row['variant']}" for row in VARIANTS}
    evidence = [EVIDENCE | {"molecular_profile_id": id_, "evidence_id": id_} for id_ in ids]
    profiles = [
        PROFILE | {"molecular_profile_id": id_, "variant_ids": id_, "name": names[id_]} for id_ in ids
    ]
    release = write_release(folder / "civic", VARIANTS, evidence, [ASSERTION], profiles)
    annotator.build_snapshot(folder / "snapshot", "GRCh37", civic=release)
    return folder / "snapshot"


@pytest.fixture
def reach(snapshot: Path, tmp_path: Path) -> Callable[..., dict[int, str]]:
    """Matching level of each variant that one record finds."""

    def reached(
        record: str, lowest: str = "gene", meta: Sequence[str] = (CSQ_HEADER, ANN_HEADER)
    ) -> dict[int, str]:
        (line,) = annotated(snapshot, tmp_path, [record], lowest, meta)
        entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",")]
        return {int(parts[5]): parts[2] for parts in entries if len(parts) > 5}

    return reached


def annotated(
    snapshot: Path, folder: Path, records: Iterable[str], lowest: str, meta: Sequence[str]
) -> list[str]:
    source = folder / "in.vcf"
    contigs = ("2", "3", "5", "7", "9", "12", "22", "Y")
    source.write_text(vcf_text(records, assembly=annotator.Assembly.GRCH37, contigs=contigs, meta=meta))
    annotator.annotate(source, folder / "out.vcf", snapshot=snapshot, civic_match=lowest)
    return data_lines((folder / "out.vcf").read_bytes())


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (".", {12: "exact"}),
        (csq("BRAF", "missense_variant", protein="NP_004324.2:p.Val600Glu"),
         {12: "exact", 17: "codon", 399: "gene"}),
        (csq("OTHER", "missense_variant", protein="NP_1.1:p.Val600Glu", id_="673"), {12: "exact"}),
        (csq("BRAF", "synonymous_variant", protein="NP_1.1:p.Val600%3D"), {12: "exact"}),
    ],
)  # fmt: skip
def test_every_variant_of_an_allele_is_kept_with_its_own_level(
    reach: Callable[..., dict[int, str]], info: str, expected: dict[int, str]
) -> None:
    assert reach(BRAF_V600E[:-1] + info) == expected


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        # protein: the same amino acid change, whatever the codon, by VEP, by NCBI's gene number, or by SnpEff
        (csq("BRAF", "missense_variant", protein="ENSP1.1:p.Val600Glu"), {12: "protein", 17: "codon", 399: "gene"}),
        (csq("BRAF", "missense_variant", protein="ENSP1.1:p.(Val600Glu)"), {12: "protein", 17: "codon", 399: "gene"}),
        (csq("BRAF", "missense_variant", protein="ENSP1.1:p.V600E"), {12: "protein", 17: "codon", 399: "gene"}),
        (csq("B-RAF", "missense_variant", protein="ENSP1.1:p.Val600Glu", id_="673"), {12: "protein"}),
        (csq("ARAF", "missense_variant", protein="ENSP1.1:p.Val600Glu"), {}),
        (csq("BRAF", "missense_variant", protein="ENSP1.1:p.Val600Lys"), {563: "protein", 17: "codon", 399: "gene"}),
        (ANN.format("C"),
         {563: "protein", 17: "codon", 399: "gene"}),
        (ANN.format("G"), {}),
        # frameshifts: as far as the name tells
        (csq("VHL", "frameshift_variant", protein="NP_1.1:p.Glu55ArgfsTer11"), {700: "protein"}),
        (csq("VHL", "frameshift_variant", protein="NP_1.1:p.Glu55ArgfsTer12"), {}),
        (csq("VHL", "frameshift_variant", protein="NP_1.1:p.Leu158ProfsTer3"), {701: "protein"}),
        # codon: another residue there, not the same one
        (csq("KRAS", "missense_variant", protein="NP_1.1:p.Gly12Trp", exon="2/6"), {76: "codon", 75: "exon"}),
        (csq("KRAS", "synonymous_variant", protein="NP_1.1:p.Gly12%3D", exon="2/6"), {}),
        (csq("KRAS", "stop_gained", protein="NP_1.1:p.Gly12Ter", exon="2/6"), {}),
        # exon: the kind, and the splice sites beside it
        (csq("MET", "splice_donor_variant", intron="14/20"), {324: "exon"}),
        (csq("MET", "splice_acceptor_variant", intron="13/20"), {324: "exon"}),
        (csq("MET", "splice_acceptor_variant", intron="14/20"), {}),
        (csq("MET", "missense_variant", exon="14/21"), {}),
        (ANN_SPLICE, {324: "exon"}),
        # gene: loss of function by what truncates, a gain never by that
        (csq("TSC1", "stop_gained"), {125: "gene"}),
        (csq("TSC1", "frameshift_variant&splice_region_variant"), {124: "gene", 125: "gene"}),
        (csq("TSC1", "missense_variant"), {}),
        (csq("BRAF", "stop_gained"), {}),
        (csq("BRAF", "intron_variant"), {}),
        (csq("NOTCH1", "missense_variant"), {}),  # that it activates, no consequence tells
        # hgvs_c
        (csq("NF2", "stop_gained", coding="ENST00000338641.9:c.1396C>T"), {800: "hgvs_c"}),
        (csq("NF2", "stop_gained", coding="ENST00000338642.9:c.1396C>T"), {}),
        # an entry that names two transcripts contradicts itself
        (csq("NF2", "stop_gained", coding="ENST00000338641.9:c.1396C>T").replace("|ENST00000338641.9|", "|ENST1|"), {}),
    ],
)  # fmt: skip
def test_a_record_elsewhere_matches_by_its_annotations(
    reach: Callable[..., dict[int, str]], info: str, expected: dict[int, str]
) -> None:
    is_frameshift = "frameshift" in info
    assert (
        reach(elsewhere(info, ref="AC" if is_frameshift else "A", alt="A" if is_frameshift else "C"))
        == expected
    )


def test_an_expression_of_a_variant_that_has_a_place_does_not_move_it(
    reach: Callable[..., dict[int, str]],
) -> None:
    info = csq("BRAF", "intron_variant", coding="NM_004333.6:c.1799T>A")
    assert reach(elsewhere(info, ref="A", alt="T")) == {}


def test_an_exon_19_deletion_is_an_in_frame_deletion_in_that_place(
    reach: Callable[..., dict[int, str]],
) -> None:
    def found(position: int, terms: str, exon: str) -> dict[int, str]:
        return reach(f"7\t{position}\t.\tACAT\tA\t.\t.\t{csq('EGFR', terms, exon=exon)}")

    assert found(55242464, "inframe_deletion", "19/28") == {133: "exon"}
    assert found(55242464, "inframe_deletion", "18/27") == {133: "exon"}  # another transcript's number
    assert found(55242464, "frameshift_variant", "19/28") == {}
    assert found(55249000, "inframe_deletion", "19/28") == {}  # another place


def test_a_region_without_genes_counts_by_its_place_alone(reach: Callable[..., dict[int, str]]) -> None:
    assert reach("5\t1295228\t.\tG\tA\t.\t.\t.", meta=()) == {220: "region"}
    assert reach("5\t1295374\t.\tG\tA\t.\t.\t.", meta=()) == {}


@pytest.mark.parametrize(
    ("alt", "terms", "genes", "expected"),
    [
        ("<DUP>", "transcript_amplification", ["ERBB2"], {703}),
        ("<CN4>", "transcript_amplification", ["ERBB2"], {703}),
        ("<DUP>", "intron_variant", ["ERBB2"], set()),
        ("<DEL>", "transcript_ablation", ["ERBB2"], set()),
        ("<CNV>", "transcript_amplification", ["ERBB2"], set()),  # more or fewer copies: it does not say
        ("<DEL>", "transcript_ablation", ["PTEN"], {704}),
        ("<DEL>", "feature_truncation&coding_sequence_variant", ["PTEN"], set()),
        ("<DEL>", "feature_truncation&coding_sequence_variant", ["TSC1"], {125}),
        ("<DEL>", "intron_variant", ["TSC1"], set()),
        ("<DUP>", "transcript_amplification", ["TSC1"], set()),
        ("<INS>", "transcript_ablation", ["PTEN"], set()),
        ("C]2:42522656]", "intron_variant", ["EML4", "ALK"], {5, 6}),
        ("C]2:42522656]", "intron_variant", ["OTHER", "ALK"], set()),  # they may overlap
        ("C]2:42522656]", "intron_variant", ["ALK"], set()),
        ("<DEL>", "transcript_ablation", [], set()),
    ],
)
def test_symbolic_alleles_and_breakends_match_by_their_genes(
    reach: Callable[..., dict[int, str]], alt: str, terms: str, genes: list[str], expected: set[int]
) -> None:
    info = ",".join(csq(gene, terms).removeprefix("CSQ=") for gene in genes)
    record = f"Y\t200000\t.\tC\t{alt}\t.\t.\t{f'CSQ={info}' if info else '.'}"
    assert reach(record) == dict.fromkeys(expected, "gene")
    assert reach(record, lowest="region") == {}


@pytest.mark.parametrize(
    ("alt", "info", "expected"),
    [
        ("<DUP>", "CN=8;END=58146164", "region"),
        ("<DUP>", "END=58146164", "gene"),  # of so many copies as nobody says
        ("<DUP>", "CN=8;END=58146163", "gene"),  # not all of it
        ("<DUP>", "CN=8;SVLEN=5000", "region"),
        ("<DUP>", "CN=8;SVLEN=4000", "gene"),
        ("<DUP>", "CN=8", "gene"),
        ("<DUP>", "CN=8;END=.", "gene"),
        ("<DUP>", "CN=5;END=59000000", None),
        ("<CN8>", "END=59000000", "region"),
        ("<DEL>", "CN=1;END=59000000", None),
    ],
)
def test_a_copy_number_of_all_of_a_place_is_at_region(
    reach: Callable[..., dict[int, str]], alt: str, info: str, expected: str | None
) -> None:
    annotation = csq("CDK4", "transcript_amplification")
    record = f"12\t58142002\t.\tC\t{alt}\t.\t.\t{info};{annotation}"
    assert reach(record) == ({} if expected is None else {706: expected})
    assert reach(record, lowest="exon") == ({706: "region"} if expected == "region" else {})
    assert reach(record, lowest="codon") == {}
    assert reach(record.replace("58142002", "58142003")) == ({} if expected is None else {706: "gene"})


def test_a_copy_number_at_another_place_is_none_of_the_gene(reach: Callable[..., dict[int, str]]) -> None:
    annotation = csq("CDK4", "transcript_amplification")
    assert reach(f"9\t58142002\t.\tC\t<DUP>\t.\t.\tCN=8;END=59000000;{annotation}") == {}


def test_a_region_names_the_gene_that_no_annotation_names(reach: Callable[..., dict[int, str]]) -> None:
    """VEP's --pick leaves one entry of a record, whatever else it spans."""
    other = csq("OTHER", "transcript_amplification")
    assert reach(f"12\t58142002\t.\tC\t<DUP>\t.\t.\tCN=8;END=59000000;{other}") == {706: "region"}
    assert reach("12\t58142002\t.\tC\t<DUP>\t.\t.\tCN=8;END=59000000", meta=()) == {706: "region"}


def test_caids_count_where_each_alt_has_its_own(reach: Callable[..., dict[int, str]]) -> None:
    meta = ('##INFO=<ID=CAID,Number=A,Type=String,Description="CAID">',)
    assert reach("Y\t100000\t.\tA\tC\t.\t.\tCAID=CA1", meta=meta) == {800: "caid"}
    assert reach("Y\t100000\t.\tA\tC\t.\t.\tCAID=CA2", meta=meta) == {}
    assert reach("Y\t100000\t.\tA\tC,G\t.\t.\tCAID=.,CA1", meta=meta) == {800: "caid"}
    assert reach("Y\t100000\t.\tA\tC,G\t.\t.\tCAID=CA1", meta=meta) == {}
    assert reach("Y\t100000\t.\tA\tT\t.\t.\tCAID=CA123643", meta=meta) == {}  # V600E has another place


@pytest.mark.parametrize("lowest", MATCH_LEVELS)
def test_nothing_is_reached_below_the_chosen_level(
    reach: Callable[..., dict[int, str]], lowest: Match
) -> None:
    info = csq("BRAF", "missense_variant", protein="NP_004324.2:p.Val600Glu")
    rank = MATCH_LEVELS.index(lowest)
    expected = {12: "exact", 17: "codon", 399: "gene"}
    assert reach(BRAF_V600E[:-1] + info, lowest=lowest) == {
        id_: level for id_, level in expected.items() if MATCH_LEVELS.index(Match(level)) <= rank
    }


def test_a_level_that_civic_does_not_have_is_refused(snapshot: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown matching level rsid"):
        annotated(snapshot, tmp_path, [BRAF_V600E], "rsid", ())
    ran = run_annotator("annotate", tmp_path / "in.vcf", "--snapshot", snapshot, "--civic-match", "codons")
    assert ran.status == 2


def test_multi_allelic_stars_and_symbolic_alts_each_keep_their_place(snapshot: Path, tmp_path: Path) -> None:
    records = [
        "7\t140453136\t.\tA\tC,T\t.\t.\t.",
        "chr7\t140453136\t.\tA\t*,T\t.\t.\t.",
        "7\t140453136\t.\tA\t<DEL>,T\t.\t.\t.",
        "7\t140453135\t.\tCA\tCT\t.\t.\t.",
        "7\t140453136\t.\tA\tN\t.\t.\t.",
    ]
    lines = annotated(snapshot, tmp_path, records, "protein", ())
    assert [info_of(line).get("CIVIC_VID") for line in lines] == [".,12", ".,12", ".,12", "12", None]
    assert [info_of(line)["CIVIC"].split("|")[:2] for line in lines[:3]] == [["T", "2"]] * 3


def test_annotations_of_several_alts_are_assigned_by_allele_number(snapshot: Path, tmp_path: Path) -> None:
    one = csq("BRAF", "missense_variant", protein="NP_1.1:p.Val600Lys")
    other = csq("VHL", "frameshift_variant", protein="NP_1.1:p.Leu158ProfsTer3")
    record = f"Y\t100000\t.\tA\tC,G\t.\t.\t{one},{other.removeprefix('CSQ=').removesuffix('|1')}|2"
    (line,) = annotated(snapshot, tmp_path, [record], "protein", (CSQ_HEADER,))
    assert info_of(line)["CIVIC_VID"] == "563,701"
    assert info_of(line)["CIVIC_MATCH"] == "protein,protein"


# Large files are scanned, and only lines that can be reached are looked at


@pytest.mark.parametrize("lowest", ["protein", "gene"])
def test_a_large_file_has_the_results_of_its_single_lines(
    snapshot: Path, tmp_path: Path, lowest: str
) -> None:
    known = [
        BRAF_V600E[:-1] + csq("BRAF", "missense_variant", protein="NP_1.1:p.Val600Glu"),
        elsewhere(csq("BRAF", "missense_variant", protein="NP_1.1:p.Val600Glu")),
        elsewhere(csq("BRAF", "missense_variant", protein="NP_1.1:p.V600E")),
        elsewhere(csq("BRAF", "missense_variant", protein="NP_1.1:p.%28Val600Glu%29")),
        elsewhere(csq("VHL", "frameshift_variant", protein="NP_1.1:p.Leu158ProfsTer3")),
        elsewhere(csq("NF2", "stop_gained", coding="ENST00000338641.9:c.1396C>T")),
        elsewhere(csq("TSC1", "stop_gained")),
        elsewhere(csq("KRAS", "missense_variant", protein="NP_1.1:p.Gly12Trp", exon="2/6")),
        elsewhere(csq("MET", "splice_donor_variant", intron="14/20")),
        elsewhere(
            "ANN=C|stop_gained|HIGH|TSC1|TSC1|transcript|NM_1.1|protein_coding|1/2|c.1A>C|p.Lys1Ter|||||"
        ),
        "Y\t200000\t.\tC\t<DEL>\t.\t.\t" + csq("PTEN", "transcript_ablation"),
        "5\t1295228\t.\tG\tA\t.\t.\t.",
    ]
    padding = "X=" + "0123456789" * 40
    other = csq("OTHER", "missense_variant", protein="NP_1.1:p.Val601Glu")
    others = [f"7\t{1000 + 10 * number}\t.\tA\tT\t.\t.\t{other};{padding}" for number in range(4_000)]
    meta = (CSQ_HEADER, ANN_HEADER)
    whole = annotated(snapshot, tmp_path, others[:2000] + known + others[2000:], lowest, meta)
    assert len("".join(whole)) > 1 << 20
    alone = [annotated(snapshot, tmp_path, [record], lowest, meta)[0] for record in known]
    assert whole[2000 : 2000 + len(known)] == alone
    assert whole[:2000] + whole[2000 + len(known) :] == others
    assert sum("CIVIC=" in line for line in alone) >= (6 if lowest == "protein" else 12)


# Small parts


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("A", "T"), ("A", "T"), True),
        (("A", "T"), ("A", "C"), False),
        (("GCA", ""), ("CAG", ""), True),
        (("GCA", ""), ("", "CAG"), False),
        (("GCA", ""), ("GAC", ""), False),
        (("", "GCAT"), ("", "ATGC"), True),
        (("AC", "GT"), ("CA", "GT"), False),
    ],
)
def test_the_same_change_up_to_a_rotation(
    one: tuple[str, str], other: tuple[str, str], *, expected: bool
) -> None:
    assert is_same_change(one, other) is expected
    assert is_same_change(other, one) is expected


# Indels, which CIViC writes without anchor bases and at any place of a repeat


REPEAT = "GATTACAGGCACACACATTGC"  # CA four times, from base 10 on
AT = 3_000


def indel_snapshot(folder: Path, ref: str, alt: str, start: int, stop: int, *, with_fasta: bool) -> Path:
    """A snapshot of one indel in a repeat of an invented mitochondrion."""
    bases = MT_BASES[: AT - 1] + REPEAT + MT_BASES[AT - 1 + len(REPEAT) :]
    fasta = write_fasta(folder / "mt.fa", {"MT": bases[:MT_LENGTH]})
    facts = {
        "chromosome": "MT",
        "start": str(start),
        "stop": str(stop),
        "reference_bases": ref,
        "variant_bases": alt,
    }
    release = write_release(folder / "civic", [VARIANT | facts])
    annotator.build_snapshot(
        folder / "snapshot",
        "GRCh37",
        civic=release,
        civic_options=annotator.CivicOptions(reference=fasta if with_fasta else None),
    )
    return folder / "snapshot"


def indel_found(folder: Path, snapshot: Path, record: str, *, with_fasta: bool = False) -> str | None:
    text = vcf_text([record], assembly=annotator.Assembly.GRCH37, contigs=("7", "MT"))
    (folder / "in.vcf").write_text(text)
    fasta = folder / "mt.fa" if with_fasta else None
    annotator.annotate(folder / "in.vcf", folder / "out.vcf", snapshot=snapshot, reference=fasta)
    (line,) = data_lines((folder / "out.vcf").read_bytes())
    return info_of(line).get("CIVIC_MATCH")


@pytest.mark.parametrize("place", range(4))
def test_a_deletion_or_insertion_anywhere_in_a_repeat_is_one_allele_with_a_fasta(
    tmp_path: Path, place: int
) -> None:
    start = AT + 9 + 2 * place  # of one of the four CA
    deletion = indel_snapshot(tmp_path, "CA", "", start, start + 1, with_fasta=True)
    assert indel_found(tmp_path, deletion, f"MT\t{AT + 8}\t.\tGCA\tG\t.\t.\t.") == "exact"
    assert indel_found(tmp_path, deletion, f"MT\t{AT + 12}\t.\tACA\tA\t.\t.\t.", with_fasta=True) == "exact"
    assert indel_found(tmp_path, deletion, f"MT\t{AT + 8}\t.\tGCACA\tG\t.\t.\t.") is None
    (tmp_path / "other").mkdir()
    insertion = indel_snapshot(tmp_path / "other", "", "CA", start - 1, start, with_fasta=True)
    assert indel_found(tmp_path, insertion, f"MT\t{AT + 8}\t.\tG\tGCA\t.\t.\t.") == "exact"
    assert indel_found(tmp_path, insertion, f"MT\t{AT + 8}\t.\tG\tGAC\t.\t.\t.") is None


def test_without_a_fasta_a_deletion_moves_as_far_as_its_bases_and_ref_prove_it(tmp_path: Path) -> None:
    second = AT + 11
    snapshot = indel_snapshot(tmp_path, "CA", "", second, second + 1, with_fasta=False)
    assert indel_found(tmp_path, snapshot, f"MT\t{second - 1}\t.\tACA\tA\t.\t.\t.") == "exact"
    # One CA further left: both deletions together prove that the reference has CA twice.
    assert indel_found(tmp_path, snapshot, f"MT\t{AT + 8}\t.\tGCA\tG\t.\t.\t.") == "exact"
    # Two further right, with a REF that shows no more than what is deleted: it is not known what lies between.
    assert indel_found(tmp_path, snapshot, f"MT\t{second + 3}\t.\tACA\tA\t.\t.\t.") is None
    whole = f"MT\t{AT + 8}\t.\tG{'CA' * 4}\tG{'CA' * 3}\t.\t.\t."
    assert indel_found(tmp_path, snapshot, whole) == "exact"
    other = f"MT\t{AT + 8}\t.\tGCG\tG\t.\t.\t."
    assert indel_found(tmp_path, snapshot, other) is None
