"""What one person is shown while one request is answered, kept for the audit log.

Storage tells the ledger of every record it hands out, so no use case can forget to.  The entries
are sealed with the request's own changes, or before its answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tsuzuri.storage.audit import Entry, many


@dataclass(slots=True)
class ReadingLedger:
    """Collects reads; ``purpose`` says for which page or file (an endpoint's name)."""

    purpose: str
    opened: dict[tuple[str, int], None] = field(default_factory=dict)
    listed: dict[str, dict[int, None]] = field(default_factory=dict)
    others: list[Entry] = field(default_factory=list)

    def saw(self, app: str, records: tuple[int, ...], *, whole: bool) -> None:
        """Note records of an app that were handed out; ``whole``: opened, not in a list."""
        if whole:
            self.opened.update(((app, record), None) for record in records)
        else:
            self.listed.setdefault(app, {}).update((record, None) for record in records)

    def note(self, entry: Entry) -> None:
        """Note something else that is to stand in the log: a search, a refusal, an export."""
        self.others.append(entry)

    def taken(self, besides: Sequence[Entry]) -> list[Entry]:
        """Hand over what was noted and forget it; ``besides`` stands in the log anyway."""
        said = {(one.app, one.record) for one in besides}
        entries = [
            Entry(action=f"read.{self.purpose}", app=app, record=record)
            for app, record in self.opened
            if (app, record) not in said
        ]
        for app, ids in self.listed.items():
            entries.extend(many(f"read.{self.purpose}", app, list(ids)))
        entries += self.others
        self.opened, self.listed, self.others = {}, {}, []
        return entries

    @property
    def pending(self) -> bool:
        """Tell whether something is noted that is not in the log yet."""
        return bool(self.opened or self.listed or self.others)
