"""ajv in a Node process of its own, asked over a pipe: a verdict takes a tenth of a millisecond."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_SCRIPT = Path(__file__).with_name("ajv.mjs")
_MODULES = _SCRIPT.parent.parent.parent / "node_modules"


def program() -> str | None:
    """Find Node: the machine's own, or the one that came with the locked dependencies."""
    places = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    return shutil.which("node", path=places) if (_MODULES / "ajv-formats").is_dir() else None


@dataclass(frozen=True, slots=True)
class Ajv:
    """A running process that learns schemas and judges values."""

    _questions: IO[str]
    _answers: IO[str]

    def learn(self, schema: Mapping[str, Any]) -> int:
        """Compile a schema; return the number to ask by."""
        return int(self._ask({"schema": schema}))

    def accepts(self, number: int, value: Any) -> bool:
        """Judge one value."""
        return {"true": True, "false": False}[self._ask({"by": number, "value": value})]

    def _ask(self, question: Mapping[str, Any]) -> str:
        self._questions.write(json.dumps(question) + "\n")
        self._questions.flush()
        return self._answers.readline().strip()


@contextmanager
def running(node: str) -> Iterator[Ajv]:
    """Run one process; it ends when its input does."""
    with subprocess.Popen(
        [node, str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Ajv(process.stdin, process.stdout)
        finally:
            process.stdin.close()
