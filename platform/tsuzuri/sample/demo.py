"""Making the sample town in a folder, once; a second start finds it there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tsuzuri.config import Config
from tsuzuri.sample import load
from tsuzuri.sample.records import records as town_records
from tsuzuri.sample.town import build_town
from tsuzuri.services.platform import Platform

DONE = "town-is-ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which town: the day its story ends, how many records, and everybody's password."""

    today: date
    records: int
    password: str


def make(config: Config, wanted: Wanted, *, fresh: bool, say: Callable[[str], None]) -> str:
    """Make the town of ``config`` unless it is there; return what to call it."""
    home = config.files.parent
    mark = home / DONE
    if home.exists() and (fresh or not mark.exists()):
        # A town that was interrupted halfway is no town; the folder is the demo's own.
        for name in ("files", "tsuzuri.sqlite3", "tsuzuri.sqlite3-wal", "tsuzuri.sqlite3-shm"):
            _remove(home / name)
        mark.unlink(missing_ok=True)
    # The story ends today, so that "the last 30 days" are never empty in a demo.
    town = build_town(today=wanted.today)
    if mark.exists():
        return town.name
    say(f"{town.name}をつくっています… / making {town.name_en} …")
    platform = Platform.open(config)
    load.load_people(platform, town, wanted.password)
    load.publish_apps(platform)
    count = load.load_records(platform, town, town_records(town, total=wanted.records))
    platform.database.close()
    mark.write_text(f"{count}\n", encoding="utf-8")
    return town.name


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
