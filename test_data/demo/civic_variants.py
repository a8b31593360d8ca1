"""The demo's CIViC variants and molecular profiles, of its release of 1 August 2024: facts, typed.

Where they come from: test_data/README.md. No sentence of CIViC's is here.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["GENES", "PROFILES", "VARIANTS", "Profile", "Variant"]


class Variant(NamedTuple):
    """One CIViC variant; coordinates are 1-based and inclusive, as CIViC writes them, 0 where it gives none.

    Attributes:
        id: variant id.
        gene: symbol; a key of GENES.
        name: CIViC's name of the variant.
        profile: id of its own molecular profile.
        score: evidence score of that profile, or empty where the release has no such profile.
        types: Sequence Ontology terms with a comma between.
        contig: contig name without `chr`, or empty.
        start: first position in GRCh37; the base before an insertion.
        stop: last position in GRCh37; the base after an insertion.
        ref: reference bases; empty for an insertion.
        alt: variant bases; empty for a deletion.
        grch38: first position in GRCh38 of a substitution, else 0. Not CIViC's: see test_data/README.md.
        transcript: representative transcript.
        caid: ClinGen allele id.
        clinvar: VariationIDs, as CIViC writes them.
        hgvs: expressions of CIViC's; of a substitution without the genomic ones, which follow from the rest.
        aliases: other names.
        partner: contig, start, stop and transcript of a fusion's second gene.
        flagged: whether an editor of CIViC's has flagged it.

    """

    id: int
    gene: str
    name: str
    profile: int
    score: str
    types: str
    contig: str
    start: int
    stop: int
    ref: str
    alt: str
    grch38: int
    transcript: str
    caid: str
    clinvar: str
    hgvs: str
    aliases: str
    partner: tuple[str, int, int, str] | None = None
    flagged: bool = False


class Profile(NamedTuple):
    """A molecular profile of several variants, with its variants' ids as CIViC writes them."""

    id: int
    name: str
    variants: str
    score: str


# CIViC gene id and NCBI Gene number.
GENES = {
    "ABL1": (4, 25),
    "AKT1": (2, 207),
    "ALK": (1, 238),
    "BRAF": (5, 673),
    "BRCA1": (6, 672),
    "BRCA2": (7, 675),
    "EGFR": (19, 1956),
    "ERBB2": (20, 2064),
    "ESR1": (21, 2099),
    "FGFR3": (23, 2261),
    "FLT3": (24, 2322),
    "IDH1": (26, 3417),
    "IDH2": (27, 3418),
    "JAK2": (28, 3717),
    "KIT": (29, 3815),
    "KRAS": (30, 3845),
    "MTHFR": (3672, 4524),
    "NPM1": (35, 4869),
    "NRAS": (36, 4893),
    "PDGFRA": (38, 5156),
    "PIK3CA": (37, 5290),
    "PTEN": (41, 5728),
    "TERT": (79, 7015),
    "TP53": (45, 7157),
    "VHL": (58, 7428),
}

# fmt: off
VARIANTS = (
    Variant(1, "ABL1", "BCR::ABL1", 1, "298.5", "transcript_fusion", "22", 23522397, 23632600, "", "", 0,
            "ENST00000305877.8", "", "N/A", "N/A", "T(9;22)(Q34;Q11),BCR-ABL1,BCR-ABL",
            partner=("9", 133729451, 133763062, "ENST00000318560.5")),
    Variant(2, "ABL1", "T315I", 2, "", "missense_variant", "9", 133748283, 133748283, "C", "T", 130872896,
            "ENST00000318560.5", "CA122575", "12624", "NM_007313.2:c.1001C>T,NP_005148.2:p.Thr315Ile",
            "THR334ILE,RS121913459"),
    Variant(4, "AKT1", "E17K", 4, "33.5", "missense_variant", "14", 105246551, 105246551, "C", "T", 104780214,
            "ENST00000407796.2", "CA123660", "13983", "NM_001014432.1:c.49G>A,NP_001014432.1:p.Glu17Lys",
            "GLU17LYS,RS34409589"),
    Variant(8, "ALK", "F1174L", 8, "33.5", "missense_variant", "2", 29443695, 29443695, "G", "T", 29220829,
            "ENST00000389048.3", "CA279586", "217851", "NM_004304.4:c.3522C>A,NP_004295.2:p.Phe1174Leu",
            "PHE1174LEU,RS863225281"),
    Variant(12, "BRAF", "V600E", 12, "1378.5", "missense_variant", "7", 140453136, 140453136, "A", "T",
            140753336, "ENST00000288602.6", "CA123643", "13961,376069",
            "NM_004333.4:c.1799T>A,NP_004324.2:p.Val600Glu", "VAL600GLU,RS113488022,V640E,VAL640GLU"),
    Variant(17, "BRAF", "V600", 17, "460.0", "protein_altering_variant", "7", 140453136, 140453137, "", "", 0,
            "ENST00000288602.6", "", "13961,44815,376288,40389,376289,44816", "", "VAL600"),
    Variant(33, "EGFR", "L858R", 33, "379.0", "missense_variant", "7", 55259515, 55259515, "T", "G", 55191822,
            "ENST00000275493.2", "CA126713", "16609,376282,376280",
            "NM_005228.4:c.2573T>G,NP_005219.2:p.Leu858Arg", "LEU858ARG,RS121434568"),
    Variant(34, "EGFR", "T790M", 34, "406.25", "missense_variant", "7", 55249071, 55249071, "C", "T",
            55181378, "ENST00000275493.2", "CA090928", "16613",
            "NM_005228.4:c.2369C>T,NP_005219.2:p.Thr790Met", "THR790MET,RS121434569"),
    Variant(44, "ERBB2", "V777L", 44, "11.0", "missense_variant", "17", 37881000, 37881000, "G", "T",
            39724747, "ENST00000269571.5", "CA135387", "44991",
            "NM_004448.3:c.2329G>T,NP_004439.2:p.Val777Leu", "VAL777LEU,V747L,V762L,RS121913471"),
    Variant(47, "ESR1", "D538G", 47, "18.0", "missense_variant", "6", 152419926, 152419926, "A", "G",
            152098791, "ENST00000206249.3", "CA366085705", "NONE FOUND",
            "NM_000125.3:c.1613A>G,NP_000116.2:p.Asp538Gly", "ASP538GLY"),
    Variant(50, "ESR1", "Y537S", 50, "8.0", "missense_variant", "6", 152419923, 152419923, "A", "C",
            152098788, "ENST00000206249.3", "CA366085696", "NONE FOUND",
            "NM_000125.3:c.1610A>C,NP_000116.2:p.Tyr537Ser", "GLY537SER"),
    Variant(55, "FLT3", "ITD", 55, "448.5", "inframe_insertion", "13", 28608219, 28608351, "", "", 0,
            "ENST00000241453.7", "", "16270", "", ""),
    Variant(59, "IDH1", "R132C", 59, "56.0", "missense_variant", "2", 209113113, 209113113, "G", "A",
            208248389, "ENST00000415913.1", "CA16602374", "375891",
            "NM_005896.3:c.394C>T,NP_005887.2:p.Arg132Cys", "ARG132CYS,RS121913499"),
    Variant(62, "IDH2", "R140", 62, "60.0", "protein_altering_variant", "15", 90631934, 90631934, "", "", 0,
            "ENST00000330062.3", "", "375988,14716,375989", "", "ARG140"),
    Variant(63, "IDH2", "R172K", 63, "35.0", "missense_variant", "15", 90631838, 90631838, "C", "T", 90088606,
            "ENST00000330062.3", "CA16602462", "375987", "NM_002168.3:c.515G>A,NP_002159.2:p.Arg172Lys",
            "ARG172LYS,R120K,RS121913503"),
    Variant(64, "JAK2", "V617F", 64, "103.0", "missense_variant,gain_of_function_variant", "9", 5073770,
            5073770, "G", "T", 5073770, "ENST00000381652.3", "CA124183", "14662",
            "NM_004972.3:c.1849G>T,NP_004963.1:p.Val617Phe", "VAL617PHE,RS77375493"),
    Variant(65, "KIT", "D816V", 65, "67.0", "missense_variant", "4", 55599321, 55599321, "A", "T", 54733155,
            "ENST00000288135.5", "CA123513", "13852", "NM_000222.2:c.2447A>T,NP_000213.1:p.Asp816Val",
            "ASP816VAL,RS121913507"),
    Variant(76, "KRAS", "G12", 76, "115.0", "protein_altering_variant", "12", 25398284, 25398285, "", "", 0,
            "ENST00000256078.4", "", "45122,12578,12582,12579,12583,12584", "", "GLY12"),
    Variant(78, "KRAS", "G12C", 78, "166.0", "missense_variant", "12", 25398285, 25398285, "C", "A", 25245351,
            "ENST00000256078.4", "CA122528", "12578", "NM_004985.4:c.34G>T,NP_004976.2:p.Gly12Cys",
            "GLY12CYS,RS121913530"),
    Variant(79, "KRAS", "G12D", 79, "162.0", "missense_variant", "12", 25398284, 25398284, "C", "T", 25245350,
            "ENST00000256078.4", "CA122538", "12582", "NM_004985.4:c.35G>A,NP_004976.2:p.Gly12Asp",
            "GLY12ASP,RS121913529"),
    Variant(87, "NPM1", "W288FS", 87, "13.75", "frameshift_elongation", "5", 170837547, 170837548, "", "TCTG",
            0, "ENST00000517671.1", "CA280199", "13998",
            "NM_002520.6:c.860_863dupTCTG,NP_002511.1:p.Trp288Cysfs,NC_000005.9:g.170837544_170837547dupTCTG",
            "NPM1-A,RS587776806,TRP288FS"),
    Variant(96, "NRAS", "Q61R", 96, "10.0", "missense_variant", "1", 115256529, 115256529, "T", "C",
            114713908, "ENST00000369535.4", "CA123618", "13900",
            "NM_002524.4:c.182A>G,NP_002515.1:p.Gln61Arg", "GLN61ARG,RS11554290"),
    Variant(99, "PDGFRA", "D842V", 99, "100.5", "missense_variant", "4", 55152093, 55152093, "A", "T",
            54285926, "ENST00000257290.5", "CA123194", "13543",
            "NM_006206.4:c.2525A>T,NP_006197.1:p.Asp842Val", "ASP842VAL,RS121908585"),
    Variant(103, "PIK3CA", "E542K", 103, "75.5", "missense_variant", "3", 178936082, 178936082, "G", "A",
            179218294, "ENST00000263967.3", "CA333572", "31944",
            "NM_006218.3:c.1624G>A,NP_006209.2:p.Glu542Lys", "GLU542LYS,RS121913273"),
    Variant(104, "PIK3CA", "E545K", 104, "77.5", "missense_variant", "3", 178936091, 178936091, "G", "A",
            179218303, "ENST00000263967.3", "CA123334", "13655",
            "NM_006218.3:c.1633G>A,NP_006209.2:p.Glu545Lys", "GLU545LYS,RS104886003"),
    Variant(107, "PIK3CA", "H1047R", 107, "96.5", "missense_variant", "3", 178952085, 178952085, "A", "G",
            179234297, "ENST00000263967.3", "CA123326", "13652",
            "NM_006218.3:c.3140A>G,NP_006209.2:p.His1047Arg", "HIS1047ARG,RS121913279"),
    Variant(110, "PTEN", "R233*", 110, "19.0", "stop_gained,loss_of_function_variant", "10", 89717672,
            89717672, "C", "T", 87957915, "ENST00000371953.3", "CA000549", "7813",
            "NM_000314.6:c.697C>T,NP_000305.3:p.Arg233Ter", "R233X,ARG233TER,RS121909219"),
    Variant(116, "TP53", "R175H", 116, "25.0", "missense_variant", "17", 7578406, 7578406, "C", "T", 7675088,
            "ENST00000269305.4", "CA000251", "12374", "NM_000546.5:c.524G>A,NP_000537.3:p.Arg175His",
            "ARG175HIS,RS28934578,R43H,R136H"),
    Variant(117, "TP53", "R248Q", 117, "46.0", "missense_variant", "17", 7577538, 7577538, "C", "T", 7674220,
            "ENST00000269305.4", "CA000387", "12356", "NM_000546.5:c.743G>A,NP_000537.3:p.Arg248Gln",
            "ARG248GLN,RS11540652"),
    Variant(118, "TP53", "R248W", 118, "22.0", "missense_variant", "17", 7577539, 7577539, "G", "A", 7674221,
            "ENST00000269305.4", "CA000382", "12347", "NM_000546.5:c.742C>T,NP_000537.3:p.Arg248Trp",
            "ARG248TRP,RS121912651"),
    Variant(121, "TP53", "R273C", 121, "44.5", "missense_variant", "17", 7577121, 7577121, "G", "A", 7673803,
            "ENST00000269305.4", "CA000432", "43594", "NM_000546.5:c.817C>T,NP_000537.3:p.Arg273Cys",
            "ARG273CYS,RS121913343"),
    Variant(122, "TP53", "R273H", 122, "41.0", "missense_variant", "17", 7577120, 7577120, "C", "T", 7673802,
            "ENST00000269305.4", "CA000434", "12366", "NM_000546.5:c.818G>A,NP_000537.3:p.Arg273His",
            "ARG273HIS,RS28934576"),
    Variant(133, "EGFR", "Exon 19 Deletion", 133, "318.0", "inframe_deletion", "7", 55242415, 55242513, "",
            "", 0, "ENST00000275493.2", "", "N/A", "", ""),
    Variant(148, "KRAS", "G12A", 148, "63.0", "missense_variant", "12", 25398284, 25398284, "C", "G",
            25245350, "ENST00000256078.4", "CA135567", "45122", "NM_004985.4:c.35G>C,NP_004976.2:p.Gly12Ala",
            "GLY12ALA,RS121913529"),
    Variant(248, "TERT", "C228T", 244, "40.0", "regulatory_region_variant", "5", 1295228, 1295228, "G", "A",
            1295113, "ENST00000310581.5", "CA557858711", "NONE FOUND", "", "-124C>T"),
    Variant(258, "MTHFR", "A222V", 254, "55.0", "missense_variant", "1", 11856378, 11856378, "G", "A",
            11796321, "ENST00000376592.1", "CA170990", "3520", "NM_005957.4:c.665C>T,NP_005948.3:p.Ala222Val",
            "RS1801133,C677T,ALA222VAL"),
    Variant(415, "EGFR", "C797S", 411, "17.5", "missense_variant", "7", 55249091, 55249091, "T", "A",
            55181398, "ENST00000275493.2", "CA16602785", "376342",
            "NM_005228.4:c.2389T>A,NP_005219.2:p.Cys797Ser", "CYS797SER,RS1057519861"),
    Variant(420, "IDH1", "R132H", 416, "9.0", "missense_variant", "2", 209113112, 209113112, "C", "T",
            208248388, "ENST00000415913.1", "CA170874", "156444",
            "NM_001282386.1:c.395G>A,NP_005887.2:p.Arg132His", "ARG132HIS,RS121913500", flagged=True),
    Variant(425, "KRAS", "G12V", 421, "67.5", "missense_variant", "12", 25398284, 25398284, "C", "A",
            25245350, "ENST00000256078.4", "CA122540", "12583", "NM_004985.4:c.35G>T,NP_004976.2:p.Gly12Val",
            "GLY12VAL,RS121913529"),
    Variant(427, "NRAS", "Q61K", 423, "24.5", "missense_variant", "1", 115256530, 115256530, "G", "T",
            114713909, "ENST00000369535.4", "CA151263", "73058",
            "NM_002524.4:c.181C>A,NP_002515.1:p.Gln61Lys", "GLN61LYS,RS121913254"),
    Variant(477, "BRCA1", "P968FS", 473, "20.0", "frameshift_truncation", "17", 41244645, 41244646, "", "GA",
            0, "ENST00000471181.2", "CA001889", "91602",
            "NM_007294.3:c.2902_2903insTC,NP_009225.1:p.Pro968Leufs,NC_000017.10:g.41244645_41244646insGA",
            "3021INSTC,PRO968LEUFS,RS398122670"),
    Variant(563, "BRAF", "V600K", 559, "107.5", "missense_variant", "7", 140453136, 140453137, "AC", "TT",
            140753336, "ENST00000288602.6", "CA16602420", "375941",
            "NM_004333.4:c.1798_1799delGTinsAA,NP_004324.2:p.Val600Lys", "VAL600LYS,RS121913227"),
    Variant(628, "FGFR3", "S249C", 624, "18.0", "missense_variant", "4", 1803568, 1803568, "C", "G", 1801841,
            "ENST00000340107.4", "CA126380", "16339", "NM_000142.4:c.746C>G,NP_000133.1:p.Ser249Cys",
            "SER249CYS,RS121913483"),
    Variant(661, "BRCA2", "D3095E", 657, "7.5", "missense_variant", "13", 32968854, 32968854, "C", "A",
            32394717, "ENST00000544455.1", "CA10586089", "252859",
            "NM_000059.3:c.9285C>A,NP_000050.2:p.Asp3095Glu", "ASP3095GLU,RS80359198"),
    Variant(879, "TP53", "G245S", 853, "10.0", "missense_variant", "17", 7577548, 7577548, "C", "T", 7674230,
            "ENST00000269305.4", "CA000367", "12365", "NM_000546.5:c.733G>A,NP_000537.3:p.Gly245Ser",
            "RS28934575"),
    Variant(916, "TP53", "R282W", 890, "3.0", "", "", 0, 0, "", "", 0, "", "", "", "", ""),
    Variant(922, "TP53", "Y220C", 896, "15.5", "missense_variant", "17", 7578190, 7578190, "T", "C", 7674872,
            "ENST00000269305.4", "CA000315", "127819", "NM_000546.5:c.659A>G,NP_000537.3:p.Tyr220Cys",
            "RS121912666,TYR220CYS"),
    Variant(1002, "EGFR", "E746_A750del", 976, "19.5", "inframe_deletion", "7", 55242465, 55242479,
            "GGAATTAAGAGAAGC", "", 0, "ENST00000275493.2", "CA175996", "163343", "",
            "RS121913421,E746_A750DELELREA"),
    Variant(1269, "BRAF", "Amplification", 1243, "17.5", "transcript_amplification", "7", 140434279,
            140624564, "", "", 0, "ENST00000288602.6", "", "N/A", "N/A", ""),
    Variant(1405, "BRAF", "V600M", 1313, "", "missense_variant", "7", 140453137, 140453137, "C", "T",
            140753337, "", "CA135101", "", "", "RS121913378"),
    Variant(1739, "VHL", "R167Q (c.500G>A)", 1615, "110.0", "missense_variant", "3", 10191507, 10191507, "G",
            "A", 10149823, "ENST00000256474.2", "CA020454", "2216",
            "NM_000551.3:c.500G>A,NP_000542.1:p.Arg167Gln", "C.500G>A,ARG167GLN,RS5030821"),
    Variant(3011, "FLT3", "D835Y", 2880, "6.0", "missense_variant", "13", 28592642, 28592642, "C", "A",
            28018505, "ENST00000241453.12", "CA126347", "",
            "NM_004119.2:c.2503G>T,NP_004110.2:p.Asp835Tyr,NM_004119.3:c.2503G>T", "ASP835TYR,RS121913488"),
)

PROFILES = (
    Profile(4170, "BRAF V600E AND BRAF V600M", "12, 1405", "2.5"),
    Profile(4174, "BRAF Amplification AND ( BRAF V600E OR BRAF V600K )", "1269, 12, 563", "10.0"),
    Profile(4432, "EGFR L858R OR EGFR Exon 19 Deletion", "33, 133", "230.0"),
    Profile(4616, "FLT3 ITD AND FLT3 D835Y", "3011, 55", "0.0"),
    Profile(4373, "ABL1 BCR::ABL1 AND ABL1 T315I", "1, 2", "149.0"),
)
# fmt: on
