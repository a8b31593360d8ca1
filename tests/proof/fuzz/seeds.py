"""The inputs that the corpus begins with: `python -m tests.proof.fuzz.seeds` writes them again."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.annotation.saved_options import text_of_config
from annotator.dispatch.ticket import Submission, Ticket
from annotator.net.journal import Journal, StoredResponse
from annotator.snapshot.build import build_snapshot
from annotator.sources.civic.graphql import query_text
from annotator.sources.clinvar.service import FIELDS
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from tests.conftest import REPOSITORY
from tests.proof.fuzz.place import DEMO, folder, snapshot
from tests.proof.fuzz.runner import CORPUS
from tests.servers import civic_graphql, clinical_tables
from tests.servers.base import RunningServer
from tests.servers.cgi_results import Analysis
from tests.servers.cgi_results import archive as analysed
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import CivicGraphql
from tests.servers.civic_graphql import Options as CivicOptions
from tests.servers.civic_v1 import CivicV1
from tests.servers.civic_v1 import Options as V1Options
from tests.servers.construction import records_of_tables
from tests.support.clinvar_tables import write_tables
from tests.support.small_clinvar_tables import BRAF, write_small
from tests.support.structural import structural_row

_CASES = REPOSITORY / "test_data" / "cases"
_VARIABLES = {
    "evidence": {"first": 3, "status": "ACCEPTED"},
    "assertions": {"first": 3, "status": "ACCEPTED"},
    "profiles": {"first": 3, "ids": list(range(1, 400))},
    "variants": {"first": 3, "ids": list(range(1, 400))},
}
_CIVIC = ("Variant", "MolecularProfile", "ClinicalEvidence", "Assertion", "Gene")
_BREAK = b"\n%%\n"


def main() -> None:
    """Write every seed that is not there."""
    for name, data in _seeds():
        target, _, title = name.partition("/")
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        (CORPUS / target / title).write_bytes(data)


def _seeds() -> Iterator[tuple[str, bytes]]:
    yield from _vcfs()
    yield from _names()
    yield from _releases()
    yield from _services()
    yield from _own_files()
    yield from _users_files()


def _some(vcf: bytes, *wanted: bytes, most: int = 6) -> bytes:
    """Return a VCF with its header shortened, and only records that hold a word."""
    lines = vcf.splitlines(keepends=True)
    head = [line for line in lines if line.startswith(b"#")]
    records = [line for line in lines if not line.startswith(b"#")]
    if wanted:
        records = [line for line in records if any(word in line for word in wanted)]
    return b"".join([*head, *records[:most]])


def _vcfs() -> Iterator[tuple[str, bytes]]:
    tumour, germline = ((DEMO / f"{one}.GRCh38.vcf").read_bytes() for one in ("tumour", "germline"))
    small = _some(tumour, b"140753336", b"<DEL>", b"*", b"]", b"CSQ", b"chrM")
    kept = {"tumour": small, "germline": _some(germline, most=5)}
    for case in (
        "fusion-delly-GRCh38",
        "amplification-snpeff",
        "bcftools-csq-GRCh38",
        "bytes-that-are-not-utf8",
    ):
        kept[case] = _some((_CASES / case / "input.vcf").read_bytes())
    kept["windows-lines"] = kept["germline"].replace(b"\n", b"\r\n")
    for name, vcf in kept.items():
        yield f"text/{name}", vcf
    for name in ("tumour", "germline"):
        yield f"header/{name}", kept[name][: kept[name].index(b"\nchr") + 1]
        yield f"conversion/{name}", kept[name]
        yield f"doctor/{name}", kept[name]
        yield f"cgi_mutations/{name}", kept[name]
        yield f"bgzf/{name}", deflate(kept[name][:900], 6) + deflate(kept[name][900:], 6) + EOF_BLOCK
    yield "conversion/fusion", kept["fusion-delly-GRCh38"]
    yield "cgi_mutations/amplification", kept["amplification-snpeff"]
    for name in ("germline", "fusion-delly-GRCh38"):
        source, bcf, again = folder() / "s.vcf", folder() / "s.bcf", folder() / "o.vcf"
        source.write_bytes(kept[name])
        annotate_file(AnnotateOptions(str(source), str(bcf), snapshot()))
        content = gzip.decompress(bcf.read_bytes())
        yield f"bcf/{name}", content
        yield f"bcf/sections-{name}", _in_sections(content)
        annotate_file(AnnotateOptions(str(source), str(again), snapshot()))
        yield f"report/{name}", again.read_bytes()
        yield (
            f"header/annotated-{name}",
            b"".join(line for line in again.read_bytes().splitlines(keepends=True) if line.startswith(b"#")),
        )
        new = again.read_bytes().replace(b"Pathogenic", b"Benign").replace(b"Tier_I", b"Tier_II")
        yield f"diff/{name}", again.read_bytes() + _BREAK + new
    csq = b"Format: Allele|Consequence|SYMBOL|Gene|Feature|EXON|INTRON|HGVSc|HGVSp|ALLELE_NUM|PICK"
    entry = (
        b"T|missense_variant|BRAF|673|NM_004333.6|15/18||NM_004333.6:c.1799T>A|NP_004324.2:p.Val600Glu|1|1"
    )
    yield (
        "annotations/vep",
        b"\n".join((b"CSQ", csq, b"A", b"T", entry + b"," + entry.replace(b"600", b"601"))),
    )
    ann = (
        b"Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | "
        b"Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | "
        b"AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'"
    )
    entry = b"T|missense_variant|MODERATE|BRAF|BRAF|transcript|NM_004333.6|protein_coding|15/18|c.1799T>A|p.V600E|||||"
    yield "annotations/snpeff", b"\n".join((b"ANN", ann, b"A", b"T", entry))
    bcsq = b"Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change"
    value = b"missense|BRAF|ENST00000288602|protein_coding|-|600V>600E|140753336A>T,@140753337"
    yield "annotations/bcsq", b"\n".join((b"BCSQ", bcsq, b"A", b"T", value))
    yield "opened/vcf", small[:300]
    yield "opened/bgzf", deflate(small, 6)[:200]


def _users_files() -> Iterator[tuple[str, bytes]]:
    calls = b"".join(
        b"%s\n" % b"\t".join((b"chr7", position, b".", ref, alt, b".", b"PASS", info))
        for position, ref, alt, info in (
            (b"1500", b"A", b"T", b"."),
            (b"1500", b"A", b"<DEL>", b"END=2500;SVTYPE=DEL"),
            (b"1500", b"A", b"<DUP>,<CNV>", b"SVLEN=800,900;CN=3"),
            (b"1500", b"A", b"<INS>", b"SVLEN=90"),
            (b"1600", b"A" + b"CG" * 30, b"A", b"CIPOS=-5,5;IMPRECISE"),
            (b"1700", b"GC", b"G,GCC", b"."),
        )
    )
    head = b"##fileformat=VCFv4.3\n##contig=<ID=chr7,length=159345973>\n"
    for key, number, kind in (
        (b"END", b"1", b"Integer"),
        (b"SVLEN", b"A", b"Integer"),
        (b"CN", b"A", b"Float"),
    ):
        head += b'##INFO=<ID=%s,Number=%s,Type=%s,Description="x">\n' % (key, number, kind)
    calls = head + b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + calls
    yield (
        "own_regions/bed",
        b"chr7\t1499\t1700\tpanel one\nchr7\t1600\t1600\nchr7\t2000\t2600\t.\n" + _BREAK + calls,
    )
    yield (
        "own_regions/bedgraph",
        b"track type=bedGraph\nchr7 1000 2000 0.5\nchr7 2000 3000 1e-3\n" + _BREAK + calls,
    )
    keys = ((b"AF", b"A", b"Float"), (b"AC", b"A", b"Integer"))
    known = b"".join(b'##INFO=<ID=%s,Number=%s,Type=%s,Description="x">\n' % one for one in keys)
    known = b"##fileformat=VCFv4.3\n" + known + b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    known += b"7\t1500\trs1\tA\tT,C\t.\tPASS\tAF=0.5,1e-5;AC=1,2\n7\t1700\t.\tGC\tG\t.\tlow;q\tAF=.\n"
    yield "own_vcf/frequencies", known + _BREAK + calls
    rows = [
        BRAF,
        structural_row(1, "copy number loss", "7", 1400, 2600, ClinicalSignificance="Pathogenic"),
        structural_row(2, "copy number gain", "7", 1501, 2300, ClinicalSignificance="Benign"),
        structural_row(3, "Deletion", "7", 1601, 1660),
    ]
    table = write_small(folder() / "small", rows) / "variant_summary.txt"
    yield "structural/copy-numbers", table.read_bytes() + _BREAK + calls
    build_snapshot(folder() / "sv", "GRCh38", clinvar_tables=table.parent, clinvar_release="2026-03-01")
    source, annotated = folder() / "calls.vcf", folder() / "annotated.vcf"
    source.write_bytes(calls)
    annotate_file(AnnotateOptions(str(source), str(annotated), folder() / "sv"))
    lines = annotated.read_bytes().splitlines(keepends=True)
    wanted = b"".join(
        line for line in lines if b"##INFO" not in line or b"=CLNSV" in line or b"=CLNVID" in line
    )
    yield "report/copy-numbers", wanted
    yield (
        "diff/copy-numbers",
        wanted + _BREAK + wanted.replace(b"Pathogenic", b"Benign").replace(b"|same", b"|overlaps"),
    )


def _in_sections(bcf: bytes) -> bytes:
    """Return what a BCF holds without its lengths: the header, and of each record what is shared and the calls."""
    (size,) = struct.unpack_from("<I", bcf, 5)
    parts, place = [bcf[9 : 8 + size]], 9 + size
    while place < len(bcf):
        shared, calls = struct.unpack_from("<II", bcf, place)
        middle, place = place + 8 + shared, place + 8 + shared + calls
        parts.append(bcf[middle - shared : middle] + b"\n--\n" + bcf[middle:place])
    return _BREAK.join(parts)


def _names() -> Iterator[tuple[str, bytes]]:
    for number, one in enumerate(
        (
            *("NC_000007.14:g.140753336A>T", "NC_000007.14:g.10_12del", "NC_000007.14:g.10_11insACG"),
            *("NC_000007.14:g.14_16dup", "NC_000007.14:g.20_30inv", "NC_000007.14:g.30AGC[5]"),
            *(
                "NC_000007.14:g.5_9delinsTT",
                "NM_004333.6(BRAF):c.1799T>A",
                "NM_000059.4:c.5946del",
                "LRG_1:g.5=",
            ),
            *("NC_000007.14:g.5TC[2]AT[1]", "NM_000059.4:c.-5+1_*7-3del", "NC_012920.1:m.3243A>G"),
        )
    ):
        yield f"hgvs/{number}", one.encode()
    for number, one in enumerate(
        (
            *("Val600Glu", "V600E", "Lys746_Ala750del", "E746_A750delinsVP", "Arg97ProfsTer23", "R97fs*23"),
            *("Ter110GlnextTer17", "Met1ext-5", "Trp24Ter", "Val600=", "Ala3_Ser5dup", "Gly12_Gly13insAla"),
            *("(Val600Glu)", "A4[8]", "Val600_Lys601delinsGluAsn", "=", "0?", "Gln8_Asn9insTer"),
        )
    ):
        yield f"protein/{number}", one.encode()
    for number, one in enumerate(
        (
            *(
                "chr7:140753336:A:T",
                "NM_004333.6:c.1799T>A",
                "BRAF:p.V600E",
                "rs113488022",
                "CA123643",
                "VCV000013961",
            ),
            *("NC_000007.14:140753335:A:T", "NC_000007.14:g.140753336A>T", "7-140,753,336-A-T", "13961"),
            *("BRAF V600E", "NP_004324.2:p.Val600Glu", "7:55174772:GGAATTAAGAGAAGC:G"),
        )
    ):
        yield f"query/{number}", one.encode()
    yield "bed/plain", b"track name=x\nchr7\t140753000\t140754000\tBRAF\n13\t1\t2\n# c\n\nchrM 5 9\n"
    yield (
        "chain/plain",
        (
            b"chain 100 chr7 159138663 + 9999 10200 chr7 159345973 + 19999 20205 1\n100 1 6\n100\n\n"
            b"chain 5 chr7 159138663 + 140453000 140454000 chr7 159345973 - 18592000 18593000 2\n1000\n"
        ),
    )
    sheet = "sample\tvcf\tassembly\tdisease\tcancer_type\ttissue\tvcf_sample\taccession_id\tgenome_id\n"
    rows = f"A\t{DEMO / 'tumour.GRCh38.vcf'}\tGRCh38\tmelanoma\tSKCM\ttumour\tTUMOUR\t\t\n"
    rows += "B\tb.bcf\tGRCh37\t\t\tnormal\t\tAB\t7\n"
    yield "sample_sheet/plain", (sheet + rows).replace(str(REPOSITORY) + "/", "").encode()


def _releases() -> Iterator[tuple[str, bytes]]:
    lines = (DEMO / "clinvar.GRCh38.vcf").read_bytes().splitlines(keepends=True)
    head, records = [x for x in lines if x.startswith(b"#")], [x for x in lines if not x.startswith(b"#")]
    yield "clinvar/demo", b"".join(head + records[::8])
    tables = []
    for name in _CIVIC:
        rows = (DEMO / "civic" / f"01-Aug-2024-{name}Summaries.tsv").read_bytes().splitlines(keepends=True)
        tables.append((rows[0], rows[1:]))
    yield "civic/first", _BREAK.join(head + b"".join(rows[:3]) for head, rows in tables)
    yield "civic/last", _BREAK.join(head + b"".join(rows[-2:]) for head, rows in tables)


def _services() -> Iterator[tuple[str, bytes]]:
    """Answers of the emulated services, to what the targets ask."""
    release = read_release(DEMO / "civic")
    graphql = CivicGraphql(release, CivicOptions())
    with RunningServer(graphql.application()) as server:
        pages = [
            _fetched(
                f"{server.url}{civic_graphql.PATH}",
                {"query": query_text(name), "variables": _VARIABLES[name]},
            )
            for name in ("evidence", "assertions", "profiles", "variants")
        ]
    yield "civic_graphql/first", _BREAK.join(_last(page) for page in pages)
    with RunningServer(CivicV1(release, V1Options()).application()) as server:
        api = f"{server.url}/api"
        evidence = _fetched(f"{api}/evidence_items?count=3&page=1&status=accepted")
        assertions = _fetched(f"{api}/assertions?count=2&page=1")
        variant = json.loads(evidence)["records"][0]["variant_id"]
        claim = json.loads(assertions)["records"][0]["id"]
        others = [f"variants/{variant}", "genes?count=3&page=1", f"assertions/{claim}"]
        answers = [evidence, assertions, *(_fetched(f"{api}/{one}") for one in others)]
    yield "civic_v1/first", _BREAK.join(answers)
    with tempfile.TemporaryDirectory() as tables:
        write_tables(Path(tables), DEMO / "clinvar.GRCh38.vcf", DEMO / "clinvar.GRCh37.vcf")
        names = ("variant_summary", "hgvs4variation", "variation_allele")
        parts = [gzip.decompress((Path(tables) / f"{name}.txt.gz").read_bytes()) for name in names]
        yield (
            "clinvar_tables/first",
            _BREAK.join(b"".join(part.splitlines(keepends=True)[:40]) for part in parts),
        )
        records = records_of_tables(Path(tables))
    with RunningServer(clinical_tables.application(records)) as server:
        for word in ("rs113488022", "rs80359550"):
            asked = {"terms": word, "sf": "dbSNP", "df": "VariationID", "ef": ",".join(FIELDS)}
            yield f"clinvar_api/{word}", _fetched(f"{server.url}{clinical_tables.PATH}?{urlencode(asked)}")
    yield from _cgi()
    yield from _opal()


def _fetched(url: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"})  # noqa: S310  # loopback
    with urlopen(request) as answer:  # noqa: S310
        return bytes(answer.read())


def _last(page: bytes) -> bytes:
    """Return a page as if it were the only one."""
    value = json.loads(page)
    held = value["data"]["page"]
    held["pageInfo"]["hasNextPage"] = False
    held["totalCount"] = len(held["nodes"])
    return json.dumps(value).encode()


def _cgi() -> Iterator[tuple[str, bytes]]:
    upload = b"chr\tpos\tref\talt\tsample\n7\t140753336\tA\tT\tTUMOUR\n13\t32340300\tGT\tG\tTUMOUR\n"
    for vintage in ("v0", "v1", "v2", "v3"):
        packed = analysed({"mutations": upload}, Analysis(vintage=vintage))
        yield f"cgi_archive/{vintage}", packed
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            tables = {name.rpartition("/")[2]: opened.read(name) for name in opened.namelist()}
        alterations = tables.get("alterations.tsv") or tables["mutation_analysis.tsv"]
        biomarkers = tables.get("biomarkers.tsv") or tables.get("drug_prescription.tsv") or b""
        yield f"cgi_tables/{vintage}", _BREAK.join((alterations, biomarkers, tables.get("summary.txt", b"")))
    yield "cgi_answer/error", b'{"error_code": 404, "message": "no such job"}'
    facts = {"title": "x", "cancertype": "CANCER", "date": "d"}
    yield "cgi_answer/job", json.dumps({"status": "Done", "metadata": facts, "logs": ["a\n", "b"]}).encode()
    yield "cgi_answer/jobs", b'["1a2b3c4d5e6f7a8b9c0d", "x y"]'
    yield "cgi_answer/submitted", b'"1a2b3c4d5e6f7a8b9c0d"'


def _opal() -> Iterator[tuple[str, bytes]]:
    report = {
        "id": 7,
        "version": 2,
        "accession_id": "AB",
        "status": "APPROVED",
        "variants": [{"gene": "BRAF"}],
    }
    variants = [
        {"status": "REVIEWED", "to_report": "PRIMARY_FINDING"},
        {"status": "REVIEWED", "to_report": None},
    ]
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    head = f"##fileformat=VCFv4.1\n##contig=<ID=chr7,length=159138663>\n{columns}"
    rows = "chr7\t140453136\t.\tA\tT\t.\t.\t.\n", "chr7\t140453137\t.\tC\tG\t.\t.\t.\n"
    yield (
        "opal_variants/two",
        _BREAK.join(
            (
                json.dumps(report).encode(),
                json.dumps({"objects": variants}).encode(),
                (head + "".join(rows)).encode(),
                (head + rows[0]).encode(),
            )
        ),
    )
    yield "opal_answer/report", json.dumps({"clinical_report": report}).encode()
    yield "opal_answer/list", json.dumps([{"objects": [report, {"id": "8"}]}]).encode()
    yield "opal_answer/cut", b'[{"objects": [{"id": 9}]}'


def _own_files() -> Iterator[tuple[str, bytes]]:
    path = folder() / "seed.journal"
    with Journal.open(path, "2026-03-01", {"source": "clinvar-api"}) as made:
        made.add("a", [StoredResponse("rs1", {"1": {"Name": "x"}}), StoredResponse("rs2", {})])
        made.note("finished", "no")
    connection = sqlite3.connect(path)
    connection.execute("VACUUM")
    connection.close()
    yield "journal/plain", path.read_bytes()
    yield "stored_answers/plain", b'{"13961": {"Name": "NM_004333.6:c.1799T>A", "x": [null, 1.5, "\\u00e9"]}}'
    ticket = folder() / "seed.ticket.json"
    Ticket.intended("cgi", "https://example.org", Submission({"sample": "S"}, {"mutations": b"x"})).with_job(
        "1a2b"
    ).write(ticket)
    yield "ticket/plain", ticket.read_bytes()
    manifest = json.loads((snapshot() / "manifest.json").read_bytes())
    del manifest["checksum"]
    yield "manifest/plain", json.dumps(manifest).encode()
    (folder() / "few").mkdir()
    release = (CORPUS / "civic" / "first").read_bytes().split(_BREAK)
    for name, part in zip(_CIVIC, release, strict=True):
        (folder() / "few" / f"01-Aug-2024-{name}Summaries.tsv").write_bytes(part)
    few = folder() / "few.snapshot"
    build_snapshot(few, "GRCh38", clinvar=CORPUS / "clinvar" / "demo", civic=folder() / "few")
    for name in ("clinvar.store", "civic.store"):
        yield f"store/{name}", (few / name).read_bytes()
    options = AnnotateOptions("in.vcf", "out.vcf", Path("/snapshot"), regions=("7:1-5",), disease="DOID:1909")
    yield "config/plain", text_of_config(options).encode()
    account = {"format": 2, "size": 10, "config": json.loads(text_of_config(options))}
    account["config"]["shard"] = [1, 2]
    account |= {"kept": [[0, 5]], "carriers": {"1": [0]}, "covered": {"2": [1]}}
    account["breakends"] = [["7", 5, "b1", "A[8:7[", ["b2"], [["BRAF", 1]], [["BRAF", "ALK", True]]]]
    yield "shard/plain", json.dumps(account).encode()


if __name__ == "__main__":
    main()
