"""An installation that is backed up, and empty places to restore it into."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner, Result

from conftest import FreshDatabase
from tsuzuri.cli import main
from tsuzuri.definitions.model import App
from tsuzuri.services import attachments, records
from worlds.town import World, opened

FIELDS = {"name": {"kind": "text"}, "papers": {"kind": "attachment"}}
SECRET = "-"


@dataclass(kw_only=True)
class House:
    """An installation, an age key, and empty places to restore into."""

    world: World
    app: App
    folder: Path
    identity: Path
    recipient: str
    fresh: FreshDatabase
    places: int = 0

    def run(self, *arguments: str, secret: str = "", **settings: str) -> Result:
        """Give a command to the installation."""
        config = self.world.platform.config
        url = self.world.platform.database.url.render_as_string(hide_password=False)
        environment = {
            "TSUZURI_HOME": str(self.folder / "home"),
            "TSUZURI_DATABASE": url,
            "TSUZURI_FILES": str(config.files),
            "TSUZURI_SECRET_KEY": secret,
            **settings,
        }
        done = CliRunner().invoke(main, arguments, env=environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def backup(self, name: str = "one.age", *how: str) -> Path:
        """Make a backup; encrypted unless ``how`` says otherwise."""
        target = self.folder / name
        to = how or ("--recipient", self.recipient)
        done = self.run("backup", str(target), *to, secret=SECRET)
        assert done.exit_code == 0, done.output
        return target

    @contextmanager
    def restored(self, source: Path, *how: str, secret: str = "") -> Iterator[tuple[Result, Path]]:
        """Restore into a new empty place."""
        self.places += 1
        into = self.folder / f"place{self.places}"
        arguments = ["restore", str(source), "--into", str(into), *how]
        if self.world.platform.database.dialect == "sqlite":
            yield self.run(*arguments, secret=secret), into
            return
        with self.fresh() as url:
            yield self.run(*arguments, "--database", url, secret=secret), into

    def keys(self) -> tuple[str, ...]:
        """Return the options that open an encrypted backup."""
        return ("--identity", str(self.identity))

    def fill(self, count: int, files: int) -> list[int]:
        """Make records, of which the first hold a file each."""
        platform, access = self.world.platform, self.world.entering("mori", self.app)
        made = []
        for number in range(files):
            content = io.BytesIO(f"{number} 添付".encode() * 50)
            file = attachments.receive(platform, access.actor, f"{number}.txt", content)
            made.append(records.create(platform, access, {"name": "あ", "papers": [file]}).id)
        for start in range(files, count, 500):
            some = [{"name": f"記録{n}"} for n in range(start, min(start + 500, count))]
            made += self.world.put(self.app, *some)
        return made


@pytest.fixture
def house(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[House]:
    key = pyrage.x25519.Identity.generate()
    identity = tmp_path / "key.txt"
    identity.write_text(f"# made for a test\n{key}\n")
    with fresh_database() as url, opened(url, tmp_path / "home" / "files") as town:
        yield House(
            world=town,
            app=town.publish(FIELDS),
            folder=tmp_path,
            identity=identity,
            recipient=str(key.to_public()),
            fresh=fresh_database,
        )
