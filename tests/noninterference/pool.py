"""Requests, and the values that go into them: those of both worlds, what lies beside, and nothing.

A leak of a hidden value shows only to somebody who asks for that very value, so every request
draws from what is hidden in either world as readily as from what may be seen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from werkzeug.test import TestResponse

from noninterference.channels import ANYTHING, Channel
from noninterference.definitions import condition, literal
from noninterference.kinds import EVERY, FILES, FIRST, SECOND, SYSTEM, file
from noninterference.pairs import Pair

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; ``files`` are (field, name, content), ``form`` None is a request without one.

    ``json`` is sent in its place, with the token of the last page.
    """

    path: str
    query: Pairs = ()
    form: Pairs | None = None
    files: Sequence[tuple[str, str, bytes]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    json: Any = None

    @property
    def verb(self) -> str:
        """Return the method: POST where there is a form, unless said otherwise."""
        return self.method or ("GET" if self.form is None else "POST")

    def __str__(self) -> str:
        """Return the request as a failing test tells it."""
        return (
            f"{self.verb} {self.path} {dict(self.query)} {self.form} {self.json} "
            f"{[*self.files]} {self.headers}"
        )


Asking = Generator[Request, TestResponse, None]
"""What a strategy makes: requests, each answered before the next is made."""


@dataclass
class Pool:
    """Draws the parts of a request for one example."""

    rng: Random
    pair: Pair
    documents: Mapping[str, Mapping[str, Any]]
    channel: Channel = ANYTHING
    found: dict[str, list[str]] = field(default_factory=dict)

    def app(self) -> str:
        """Return the code of an app, mostly one in which there is something to see."""
        open_ = [one.app for one in self.pair.worlds[0] if one.shared]
        near = self.channel.app or (FIRST if self.channel.fields else "")
        if near and self.rng.randrange(3):
            return near
        if open_ and self.rng.randrange(8):
            return self.rng.choice(open_)
        return self.rng.choice([FIRST, FIRST, SECOND, SECOND, "third"])

    def codes(self, app: str) -> list[str]:
        """Return every field of an app, hidden ones too."""
        document = self.documents.get(app, self.documents[FIRST])
        return list(document["record"]["properties"])

    def code(self, app: str) -> str:
        """Return a field's code, rather one that is restricted; a system field's; or nobody's."""
        mine = self.codes(app)
        if not self.rng.randrange(8):
            return self.rng.choice(["cell", "x", *SYSTEM, "nowhere"])
        if app == FIRST and self.channel.fields and self.rng.randrange(2):
            return self.rng.choice(self.channel.fields)
        return self.rng.choice(self.rng.choice([mine, self.restricted(app) or mine]))

    def some(self, app: str) -> list[str]:
        """Return a few fields of an app to write, those of the example's channel among them."""
        mine = self.codes(app)
        near = self.channel.fields if app == FIRST and self.rng.randrange(3) else ()
        return sorted({*self.rng.sample(mine, min(len(mine), self.rng.randint(1, 3))), *near})

    def restricted(self, app: str) -> list[str]:
        """Return the fields of which a rule speaks."""
        rules = self.documents.get(app, self.documents[FIRST])["access"]["field"]
        return [code for rule in rules[:1] for code in rule["fields"]]

    def record(self, app: str) -> int:
        """Return the id of a record: seen, unseen here or there, beside one, or of none."""
        mine = [one for one in self.pair.every() if one.app == app]
        sorts: tuple[list[int], ...] = (
            *([one.id for one in mine if one.shared],) * 6,
            *([one.id for one in mine if not one.shared],) * (9 if self.channel.unseen else 2),
            [int(one) for one in self.found.get(app, ())],
            [one.id + self.rng.choice([-1, 1]) for one in mine],
        )
        there = [ids for ids in sorts if ids]
        return self.rng.choice(self.rng.choice(there) if there else [1, 2**53 - 1])

    def file(self, app: str, record: int) -> tuple[str, str]:
        """Return a field and the key of a file: mostly one that the record has in some world."""
        held = [
            (code, file["key"])
            for one in self.pair.every()
            if one.app == app and (one.id == record or not self.rng.randrange(4))
            for code in ("papers", "photo")
            for file in one.values.get(code, ())
        ]
        return self.rng.choice(held or [("papers", file(self.rng.choice(list(FILES)))["key"])])

    def comment(self) -> int:
        """Return the id of a comment: one's own, seen, unseen, or none."""
        there = [one.id for kept in self.pair.every() for one in kept.remarks if not one.phrase]
        mine = [int(one) for one in self.found.get("comments", ())]
        return self.rng.choice([*there, *mine * 3, 1])

    def word(self) -> str:
        """Return something to search for: a value of some field, whole or its beginning."""
        code = self.rng.choice([code for code, one in EVERY.items() if one.asked])
        text = self.rng.choice(EVERY[code].asked)
        return text[: self.rng.randint(1, len(text))] if self.rng.randrange(2) else text

    def said(self) -> str:
        """Return a value that stands in some record of either world, as text."""
        held = [value for one in self.pair.every() for value in one.values.values()]
        texts = [value for value in held if isinstance(value, str)]
        return self.rng.choice([*texts, self.word()])

    def where(self, app: str) -> str:
        """Return a condition, rarely one that cannot be read."""
        if not self.rng.randrange(12):
            return self.rng.choice(
                ["nowhere = 1", "t = ", '$updated > "2026-11-19T00:00:00Z"', 'cell = "山田"']
            )
        return condition(self.rng, self.codes(app))

    def sort(self, app: str) -> str:
        """Return an order by one field, rarely by one that has none."""
        near = self.channel.fields if app == FIRST and self.rng.randrange(2) else ()
        restricted = near or self.restricted(app)
        likely = [code for code in restricted if EVERY[code].sortable]
        code = self.rng.choice(likely) if likely and self.rng.randrange(3) else self.code(app)
        return f"{code} {self.rng.choice(['asc', 'desc'])}"

    def literal(self, code: str) -> str:
        """Return a value of a field without the quotes of a condition."""
        if code == "to":
            return str(self.record(FIRST))
        return (
            literal(self.rng, code).strip('"')
            if code in EVERY and EVERY[code].asked
            else self.word()
        )

    def maybe(self, *pairs: tuple[str, str], one_in: int = 2) -> list[tuple[str, str]]:
        """Return some of the parameters."""
        return [one for one in pairs if not self.rng.randrange(one_in)]

    def headers(self) -> dict[str, str]:
        """Return headers that change an answer: htmx, a language, a condition on what is kept."""
        offered = (
            {"HX-Request": "true"},
            {"Accept-Language": "en"},
            {"If-None-Match": '"1"', "If-Modified-Since": "Thu, 26 Nov 2026 00:00:00 GMT"},
            {"Range": "bytes=0-10"},
        )
        return dict(self.rng.choice(offered)) if not self.rng.randrange(3) else {}

    def view(self, app: str) -> str:
        """Return how an address names a view."""
        return self.rng.choice(
            ["0", "1", "2", "all", *(f"own-{one}" for one in self.found.get(f"views {app}", ()))]
        )

    def remember(self, what: str, value: str) -> None:
        """Keep something the attacker came to know, such as the id of a record they made."""
        self.found.setdefault(what, []).append(value)

    def table(self, app: str) -> bytes:
        """Return a CSV file about an app's fields, with keys and ids of seen and unseen records."""
        rng = self.rng
        codes = rng.sample(self.codes(app), min(len(self.codes(app)), rng.randint(1, 4)))
        head = [
            *codes,
            *(["$id"] if rng.randrange(2) else []),
            *(["$revision"] if not rng.randrange(3) else []),
        ]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(head)
        for _ in range(rng.randint(1, 3)):
            writer.writerow([self._cell(app, code) for code in head])
        return out.getvalue().encode()

    def _cell(self, app: str, code: str) -> str:
        if code == "$id":
            return str(self.record(app))
        if code == "$revision":
            return str(self.rng.randint(1, 3))
        return self.literal(code)
