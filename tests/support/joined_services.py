"""Annotated files into which answers of CGI and Opal were joined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from annotator.annotation.allele_table import AlleleTable
from annotator.annotation.join import join_alleles
from annotator.annotation.options import AnnotateOptions
from annotator.dispatch.cgi.fields import CGI_FIELDS, CgiRecord, Drug
from annotator.dispatch.cgi.results import Biomarker, CgiFinding
from annotator.dispatch.opal.variants import OPAL_FIELDS, OpalVariant
from annotator.result import Release
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly

V600E, V600G = AlleleKey("7", 140753336, "A", "T"), AlleleKey("7", 140753336, "A", "C")


UNKNOWN = AlleleKey("7", 140753400, "G", "C")


NOTHING = CgiFinding(*([""] * len(CgiFinding._fields)))


OF_DRUG = Biomarker(*([""] * len(Biomarker._fields)))


CGI = {
    V600E: CgiRecord(
        "returned",
        (NOTHING._replace(gene="BRAF", protein="V600E", summary="oncogenic (predicted and annotated)"),),
        (
            Drug("BRAF", "V600E", OF_DRUG._replace(
                biomarker="BRAF (V600E)", drugs="Vemurafenib (BRAF inhibitor), alone", diseases="Cutaneous melanoma",
                response="Responsive", evidence="FDA guidelines", match="YES", biom="complete",
            )),
            Drug("BRAF", "V600E", OF_DRUG._replace(drugs="=Panitumumab|x", response="Resistant", match="NO")),
        ),
    ),
    V600G: CgiRecord("not_returned"),
    UNKNOWN: CgiRecord("returned", (NOTHING._replace(gene="BRAF2", summary="non-oncogenic"),)),
}  # fmt: skip


OPAL = {
    V600E: OpalVariant(["CONFIRMED"], ["PRIMARY_FINDING"]),
    V600G: OpalVariant(["Pending verification; soon", "REVIEWED"]),
}


def joined(
    source: Path, output: Path, cgi: Mapping[AlleleKey, CgiRecord], opal: Mapping[AlleleKey, OpalVariant]
) -> Path:
    """Join both services, one after the other, as the command does."""
    between = output.with_name(f"between-{output.name}")
    of_cgi = AlleleTable(Release("cgi", "cgi-rest", "23.12.2", Assembly.GRCH38, None), "CGI", CGI_FIELDS, cgi)
    of_opal = AlleleTable(
        Release("opal", "opal-api", "report 7", Assembly.GRCH38, None), "Opal", OPAL_FIELDS, opal
    )
    join_alleles(AnnotateOptions(str(source), str(between), None), of_cgi)
    join_alleles(AnnotateOptions(str(between), str(output), None), of_opal)
    return output
