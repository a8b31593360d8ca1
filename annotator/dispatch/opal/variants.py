"""The variants of a report with Opal's classification, by allele.

In JSON, the service states a variant's status, but not its REF; in VCF, it states REF, but the field of the status is
not documented. Therefore the VCF is requested once per status, with the service's own filter: the returned variants
have that status. The two are compared, so that a filter without effect is noticed.

    JSON                      status: CONFIRMED 2, REVIEWED 11
    VCF                       13 alleles
    VCF, status=CONFIRMED      2 alleles       not more than in the JSON
    VCF, status=REVIEWED      11 alleles       and all 13 have a status, as in the JSON

Opal's reports are on GRCh37 (hg19) only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotator.annotation.allele_table import AlleleTable, Keys
from annotator.dispatch.opal.answers import Facts
from annotator.dispatch.opal.client import NAME, OpalClient
from annotator.errors import DispatchError, InputError
from annotator.info import Hit, InfoField, encode_subfield
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.vcf.detection import assembly_of
from annotator.vcf.header import Header

__all__ = ["OPAL_FIELDS", "TITLE", "OpalVariant", "ReportVariants", "report_variants"]

TITLE = "Opal"
_CHANGED = "The report may have changed in the meantime; repeat the command"


@dataclass(slots=True)
class OpalVariant:
    """A report's entry for an allele, in the service's own words.

    Attributes:
        status: such as `CONFIRMED`; several if it has several variants of the allele.
        to_report: such as `PRIMARY_FINDING`.

    """

    status: list[str] = field(default_factory=list)
    to_report: list[str] = field(default_factory=list)


def _joined(words: Sequence[str]) -> str | None:
    return "&".join(encode_subfield(word) for word in words) or None


def _status(hit: Hit[OpalVariant]) -> str | None:
    return _joined(hit.record.status)


def _report(hit: Hit[OpalVariant]) -> str | None:
    return _joined(hit.record.to_report)


OPAL_FIELDS: tuple[InfoField[OpalVariant], ...] = (
    InfoField("OPAL_STATUS", "A", "String", "Status of the variant in the Opal clinical report", _status),
    InfoField(
        "OPAL_REPORT",
        "A",
        "String",
        "Reporting status (to_report) of the variant in the Opal clinical report",
        _report,
    ),
)


class ReportVariants(NamedTuple):
    """The variants of one report.

    Attributes:
        number: number of the report.
        variants: entries by allele.
        spellings: CHROM, POS, REF and ALT as the service writes them, by allele.
        refused: alleles that cannot be looked up, by reason.

    """

    number: int
    release: Release
    variants: Mapping[AlleleKey, OpalVariant]
    spellings: Mapping[AlleleKey, str]
    refused: Counter[str]

    def table(self) -> AlleleTable[OpalVariant]:
        """Return the variants as a table that annotation can join."""
        return AlleleTable(self.release, TITLE, OPAL_FIELDS, self.variants)


async def report_variants(client: OpalClient, number: int, keys: Keys) -> ReportVariants:
    """Download the variants of a report.

    Args:
        client: client of the service.
        number: number of the report.
        keys: converts alleles of GRCh37 into keys.

    Raises:
        DispatchError: the service's responses contradict each other.

    """
    report = await client.report(number)
    objects = await client.variants(number)
    every = _Alleles(await client.variants_vcf(number), keys, client.service)
    found = {key: OpalVariant() for key in every.spellings}
    for attribute in ("status", "to_report"):
        counts = _counts(objects, attribute, client.service)
        for word in sorted(counts):
            if counts[word] == len(objects):  # all variants have this status: there is nothing to filter
                alleles = every
            else:
                answer = await client.variants_vcf(number, [(attribute, word)])
                alleles = _Alleles(answer, keys, client.service)
            _check(alleles, every, word, counts[word], client.service)
            for key in alleles.spellings:
                getattr(found[key], attribute).append(word)
        without = sum(not getattr(variant, attribute) for variant in found.values())
        if without > len(objects) - counts.total():
            raise DispatchError(
                f"the VCF of report {number} has {counted(without, 'allele')} without {attribute}, but its JSON has "
                f"{counted(len(objects) - counts.total(), 'variant')} without {attribute}",
                path=client.service,
                remedy=_CHANGED,
            )
    version = report.get("version")
    version_text = f"report {number}" + (f" version {version}" if isinstance(version, int) else "")
    release = Release(NAME, f"{NAME}-api", version_text, keys.assembly, None)
    return ReportVariants(number, release, found, every.spellings, every.refused)


def _counts(objects: Sequence[Facts], attribute: str, where: str) -> Counter[str]:
    """Count the words of the variants; those without one are counted separately."""
    words = [one.get(attribute) for one in objects]
    for word in words:
        if word is not None and not isinstance(word, str):
            raise DispatchError(
                f"a variant has a {attribute} that is not text",
                path=where,
                remedy="Contact the operators of the service",
            )
    return Counter(word for word in words if word)


def _check(alleles: _Alleles, every: _Alleles, word: str, count: int, where: str) -> None:
    others = alleles.spellings.keys() - every.spellings.keys()
    if others or len(alleles.spellings) > count:
        raise DispatchError(
            f"the service lists {counted(count, 'variant')} with {word!r} in JSON, but "
            f"{counted(len(alleles.spellings), 'allele')} in VCF; {len(others)} of these are not in the list of "
            "all variants",
            path=where,
            remedy=_CHANGED,
        )


class _Alleles:
    """The alleles of a VCF from the service."""

    def __init__(self, answer: bytes, keys: Keys, where: str) -> None:
        self.spellings: dict[AlleleKey, str] = {}
        self.refused: Counter[str] = Counter()
        try:
            head = b"".join(line for line in answer.splitlines(keepends=True) if line.startswith(b"#"))
            header = Header.parse(head, path=where)
            assembly_of(header, stated=Assembly.GRCH37, path=where, is_required=True)
            for line in answer.decode("utf-8").splitlines():
                if line and not line.startswith("#"):
                    self._add(line.split("\t"), keys)
        except (ValueError, IndexError, InputError) as error:
            what = error.what if isinstance(error, InputError) else "a line is not a VCF record"
            raise DispatchError(
                f"the service's VCF cannot be used: {what}", path=where, remedy=_CHANGED
            ) from None

    def _add(self, columns: Sequence[str], keys: Keys) -> None:
        contig, position, ref = columns[0], int(columns[1]), columns[3]
        for alt in columns[4].split(","):
            key = keys.key(contig, position, ref, alt)
            if isinstance(key, str):
                self.refused[key] += 1
            else:
                self.spellings.setdefault(key, f"{contig}\t{position}\t{ref}\t{alt}")
