"""What ClinVar says of the demo's alleles: facts, typed. Where each comes from: test_data/README.md.

Conditions are at most two of those that ClinVar lists for a classification, with their identifiers.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ALLELES", "CONDITIONS", "Allele"]


class Allele(NamedTuple):
    """One ClinVar record of both assemblies.

    Attributes:
        variation: VariationID.
        allele: AlleleID.
        contig: contig name as ClinVar writes it.
        grch37: 1-based POS in GRCh37.
        grch38: 1-based POS in GRCh38.
        ref: REF, the same in both assemblies.
        alt: ALT; `.` where ClinVar classifies the reference base.
        rs: dbSNP's number without `rs`, or empty.
        genes: symbol and NCBI Gene number, as GENEINFO writes them.
        consequences: MC, or empty where the source does not give it.
        origin: ORIGIN, a bit mask, or None where the source does not give it.
        significance: CLNSIG, or empty for a record without a germline classification.
        review: CLNREVSTAT, or empty.
        conditions: keys of CONDITIONS with a bar between.
        conflict: CLNSIGCONF.
        kind: CLNVC where REF and ALT do not tell it.
        hgvs: the rest of CLNHGVS after `g.` where REF and ALT do not tell it; `+3` is the base 3 after POS.
        oncogenicity: ONC, ONCREVSTAT and its conditions.
        impact: SCI, SCIREVSTAT and its conditions.

    """

    variation: int
    allele: int
    contig: str
    grch37: int
    grch38: int
    ref: str
    alt: str
    rs: str
    genes: str
    consequences: str
    origin: int | None
    significance: str
    review: str
    conditions: str
    conflict: str = ""
    kind: str = ""
    hgvs: str = ""
    oncogenicity: tuple[str, str, str] = ("", "", "")
    impact: tuple[str, str, str] = ("", "", "")


# Review statuses.
CONFLICTING = "criteria_provided,_conflicting_classifications"
GUIDELINE = "practice_guideline"
MULTIPLE = "criteria_provided,_multiple_submitters,_no_conflicts"
NO_CRITERIA = "no_assertion_criteria_provided"
PANEL = "reviewed_by_expert_panel"
SINGLE = "criteria_provided,_single_submitter"
SUBMITTERS = "criteria_provided,_multiple_submitters"

# Molecular consequences: Sequence Ontology identifier and term.
ACCEPTOR = "SO:0001574|splice_acceptor_variant"
DONOR = "SO:0001575|splice_donor_variant"
FRAMESHIFT = "SO:0001589|frameshift_variant"
INFRAME = "SO:0001822|inframe_deletion"
INTRON = "SO:0001627|intron_variant"
MISSENSE = "SO:0001583|missense_variant"
NONCODING = "SO:0001619|non-coding_transcript_variant"
NONE = "SO:0002073|no_sequence_alteration"
NONSENSE = "SO:0001587|nonsense"
SYNONYMOUS = "SO:0001819|synonymous_variant"
UTR3 = "SO:0001624|3_prime_UTR_variant"
UTR5 = "SO:0001623|5_prime_UTR_variant"

# Name and identifiers of each condition.
CONDITIONS = {
    "astrocytoma IDH": ("Astrocytoma_IDH-mutant", "MedGen:C5669733"),
    "bladder": ("Malignant_tumor_of_urinary_bladder", "MONDO:MONDO:0001187,MedGen:C0005684,OMIM:109800"),
    "BROVCA1": (
        "Breast-ovarian_cancer,_familial,_susceptibility_to,_1",
        "MONDO:MONDO:0011450,MedGen:C2676676,OMIM:604370,Orphanet:145",
    ),
    "BROVCA2": (
        "Breast-ovarian_cancer,_familial,_susceptibility_to,_2",
        "MONDO:MONDO:0012933,MedGen:C2675520,OMIM:612555,Orphanet:145",
    ),
    "cervical": (
        "Cervical_cancer",
        "Human_Phenotype_Ontology:HP:0030079,MONDO:MONDO:0002974,MedGen:C4048328,OMIM:603956",
    ),
    "colorectal": ("Colorectal_cancer", "MONDO:MONDO:0005575,MedGen:C0346629,OMIM:114500"),
    "CV phenotype": ("Cardiovascular_phenotype", "MedGen:CN230736"),
    "cystic fibrosis": ("Cystic_fibrosis", "MONDO:MONDO:0009061,MedGen:C0010674,OMIM:219700,Orphanet:586"),
    "DMG H3K27M": ("Diffuse_midline_glioma,_H3_K27M-mutant", "MONDO:MONDO:0957196,MedGen:C4289688"),
    "ETMR": (
        "Embryonal_tumor_with_multilayered_rosettes",
        "MONDO:MONDO:0958119,MedGen:C5575350,Orphanet:656417",
    ),
    "FAP1": ("Familial_adenomatous_polyposis_1", "MONDO:MONDO:0021056,MedGen:C2713442,OMIM:175100"),
    "FAP2": (
        "Familial_adenomatous_polyposis_2",
        "MONDO:MONDO:0012041,MedGen:C3272841,OMIM:608456,Orphanet:220460,Orphanet:247798",
    ),
    "FCB": ("Familial_cancer_of_breast", "MONDO:MONDO:0016419,MedGen:C0346153,OMIM:114480,Orphanet:227535"),
    "Galloway-Mowat 1": (
        "Galloway-Mowat_syndrome_1",
        "MONDO:MONDO:0033005,MedGen:C4551772,OMIM:251300,Orphanet:2065,Orphanet:83472",
    ),
    "GBM IDH": ("IDH-wildtype_glioblastoma", "MONDO:MONDO:0850335,MedGen:CN372125"),
    "HBOC": (
        "Hereditary_breast_ovarian_cancer_syndrome",
        "MONDO:MONDO:0003582,MeSH:D061325,MedGen:C0677776,Orphanet:145",
    ),
    "HCPS": (
        "Hereditary_cancer-predisposing_syndrome",
        "MONDO:MONDO:0015356,MeSH:D009386,MedGen:C0027672,Orphanet:140162",
    ),
    "hemochromatosis 1": (
        "Hemochromatosis_type_1",
        "MONDO:MONDO:0021001,MedGen:C3469186,OMIM:235200,Orphanet:465508",
    ),
    "HFE intronic": ("HFE_INTRONIC_POLYMORPHISM", "."),
    "JMML": (
        "Juvenile_myelomonocytic_leukemia",
        "Human_Phenotype_Ontology:HP:0012209,MONDO:MONDO:0011908,MedGen:C0349639,OMIM:607785,Orphanet:86834",
    ),
    "large intestine": (
        "Adenocarcinoma_of_the_large_intestine",
        "Human_Phenotype_Ontology:HP:0040275,MONDO:MONDO:0005008,MedGen:C1319315",
    ),
    "LFS": ("Li-Fraumeni_syndrome", "MONDO:MONDO:0018875,MedGen:C0085390,OMIM:PS151623,Orphanet:524"),
    "lung": ("Lung_cancer", "MONDO:MONDO:0008903,MedGen:C0242379,OMIM:211980"),
    "Lynch": ("Lynch_syndrome", "MONDO:MONDO:0005835,MedGen:C4552100,Orphanet:144"),
    "macular dystrophy": ("Macular_dystrophy_with_or_without_extraocular_features", "."),
    "MB SHH TP53": ("Medulloblastoma_SHH_activated_and_TP53_mutant", "MONDO:MONDO:0956964,MedGen:CN377553"),
    "MB WNT": ("Medulloblastoma_WNT_activated", "MONDO:MONDO:0850196,MedGen:C4331965"),
    "melanoma": (
        "Melanoma",
        "Human_Phenotype_Ontology:HP:0002861,Human_Phenotype_Ontology:HP:0002887,"
        "Human_Phenotype_Ontology:HP:0006777,Human_Phenotype_Ontology:HP:0007474,MONDO:MONDO:0005105,"
        "MeSH:D008545,MedGen:C0025202",
    ),
    "methotrexate": (
        "methotrexate_response_-_Toxicity",
        "MONDO:MONDO:0034212,MedGen:C0568062,Orphanet:565782",
    ),
    "neoplasm": (
        "Neoplasm",
        "Human_Phenotype_Ontology:HP:0002664,Human_Phenotype_Ontology:HP:0003008,"
        "Human_Phenotype_Ontology:HP:0006741,MONDO:MONDO:0005070,MeSH:D009369,MedGen:C0027651",
    ),
    "neuroblastoma": (
        "Neuroblastoma",
        "Human_Phenotype_Ontology:HP:0003006,Human_Phenotype_Ontology:HP:0006738,MONDO:MONDO:0005072,"
        "MeSH:D009447,MedGen:C0027819,Orphanet:635",
    ),
    "neurofibroma": (
        "Neurofibroma",
        "Human_Phenotype_Ontology:HP:0001067,Human_Phenotype_Ontology:HP:0006746,"
        "Human_Phenotype_Ontology:HP:0007386,Human_Phenotype_Ontology:HP:0007612,MONDO:MONDO:0016755,"
        "MeSH:D009455,MedGen:C0027830,Orphanet:252183",
    ),
    "not provided": ("not_provided", "MedGen:C3661900"),
    "not specified": ("not_specified", "MedGen:CN169374"),
    "NSCLC": (
        "Non-small_cell_lung_carcinoma",
        "Human_Phenotype_Ontology:HP:0030358,MONDO:MONDO:0005233,MeSH:D002289,MedGen:C0007131",
    ),
    "ovary mucinous": (
        "Ovarian_mucinous_adenocarcinoma",
        "MONDO:MONDO:0005601,MedGen:C1335167,Orphanet:398961",
    ),
    "pancreatitis": (
        "Hereditary_pancreatitis",
        "MONDO:MONDO:0008185,MedGen:C0238339,OMIM:167800,Orphanet:676",
    ),
    "PARP inhibitor": ("Poly_(ADP-Ribose)_polymerase_inhibitor_response", "MedGen:CN322715"),
    "pHGG": (
        "Diffuse_pediatric-type_high-grade_glioma,_H3-wildtype_and_IDH-wildtype",
        "MONDO:MONDO:0858939,MedGen:C5669918",
    ),
    "SPG48": (
        "Hereditary_spastic_paraplegia_48",
        "MONDO:MONDO:0013342,MedGen:C3150901,OMIM:613647,Orphanet:306511",
    ),
    "thrombophilia": (
        "Thrombophilia_due_to_thrombin_defect",
        "MONDO:MONDO:0008559,MedGen:C3160733,OMIM:188050",
    ),
}

# fmt: off
ALLELES = (
    Allele(3520, 18559, "1", 11856378, 11796321, "G", "A", "1801133", "MTHFR:4524", MISSENSE,
           1, "drug_response", PANEL, "thrombophilia|methotrexate"),
    Allele(5294, 20333, "1", 45797228, 45331556, "C", "T", "36053993", "MUTYH:4595",
           f"{MISSENSE},{NONCODING}", 65, "Pathogenic/Likely_pathogenic", MULTIPLE, "FAP2|HCPS"),
    Allele(492713, 485586, "1", 45797505, 45331833, "C", "A", "3219489", "MUTYH:4595",
           f"{MISSENSE},{NONCODING}",
           1, "Conflicting_classifications_of_pathogenicity", CONFLICTING, "FAP2|HCPS",
           conflict="Uncertain_significance(1)|Likely_benign(1)"),
    Allele(41767, 50206, "1", 45797505, 45331833, "C", "G", "3219489", "MUTYH:4595",
           f"{MISSENSE},{NONCODING}", 1, "Benign", MULTIPLE, "HCPS|FAP2"),
    Allele(5293, 20332, "1", 45798475, 45332803, "T", "C", "34612342", "MUTYH:4595",
           f"{MISSENSE},{NONCODING}", 17, "Pathogenic/Likely_pathogenic", MULTIPLE, "FAP2|HCPS"),
    Allele(89801, 95275, "3", 37081727, 37040236, "C", "T", "63751277", "MLH1:4292", NONSENSE,
           1, "Pathogenic", PANEL, "HCPS|Lynch"),
    Allele(237316, 239175, "3", 37081770, 37040279, "A", "G", "63750271", "MLH1:4292", MISSENSE,
           1, "Benign", PANEL, "HCPS|Lynch"),
    Allele(89824, 95298, "3", 37081787, 37040296, "TAAATCA", "ATTT", "587778938", "MLH1:4292", DONOR,
           1, "Pathogenic", PANEL, "not provided|Lynch", kind="Indel", hgvs="+0_+6delinsATTT"),
    Allele(89888, 95362, "3", 37089056, 37047565, "CAG", "C", "63750035", "MLH1:4292",
           f"{FRAMESHIFT},{INTRON}",
           3, "Pathogenic", PANEL, "HCPS|Lynch", kind="Microsatellite", hgvs="+1AG[2]"),
    Allele(41527, 49966, "5", 112174750, 112839053, "TGAA", "T", "386833391", "APC:324", INFRAME,
           1, "Benign/Likely_benign", MULTIPLE, "HCPS|FAP1", kind="Microsatellite", hgvs="+3AGA[2]"),
    Allele(822, 15861, "5", 112175211, 112839514, "T", "A", "1801155", "APC:324", MISSENSE,
           21, "Conflicting_classifications_of_pathogenicity|association|risk_factor", CONFLICTING,
           "HCPS|FAP1",
           conflict="Pathogenic(6)|Likely_pathogenic(8)|Established_risk_allele(5)|"
                    "Uncertain_significance(12)|Likely_benign(1)"),
    Allele(816, 15855, "5", 112175211, 112839514, "TAAAAG", "T", "121913224", "APC:324", FRAMESHIFT,
           43, "Pathogenic", PANEL, "FAP1|HCPS", kind="Microsatellite", hgvs="+2AAAGA[1]",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm|colorectal")),
    Allele(21030, 33882, "5", 112176756, 112841059, "T", "A", "459552", "APC:324", MISSENSE,
           1, "Benign", PANEL, "HCPS|FAP1"),
    Allele(42247, 51417, "5", 112177171, 112841474, "G", "A", "465899", "APC:324", SYNONYMOUS,
           1, "Benign", MULTIPLE, "FAP1|HCPS"),
    Allele(10, 15049, "6", 26091179, 26090951, "C", "G", "1799945", "HFE:3077", "",
           69, "Conflicting_classifications_of_pathogenicity|other", CONFLICTING,
           "hemochromatosis 1|not provided"),
    Allele(9, 15048, "6", 26093141, 26092913, "G", "A", "1800562", "HFE:3077", "",
           65, "Pathogenic/Pathogenic,_low_penetrance|risk_factor", MULTIPLE,
           "hemochromatosis 1|not provided"),
    Allele(14, 15053, "6", 26093236, 26093008, "G", "A", "1800758", "HFE:3077", INTRON,
           1, "Benign", SINGLE, "HFE intronic|not provided"),
    Allele(2, 15041, "7", 4820844, 4781213, "GGAT", "TGCTGTAAACTGTAACTGTAAA", "397704705", "AP5Z1:9907", "",
           1, "Pathogenic/Likely_pathogenic", MULTIPLE, "SPG48|macular dystrophy", kind="Indel",
           hgvs="+0_+3delinsTGCTGTAAACTGTAACTGTAAA"),
    Allele(91282, 96757, "7", 6050796, 6011165, "G", "T", "77199218", "PMS2:5395|AIMP2:7965",
           f"{MISSENSE},{INTRON}", 1, "Benign", PANEL, "Lynch"),
    Allele(16609, 31648, "7", 55259515, 55191822, "T", "G", "121434568", "EGFR:1956", MISSENSE,
           None, "drug_response", PANEL, "", oncogenicity=("Oncogenic", SINGLE, "")),
    Allele(7105, 22144, "7", 117199644, 117559590, "ATCT", "A", "113993960", "CFTR:1080|CFTR-AS1:111082987",
           INFRAME,
           29, "Pathogenic", GUIDELINE, "cystic fibrosis|pancreatitis", kind="Deletion", hgvs="+2_+4del"),
    Allele(13961, 29000, "7", 140453136, 140753336, "A", "T", "113488022", "BRAF:673", MISSENSE,
           None, "Conflicting_classifications_of_pathogenicity", CONFLICTING, "melanoma|CV phenotype",
           conflict="Pathogenic(4)|Likely_pathogenic(1)|Uncertain_significance(1)",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SUBMITTERS, "DMG H3K27M|melanoma")),
    Allele(3025, 18064, "11", 108098533, 108227806, "C", "T", "55861249", "ATM:472", NONSENSE,
           1, "Pathogenic/Likely_pathogenic", MULTIPLE, "HCPS|FCB"),
    Allele(231535, 233910, "11", 108106396, 108235669, "G", "A", "747855862", "ATM:472", ACCEPTOR,
           1, "Pathogenic", PANEL, "HCPS|FCB"),
    Allele(1220661, 1212349, "11", 108106782, 108236055, "C", "T", "623860", "ATM:472", INTRON,
           1, "Benign", MULTIPLE, "not provided"),
    Allele(12583, 27622, "12", 25398284, 25245350, "C", "A", "121913529", "KRAS:3845", MISSENSE,
           3, "Pathogenic", MULTIPLE, "NSCLC|JMML", oncogenicity=("Oncogenic", SINGLE, "neoplasm")),
    Allele(12582, 27621, "12", 25398284, 25245350, "C", "T", "121913529", "KRAS:3845", MISSENSE,
           None, "Pathogenic/Likely_pathogenic", MULTIPLE, "lung|bladder",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "large intestine|ovary mucinous")),
    Allele(125934, 131472, "13", 32906729, 32332592, "A", ".", "144848", "BRCA2:675", NONE,
           1, "not_provided", "no_classification_provided", "BROVCA2"),
    Allele(9329, 24368, "13", 32906729, 32332592, "A", "C", "144848", "BRCA2:675", MISSENSE,
           1, "Benign", PANEL, "HCPS|HBOC"),
    Allele(9325, 24364, "13", 32914437, 32340300, "GT", "G", "80359550", "BRCA2:675", FRAMESHIFT,
           1, "Pathogenic", PANEL, "HBOC|HCPS", kind="Deletion", hgvs="+1del"),
    Allele(38047, 46603, "13", 32914953, 32340816, "ATC", "A", "80359596", "BRCA2:675", FRAMESHIFT,
           3, "Pathogenic", PANEL, "HBOC|HCPS", kind="Microsatellite", hgvs="+1TC[3]"),
    Allele(133738, 137477, "13", 32929387, 32355250, "T", "C", "169547", "BRCA2:675", MISSENSE,
           1, "Benign", MULTIPLE, "HBOC|BROVCA2"),
    Allele(252859, 247260, "13", 32968854, 32394717, "C", "A", "80359198", "BRCA2:675", MISSENSE,
           1, "Pathogenic/Likely_pathogenic", MULTIPLE, "HCPS|HBOC"),
    Allele(38266, 46822, "13", 32972626, 32398489, "A", "T", "11571833", "BRCA2:675", NONSENSE,
           1, "Benign", PANEL, "HCPS|HBOC"),
    Allele(4, 15043, "15", 85342440, 84799209, "G", "A", "150829393", "ZNF592:9640", "",
           1, "Uncertain_significance", NO_CRITERIA, "Galloway-Mowat 1"),
    Allele(126711, 132221, "16", 23632683, 23621362, "C", "T", "180177132", "PALB2:79728", NONSENSE,
           1, "Pathogenic", PANEL, "HCPS|HBOC"),
    Allele(446477, 439933, "16", 23641536, 23630215, "G", "GTC", "1555460584", "PALB2:79728", FRAMESHIFT,
           1, "Pathogenic", MULTIPLE, "FCB|not provided", kind="Microsatellite", hgvs="+1TC[5]"),
    Allele(377386, 364268, "17", 7573975, 7670657, "TTGAGTTCC", "T", "1057519625", "TP53:7157",
           f"{FRAMESHIFT},{UTR3}",
           2, "drug_response", NO_CRITERIA, "PARP inhibitor", kind="Deletion", hgvs="+1_+8del"),
    Allele(12379, 27418, "17", 7574017, 7670699, "C", "T", "121912664", "TP53:7157", f"{MISSENSE},{UTR3}",
           19, "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance", MULTIPLE, "HBOC|LFS",
           impact=("Tier_II_-_Potential", SINGLE, "neuroblastoma")),
    Allele(12364, 27403, "17", 7577094, 7673776, "G", "A", "28934574", "TP53:7157", MISSENSE,
           19, "Pathogenic/Likely_pathogenic", MULTIPLE, "HCPS|LFS",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "DMG H3K27M|colorectal")),
    Allele(12366, 27405, "17", 7577120, 7673802, "C", "T", "28934576", "TP53:7157", MISSENSE,
           3, "Pathogenic", PANEL, "HCPS|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "DMG H3K27M|pHGG")),
    Allele(43594, 52763, "17", 7577121, 7673803, "G", "A", "121913343", "TP53:7157", MISSENSE,
           3, "Pathogenic/Likely_pathogenic", MULTIPLE, "HCPS|LFS",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "astrocytoma IDH|DMG H3K27M")),
    Allele(4530236, 4640929, "17", 7577121, 7673803, "GC", "TT", "", "TP53:7157", f"{MISSENSE},{NONCODING}",
           2, "", "", "", kind="Indel", hgvs="+0_+1delinsTT", impact=("Tier_I_-_Strong", SINGLE, "MB WNT")),
    Allele(12356, 27395, "17", 7577538, 7674220, "C", "T", "11540652", "TP53:7157", MISSENSE,
           51, "Pathogenic", PANEL, "HBOC|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm|colorectal"),
           impact=("Tier_I_-_Strong", SINGLE, "ETMR|DMG H3K27M")),
    Allele(12347, 27386, "17", 7577539, 7674221, "G", "A", "121912651", "TP53:7157", MISSENSE,
           35, "Pathogenic", PANEL, "HCPS|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "MB SHH TP53|colorectal")),
    Allele(12365, 27404, "17", 7577548, 7674230, "C", "T", "28934575", "TP53:7157", MISSENSE,
           11, "Pathogenic", PANEL, "HCPS|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "GBM IDH|MB WNT")),
    Allele(127819, 133276, "17", 7578190, 7674872, "T", "C", "121912666", "TP53:7157", MISSENSE,
           3, "Pathogenic", PANEL, "HCPS|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "astrocytoma IDH|DMG H3K27M")),
    Allele(12374, 27413, "17", 7578406, 7675088, "C", "T", "28934578", "TP53:7157", MISSENSE,
           19, "Pathogenic", PANEL, "HCPS|LFS", oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_I_-_Strong", SINGLE, "DMG H3K27M|MB SHH TP53")),
    Allele(12351, 27390, "17", 7579472, 7676154, "G", "C", "1042522", "TP53:7157", MISSENSE,
           3, "Benign", PANEL, "HBOC|LFS", oncogenicity=("Benign", SINGLE, "neoplasm|cervical")),
    Allele(44991, 54158, "17", 37881000, 39724747, "G", "T", "121913471", "ERBB2:2064",
           f"{MISSENSE},{NONCODING},{INTRON}", None, "Uncertain_significance", SINGLE, "not specified",
           oncogenicity=("Oncogenic", SINGLE, "neoplasm"),
           impact=("Tier_II_-_Potential", NO_CRITERIA, "neurofibroma")),
    Allele(17677, 32716, "17", 41209079, 43057062, "T", "TG", "80357906", "BRCA1:672",
           f"{FRAMESHIFT},{NONCODING}",
           1, "Pathogenic", PANEL, "HCPS|HBOC", kind="Duplication", hgvs="+3dup"),
    Allele(41827, 50266, "17", 41223094, 43071077, "T", "C", "1799966", "BRCA1:672",
           f"{MISSENSE},{NONCODING}", 3, "Benign", PANEL, "HCPS|HBOC"),
    Allele(41815, 50254, "17", 41244435, 43092418, "T", "C", "16941", "BRCA1:672", f"{MISSENSE},{INTRON}",
           1, "Benign", PANEL, "HCPS|HBOC"),
    Allele(240786, 242788, "17", 41244435, 43092418, "T", "G", "16941", "BRCA1:672", f"{MISSENSE},{INTRON}",
           1, "Conflicting_classifications_of_pathogenicity", CONFLICTING, "HBOC|HCPS",
           conflict="Uncertain_significance(5)|Likely_benign(2)"),
    Allele(91602, 97079, "17", 41244645, 43092628, "G", "GGA", "398122670", "BRCA1:672",
           f"{FRAMESHIFT},{INTRON}",
           1, "Pathogenic", PANEL, "HCPS|HBOC", kind="Duplication", hgvs="+2_+3dup"),
    Allele(41812, 50251, "17", 41244936, 43092919, "G", "A", "799917", "BRCA1:672", f"{MISSENSE},{INTRON}",
           1, "Benign", PANEL, "HCPS|HBOC"),
    Allele(55640, 70307, "17", 41249284, 43097267, "G", "GCGTT", "397509300", "BRCA1:672",
           f"{FRAMESHIFT},{NONCODING}",
           1, "no_classifications_from_unflagged_records", "no_classifications_from_unflagged_records",
           "BROVCA1", kind="Insertion", hgvs="+0_+1insCGTT"),
    Allele(225704, 227570, "17", 41256100, 43104083, "AAAG", "A", "147856441", "BRCA1:672", INTRON,
           1, "Benign", PANEL, "BROVCA1|FCB", kind="Microsatellite", hgvs="+3GAA[6]"),
    Allele(17661, 32700, "17", 41258504, 43106487, "A", "C", "28897672", "BRCA1:672",
           f"{MISSENSE},{NONCODING}", 19, "Pathogenic", PANEL, "HCPS|HBOC"),
    Allele(55667, 70334, "17", 41276044, 43124027, "A", "ACT", "80357914", "BRCA1:672",
           f"{FRAMESHIFT},{NONCODING},{UTR5}",
           1, "Pathogenic", PANEL, "HCPS|HBOC", kind="Microsatellite", hgvs="+1CT[3]"),
    Allele(17662, 32701, "17", 41276044, 43124027, "ACT", "A", "80357914", "BRCA1:672",
           f"{FRAMESHIFT},{NONCODING},{UTR5}",
           21, "Pathogenic", PANEL, "HCPS|HBOC", kind="Microsatellite", hgvs="+1CT[1]"),
)
# fmt: on
