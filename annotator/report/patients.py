"""The patients of a report's sample columns, and the origin of calls.

carried by a tumour, and not by its normals    somatic
carried by both                                germline
carried by a normal only                       normal only
anything else                                  unknown: no normal, or none that was called
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotator.errors import UsageError
from annotator.report.annotated_file import AnnotatedFile
from annotator.report.model import Carriage, Patient, SampleColumn
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.tier_items import CallOrigin
from annotator.vcf.tumour_normal import Pairing

__all__ = ["NO_SAMPLES", "ChosenSamples", "origin_of", "patients_of"]

_BY_USER = "set by the user"
_PRECEDENCE = (CallOrigin.SOMATIC, CallOrigin.UNKNOWN, CallOrigin.GERMLINE, CallOrigin.NORMAL_ONLY)


class ChosenSamples(NamedTuple):
    """Samples that the user named.

    Attributes:
        tumours: names of tumour samples.
        normals: names of normal samples.

    """

    tumours: tuple[str, ...] = ()
    normals: tuple[str, ...] = ()

    def check(self, there: Sequence[str]) -> None:
        """Refuse a sample that no file contains.

        Raises:
            UsageError: no file contains one of the samples.

        """
        for name in (*self.tumours, *self.normals):
            if name not in there:
                listed = ", ".join(dict.fromkeys(there[:10])) or "none"
                raise UsageError(f"no file has the sample {name!r}", remedy=f"Samples in the files: {listed}")


NO_SAMPLES = ChosenSamples()


def patients_of(read: Sequence[AnnotatedFile], columns: Sequence[SampleColumn]) -> tuple[Patient, ...]:
    """Return the patients of some files, in the order of their first columns."""
    patients: list[Patient] = []
    first = 0
    for one in read:
        names = one.header.samples or (one.path.name,)
        places = {name: first + index for index, name in enumerate(names)}
        paired: set[int] = set()
        for pairing in one.pairings:
            patient = _patient(pairing, places, columns)
            paired.update(patient.columns)
            patients.append(patient)
        patients += [
            Patient(columns[place].name, others=(place,)) for place in places.values() if place not in paired
        ]
        first += len(names)
    return tuple(sorted(_across_files(patients), key=lambda patient: min(patient.columns)))


def _patient(pairing: Pairing, places: Mapping[str, int], columns: Sequence[SampleColumn]) -> Patient:
    tumours = tuple(places[name] for name in pairing.tumours)
    normals = tuple(places[name] for name in pairing.normals)
    return Patient(columns[(*tumours, *normals)[0]].name, tumours, normals, evidence=pairing.evidence)


def _across_files(patients: list[Patient]) -> list[Patient]:
    """Combine a tumour and a normal that the user named in different files, if there is one of each."""
    named = [one for one in patients if one.evidence == _BY_USER]
    alone = [one for one in named if not one.normals], [one for one in named if not one.tumours]
    if len(alone[0]) != 1 or len(alone[1]) != 1:
        return patients
    tumour, normal = alone[0][0], alone[1][0]
    joined = tumour._replace(normals=normal.normals)
    return [joined, *(one for one in patients if one not in (tumour, normal))]


def origin_of(samples: Mapping[int, Carriage], patients: Sequence[Patient]) -> CallOrigin:
    """Return the origin of a call; for several patients who carry it, the most important origin.

    Args:
        samples: data of each column.
        patients: patients of the report.

    """
    found = {origin for patient in patients if (origin := _origin(samples, patient)) is not None}
    return next((origin for origin in _PRECEDENCE if origin in found), CallOrigin.UNKNOWN)


def _origin(samples: Mapping[int, Carriage], patient: Patient) -> CallOrigin | None:
    tumours, normals = (
        [samples[column].state if column in samples else "" for column in chosen]
        for chosen in (patient.tumours, patient.normals)
    )
    others = [samples[column].state for column in patient.others if column in samples]
    if not {"carried", "unknown"}.isdisjoint(others):
        return CallOrigin.UNKNOWN
    if "carried" in tumours:
        if "carried" in normals:
            return CallOrigin.GERMLINE
        is_clean = bool(normals) and all(state == "not_carried" for state in normals)
        return CallOrigin.SOMATIC if is_clean else CallOrigin.UNKNOWN
    if "unknown" in tumours:
        return CallOrigin.UNKNOWN
    return CallOrigin.NORMAL_ONLY if "carried" in normals else None
