"""Molecular profiles of several variants: satisfied by one sample's alleles, or not.

A profile such as `ALK EML4::ALK AND NOT ALK G1202R` is a tree of AND, OR and NOT over variants. Whether a variant is
there, three answers tell, after Kleene:

    there      an allele of the sample reached it on a rung on which the allele is known
    absent     none did, and its place was looked at: by a record of the sample there, or by a BED file
    unknown    otherwise: a VCF without a record says nothing of what was not called

    NOT  there → no, absent → yes, unknown → unknown
    AND  no if any part is no, yes if all are yes;  OR  yes if any part is yes, no if all are no; else unknown

A profile counts as satisfied only if the tree says yes, and its evidence then stands on the alleles that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from annotator.sources.civic.layout import JointProfile
from annotator.sources.civic.structure import Operator, ProfileTree

__all__ = ["WHOLE_FILE", "satisfied_profiles"]

WHOLE_FILE = -1
"""Stands for a sample where records have no genotypes: then the file is one sample."""


def satisfied_profiles(
    profiles: Mapping[int, JointProfile],
    sightings: Mapping[int, AbstractSet[int]],
    covered: Mapping[int, AbstractSet[int]],
    absent_everywhere: AbstractSet[int] = frozenset(),
) -> frozenset[int]:
    """Give the profiles that some sample satisfies.

    Args:
        profiles: by CIViC's number.
        sightings: samples in which a variant was found, by CIViC's number of the variant.
        covered: samples in which a variant's place was looked at.
        absent_everywhere: variants whose place was looked at in all samples.

    """
    samples = {WHOLE_FILE}.union(*sightings.values(), *covered.values())
    return frozenset(
        id_
        for id_, joint in profiles.items()
        if any(
            _answer(
                joint.tree,
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
