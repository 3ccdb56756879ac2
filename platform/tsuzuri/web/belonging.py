"""Where somebody belongs, as pages show it and as a form sends it: a small timeline with days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from tsuzuri.errors import Message, Problem, message
from tsuzuri.japanese.calendar import era_date, parse_date
from tsuzuri.services.directory import PLURALS, Person
from tsuzuri.storage.belonging import AGENCY, GROUP, Stay
from tsuzuri.web.form_items import Choice
from tsuzuri.web.gate import platform
from tsuzuri.web.paging import whole
from tsuzuri.web.render import reader_language, sentence

MOST = 40
"""Rows of one form; nobody was ever in more places."""
SPARE = 2
NOW, PLANNED, PAST = "now", "planned", "past"
WORDS: Mapping[str, Message] = {
    NOW: message("現在"),
    PLANNED: message("予定"),
    PAST: message("終了"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form as it was typed; days as people write them."""

    code: str = ""
    starts_on: str = ""
    ends_on: str = ""
    main: bool = False
    remove: bool = False
    # Where it stands among those that are not the main one; a form carries it along.
    position: int = 1

    @property
    def counts(self) -> bool:
        """Whether the row says something."""
        return not self.remove and bool(self.code or self.starts_on or self.ends_on)


@dataclass(frozen=True, slots=True)
class Typed:
    """Both halves of the form."""

    rows: Mapping[str, tuple[Row, ...]]

    def stays(self) -> dict[str, tuple[Stay, ...]]:
        """Return what the rows mean; a day that cannot be read stays as it was typed."""
        return {
            entity: tuple(_stay(row, entity) for _, row in self._counting(entity))
            for entity in PLURALS
        }

    def placed(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return problems of stays at the rows they were typed in."""
        return [self._placed(one) for one in problems]

    def _placed(self, problem: Problem) -> Problem:
        for entity, plural in PLURALS.items():
            start = f"/{plural}/"
            if problem.pointer.startswith(start):
                place, _, name = problem.pointer.removeprefix(start).partition("/")
                row = [place for place, _ in self._counting(entity)][int(place)]
                return Problem(f"{start}{row}/{name}", problem.message)
        return problem

    def _counting(self, entity: str) -> list[tuple[int, Row]]:
        return [(place, row) for place, row in enumerate(self.rows[entity]) if row.counts]


def _stay(row: Row, entity: str) -> Stay:
    return Stay(
        code=row.code,
        starts_on=_day(row.starts_on),
        ends_on=_day(row.ends_on),
        position=0 if row.main or entity == GROUP else row.position,
    )


def _day(text: str) -> str:
    read = parse_date(text) if text else None
    return text if read is None else read.isoformat()


def typed(form: MultiDict[str, str]) -> Typed:
    """Return the form as it was sent."""
    return Typed({entity: tuple(_rows(form, PLURALS[entity])) for entity in PLURALS})


def _rows(form: MultiDict[str, str], plural: str) -> list[Row]:
    return [
        Row(
            **{
                name: form.get(f"{plural}.{place}.{name}", "").strip()
                for name in ("code", "starts_on", "ends_on")
            },
            main=f"{plural}.{place}.main" in form,
            remove=f"{plural}.{place}.remove" in form,
            position=min(max(1, whole(form.get(f"{plural}.{place}.position")) or 1), MOST),
        )
        for place in range(MOST)
        if f"{plural}.{place}.code" in form
    ]


def stored(person: Person) -> Typed:
    """Return the form as it stands for a person."""
    return Typed(
        {
            entity: tuple(
                Row(
                    code=one.code,
                    starts_on=said(one.starts_on),
                    ends_on=said(one.ends_on),
                    main=one.position == 0,
                    position=one.position or 1,
                )
                for one in person.stays(entity)
            )
            for entity in PLURALS
        }
    )


def from_today(agency: str) -> tuple[Stay, ...]:
    """Return the first agency of somebody new."""
    return (Stay(code=agency),) if agency else ()


def said(day: str) -> str:
    """Return a stored day as people write it; what is no day as it is."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return day
    return era_date(read) if reader_language() == "ja" else day


def section(
    entity: str, shown: Typed, *, choices: Sequence[Choice], problems: Sequence[Problem]
) -> dict[str, Any]:
    """Return one half of the form for its template, with empty rows to write in."""
    plural = PLURALS[entity]
    rows = [*shown.rows[entity], *(Row() for _ in range(SPARE))]
    known = {"", *(code for code, _ in choices)}
    wrong = {one.pointer: sentence(one.message) for one in problems}
    return {
        "entity": entity,
        "plural": plural,
        "rows": [
            {
                "row": row,
                "offered": [*choices, *([] if row.code in known else [(row.code, row.code)])],
                "errors": {
                    name: wrong.get(f"/{plural}/{place}/{name}", "")
                    for name in ("code", "starts_on", "ends_on")
                },
            }
            for place, row in enumerate(rows)
        ],
    }


def timeline(person: Person) -> list[dict[str, Any]]:
    """Return every stretch for reading: what holds, then what is planned, then what is over."""
    found = [(entity, one) for entity in (AGENCY, GROUP) for one in person.stays(entity)]
    order = (NOW, PLANNED, PAST)
    lines = [
        {
            "kind": entity,
            "name": _name(entity, one.code),
            "state": state_of(one),
            "word": sentence(WORDS[state_of(one)]),
            "starts_on": said(one.starts_on),
            "ends_on": said(one.ends_on),
        }
        for entity, one in found
    ]
    return sorted(lines, key=lambda line: order.index(str(line["state"])))


def state_of(stay: Stay) -> str:
    """Tell whether a stretch holds today, is yet to begin, or is over."""
    today = platform().today
    return NOW if stay.holds(today) else PAST if stay.ended(today) else PLANNED


def _name(entity: str, code: str) -> str:
    return platform().directory.name(entity, code, reader_language())


def summary(person: Person) -> dict[str, Any]:
    """Return one row of the list of people."""
    agencies = sorted(
        (one for one in person.agencies if state_of(one) == NOW), key=lambda one: one.position
    )
    planned = any(state_of(one) == PLANNED for one in (*person.agencies, *person.groups))
    return {
        "code": person.code,
        "name": person.name,
        "kana": person.kana,
        "agencies": [_name(AGENCY, one.code) for one in agencies],
        "groups": [_name(GROUP, one.code) for one in person.groups if state_of(one) == NOW],
        "planned": planned,
        "active": person.active,
        "administers": person.administers,
        "audits": person.audits,
    }
