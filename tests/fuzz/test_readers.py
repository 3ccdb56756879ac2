"""What reads text from anybody refuses it in words, quickly, or understands it."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.readers import READERS, SEEDS
from fuzz.sending import SLOWEST
from fuzz.words import FIELD_NAMES, PARTS, WORDS

EXAMPLES = 150 * int(os.environ.get("TSUZURI_EXAMPLES", "1"))
SECONDS = int(os.environ.get("TSUZURI_SECONDS", "30"))
ROOT = Path(__file__).resolve().parents[2]
FOUND = json.loads(Path(__file__).with_name("found.json").read_text(encoding="utf-8"))


def quickly(reader: str, data: bytes) -> None:
    """Read once and fail if that takes long."""
    started = time.thread_time()
    READERS[reader](data)
    assert time.thread_time() - started < SLOWEST


@st.composite
def near(draw: st.DrawFn, reader: str) -> bytes:
    """Return a seed of a reader with pieces put in, taken out and repeated, or just pieces."""
    text = draw(st.sampled_from(["", *SEEDS[reader]]))
    pieces = st.one_of(
        st.sampled_from([*WORDS, *PARTS, *FIELD_NAMES, '"', "\\", "{", "}", "[", "]", ",", "\r\n"]),
        st.text(max_size=6),
    )
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 9)))
        text = text[:start] + draw(pieces) * draw(st.sampled_from([1, 1, 1, 2, 60])) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_refuses_in_words_or_understands(reader: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.one_of(near(reader), near(reader), st.binary(max_size=200)))
    def search(data: bytes) -> None:
        quickly(reader, data)

    search()


@pytest.mark.parametrize("reader", READERS)
def test_its_seeds_are_understood_without_a_refusal_of_everything(reader: str) -> None:
    for seed in SEEDS[reader]:
        quickly(reader, seed.encode())


@pytest.mark.parametrize(
    ("reader", "data"), [(one["reader"], base64.b64decode(one["data"])) for one in FOUND["readers"]]
)
def test_what_once_broke_a_reader_does_so_no_more(reader: str, data: bytes) -> None:
    quickly(reader, data)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("reader", READERS)
def test_a_search_guided_by_branches_finds_nothing(
    reader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = subprocess.run(  # what went wrong is asserted below
        [sys.executable, "-m", "fuzz", reader, str(SECONDS), "--artifacts", f"{tmp_path}/"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}/platform:{ROOT}/tests"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", ran.stderr)
    with capsys.disabled():
        print(f"\n{reader}: {runs[1] if runs else 0} inputs in {SECONDS} s")  # noqa: T201  figures
    assert ran.returncode == 0, (ran.stderr[-3000:], [*tmp_path.iterdir()])
    assert runs is not None
    assert int(runs[1]) > 100
