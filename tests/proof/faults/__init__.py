"""Faults of the machine against every command: a complete and right result, or one clear error and nothing else.

    python -m tests.proof.faults             every fault against every command, several times where chance decides
    python -m tests.proof.faults --quick     what `tests/proof/test_faults.py` runs

The table lists each fault, what is promised, and what happened. Faults of files are made by a library that is loaded
before the program (`tests/support/faulty_files.c`).
"""
