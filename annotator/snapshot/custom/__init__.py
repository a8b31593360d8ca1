"""Reading the user's own knowledge bases: any VCF or BCF, and BED or bedGraph regions."""
