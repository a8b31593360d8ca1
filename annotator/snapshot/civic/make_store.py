"""Makes CIViC's store for one assembly, for a snapshot or for a run that swept CIViC."""

from __future__ import annotations

from pathlib import Path

from annotator.snapshot.civic.build import BuiltCivic, build_civic
from annotator.snapshot.civic.caids import read_caid_table
from annotator.snapshot.civic.clinvar_join import KnownBases, clinvar_alleles
from annotator.snapshot.civic.disease_ontology import read_disease_ontology
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.civic.placement import Ways
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.storing import write_civic
from annotator.store.store import Store
from annotator.variants.assembly import Assembly
from annotator.variants.chain_file import read_chain
from annotator.variants.lift import shipped_lift
from annotator.variants.reference import Reference

__all__ = ["CivicMaker"]


class CivicMaker:
    """Maker of stores; the optional files are opened first, so that an unusable one is reported before any work.

    Args:
        assembly: assembly of the stores.
        options: optional files for placing alleles, and the statuses to keep.

    Raises:
        FastaError: the FASTA cannot be used.
        KnowledgeBaseError: the chain, the table or the ontology is unreadable or invalid.

    """

    def __init__(self, assembly: Assembly, options: CivicOptions) -> None:
        self._assembly = assembly
        self._statuses = frozenset(options.statuses)
        self._reference = None if options.reference is None else Reference(Path(options.reference), assembly)
        self._lift = (
            shipped_lift(assembly) if options.chain is None else read_chain(Path(options.chain), assembly)
        )
        self._caids = (
            {} if options.caid_table is None else read_caid_table(Path(options.caid_table), assembly)
        )
        self._diseases = (
            None
            if options.disease_ontology is None
            else read_disease_ontology(Path(options.disease_ontology))
        )

    def make(self, knowledge: Knowledge, path: Path, clinvar: Path | None) -> BuiltCivic:
        """Write a store; return its content.

        Args:
            knowledge: content of CIViC.
            path: path of the store.
            clinvar: store of ClinVar, whose records place the variants that name them; None to place none in this way.

        """
        store = None if clinvar is None or not clinvar.exists() else Store(clinvar)
        alleles = {} if store is None else clinvar_alleles(store, knowledge)
        bases = None if store is None else KnownBases(store)
        ways = Ways(self._assembly, self._reference, alleles, self._lift, bases, self._caids, store)
        built = build_civic(knowledge, ways, statuses=self._statuses, diseases=self._diseases)
        with path.open("wb") as file:
            write_civic(built.content, file)
        return built
