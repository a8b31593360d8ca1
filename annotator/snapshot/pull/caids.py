"""Queries the ClinGen Allele Registry for the alleles to which CIViC's variants refer, and writes them into a table.

The registry returns one canonical allele per request, as JSON, at `/allele/CA123643`; 404 for an unknown number
(Pawliczek et al., Human Mutation 2018, 39:1690; https://reg.clinicalgenome.org). Of its `genomicAlleles`, those with
the `referenceGenome` GRCh37 or GRCh38 have `coordinates`: 0-based `start` and `end` between bases, `referenceAllele`
and `allele`.

Only CIViC's own numbers are sent, nothing of any user's VCF. A stopped pull continues where it was: responses are kept
in a journal until the table is written.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from annotator.errors import UsageError
from annotator.net import HttpClient, HttpLimits, HttpResponse, RefusedError
from annotator.net.journal import Journal, ServiceRow
from annotator.runtime.event_loop import run_coroutine
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, Unit, counting
from annotator.snapshot.civic.caids import table_text
from annotator.snapshot.civic.release import read_civic_release
from annotator.snapshot.pull.clinvar import pull_folder
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import Parts, json_of
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly
from annotator.vcf.files import atomic_output

__all__ = ["REGISTRY", "PulledCaids", "pull_caid"]

REGISTRY = "https://reg.clinicalgenome.org"
"""Address of the ClinGen Allele Registry."""

_LIMITS = HttpLimits(requests_per_second=5.0, connections=2)
_SOURCE = "clingen-allele-registry"
_UNKNOWN = frozenset({404, 410})


class PulledCaids(NamedTuple):
    """Result of a download.

    Attributes:
        requested: number of CAIDs in CIViC.
        unknown: number of those that the registry does not have.
        placed: number of those with an allele of at least one assembly.

    """

    requested: int
    unknown: int
    placed: int


def pull_caid(
    output: str | Path,
    civic: str | Path | Knowledge,
    *,
    url: str = REGISTRY,
    limits: HttpLimits = _LIMITS,
    progress: Progress | None = None,
    replace: bool = False,
    today: date | None = None,
    ca_bundle: Path | None = None,
) -> PulledCaids:
    """Look up every CAID of CIViC in the registry, and write a table for `build_snapshot(caid_table=…)`.

    Args:
        output: table to write.
        civic: folder of a CIViC release, or swept data.
        url: address of the registry.
        limits: limits of the requests.
        progress: called with the amount received.
        replace: whether to replace an existing file of that name.
        today: current date in UTC; None to use the clock.
        ca_bundle: certificates (PEM) of authorities to trust in addition to the system's.

    Raises:
        UsageError: the output exists; nothing was sent.
        KnowledgeBaseError: the folder is not a release of CIViC.
        NetworkError: a request failed; responses received before are kept.
        OutputError: the table cannot be written.

    """
    target = Path(output)
    if target.exists() and not replace:
        raise UsageError(
            "the output already exists", path=target, remedy="Choose another name, or replace it with --force"
        )
    knowledge = civic if isinstance(civic, Knowledge) else read_civic_release(Path(civic))
    caids = sorted({variant.caid for variant in knowledge.variants.values() if variant.caid is not None})
    now = today or datetime.now(UTC).date()
    folder = pull_folder(target)
    folder.mkdir(parents=True, exist_ok=True)
    began, answers = run_coroutine(
        _requested(caids, url.rstrip("/"), folder, limits, progress, now, ca_bundle)
    )
    rows = [
        (caid, assembly, allele)
        for caid, answer in zip(caids, answers, strict=True)
        for assembly, allele in _alleles(answer)
    ]
    with atomic_output(str(target)) as file:
        file.file.write(table_text(rows, began).encode())
    shutil.rmtree(folder, ignore_errors=True)
    unknown = sum("unknown" in answer for answer in answers)
    return PulledCaids(len(caids), unknown, len({caid for caid, _, _ in rows}))


async def _requested(
    caids: Sequence[str],
    url: str,
    folder: Path,
    limits: HttpLimits,
    progress: Progress | None,
    today: date,
    ca_bundle: Path | None,
) -> tuple[str, list[ServiceRow]]:
    """Return the date of the first responses, and the responses in the order of the CAIDs."""
    settings = {"registry": url}
    advanced = counting(progress, "querying the ClinGen Allele Registry", len(caids), Unit.ALLELES)

    async with HttpClient(limits, ca_bundle=ca_bundle) as client:
        day = today.isoformat()
        with Journal.open(folder / "journal", day, settings, anew_before="", is_private=True) as journal:
            parts = Parts(_SOURCE, journal, client)

            async def one(caid: str) -> ServiceRow:
                answer = await parts.get(caid, lambda: _allele(client, url, caid))
                advanced(1)
                return answer

            tasks = [asyncio.create_task(one(caid)) for caid in caids]
            try:
                return journal.began, list(await asyncio.gather(*tasks))
            finally:  # no request may continue after the client and the journal are closed
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def _allele(client: HttpClient, url: str, caid: str) -> ServiceRow:
    """Look up one number; return the relevant parts of the response."""
    try:
        answer = await client.get(f"{url}/allele/{caid}", unusable=_unusable)
    except RefusedError as error:
        if error.status in _UNKNOWN:
            return {"unknown": True}
        raise
    found: dict[str, Any] = json_of(answer)
    return {"genomicAlleles": found.get("genomicAlleles", [])}


def _unusable(answer: HttpResponse) -> str | None:
    try:
        found = json_of(answer)
    except ValueError as error:
        return str(error)
    return None if isinstance(found, dict) else "the response is not an allele"


def _alleles(answer: ServiceRow) -> Iterator[tuple[Assembly, AlleleKey]]:
    """Yield the alleles of a response, at most one per assembly; changes that are not plain sequences are omitted."""
    for assembly in Assembly:
        found = {
            allele
            for genomic in answer.get("genomicAlleles", ())
            if genomic.get("referenceGenome") == assembly
            for allele in [_key(genomic, assembly)]
            if allele is not None
        }
        if len(found) == 1:
            yield assembly, found.pop()


def _key(genomic: dict[str, Any], assembly: Assembly) -> AlleleKey | None:
    contig = assembly.contig(str(genomic.get("chromosome", "")))
    places = genomic.get("coordinates") or []
    if contig is None or len(places) != 1:
        return None
    place = places[0]
    start, deleted, inserted = place.get("start"), place.get("referenceAllele"), place.get("allele")
    if not isinstance(start, int) or not isinstance(deleted, str) or not isinstance(inserted, str):
        return None
    if deleted == inserted or not set("ACGT") >= set(deleted + inserted):
        return None
    return key_of(contig, start + 1, deleted, inserted)
