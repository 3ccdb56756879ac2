"""The sample town behind the production server on this machine, for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from support.server import serving
from tsuzuri.config import Config
from tsuzuri.japanese.calendar import era_date
from tsuzuri.sample.demo import Wanted, make
from worlds.town import TOKYO

PASSWORD = "tsuzuri-2026"
RECORDS = 1500
"""Enough that every agency has children of its own; made in three seconds."""

TODAY = datetime.now(TOKYO).date()
"""The town's story ends today, because the server's clock is the machine's."""

TODAY_IN_ERA = era_date(TODAY)


@contextmanager
def town(home: Path) -> Iterator[str]:
    """Serve a sample town and give its address."""
    config = Config.from_environment({"TSUZURI_HOME": str(home)})
    wanted = Wanted(today=TODAY, records=RECORDS, password=PASSWORD)
    make(config, wanted, fresh=True, say=print)
    with serving(home) as server:
        yield server.url
