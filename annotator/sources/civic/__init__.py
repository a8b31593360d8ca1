"""CIViC: clinical interpretations of variants in cancer, https://civicdb.org."""
