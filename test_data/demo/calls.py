"""The calls of the demo's samples: facts of position and bases, typed; the samples themselves are invented.

Positions of both assemblies; REF and ALT are the same in both. Where each comes from: test_data/README.md.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "BREAKENDS",
    "CALLS",
    "DELETIONS",
    "EFFECTS",
    "Breakend",
    "Call",
    "Deletion",
]

# In which samples a call is: the tumour's file, the germline file, or both (then the normal sample has it).
TUMOUR, GERMLINE, BOTH = "tumour", "germline", "both"


class Call(NamedTuple):
    """One record of plain sequence alleles, several ALTs with a comma between.

    Attributes:
        contig: contig name without `chr`.
        grch37: 1-based POS in GRCh37.
        grch38: 1-based POS in GRCh38.
        ref: REF.
        alt: ALT.
        name: ID.
        samples: TUMOUR, GERMLINE or BOTH.
        homozygous: whether the germline genotype is so.
        bare: whether INFO is only `.`.
        note: a percent-encoded value of NOTE.
        effect: key of EFFECTS.

    """

    contig: str
    grch37: int
    grch38: int
    ref: str
    alt: str
    name: str
    samples: str
    homozygous: bool = False
    bare: bool = False
    note: str = ""
    effect: str = ""


class Deletion(NamedTuple):
    """A symbolic deletion of the bases after POS to END."""

    name: str
    contig: str
    grch37: tuple[int, int]
    grch38: tuple[int, int]
    ref: str
    samples: str


class Breakend(NamedTuple):
    """One end of a translocation; `alt` holds `{}` where the other end's position stands."""

    name: str
    mate: str
    contig: str
    grch37: int
    grch38: int
    ref: str
    alt: str
    samples: str


# Consequence, gene, transcript and HGVS for a few calls, as Ensembl's VEP would write them.
EFFECTS = {
    "TP53 R282W": "missense_variant|TP53|NM_000546.6|NM_000546.6:c.844C>T|NP_000537.3:p.Arg282Trp",
    "BRAF V600E": "missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799T>A|NP_004324.2:p.Val600Glu",
    "BRAF V600E, two bases": (
        "missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799_1800delinsAA|NP_004324.2:p.Val600Glu"
    ),
}

# fmt: off
CALLS = (
    Call("1", 11856378, 11796321, "G", "A", "rs1801133", BOTH),  # MTHFR A222V
    Call("1", 11854476, 11794419, "T", "G", "rs1801131", GERMLINE, homozygous=True),
    Call("1", 45797228, 45331556, "C", "T", "rs36053993", GERMLINE),  # MUTYH G396D
    Call("1", 45797505, 45331833, "C", "A,G", "rs3219489", BOTH),  # MUTYH Q338: A conflicting, G benign
    Call("1", 45798475, 45332803, "T", "C", "rs34612342", GERMLINE),  # MUTYH Y179C
    Call("1", 45797916, 45332244, "T", "G", ".", TUMOUR, bare=True),
    Call("1", 45798601, 45332929, "C", "G", ".", BOTH),
    Call("1", 55505647, 55039974, "G", "T", "rs11591147", GERMLINE),
    Call("1", 115256529, 114713908, "T", "G,C", "rs11554290", TUMOUR),  # NRAS Q61P, Q61R
    Call("1", 115256530, 114713909, "G", "T", "rs121913254", TUMOUR),  # NRAS Q61K
    Call("1", 155205043, 155235252, "A", "G", "rs421016", GERMLINE),
    Call("2", 21229160, 21006288, "C", "T", "rs5742904", GERMLINE),
    Call("2", 29443695, 29220829, "G", "T", "rs863225281", TUMOUR),  # ALK F1174L
    Call("2", 209113112, 208248388, "C", "T", "rs121913500", TUMOUR),  # IDH1 R132H
    Call("2", 209113113, 208248389, "G", "A", "rs121913499", TUMOUR),  # IDH1 R132C
    Call("3", 10191507, 10149823, "G", "A", "rs5030821", GERMLINE),  # VHL R167Q
    Call("3", 12393125, 12351626, "C", "G", "rs1801282", GERMLINE, homozygous=True),  # PPARG P12A
    Call("3", 37081727, 37040236, "C", "T", "rs63751277", GERMLINE),
    Call("3", 37081770, 37040279, "A", "G", "rs63750271", GERMLINE),
    Call("3", 37081787, 37040296, "TAAATCA", "ATTT", "rs587778938", GERMLINE),  # MLH1, a complex indel
    Call("3", 37083830, 37042339, "T", "A", ".", TUMOUR),
    Call("3", 37089056, 37047565, "CAG", "C", "rs63750035", GERMLINE),  # MLH1 S595fs, in a repeat
    Call("3", 37090453, 37048962, "T", "A", ".", GERMLINE, bare=True),
    Call("3", 178936082, 179218294, "G", "A", "rs121913273", TUMOUR),  # PIK3CA E542K
    Call("3", 178936091, 179218303, "G", "A", "rs104886003", TUMOUR),  # PIK3CA E545K
    Call("3", 178952085, 179234297, "A", "G", "rs121913279", TUMOUR),  # PIK3CA H1047R
    Call("4", 1803568, 1801841, "C", "G", "rs121913483", TUMOUR),  # FGFR3 S249C
    Call("4", 55152093, 54285926, "A", "T", "rs121908585", TUMOUR),  # PDGFRA D842V
    Call("4", 55599321, 54733155, "A", "T", "rs121913507", TUMOUR),  # KIT D816V
    Call("4", 89052323, 88131171, "G", "T", "rs2231142", GERMLINE),
    Call("5", 1295228, 1295113, "G", "A", ".", TUMOUR),  # TERT C228T
    Call("5", 112115377, 112779680, "G", "C", ".", TUMOUR),
    Call("5", 112150562, 112814865, "T", "A", ".", GERMLINE, note="depth%3D12%3B_25%25_of_the_mean"),
    Call("5", 112174750, 112839053, "TGAA", "T", "rs386833391", GERMLINE),  # APC, in a repeat
    Call("5", 112175211, 112839514, "TAAAAG", "AAAAAG,T", "rs1801155", GERMLINE),  # APC I1307K and a deletion
    Call("5", 112176756, 112841059, "T", "A", "rs459552", BOTH, homozygous=True),  # APC V1822D
    Call("5", 112177171, 112841474, "G", "A", "rs465899", GERMLINE),
    Call("5", 170837543, 171410539, "C", "CTCTG", "rs587776806", TUMOUR),  # NPM1 W288fs, left-aligned
    Call("6", 26091179, 26090951, "C", "G", "rs1799945", GERMLINE),  # HFE H63D
    Call("6", 26093141, 26092913, "G", "A", "rs1800562", BOTH),  # HFE C282Y
    Call("6", 26093236, 26093008, "G", "A", "rs1800758", GERMLINE),
    Call("6", 152419923, 152098788, "A", "C", ".", TUMOUR),  # ESR1 Y537S
    Call("6", 152419926, 152098791, "A", "G", ".", TUMOUR),  # ESR1 D538G
    Call("7", 4820844, 4781213, "GGAT", "TGCTGTAAACTGTAACTGTAAA", "rs397704705", GERMLINE),  # AP5Z1
    Call("7", 55242464, 55174771, "AGGAATTAAGAGAAGC", "A", "rs121913421", TUMOUR),  # EGFR E746_A750del
    Call("7", 55242470, 55174777, "T", "C,*", ".", TUMOUR),  # under that deletion
    Call("7", 55249071, 55181378, "C", "T", "rs121434569", TUMOUR),  # EGFR T790M
    Call("7", 55249090, 55181397, "CT", "CA", "rs1057519861", TUMOUR),  # EGFR C797S, padded
    Call("7", 55259515, 55191822, "T", "G", "rs121434568", TUMOUR),  # EGFR L858R
    Call("7", 117199644, 117559590, "ATCT", "A", "rs113993960", GERMLINE),  # CFTR F508del
    Call("7", 117227832, 117587778, "G", "T", "rs113993959", GERMLINE),  # CFTR G542*
    Call("7", 117227860, 117587806, "G", "A", "rs75527207", GERMLINE),  # CFTR G551D
    Call("7", 140453135, 140753335, "CA", "TT", ".", TUMOUR, effect="BRAF V600E, two bases"),  # V600E
    Call("7", 140453136, 140753336, "A", "T", "rs113488022", TUMOUR, effect="BRAF V600E"),  # V600E
    Call("7", 140453136, 140753336, "AC", "TT", "rs121913227", TUMOUR),  # BRAF V600K
    Call("7", 140453137, 140753337, "C", "T", "rs121913378", TUMOUR),  # BRAF V600M
    Call("9", 5073770, 5073770, "G", "T", "rs77375493", TUMOUR),  # JAK2 V617F
    Call("9", 133748283, 130872896, "C", "T", "rs121913459", TUMOUR),  # ABL1 T315I
    Call("10", 89717672, 87957915, "C", "T", "rs121909219", TUMOUR),  # PTEN R233*
    Call("10", 96541616, 94781859, "G", "A", "rs4244285", GERMLINE),
    Call("10", 96702047, 94942290, "C", "T", "rs1799853", GERMLINE),
    Call("11", 5248232, 5227002, "T", "A", "rs334", GERMLINE),  # HBB E7V
    Call("11", 46761055, 46739505, "G", "A", "rs1799963", GERMLINE),  # F2
    Call("11", 108095048, 108224321, "C", "G", ".", TUMOUR),
    Call("11", 108098533, 108227806, "C", "T", "rs55861249", GERMLINE),
    Call("11", 108100009, 108229282, "T", "A", ".", TUMOUR),
    Call("11", 108106396, 108235669, "G", "A", "rs747855862", GERMLINE),
    Call("11", 108106782, 108236055, "C", "T", "rs623860", BOTH, homozygous=True),
    Call("12", 21331549, 21178615, "T", "C", "rs4149056", GERMLINE),
    Call("12", 25398284, 25245350, "CC", "AC,TC,CA", ".", TUMOUR),  # KRAS G12V, G12D and G12C, each padded
    Call("12", 103234271, 102840493, "G", "A", "rs5030858", GERMLINE),
    Call("13", 28592642, 28018505, "C", "A", "rs121913488", TUMOUR),  # FLT3 D835Y
    Call("13", 32906729, 32332592, "A", "C", "rs144848", BOTH),  # BRCA2 N372H
    Call("13", 32911584, 32337447, "T", "A", ".", TUMOUR),
    Call("13", 32914186, 32340049, "T", "A", ".", TUMOUR),
    Call("13", 32914437, 32340300, "GT", "G", "rs80359550", GERMLINE),  # BRCA2 c.5946del
    Call("13", 32914439, 32340302, "GG", "AA", ".", GERMLINE),
    Call("13", 32914440, 32340303, "GAA", "G", ".", TUMOUR),  # in a repeat
    Call("13", 32914953, 32340816, "ATC", "A", "rs80359596", GERMLINE),  # BRCA2, in a repeat
    Call("13", 32929387, 32355250, "T", "C", "rs169547", GERMLINE, homozygous=True),  # BRCA2 V2466A
    Call("13", 32968854, 32394717, "C", "A", "rs80359198", GERMLINE),  # BRCA2 D3095E
    Call("13", 32968878, 32394741, "A", "T", ".", GERMLINE),
    Call("13", 32972626, 32398489, "A", "T", "rs11571833", GERMLINE),  # BRCA2 K3326*
    Call("14", 94844947, 94378610, "C", "T", "rs28929474", GERMLINE),  # SERPINA1 Z
    Call("14", 105246551, 104780214, "C", "T", "rs121434592", TUMOUR),  # AKT1 E17K
    Call("15", 85342440, 84799209, "G", "A", "rs150829393", GERMLINE),  # ZNF592 G1046R
    Call("15", 90631838, 90088606, "C", "T", "rs121913503", TUMOUR),  # IDH2 R172K
    Call("16", 23632683, 23621362, "C", "T", "rs180177132", GERMLINE),  # PALB2 W1038*
    Call("16", 23634451, 23623130, "C", "A", ".", TUMOUR),
    Call("16", 23635414, 23624093, "A", "C", ".", TUMOUR),
    Call("16", 23641536, 23630215, "G", "GTC", "rs1555460584", GERMLINE),  # PALB2, in a repeat
    Call("16", 89986117, 89919709, "C", "T", "rs1805007", GERMLINE),
    Call("17", 7574017, 7670699, "C", "T", "rs121912664", GERMLINE),  # TP53 R337H
    Call("17", 7576897, 7673579, "G", "C", ".", TUMOUR, note="amplicon%3B_25%25_of_reads%2C_one_strand"),
    Call("17", 7577094, 7673776, "G", "A", "rs28934574", TUMOUR, effect="TP53 R282W"),  # TP53 R282W
    Call("17", 7577120, 7673802, "C", "T", "rs28934576", TUMOUR),  # TP53 R273H
    Call("17", 7577121, 7673803, "G", "A", "rs121913343", TUMOUR),  # TP53 R273C
    Call("17", 7577121, 7673803, "GC", "TT", ".", TUMOUR),  # TP53, two bases at once
    Call("17", 7577482, 7674164, "G", "C", ".", TUMOUR),
    Call("17", 7577538, 7674220, "C", "T", "rs11540652", TUMOUR),  # TP53 R248Q
    Call("17", 7577539, 7674221, "G", "A", "rs121912651", TUMOUR),  # TP53 R248W
    Call("17", 7577548, 7674230, "C", "T", "rs28934575", TUMOUR),  # TP53 G245S
    Call("17", 7578190, 7674872, "T", "C", "rs121912666", TUMOUR),  # TP53 Y220C
    Call("17", 7578406, 7675088, "C", "T", "rs28934578", TUMOUR),  # TP53 R175H
    Call("17", 7579472, 7676154, "G", "C", "rs1042522", BOTH),  # TP53 P72R
    Call("17", 37881000, 39724747, "G", "T", "rs121913471", TUMOUR),  # ERBB2 V777L
    Call("17", 41209079, 43057062, "TGGGA", "TGGGGA", "rs80357906", GERMLINE),  # BRCA1 c.5266dup, padded
    Call("17", 41212180, 43060163, "C", "A", ".", TUMOUR),
    Call("17", 41223094, 43071077, "T", "C", "rs1799966", GERMLINE),  # BRCA1 S1613G
    Call("17", 41244141, 43092124, "G", "T", ".", TUMOUR),
    Call("17", 41244435, 43092418, "T", "C,G", "rs16941", GERMLINE),  # BRCA1 E1038: C benign, G conflicting
    Call("17", 41244645, 43092628, "G", "GGA", "rs398122670", GERMLINE),  # BRCA1 P968fs
    Call("17", 41244936, 43092919, "G", "A", "rs799917", BOTH),  # BRCA1 P871L
    Call("17", 41256100, 43104083, "AAAG", "A", "rs147856441", GERMLINE),  # BRCA1, in a repeat
    Call("17", 41258504, 43106487, "A", "C", "rs28897672", GERMLINE),  # BRCA1 C61G
    Call("17", 41276044, 43124027, "ACT", "A", "rs80357914", GERMLINE),  # BRCA1 c.68_69del
    Call("17", 41276045, 43124028, "C", "*,G", ".", GERMLINE),  # under that deletion
    Call("19", 11224052, 11113376, "G", "A", "rs28942078", GERMLINE),
    Call("19", 45411941, 44908684, "T", "C", "rs429358", GERMLINE),  # APOE
    Call("19", 45412079, 44908822, "C", "T", "rs7412", GERMLINE),  # APOE
    Call("20", 57484421, 58909366, "G", "A", "rs121913495", TUMOUR),  # GNAS R201H
    Call("21", 27269932, 25897620, "C", "T", "rs63750847", GERMLINE),
    Call("22", 19951271, 19963748, "G", "A", "rs4680", BOTH, homozygous=True),  # COMT V158M
    Call("X", 153297719, 154032268, "G", "A", "rs28934907", GERMLINE),
    Call("MT", 3243, 3243, "A", "G", "rs199474657", BOTH),  # MT-TL1
    Call("MT", 11778, 11778, "G", "A", "rs199476112", BOTH),  # MT-ND4 R340H
)

DELETIONS = (
    Deletion("PTEN_del", "10", (89692904, 89717672), (87933147, 87957915), "C", TUMOUR),
    Deletion("BRCA1_del", "17", (41212180, 41215920), (43060163, 43063903), "C", GERMLINE),
)

# BCR with ABL1, and the long arms of 11 and 22: invented breakpoints at positions of known bases.
BREAKENDS = (
    Breakend("ABL1_BCR", "BCR_ABL1", "9", 133729499, 130854112, "G", "]{}]G", TUMOUR),
    Breakend("BCR_ABL1", "ABL1_BCR", "22", 23632568, 23290381, "T", "T[{}[", TUMOUR),
    Breakend("t11_22", "t22_11", "11", 116662407, 116791691, "G", "G[{}[", GERMLINE),
    Breakend("t22_11", "t11_22", "22", 20302253, 20314730, "G", "]{}]G", GERMLINE),
)
# fmt: on
