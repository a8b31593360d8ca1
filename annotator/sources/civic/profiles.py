"""Combination profiles: CIViC molecular profiles of several variants, satisfied by one sample's alleles or not.

A profile such as `ALK EML4::ALK AND NOT ALK G1202R` is a tree of AND, OR and NOT over variants. The state of a
variant is one of three values (Kleene logic):

    there      an allele of the sample matched it at a level by allele
    absent     none matched, and its locus was sequenced: a record of the sample or a BED file covers it
    unknown    otherwise: a VCF without a record does not show whether the locus was sequenced

    NOT  there → no, absent → yes, unknown → unknown
    AND  no if any part is no, yes if all are yes;  OR  yes if any part is yes, no if all are no; else unknown

A profile is satisfied only if the tree evaluates to yes; its evidence is then reported for the alleles present.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from annotator.sources.civic.layout import CombinationProfile
from annotator.sources.civic.structure import Operator, ProfileTree

__all__ = ["WHOLE_FILE", "satisfied_profiles"]

WHOLE_FILE = -1
"""Represents the sample if records have no genotypes: the file then counts as one sample."""


def satisfied_profiles(
    profiles: Mapping[int, CombinationProfile],
    sightings: Mapping[int, AbstractSet[int]],
    covered: Mapping[int, AbstractSet[int]],
    absent_everywhere: AbstractSet[int] = frozenset(),
) -> frozenset[int]:
    """Return the combination profiles that at least one sample satisfies.

    Args:
        profiles: by CIViC's number.
        sightings: samples in which a variant was found, by CIViC's number of the variant.
        covered: samples in which a variant's locus was sequenced, by CIViC's number of the variant.
        absent_everywhere: variants whose locus was sequenced in all samples.

    """
    samples = {WHOLE_FILE}.union(*sightings.values(), *covered.values())
    return frozenset(
        id_
        for id_, combination in profiles.items()
        if any(
            _answer(
                combination.tree,
                _of_sample(sightings, sample),
                absent_everywhere | _of_sample(covered, sample),
            )
            for sample in samples
        )
    )


def _of_sample(found: Mapping[int, AbstractSet[int]], sample: int) -> set[int]:
    return {variant for variant, samples in found.items() if sample in samples or WHOLE_FILE in samples}


def _answer(tree: ProfileTree, there: AbstractSet[int], looked_at: AbstractSet[int]) -> bool | None:
    if isinstance(tree, int):
        return True if tree in there else False if tree in looked_at else None
    answers = [_answer(part, there, looked_at) for part in tree.parts]
    if tree.operator is Operator.NOT:
        return None if answers[0] is None else not answers[0]
    return _all(answers) if tree.operator is Operator.AND else _any(answers)


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False
