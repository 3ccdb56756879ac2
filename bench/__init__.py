"""Benchmarks: what Tsuzuri adds to the work that the bare database driver does anyway."""

from __future__ import annotations

import sys
from pathlib import Path

# The starter of PostgreSQL and of the server is the tests' own.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
