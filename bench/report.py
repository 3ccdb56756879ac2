"""Results as a table of Markdown, on the screen and for docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable

from bench.timing import Result

HEAD = ("operation", "who", "ours ms", "raw ms", "ratio", "ratio of the least", "")


def line(result: Result) -> str:
    """Return one result as a row."""
    raw = "" if result.raw is None else f"{result.raw:.2f}"
    ratio = "" if result.ratio is None else f"{result.ratio:.1f}"
    best = "" if result.best_ratio is None else f"{result.best_ratio:.1f}"
    cells = (result.operation, result.who, f"{result.ours:.2f}", raw, ratio, best, result.note)
    return "| " + " | ".join(cells) + " |"


def table(results: Iterable[Result]) -> str:
    """Return results as one table."""
    head = ["| " + " | ".join(HEAD) + " |", "|---|---|---:|---:|---:|---:|---|"]
    return "\n".join([*head, *map(line, results)])
