"""Explanation of a match: the query, the outcome of each matching level, and similar alleles."""
