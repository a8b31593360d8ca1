"""A cancer type is one of CGI's, and what is uploaded is complete."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from cyvcf2 import VCF

from annotator.dispatch.cgi.cancer_types import cancer_type, cancer_types, searched
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.upload import parcel_of
from annotator.errors import InputError, UsageError
from annotator.variants.allele import key_of
from annotator.variants.assembly import Assembly
from tests.support.cgi_inputs import mutations, site, written
from tests.support.inputs import bgzip

# Cancer types


def test_every_type_is_known_with_all_above_it(shared_data: Path) -> None:
    rows = (shared_data / "cgi" / "cancer_types_with_parents.tsv").read_text().splitlines()[1:]
    published = {row.split("\t")[0]: row.split("\t")[1:3] for row in rows}
    assert len(published) == 247
    assert {code: [",".join(one.parents), one.name] for code, one in cancer_types().items()} == published
    assert cancer_type("CM").lineage() == ["SK", "SOLID", "CANCER"]
    assert all(one.lineage()[-1:] == ["CANCER"] or one.code == "CANCER" for one in cancer_types().values())


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("CM", "CM"), ("cm", "CM"), ("SKCM", "CM"), ("tcga:KIRC", "RCCC"), ("TCGA:coad", "COC"), ("LIHC", "HC"),
        ("oncotree:ES", "EWS"), ("ES", "ES"), ("oncotree:LUAD", "LUAD"), ("tcga:OV", "OV"), ("CANCER", "CANCER"),
    ],
)  # fmt: skip
def test_a_code_is_cgis_or_that_of_another_list(word: str, code: str) -> None:
    assert cancer_type(word).code == code


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("BRAC", r"'BRAC' is not a cancer type of CGI. Did you mean BRCA \(Breast adenocarcinoma\)"),
        ("melanoma", "Did you mean ALM .*, CM .*UVM"),
        ("oncotree:CM", "is not a cancer type of CGI"),
        ("icd:C43", "unknown prefix icd:"),
        ("12345", "List all with: annotator cgi cancer-types"),
        ("", "'' is not a cancer type of CGI"),
    ],
)
def test_an_unknown_type_is_refused_with_suggestions(word: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        cancer_type(word)


def test_types_are_searched_by_name() -> None:
    assert [one.code for one in searched("glioblastoma")][:2] == ["GB", "GBM"]


# The upload


def upload(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        suffix = "" if name == "mutations" else f".{name}"
        (tmp_path / f"t{suffix}.tsv").write_text(text)
    return tmp_path / "t.tsv"


GOOD = "chr\tpos\tref\talt\tsample\n7\t10\tA\tC\tT\n"


def test_the_upload_equals_the_written_files(tmp_path: Path) -> None:
    mutations(
        written(tmp_path, site(10, "A", "C", "1"), site(11, "A", "<DEL>", "1/1", info="GENE=PTEN"))
    ).write(tmp_path / "t.tsv")
    parcel = parcel_of(tmp_path / "t.tsv", cancer_type("CM"))
    assert parcel.facts == {"sample": "T", "cancer_type": "CM", "reference": "hg38"}
    assert parcel.files == {
        "mutations": (tmp_path / "t.tsv").read_bytes(),
        "cnas": (tmp_path / "t.cnas.tsv").read_bytes(),
    }


def test_files_of_ones_own_are_taken_instead(tmp_path: Path) -> None:
    source = upload(tmp_path, mutations=GOOD, cnas="gene\tcna\tsample\nX\tdel\tT\n")
    (tmp_path / "my.tsv").write_text("gene\tcna\nERBB2\tamp\n")
    (tmp_path / "fus.tsv").write_text("fus\nALK__EML4\n")
    parcel = parcel_of(
        source,
        cancer_type("CM"),
        reference="hg19",
        cnas=tmp_path / "my.tsv",
        translocations=tmp_path / "fus.tsv",
    )
    assert parcel.files["cnas"] == b"gene\tcna\nERBB2\tamp\n"
    assert parcel.files["translocations"] == b"fus\nALK__EML4\n"
    assert parcel.facts["reference"] == "hg19"


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ({"mutations": "CHROM\tPOS\tREF\tALT\tsample\n"}, "line 1: the header is .*must be chr pos ref alt sample"),
        ({"mutations": GOOD + "MT\t1\tA\tC\tT\n"}, "line 3: chr is 'MT'"),
        ({"mutations": GOOD + "7\t0\tA\tC\tT\n"}, "line 3: pos is '0'"),
        ({"mutations": GOOD + "7\t1\tA\t<DEL>\tT\n"}, "line 3: A><DEL> is not a change of bases"),
        ({"mutations": GOOD + "7\t1\tA\ta\tT\n"}, "line 3: A>a is not a change of bases"),
        ({"mutations": GOOD + "7\t1\tA\tC\n"}, "line 3: the line has 4 columns, but the header has 5"),
        ({"mutations": GOOD + "7\t1\tA\tC\tU\n"}, "the file has 2 samples, but one job takes one: T, U"),
        ({"mutations": GOOD, "cnas": "gene\tcna\tsample\nX\tdel\tU\n"}, "2 samples"),
        ({"mutations": GOOD, "cnas": "Gene\tcna\n"}, "line 1: the header is"),
        ({"mutations": GOOD, "cnas": "gene\tcna\nX\tAmp\n"}, "line 2: cna is 'Amp'"),
        ({"mutations": GOOD, "cnas": "gene\tcna\nX Y\tamp\n"}, "line 2: gene is 'X Y'"),
        ({"mutations": GOOD, "translocations": "fus\nALK-EML4\n"}, "line 2: fus is 'ALK-EML4'"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_found_before_it_is_sent(tmp_path: Path, texts: dict[str, str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        parcel_of(upload(tmp_path, **texts), cancer_type("CM"), reference="hg38")


def test_nothing_is_no_job(tmp_path: Path) -> None:
    empty = upload(tmp_path, mutations="chr\tpos\tref\talt\tsample\n")
    with pytest.raises(UsageError, match="the file has no mutation to send"):
        parcel_of(empty, cancer_type("CM"), reference="hg38")
    with pytest.raises(UsageError, match="the assembly of the positions is unknown"):
        parcel_of(upload(tmp_path, mutations=GOOD), cancer_type("CM"))
    (tmp_path / "t.tsv").write_bytes(bgzip(GOOD.encode()))
    with pytest.raises(InputError, match="not UTF-8 text"):
        parcel_of(tmp_path / "t.tsv", cancer_type("CM"), reference="hg38")
    with pytest.raises(InputError, match="cannot be read"):
        parcel_of(tmp_path / "none.tsv", cancer_type("CM"), reference="hg38")


STRELKA = "DP:FDP:SDP:SUBDP:AU:CU:GU:TU"


def test_calls_without_genotypes_are_understood_by_their_reads(tmp_path: Path) -> None:
    lines = [
        f"7\t10\t.\tA\tT\t.\tPASS\tSOMATIC;NT=ref;SGT=AA->AT\t{STRELKA}"
        "\t30:0:0:0:30,30:0,0:0,0:0,0\t40:0:0:0:30,30:0,0:0,0:10,11",
        f"7\t20\t.\tA\tG\t.\tPASS\tSOMATIC;NT=ref\t{STRELKA}"
        "\t30:0:0:0:30,30:0,0:0,0:0,0\t40:0:0:0:40,40:0,0:0,0:0,0",
        "7\t30\t.\tA\tATT\t.\tPASS\tSOMATIC;NT=ref\tDP:TAR:TIR\t30:30,30:0,0\t40:20,20:18,18",
        "7\t40\t.\tA\tC\t.\tPASS\tSOMATIC\tDP\t30\t40",
    ]
    found = extract_mutations(str(written(tmp_path, *lines)), sample="T")
    assert found.mutations.rows["mutations"] == [("7", "10", "A", "T"), ("7", "30", "A", "ATT")]
    assert [(one.record, reason) for one, reason in found.mutations.left_out] == [(4, "no_genotype")]
    assert [one for one in found.warnings if "1 ALT of sample T has neither a genotype" in one]


def test_an_empty_file_for_want_of_genotypes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a genotype") as caught:
        mutations(written(tmp_path, "7\t40\t.\tA\tC\t.\tPASS\tSOMATIC\tDP\t30\t40"))
    assert "--all-alts" in str(caught.value)


def extracted(path: Path, sample: str) -> Mutations | None:
    """Return the submission for a real file, in its assembly; None if it is malformed."""
    for assembly in (None, Assembly.GRCH37, Assembly.GRCH38):
        with contextlib.suppress(InputError):
            return extract_mutations(str(path), sample=sample, assembly=assembly).mutations
    return None


def carried_by_htslib(path: Path) -> set[tuple[int, int]]:
    """Record and number of each ALT that cyvcf2 says the last sample carries."""
    return {
        (index, number)
        for index, record in enumerate(VCF(str(path)), 1)
        if record.FORMAT and "GT" in record.FORMAT
        for number in range(1, len(record.ALT) + 1)
        if number in record.genotypes[-1][:-1]
    }


def records_with_genotypes(path: Path) -> set[int]:
    """Numbers of the records whose FORMAT has GT; of the others the reads tell what is carried."""
    return {index for index, record in enumerate(VCF(str(path)), 1) if "GT" in (record.FORMAT or ())}


def test_in_real_files_every_allele_that_is_carried_is_accounted_for(shared_data: Path) -> None:
    files = rows = 0
    for path in sorted((shared_data / "vcf" / "real").rglob("*.vcf")):
        try:
            samples = VCF(str(path)).samples
            expected = carried_by_htslib(path)
        except Exception:  # noqa: BLE001, S112  # cyvcf2 raises nothing narrower of what htslib does not read
            continue
        found = extracted(path, samples[-1]) if samples else None
        if found is None:
            continue
        origins = [one for pairs in found.origins.values() for _, one in pairs]
        left_out = [one for one, reason in found.left_out if reason != "no_genotype"]
        with_genotype = records_with_genotypes(path)
        summary_lines = {
            (one.record, one.allele) for one in (*origins, *left_out) if one.record in with_genotype
        }
        assert summary_lines == expected, path
        for row, origin in found.origins["mutations"]:
            name = found.assembly.contig(origin.contig)
            assert name is not None
            assert key_of(*found.mutation(row)) == key_of(name, origin.position, origin.ref, origin.alt)
        files, rows = files + 1, rows + len(found.rows["mutations"])
    assert files > 200
    assert rows > 5000
