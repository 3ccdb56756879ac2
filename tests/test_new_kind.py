"""A new kind of field is one new file: forms, lists, files, history and search know it at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

BLOOD_TYPE = '''
"""A blood type, with the Rh factor where the author wants it."""

import re
from typing import ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, FieldKind, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.japanese.width import narrow

_READ = re.compile("(AB|A|B|O)型?(RH?([+-]))?", re.IGNORECASE)


class BloodType(FieldKind):
    """A, B, O or AB, as ``AB-`` where it is rare."""

    name = "blood_type"
    shape: ClassVar[Keywords] = {"type": "string", "pattern": "^(A|B|O|AB)-?$", "maxLength": 3}
    options: ClassVar[Keywords] = {"rh": {"type": "boolean"}}
    operators = ops.TEXT
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(accepted=("A", "AB-"), rejected=("C", "a", 1), typed=(("ａｂ型rh-", "AB-"),)),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.INPUT, attributes={"placeholder": "A型"})

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        found = _READ.fullmatch(narrow(text).strip())
        return text if not found else found[1].upper() + ("-" if found[3] == "-" else "")

    def normal(self, field: Field, wire: Wire) -> Wire:
        return self.parse(field, wire, Scene()) if isinstance(wire, str) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return wire.removesuffix("-") + "型" + ("Rh-" if wire.endswith("-") else "")

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return self.show(field, wire, scene)
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the package and add the one file."""
    root = tmp_path_factory.mktemp("copy")
    for part in ("platform", "schemas", "templates", "apps"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "platform/tsuzuri/fields/blood_type.py").write_text(BLOOD_TYPE, encoding="utf-8")
    return root


@pytest.fixture
def seen(package: Path, database_url: str, tmp_path: Path) -> dict[str, Any]:
    """Use the kind in a process of its own and return what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "support.new_kind", database_url, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{package / 'platform'}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_one_file_is_all_that_a_new_kind_needs(seen: dict[str, Any]) -> None:
    assert seen["schema"] == {"type": "boolean"}
    assert seen["refused"] == ["/blood"]

    assert seen["list"] == [["髙橋", "AB-"], ["鈴木", "O"]]
    assert seen["equal"] == [["鈴木", "O"]]
    assert seen["one of"] == [["髙橋", "AB-"]]
    assert seen["like"] == [["髙橋", "AB-"]]
    assert seen["in a table"] == [["髙橋", "AB-"]]

    assert "AB型Rh-" in seen["csv"]
    assert seen["told"] == []
    assert seen["imported"] == "B"

    assert seen["history"] == {"blood": ["AB-", "A"]}
    assert seen["search"] == [["髙橋", "blood"]]

    assert 'name="f.blood"' in seen["form"]
    assert "A型" in seen["form"]
    assert "家族の血液型" in seen["form"]
    assert "A型" in seen["page"]
    assert "O型" in seen["page"]
    assert "B型" in seen["rows"]
    assert "B型" in seen["posted"]
    assert "A型" in seen["posted"]
    assert seen["wrong"] == 422
