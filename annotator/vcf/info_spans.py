"""The INFO columns of scanned lines, without splitting one."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.vcf.scan import Integers, ScannedLines

__all__ = ["info_spans"]

_INFO = 7  # 0-based index of the column
_CARRIAGE_RETURN = 13


def info_spans(text: bytes, lines: ScannedLines, numbers: Integers) -> Sequence[tuple[int, int]]:
    """Return start and stop of the INFO column of some lines, by their numbers.

    Args:
        text: the bytes that were scanned, or these without the last line end.
        lines: result of the scan.
        numbers: 0-based numbers of the lines.

    """
    assert lines.tabs is not None, "records of BCF have no columns"
    starts = (lines.tabs[numbers, _INFO - 1] + 1).tolist()
    if lines.tabs.shape[1] > _INFO:
        return list(zip(starts, lines.tabs[numbers, _INFO].tolist(), strict=True))
    stops = lines.stops[numbers].tolist()
    return [
        (start, stop - 1 if stop > start and text[stop - 1] == _CARRIAGE_RETURN else stop)
        for start, stop in zip(starts, stops, strict=True)
    ]
