"""ClinVar's copy-number and structural records, found by overlap."""
