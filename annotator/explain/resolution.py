"""Resolves a query to alleles: an HGVS expression, a protein change, an rs number, a CAID or a VariationID."""

from __future__ import annotations

from collections.abc import Callable

from annotator.diff.snapshots import shown_allele
from annotator.explain.alleles import AlleleExplainer
from annotator.explain.query import QueryKind, SpelledAllele, UserQuery, residue_words, versioned
from annotator.explain.reasons import ADVICE
from annotator.explain.sample import ASIDE, RecordSearch, query_of
from annotator.result import Unsupported
from annotator.sources.civic.layout import name_hash
from annotator.sources.clinvar.layout import EXPRESSIONS, RSIDS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.variants.hgvs import allele_of
from annotator.variants.hgvs_parse import HgvsExpression
from annotator.variants.protein_change import ProteinChange, parse_protein_change
from annotator.variants.query import Identifiers, Query

__all__ = ["Resolution"]

_VCF_ADVICE = "Use --vcf FILE with the record, so that its CSQ or ANN annotations are used"


class Resolution:
    """Finds the alleles that a query denotes, in itself, in the VCF and in the snapshot.

    Args:
        alleles: explains each allele that is found.

    """

    def __init__(self, alleles: AlleleExplainer) -> None:
        self._alleles = alleles
        self._out = alleles.out

    def run(self, parsed: UserQuery) -> None:
        """Resolve the query, and explain each of its alleles."""
        ways: dict[QueryKind, Callable[[UserQuery], None]] = {
            QueryKind.ALLELE: self._allele,
            QueryKind.HGVS_G: self._genomic,
            QueryKind.HGVS_C: self._coding,
            QueryKind.PROTEIN: self._protein,
            QueryKind.RSID: self._rsid,
            QueryKind.CAID: self._caid,
            QueryKind.CLINVAR_ID: self._clinvar_id,
        }
        ways[parsed.kind](parsed)
        near = {miss.kind for one in self._out.alleles for answer in one.answers for miss in answer.near}
        if self._alleles.reference is None and "shifted" in near:
            self._out.advise(ADVICE["not_left_aligned"])
        if "other_ref" in near:
            self._out.advise(
                "Variants in the snapshot have other reference bases at this position; check that the "
                f"position is correct and on {self._alleles.assembly}"
            )

    def _allele(self, parsed: UserQuery) -> None:
        assert parsed.allele is not None
        contig = self._alleles.contig(parsed.allele.contig)
        for alt in parsed.allele.alt.split(","):  # as in a multiallelic record
            self._one_alt(parsed.allele._replace(alt=alt), contig)

    def _one_alt(self, spelled: SpelledAllele, contig: str | None) -> None:
        query = query_of(contig, *spelled[1:], self._alleles.reference)
        if self._alleles.is_other_assembly:
            query = Unsupported("other_assembly")
        start = spelled.position
        met = self._alleles.add_met(
            query.allele if isinstance(query, Query) else None,
            self._alleles.look(RecordSearch(contig or "", start - ASIDE, start + ASIDE))
            if contig is not None
            else [],
            spelled,
        )
        if not met:
            self._alleles.add(spelled, query, "the query", self._alleles.normalised(spelled, contig, query))

    def _genomic(self, parsed: UserQuery) -> None:
        expression = parsed.expression
        assert expression is not None
        named = versioned(expression, self._alleles.assembly)
        contig = self._alleles.contig(f"{named.accession}.{named.version}")
        if self._alleles.is_other_assembly:
            self._alleles.refuse(parsed.text, "other_assembly")
            return
        if contig is None:
            self._alleles.refuse(parsed.text, "unknown_contig")
            return
        key = allele_of(named, self._alleles.assembly, self._alleles.reference)
        if key is not None:
            self._out.steps.append(f"{named} is {shown_allele(key)}")
            self._alleles.add_key(key, Identifiers(genomic=(named,)))
            return
        self._out.steps.append(f"the bases that {named} changes are unknown without the reference sequence")
        if self._alleles.reference is None:
            self._out.advise(ADVICE["not_left_aligned"])
        self._by_name(named)

    def _coding(self, parsed: UserQuery) -> None:
        expression = parsed.expression
        assert expression is not None
        if expression.version is not None:
            self._out.steps.append(
                f"the version of the sequence (.{expression.version}) is ignored: the alleles themselves are compared"
            )
        self._by_name(expression)

    def _by_name(self, expression: HgvsExpression) -> None:
        """Explain the alleles that an expression denotes in the VCF and in the snapshot."""
        found = [
            one
            for one in self._alleles.look(
                RecordSearch(words=(f"{expression.sequence_type}.{expression.change}",))
            )
            if any(
                expression.identity == name.identity
                for name in (*one.identifiers.genomic, *one.identifiers.coding)
            )
        ]
        self._alleles.add_samples(found)
        if self._alleles.clinvar is not None:
            store = self._alleles.clinvar.store
            for row in store.rows_of(EXPRESSIONS, expression_hash(expression, self._alleles.assembly)):
                self._alleles.add_known(store.key(row), f"the ClinVar record of {expression}")
        if self._alleles.civic is not None:
            change = f"{expression.sequence_type}.{expression.change}"
            self._by_civic(name_hash("hgvs", expression.accession or "", change), name=str(expression))
        if not self._out.alleles:
            self._out.steps.append(
                f"{expression} was not found in the VCF or the snapshot; the snapshot contains HGVS "
                "expressions only of ClinVar's insertions and deletions and of CIViC's variants"
            )
            self._out.advise(_VCF_ADVICE)
            self._out.advise("Use the allele itself: contig:POS:REF:ALT")

    def _protein(self, parsed: UserQuery) -> None:
        expression, gene = parsed.expression, parsed.gene
        assert expression is not None
        change = parse_protein_change(expression.change)
        if change is None:
            self._out.steps.append(f"{expression.change} does not define the resulting protein")
            return
        found = [
            one
            for one in self._alleles.look(RecordSearch(words=residue_words(expression.change)))
            if any(
                (not gene or consequence.gene.upper() == gene)
                and (other := parse_protein_change(consequence.protein)) is not None
                and other.is_same(change)
                for consequence in one.notes.consequences
            )
        ]
        self._alleles.add_samples(found)
        if self._alleles.civic is not None and gene:
            self._by_civic(change=(gene, change), name=f"{gene} {expression.change}")
        self._out.steps.append(
            "several alleles can cause this protein change; only those in the VCF or the snapshot are shown"
        )
        if not self._out.alleles:
            self._out.advise(_VCF_ADVICE)

    def _rsid(self, parsed: UserQuery) -> None:
        number = parsed.number
        words = (f"rs{number}", f"RS={number}")
        found = [
            one for one in self._alleles.look(RecordSearch(words=words)) if number in one.identifiers.rsids
        ]
        self._alleles.add_samples(found)
        rows = [] if self._alleles.clinvar is None else self._alleles.clinvar.store.rows_of(RSIDS, number)
        if self._alleles.clinvar is not None:
            keys = [self._alleles.clinvar.store.key(row) for row in rows]
            names = ", ".join(map(shown_allele, keys))
            named = f"is the rs number of {names} in ClinVar; an rs number can belong to several alleles"
            self._out.steps.append(f"rs{number} {named if keys else 'is not in ClinVar'}")
            for one in found:
                if isinstance(one.query, Query) and keys and one.query.allele not in keys:
                    self._out.steps.append(
                        f"the VCF has rs{number} at {one.where}, but its allele {one.ref}>{one.alt} is "
                        "not one of these alleles"
                    )
            for key in keys:
                self._alleles.add_known(key, f"the ClinVar record with rs{number}")

    def _caid(self, parsed: UserQuery) -> None:
        caid = parsed.text
        found = [
            one
            for one in self._alleles.look(RecordSearch(words=(caid,)))
            if caid in {name.upper() for name in one.notes.caids}
        ]
        self._alleles.add_samples(found)
        if self._alleles.civic is not None:
            self._by_civic(name_hash("caid", caid), name=caid)
        if not self._out.alleles:
            self._out.steps.append(f"no record of the VCF and no CIViC variant has {caid}")
            self._out.advise(_VCF_ADVICE)

    def _clinvar_id(self, parsed: UserQuery) -> None:
        import numpy as np

        if self._alleles.clinvar is not None:
            store = self._alleles.clinvar.store
            for row in np.flatnonzero(np.asarray(store.columns["variation_id"]) == parsed.number).tolist():
                self._alleles.add_known(store.key(row), f"ClinVar record VCV{parsed.number}")
        if not self._out.alleles:
            self._out.steps.append(f"ClinVar has no allele of VCV{parsed.number} in {self._alleles.assembly}")

    def _by_civic(self, *hashes: int, change: tuple[str, ProteinChange] | None = None, name: str) -> None:
        assert self._alleles.civic is not None
        named = (
            self._alleles.civic.alleles_named(*hashes)
            if change is None
            else self._alleles.civic.alleles_of(*change)
        )
        for variant, key in named:
            self._out.steps.append(f"{name} is CIViC's {variant}")
            if key is None:
                self._out.steps.append(f"{variant} has no allele in {self._alleles.assembly}")
            else:
                self._alleles.add_known(key, f"CIViC's {variant}")
