"""What a value names must exist: people, agencies, groups, files, records of other apps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Problem, Unknown, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Files, People, Pointed
from tsuzuri.services.platform import Platform
from tsuzuri.storage import uploads


@dataclass(frozen=True, slots=True)
class _Named:
    """A value that names something, what it named before, and where it stands."""

    field: Field
    wire: Any
    was: Any
    pointer: str


def problems(
    platform: Platform, access: Access, values: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a problem for everything named that is not there for this person.

    What a record named before stays valid: people leave, and their names stay in records.
    """
    for field in access.whole.stored:
        wire, was = values.get(field.code), before.get(field.code)
        if wire is None or wire == was:
            continue
        pointer = f"/{escape(field.code)}"
        if field.slot is Slot.ROWS:
            named = _in_rows(field, wire, was or (), pointer)
        else:
            named = iter((_Named(field, wire, was, pointer),))
        for one in named:
            yield from _missing(platform, access, one)


def _in_rows(table: Field, rows: Any, before: Any, pointer: str) -> Iterator[_Named]:
    old = {row.get("id"): row for row in before}
    for place, row in enumerate(rows):
        for inner in table.inner:
            if inner.code in row:
                was = old.get(row.get("id"), {}).get(inner.code)
                where = f"{pointer}/{place}/{escape(inner.code)}"
                yield _Named(inner, row[inner.code], was, where)


def _missing(platform: Platform, access: Access, named: _Named) -> Iterator[Problem]:
    trait = named.field.trait
    if isinstance(trait, People):
        directory = platform.directory_for(access.actor)
        for code in named.wire:
            if code not in (named.was or ()) and not directory.knows(trait.entity, code):
                yield Problem(named.pointer, message("「{code}」は名簿にありません。", code=code))
    elif isinstance(trait, Files):
        yield from _files(platform, access, named)
    elif isinstance(trait, Pointed) and named.wire != named.was:
        yield from _pointed(platform, access, trait, named)


def _files(platform: Platform, access: Access, named: _Named) -> Iterator[Problem]:
    """A file is named by what the record held before, or by the writer's own upload.

    Knowing a file's hash is no right to it.
    """
    held = {one["key"]: one for one in named.was or ()}
    keys = [one["key"] for one in named.wire]
    mine = uploads.of(platform.database, access.actor.user, keys)
    for one in named.wire:
        known = held.get(one["key"]) or mine.get(one["key"])
        if known is None or any(one.get(k) != known[k] for k in ("type", "size")):
            sentence = message("ファイルが届いていません。もう一度添付してください。")
            yield Problem(named.pointer, sentence)


def _pointed(
    platform: Platform, access: Access, trait: Pointed, named: _Named
) -> Iterator[Problem]:
    """The record pointed to must be one the writer may see."""
    try:
        other = platform.admit(access.actor, trait.app)
        with platform.reading(other) as records:
            records.get(int(named.wire))
    except (Unknown, ValueError, OverflowError):
        yield Problem(named.pointer, message("参照先のレコードが見つかりません。"))
