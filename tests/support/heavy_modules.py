"""Modules that take long to load."""

from __future__ import annotations

HEAVY = {
    "aiohttp",
    "asyncio",
    "concurrent",
    "cyvcf2",
    "httpx",
    "jinja2",
    "multiprocessing",
    "numpy",
    "pandas",
    "pysam",
    "requests",
    "snakemake",
    "sqlite3",
    "ssl",
    "xlsxwriter",
}
