"""What a value names must exist: people, agencies, groups, files, records of other apps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Problem, Unknown, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Files, People, Pointed
from tsuzuri.services.platform import Platform
from tsuzuri.storage import uploads


def problems(
    platform: Platform, access: Access, values: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a problem for everything named that is not there for this person.

    What a record named before stays valid: people leave, and their names stay in records.
    """
    for field in access.whole.stored:
        wire = values.get(field.code)
        if wire is None or wire == before.get(field.code):
            continue
        if field.slot is Slot.ROWS:
            yield from _in_rows(platform, access, field, wire, before.get(field.code) or ())
        else:
            pointer = f"/{escape(field.code)}"
            yield from _named(platform, access, field, wire, before.get(field.code), pointer)


def _in_rows(
    platform: Platform, access: Access, table: Field, rows: Any, before: Any
) -> Iterator[Problem]:
    old = {row.get("id"): row for row in before}
    for place, row in enumerate(rows):
        for inner in table.inner:
            if inner.code in row:
                pointer = f"/{escape(table.code)}/{place}/{escape(inner.code)}"
                was = old.get(row.get("id"), {}).get(inner.code)
                yield from _named(platform, access, inner, row[inner.code], was, pointer)


def _named(
    platform: Platform, access: Access, field: Field, wire: Any, was: Any, pointer: str
) -> Iterator[Problem]:
    trait = field.trait
    if isinstance(trait, People):
        directory = platform.directory
        for code in wire:
            if code not in (was or ()) and not directory.knows(trait.entity, code):
                yield Problem(pointer, message("「{code}」は名簿にありません。", code=code))
    elif isinstance(trait, Files):
        yield from _files(platform, access, wire, was or (), pointer)
    elif isinstance(trait, Pointed):
        yield from _pointed(platform, access, trait, wire, pointer)


def _files(
    platform: Platform, access: Access, wire: Any, was: Any, pointer: str
) -> Iterator[Problem]:
    """A file is named by what the record held before, or by the writer's own upload.

    Knowing a file's hash is no right to it.
    """
    held = {one["key"]: one for one in was}
    mine = uploads.of(platform.database, access.actor.user, [one["key"] for one in wire])
    for one in wire:
        known = held.get(one["key"]) or mine.get(one["key"])
        same = known is not None and all(one.get(k) == known[k] for k in ("type", "size"))
        if not same:
            yield Problem(pointer, message("ファイルが届いていません。もう一度添付してください。"))


def _pointed(
    platform: Platform, access: Access, trait: Pointed, wire: str, pointer: str
) -> Iterator[Problem]:
    """The record pointed to must be one the writer may see."""
    try:
        other = platform.admit(access.actor, trait.app)
        with platform.reading(other) as records:
            records.get(int(wire))
    except (Unknown, ValueError, OverflowError):
        yield Problem(pointer, message("参照先のレコードが見つかりません。"))
