"""Selection of one part of an input that several runs share."""

from __future__ import annotations

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number

__all__ = ["Shard"]


class Shard(NamedTuple):
    """One of several shards; the first has number 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard for a text such as `3/16`.

        Raises:
            UsageError: the text is not a shard.

        """
        number, _, of = text.partition("/")
        shard, shards = whole_number(number), whole_number(of)
        if shard is None or shards is None or not 1 <= shard <= shards:
            raise UsageError(
                f"--shard {text} is not a shard",
                remedy="Write it as K/N with K from 1 to N, for example 3/16",
            )
        return cls(shard, shards)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
