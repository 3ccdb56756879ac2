"""The wheel carries all that the program needs, found from wherever it is installed."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parent.parent

REPORT = """
import tsuzuri
from tsuzuri import resources as r
print(tsuzuri.__file__)
for folder in (r.APPS, r.SCHEMAS, r.TEMPLATES, r.STATIC):
    files = (path for path in folder.rglob("*") if path.is_file())
    print(*sorted(path.relative_to(folder).as_posix() for path in files), sep="|")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build as a release does, but with the tools that are installed here already."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def report(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Install it elsewhere, and ask it from yet another folder what it finds."""
    site, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--target", site, wheel], check=True)
    answer = subprocess.run(
        [sys.executable, "-c", REPORT],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
    )
    module, *folders = answer.stdout.splitlines()
    assert Path(module).is_relative_to(site)
    return folders


@pytest.mark.parametrize("position, folder", [(0, "apps"), (1, "schemas"), (2, "templates")])
def test_installed_program_finds_each_folder_whole(
    report: list[str], position: int, folder: str
) -> None:
    here = sorted(
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    )
    assert report[position].split("|") == here


def test_front_end_libraries_come_with_their_licences(report: list[str]) -> None:
    static = set(report[3].split("|"))
    assert {
        "vendor/htmx/htmx.min.js",
        "vendor/design-tokens/tokens.css",
        "vendor/noto-sans-jp/400.css",
        "vendor/noto-sans-jp/700.css",
    } <= static
    libraries = {name.split("/")[1] for name in static if name.count("/") > 1}
    assert {f"vendor/{library}/LICENSE" for library in libraries} <= static


def test_every_font_that_the_style_sheets_name_is_there_and_none_is_outside() -> None:
    folder = ROOT / "platform/tsuzuri/static/vendor/noto-sans-jp"
    for sheet in folder.glob("*.css"):
        named = [part.split(")")[0] for part in sheet.read_text().split("url(")[1:]]
        assert named
        assert all((folder / name).is_file() for name in named)


def test_wheel_carries_types_and_compiled_messages_but_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "tsuzuri/py.typed" in names
    messages = (ROOT / "platform/tsuzuri/translations").glob("*/LC_MESSAGES/*.po")
    compiled = {
        path.with_suffix(".mo").relative_to(ROOT / "platform").as_posix() for path in messages
    }
    assert compiled <= names
    assert {name.split("/")[0] for name in names if not name.startswith("tsuzuri-")} == {"tsuzuri"}
