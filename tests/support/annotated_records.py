"""Random VCFs whose annotations name variants of the demo's knowledge bases, in usual and unusual spellings."""

from __future__ import annotations

import csv
import re
from itertools import product
from random import Random
from typing import NamedTuple

from annotator.variants.assembly import Assembly
from tests.support.reports import DEMO

_LENGTHS = Assembly.GRCH38.lengths
_CONTIGS = (*map(str, range(1, 23)), "X", "Y")
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_OF_CODON = dict(zip(map("".join, product("TCAG", repeat=3)), _AMINO_ACIDS, strict=True))
_THREE = dict(
    zip(
        "ARNDCQEGHILKMFPSTWYV*",
        re.findall("...", "AlaArgAsnAspCysGlnGluGlyHisIleLeuLysMetPheProSerThrTrpTyrValTer"),
        strict=True,
    )
)
_NEEDED = ("Consequence", "SYMBOL", "HGVSp")
_VEP = (
    "Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "Feature", "EXON", "INTRON", "HGVSc", "HGVSp",
    "Protein_position", "Amino_acids", "Codons", "ALLELE_NUM", "STRAND", "PICK", "HGVSg",
)  # fmt: skip
_SNPEFF = (
    "Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | "
    "Rank | HGVS.c | HGVS.p | cDNA | CDS | AA | Distance | ERRORS"
)
_BCSQ = "bcftools/csq. Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change"
_TERMS = (
    "missense_variant", "missense_variant", "missense_variant", "missense_variant&splice_region_variant",
    "synonymous_variant", "stop_gained", "frameshift_variant", "inframe_deletion", "intron_variant", "start_lost",
)  # fmt: skip
_SPACES = (" ", "\N{NO-BREAK SPACE}", "\N{EM SPACE}", "\v", "\x1f")
_BYTES = ("\udcff", "\udcc3", "\N{LATIN SMALL LETTER E WITH ACUTE}")  # two of them are no UTF-8


class _Site(NamedTuple):
    """A record's place and alleles, and an entry that is right for it."""

    contig: str
    position: int
    ref: str
    alts: list[str]
    facts: dict[str, str]


class _Known(NamedTuple):
    """Alleles of ClinVar, those of them that are missense, and the rows of CIViC's variants."""

    alleles: list[_Site]
    missense: list[_Site]
    variants: list[dict[str, str]]


def _known() -> _Known:
    alleles, missense = [], []
    for line in (DEMO / "clinvar.GRCh38.vcf").read_text().splitlines():
        if not line.startswith("#"):
            contig, position, _, ref, alt, _, _, info = line.split("\t")
            gene = re.search("GENEINFO=([^:;]+)", info)
            site = _Site(contig, int(position), ref, [alt], {"SYMBOL": gene[1] if gene else ""})
            alleles.append(site)
            if "missense" in info and len(ref) == len(alt) == 1:
                missense.append(site)
    with (DEMO / "civic" / "01-Aug-2024-VariantSummaries.tsv").open() as file:
        return _Known(alleles, missense, list(csv.DictReader(file, delimiter="\t")))


class AnnotatedFile:
    """One random VCF.

    Args:
        seed: of the random numbers.

    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  # no secret
        self._known = _known()
        self._layouts = self._choose_layouts()

    def text(self, count: int) -> bytes:
        """Return a VCF with a number of records."""
        described = {
            "CSQ": "x. Format: {}",
            "vep": "Format: {}",
            "ANN": "Functional annotations: '{}'",
            "BCSQ": "{}",
        }
        declared = [(key, described[key].format(parts)) for key, parts in self._layouts.items()]
        lines = [f'##INFO=<ID={key},Number=.,Type=String,Description="{text}">' for key, text in declared]
        lines.append('##INFO=<ID=DP,Number=1,Type=Integer,Description="x">')
        contigs = [f"##contig=<ID={contig},length={_LENGTHS[contig]}>" for contig in _CONTIGS]
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
        sites = sorted(
            (self._site() for _ in range(count)), key=lambda site: (_CONTIGS.index(site[0]), site[1])
        )
        records = list(map(self._record, sites))
        if self._random.random() < 0.5:
            columns += ["FORMAT", "S"]
            records = [f"{record}\tGT\t0/1" for record in records]
            lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="x">')
        text = "\n".join(["##fileformat=VCFv4.2", *contigs, *lines, "\t".join(columns), *records, ""])
        return text.encode("utf-8", "surrogateescape")

    def _choose_layouts(self) -> dict[str, str]:
        random = self._random
        parts = list(_VEP)
        if random.random() < 0.7:
            parts = [part for part in _VEP if part not in _NEEDED and random.random() < 0.6]
            random.shuffle(parts)
            needed = random.sample(_NEEDED, len(_NEEDED))
            place = random.choice(
                [0, len(parts)]
            )  # a name at an end of an entry may be one of the whole value
            parts[place:place] = needed
        omitted = random.choice(["Consequence", "Consequence", "SYMBOL", "HGVSp", "Allele"])
        others = [part for part in _VEP if part != omitted and random.random() < 0.9]
        every = {"CSQ": "|".join(parts), "vep": "|".join(others), "ANN": _SNPEFF, "BCSQ": _BCSQ}
        return {key: every[key] for key in random.sample(list(every), random.choice([1, 2, 2]))}

    # Alleles

    def _site(self) -> _Site:
        random, known = self._random, self._known
        chosen = random.random()
        if chosen < 0.4:
            return self._near_missense()
        if chosen < 0.6:
            site = random.choice(known.alleles)
            shift = random.choice([0, 0, 0, 1, -1, 3])
            more = ["A"] if random.random() < 0.1 and site.ref != "A" and "A" not in site.alts else []
            return site._replace(position=site.position + shift, alts=site.alts + more)
        contig = random.choice(_CONTIGS)
        ref, alt = random.choice(
            [("A", "T"), ("A", "ATTG"), ("ATTG", "A"), ("AC", "GT"), ("A", "<DEL>"), ("A", "*")]
        )
        return _Site(contig, random.randrange(1, _LENGTHS[contig] - 9), ref, [alt], {})

    def _near_missense(self) -> _Site:
        """Return an allele in the codon of a missense record, with the annotation of this codon."""
        random = self._random
        known = random.choice(self._known.missense)
        strand, theirs, mine = random.choice([1, -1]), random.randrange(3), random.randrange(3)
        bases = random.choices("ACGT", k=3)
        bases[theirs] = known.ref if strand > 0 else known.ref.translate(_COMPLEMENT)
        old, new = bases[mine], random.choice([base for base in "ACGT" if base != bases[mine]])
        codon, changed = "".join(bases), "".join([*bases[:mine], new, *bases[mine + 1 :]])
        before, after = _OF_CODON[codon], _OF_CODON[changed]
        residue = random.randrange(2, 900)
        shown = [
            "".join(base if place == mine else base.lower() for place, base in enumerate(text))
            for text in (codon, changed)
        ]
        facts = {
            **known.facts,
            "Consequence": "missense_variant",
            "Feature": random.choice(["ENST1.2", "NM_1.1", ""]),
            "HGVSc": f"ENST1.2:c.{3 * residue - 2 + mine}{old}>{new}",
            "HGVSp": f"ENSP1.1:p.{_THREE[before]}{residue}{'%3D' if before == after else _THREE[after]}",
            "Protein_position": str(residue),
            "Amino_acids": f"{before}/{after}",
            "Codons": "/".join(shown),
            "STRAND": str(strand),
        }
        ref, alt = (old, new) if strand > 0 else (old.translate(_COMPLEMENT), new.translate(_COMPLEMENT))
        return _Site(known.contig, known.position + (mine - theirs) * strand, ref, [alt], facts)

    # Annotations

    def _record(self, site: _Site) -> str:
        random = self._random
        items = [f"DP={random.randrange(300)}"] if random.random() < 0.5 else []
        for key in self._layouts:
            entries = ",".join(self._entry(key, site) for _ in range(random.choice([1, 1, 2, 4])))
            items.append(f"{key}={entries.replace(';', '') or '|'}")
        random.shuffle(items)
        return "\t".join(
            [site.contig, str(site.position), ".", site.ref, ",".join(site.alts), ".", ".", ";".join(items)]
        )

    def _entry(self, key: str, site: _Site) -> str:
        random = self._random
        if key == "BCSQ" and random.random() < 0.1:
            return f"@{site.position + random.choice([-1, 1])}"
        is_own = site.facts.get("HGVSp") and random.random() < 0.7
        facts = {"Consequence": random.choice(_TERMS), **(site.facts if is_own else self._facts())}
        alt = random.choice(site.alts)
        facts |= {
            "Allele": alt[1:] or "-" if len(alt) != len(site.ref) and key in {"CSQ", "vep"} else alt,
            "PICK": "1",
        }
        if key in {"CSQ", "vep"}:
            parts = [facts.get(part, "") for part in self._layouts[key].split("|")]
        elif key == "ANN":
            names = (
                "Allele",
                "Consequence",
                "",
                "SYMBOL",
                "Gene",
                "",
                "Feature",
                "",
                "EXON",
                "HGVSc",
                "HGVSp",
            )
            parts = [facts.get(name, "").rpartition(":")[2] for name in names] + [""] * 5
        else:
            parts = self._bcsq(facts, f"{site.position}{site.ref}>{alt}")
        parts = [self._spelled(part) for part in parts]
        if random.random() < 0.04:
            parts = parts[: random.randrange(1, len(parts))]
        return "|".join(parts)

    def _bcsq(self, facts: dict[str, str], dna: str) -> list[str]:
        random = self._random
        number, (old, _, new) = (
            facts.get("Protein_position", "1"),
            facts.get("Amino_acids", "A/C").partition("/"),
        )
        joint = "" if random.random() < 0.8 else f"+{random.randrange(10**6)}A>C"
        word = ("*" if random.random() < 0.1 else "") + facts["Consequence"].replace("_variant", "")
        transcript = facts.get("Feature", "").partition(".")[0]
        change = f"{number}{old}>{number}{new}"
        return [word, facts.get("SYMBOL", ""), transcript, "protein_coding", "+", change, dna + joint]

    def _facts(self) -> dict[str, str]:
        """Return an entry that names one of CIViC's variants, or another one of its gene."""
        random = self._random
        row = random.choice(self._known.variants)
        expressions = [text for text in row["hgvs_descriptions"].split(",") if ":" in text]
        of = {letter: [one for one in expressions if f":{letter}." in one] for letter in "gcp"}
        facts = {
            "SYMBOL": row["gene"],
            "Gene": random.choice(["ENSG1", row["entrez_id"]]),
            "Feature": row["representative_transcript"],
            "EXON": random.choice(["", "19/28"]),
        }
        facts |= {f"HGVS{letter}": random.choice(found) for letter, found in of.items() if found}
        found = re.search(r"p\.([A-Z][a-z]{2})([0-9]+)([A-Z][a-z]{2})$", facts.get("HGVSp", ""))
        if found is None:
            return facts
        number = int(found[2]) + random.choice([0, 0, 0, 1])
        forms = (
            "p.{}{}{}",
            "NP_1.1:p.({}{}{})",
            "p.{}{}%3D",
            "p.{}{}del",
            "ENSP1:p.{}{}{}fsTer9",
            "p.{}{}_Lys999delins{}",
        )
        one = {three: letter for letter, three in _THREE.items()}
        return facts | {
            "HGVSp": random.choice([facts["HGVSp"], *forms]).format(found[1], number, found[3]),
            "Protein_position": str(number),
            "Amino_acids": f"{one[found[1]]}/{one[found[3]]}",
        }

    def _spelled(self, text: str) -> str:
        """Return a part of an entry, sometimes in an unusual way."""
        random = self._random
        if random.random() > 0.06 or not text:
            return text
        place = random.randrange(len(text))
        before, letter, after = text[:place], text[place], text[place + 1 :]
        encoded = f"%{ord(letter):02{random.choice('xX')}}"
        space = random.choice(_SPACES)
        return random.choice(
            [
                f"{before}{encoded}{after}", f"{space}{text}", f"{text}{space}", text.lower(),
                f"{before},{letter}{after}", f"{before}{random.choice(_BYTES)}{letter}{after}", f"{before}{after}",
                f"{text}.1", f"{text}&KRAS", "",
                text.replace(":", "%3A").replace("=", "%3D"),
            ]
        )  # fmt: skip
