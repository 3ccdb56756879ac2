"""Searches a reader for what breaks it: ``PYTHONPATH=platform:tests python -m fuzz NAME SECONDS``.

What it finds is written to the folder ``--artifacts`` names (default: the present one).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it has no types

with atheris.instrument_imports(include=["tsuzuri", "lark"], enable_loader_override=False):
    from fuzz.readers import READERS, SEEDS

parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
parser.add_argument("reader", choices=[*READERS])
parser.add_argument("seconds", type=int)
parser.add_argument("--artifacts", default="./")
given = parser.parse_args()

with tempfile.TemporaryDirectory() as corpus:
    for number, seed in enumerate(SEEDS[given.reader]):
        Path(corpus, str(number)).write_text(seed, encoding="utf-8")
    atheris.Setup(
        [
            sys.argv[0],
            corpus,
            f"-max_total_time={given.seconds}",
            "-timeout=2",
            "-max_len=4096",
            "-print_final_stats=1",
            f"-artifact_prefix={given.artifacts}",
        ],
        READERS[given.reader],
    )
    atheris.Fuzz()
