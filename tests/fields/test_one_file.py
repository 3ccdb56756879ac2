"""Adding a kind is adding one file: the contract takes it in without another edit."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

from tsuzuri.fields import KINDS

ROOT = Path(__file__).resolve().parent.parent.parent

RATING = '''"""One to five stars."""

from typing import ClassVar

from tsuzuri.fields.base import Field, FieldKind, Keywords, Sample, Scene, Slot, Wire


class Rating(FieldKind):
    """A whole number from 1 to 5, shown as stars."""

    name = "rating"
    slot = Slot.NUMBER
    shape: ClassVar[Keywords] = {"type": "integer", "minimum": 1, "maximum": 5}
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(accepted=(1, 5), rejected=(0, 6, "3"), typed=(("3", 3),)),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return int(text) if text in {*"12345"} else text

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "★" * wire
'''


def test_no_kind_names_another() -> None:
    modules = {type(kind).__module__ for kind in KINDS.values()}
    for path in (ROOT / "platform/tsuzuri/fields").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in modules, f"{path.name} imports {node.module}"


def run(root: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/fields/test_contract.py",
        "-q",
        "-k",
        "rating",
    ]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_new_file_is_a_new_kind(tmp_path: Path) -> None:
    for part in ("platform", "schemas"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests/fields").mkdir(parents=True)
    contract = "tests/fields/test_contract.py"
    shutil.copy(ROOT / contract, tmp_path / contract)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    kind = tmp_path / "platform/tsuzuri/fields/rating.py"

    kind.write_text(RATING, encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout, done.stdout

    kind.write_text(RATING.replace('"★" * wire', "wire"), encoding="utf-8")
    assert run(tmp_path).returncode == 1
