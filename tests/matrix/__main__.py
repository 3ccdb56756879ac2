"""Writes the matrix anew: ``PYTHONPATH=platform:tests python -m matrix``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from matrix.place import laid_out
from matrix.table import FILE, written

with (
    TemporaryDirectory() as folder,
    laid_out(f"sqlite:///{folder}/matrix.sqlite", Path(folder, "files")) as place,
):
    FILE.write_text(written(place), encoding="utf-8")
