"""Forms of an app: which controls stand in one, what they hold, and what they mean.

Nothing here knows a kind of field; ``controls`` knows controls, and kinds read their own text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Request

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, TooLarge, Unknown
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import Files
from tsuzuri.services import attachments, initial, opening
from tsuzuri.services.opening import Opened
from tsuzuri.services.platform import Platform
from tsuzuri.services.scanning import Unscanned
from tsuzuri.web import controls
from tsuzuri.web.controls import Body, Row

PREFIX = "f."
"""Before every field's name in a form, so that no field's code meets a name of our own."""

BROUGHT = "_brought."
"""Before a field's code in a form: what a look-up last put into it, as JSON."""

MOST_FILES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A form: whose it is, and the values it starts from.

    ``stored`` are those of the record when the form was first shown; ``writable`` the fields
    that may be filled in; ``record`` is None for a new one, ``draft`` the number under which that
    one is kept so far; ``copied`` what a look-up brings
    into fields that nobody fills in, ``brought`` into those that people do (``copying``).
    """

    platform: Platform
    access: Access
    scene: Scene
    writable: frozenset[str]
    stored: Mapping[str, Any]
    masked: frozenset[str] = field(default_factory=frozenset)
    record: int | None = None
    draft: int | None = None
    copied: dict[str, Any] = field(default_factory=dict)
    brought: dict[str, str] = field(default_factory=dict)

    def fields(self) -> Iterator[Field]:
        """Yield the fields that may be filled in."""
        return (one for one in self.access.app.fields if one.code in self.writable)


def new_sheet(platform: Platform, access: Access, *, draft: int | None = None) -> Sheet:
    """Return the form of a new record, with its initial values; ``draft``: begun before."""
    actor = access.actor
    values = {
        **_templates(access),
        **initial.values(access.app, actor, platform.clock()),
    }
    return Sheet(
        platform=platform,
        access=access,
        scene=platform.scene(actor),
        writable=opening.new_writable(access),
        stored=values,
        draft=draft,
    )


def _templates(access: Access) -> dict[str, Any]:
    """Return the texts that new records begin with, such as the headings of a report."""
    given = {one.code: one.schema.get("template") for one in access.app.fields}
    return {code: text for code, text in given.items() if isinstance(text, str)}


def sheet_of(platform: Platform, access: Access, opened: Opened) -> Sheet:
    """Return the form of an existing record."""
    return Sheet(
        platform=platform,
        access=access,
        scene=platform.scene(access.actor),
        writable=opened.writable,
        stored=opened.start,
        masked=opened.state.masked,
        record=opened.state.id,
    )


def values_of(sheet: Sheet, stored: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what stands in each control for the stored (or initial) values."""
    wires = sheet.stored if stored is None else stored
    return {
        one.code: controls.shown(one, wires.get(one.code), sheet.scene)
        for one in sheet.access.app.fields
    }


def prefilled(sheet: Sheet, args: MultiDict[str, str]) -> dict[str, Any]:
    """Return the starting values with those that the address names, such as the case."""
    values = values_of(sheet)
    for one in sheet.fields():
        if PREFIX + one.code in args:
            values[one.code] = controls.posted(one, PREFIX + one.code, Body(args))
    return values


@dataclass(frozen=True, slots=True)
class Typed:
    """What was posted: a value per control, and what is wrong with the files that came."""

    values: dict[str, Any]
    problems: list[Problem]
    pairs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came, or as it was kept."""

    form: MultiDict[str, str]
    files: MultiDict[str, FileStorage] = field(default_factory=MultiDict)


def typed(sheet: Sheet, request: Request | Sent) -> Typed:
    """Return what stands in the posted form; new files are stored so that an error keeps them.

    Its ``pairs`` are the form to the letter, with files by their keys.
    """
    intake = _Intake(sheet, request)
    files = intake.everything()
    body = Body(request.form, files)
    values = values_of(sheet)
    for one in sheet.fields():
        values[one.code] = controls.posted(one, PREFIX + one.code, body)
    return Typed(values, intake.problems, list(_pairs(request.form, files)))


def _pairs(
    form: MultiDict[str, str], files: Mapping[str, list[Mapping[str, Any]]]
) -> Iterator[tuple[str, str]]:
    answers = {f"{name}.{act}" for name in files for act in ("keep", "remove")}
    for name, text in form.items(multi=True):
        if name.startswith((PREFIX, BROUGHT)) and name not in answers:
            yield name, text
    for name, wires in files.items():
        yield from ((f"{name}.keep", wire["key"]) for wire in wires)


def given(sheet: Sheet, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wire values the form asks to save: for a record, those that were changed."""
    found = {
        one.code: controls.read(one, values[one.code], sheet.stored.get(one.code), sheet.scene)
        for one in sheet.fields()
    }
    if sheet.record is None:
        return found
    return {code: wire for code, wire in found.items() if wire != sheet.stored.get(code)}


def add_row(sheet: Sheet, values: dict[str, Any], name: str) -> None:
    """Add an empty row to the table called ``name`` in the form."""
    for one in sheet.fields():
        rows = values.get(one.code)
        if PREFIX + one.code != name or not isinstance(rows, list):
            continue
        if one.inner:
            rows.append(empty_row(one, next_key(rows), sheet.scene))
        else:
            rows.append({key: "" for key, _ in one.kind.widget(one).parts})


def next_key(rows: list[Row]) -> str:
    """Return a key that no row of the form has."""
    taken = [int(row.key) for row in rows if row.key.isascii() and row.key.isdigit()]
    return str(max(taken, default=-1) + 1)


def empty_row(table: Field, key: str, scene: Scene) -> Row:
    """Return a row in which nothing stands."""
    return Row(key, "", {c.code: controls.shown(c, None, scene) for c in table.inner})


class _Intake:
    """Takes in the files of a posted form: the ones kept, and the ones that came with it."""

    def __init__(self, sheet: Sheet, request: Request | Sent) -> None:
        self.sheet = sheet
        self.request = request
        self.problems: list[Problem] = []

    def everything(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return the wire values of files by the name of their control."""
        found = {}
        for one in self.sheet.fields():
            if isinstance(one.trait, Files):
                name = PREFIX + one.code
                held = self.sheet.stored.get(one.code) or ()
                found[name] = self._files(name, f"/{escape(one.code)}", held)
            elif one.inner:
                found.update(self._in_rows(one))
        return found

    def _in_rows(self, table: Field) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
        columns = [one for one in table.inner if isinstance(one.trait, Files)]
        if not columns:
            return
        name = PREFIX + table.code
        rows = self.sheet.stored.get(table.code) or ()
        held = {str(row.get("id")): row for row in rows}
        everything = Body(self.request.form, dict.fromkeys(self.request.files, ()))
        keys = list(dict.fromkeys(key for key, _ in everything.below(name)))
        for key in keys[: controls.MOST_ROWS]:
            row = held.get(self.request.form.get(f"{name}.{key}._id", ""), {})
            for column in columns:
                place = f"{name}.{key}.{column.code}"
                pointer = f"/{escape(table.code)}"
                yield place, self._files(place, pointer, row.get(column.code) or ())

    def _files(self, name: str, pointer: str, held: Any) -> list[Mapping[str, Any]]:
        form = self.request.form
        removed = frozenset(form.getlist(f"{name}.remove"))
        known = {one["key"]: one for one in held}
        kept = [key for key in form.getlist(f"{name}.keep")[:MOST_FILES] if key not in removed]
        files = [known.get(key) or self._uploaded(key) for key in dict.fromkeys(kept)]
        sent = [one for one in self.request.files.getlist(name) if one.filename]
        fresh = [self._received(one, pointer) for one in sent[:MOST_FILES]]
        merged = {one["key"]: one for one in (*files, *fresh) if one is not None}
        return list(merged.values())

    def _uploaded(self, key: str) -> Mapping[str, Any] | None:
        """Return a file that came with an earlier try of this form, if it is the sender's own."""
        try:
            file = attachments.find_own_upload(self.sheet.platform, self.sheet.access.actor, key)
        except Unknown:
            return None
        return {"key": key, "name": file.name, "type": file.type, "size": file.size}

    def _received(self, file: FileStorage, pointer: str) -> Mapping[str, Any] | None:
        name = (file.filename or "").encode("utf-8", "replace").decode()
        try:
            return attachments.receive(
                self.sheet.platform, self.sheet.access.actor, name, cast("BinaryIO", file.stream)
            )
        except (TooLarge, Unscanned) as error:
            self.problems.append(Problem(pointer, error.message))
        except Invalid as error:
            self.problems += [Problem(pointer, one.message) for one in error.problems]
        return None
