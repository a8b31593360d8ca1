"""The manifest beside an annotated shard: the data for joining the shards.

CIViC's combination profiles depend on all records of a sample, and the result of a breakend depends on its mate's
record. A shard omits these results, and writes into `NAME.vcf.gz.shard.json` which variants of such profiles it found
in which samples, which breakends it has, and which of its bytes contain their records. With the manifests of all
shards, only these bytes are annotated again. The manifest also contains the options of the run, so that users need not
repeat them, and the size of the shard, so that another file is recognised. Paths that were relative to the working
directory are written relative to the manifest: a whole folder may be moved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.pending import Pending
from annotator.annotation.saved_options import config_of_text
from annotator.errors import InputError, JournalError
from annotator.runtime.durable import sync_to_disk
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.options import declared_options
from annotator.variants.fusion import GenePair, Side
from annotator.vcf.files import Output
from annotator.vcf.structural import Breakend

__all__ = ["ShardManifest", "account_path"]

_FORMAT = 2
_AGAIN = "Annotate the shard again"


def account_path(shard: str | Path) -> Path:
    """Return the path of the manifest of an annotated shard."""
    return Path(f"{shard}.shard.json")


class ShardManifest(NamedTuple):
    """The manifest of an annotated shard.

    Attributes:
        config: options of its run.
        size: size in bytes.
        kept: byte ranges with parts of combination profiles, or breakends, as in `Pending`.
        carriers: carriers of variants that may be part of such a profile, as in `Pending`.
        covered: samples in which the position of a variant is covered, as in `Pending`.
        breakends: breakends whose mates may name other genes, as in `Pending`.

    """

    config: AnnotateOptions
    size: int
    kept: Sequence[tuple[int, int]]
    carriers: Mapping[int, set[int]]
    covered: Mapping[int, set[int]]
    breakends: Sequence[Breakend] = ()

    @classmethod
    def of(cls, config: AnnotateOptions, pending: Pending) -> ShardManifest:
        """Return the manifest of a run, without the size of its output."""
        return cls(config, 0, pending.kept, pending.carriers, pending.covered, pending.breakends)

    @property
    def pending(self) -> Pending:
        """Return the shard's data for the second pass."""
        return Pending(self.carriers, self.covered, list(self.breakends))

    def write_beside(self, output: Output) -> None:
        """Write the manifest beside a complete output; both are renamed together."""
        assert output.path is not None
        output.file.flush()
        facts = {
            "format": _FORMAT,
            "size": output.path.stat().st_size,
            "config": _relative(self.config, account_path(output.name).parent),
            "kept": self.kept,
            "carriers": _listed(self.carriers),
            "covered": _listed(self.covered),
            "breakends": [(*one[:5], sorted(one.sides), one.pairs) for one in self.breakends],
        }
        partial = output.path.with_name(f"{output.path.name}.json")
        output.companions.append((partial, account_path(output.name)))
        with partial.open("w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, default=str)
            file.write("\n")
            file.flush()
            sync_to_disk(file.fileno())

    @classmethod
    def read(cls, shard: str | Path) -> ShardManifest:
        """Read the manifest of an annotated shard.

        Raises:
            InputError: there is none, it is damaged, or it belongs to another file.

        """
        path = account_path(shard)
        try:
            facts: dict[str, Any] = json.loads(path.read_bytes())
            if facts["format"] != _FORMAT:
                raise InputError(
                    f"the file has format {facts['format']}, which this version cannot read",
                    path=path,
                    remedy=_AGAIN,
                )
            size = Path(shard).stat().st_size
            account = cls(
                _found_from(config_of_text(json.dumps(facts["config"]), path), path.parent),
                int(facts["size"]),
                [(int(start), int(stop)) for start, stop in facts["kept"]],
                _sets(facts["carriers"]),
                _sets(facts["covered"]),
                [
                    Breakend(
                        contig,
                        int(position),
                        id_,
                        alt,
                        tuple(mates),
                        frozenset(Side(*side) for side in sides),
                        tuple(GenePair(*pair) for pair in pairs),
                    )
                    for contig, position, id_, alt, mates, sides, pairs in facts["breakends"]
                ],
            )
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", path=path, remedy=_AGAIN) from error
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
            JournalError,
        ) as error:
            raise InputError("the file is damaged", path=path, remedy=_AGAIN) from error
        if account.config.shard is None or account.size != size:
            raise InputError(
                "the file does not belong to the shard in the same folder", path=path, remedy=_AGAIN
            )
        return account


def _paths() -> list[str]:
    """Return the names of the options that are paths of inputs."""
    fields = declared_options(AnnotateOptions)
    return ["input", *(name for name, field in fields.items() if field.type is Path)]


def _relative(config: AnnotateOptions, folder: Path) -> dict[str, Any]:
    """Return options whose relative paths are rewritten to start from a folder."""
    stated = config._replace(output=Path(config.output).name).facts()
    for name in _paths():
        if stated[name] is not None and not Path(stated[name]).is_absolute():
            stated[name] = os.path.relpath(stated[name], folder)
    return stated


def _found_from(config: AnnotateOptions, folder: Path) -> AnnotateOptions:
    """Return options whose paths are valid from the working directory."""
    paths = {name: getattr(config, name) for name in _paths()}
    found = {name: type(path)(folder / path) for name, path in paths.items() if path is not None}
    return config._replace(output=str(folder / config.output), **found)


def _listed(found: Mapping[int, set[int]]) -> dict[int, list[int]]:
    return {variant: sorted(samples) for variant, samples in sorted(found.items())}


def _sets(found: Mapping[str, Sequence[int]]) -> dict[int, set[int]]:
    return {int(variant): set(samples) for variant, samples in found.items()}
