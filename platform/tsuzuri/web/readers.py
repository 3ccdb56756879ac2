"""Who will read, in words beside a form and on the page of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Message, message
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import Files
from tsuzuri.services import opening, readership
from tsuzuri.services.readership import Party, Readership
from tsuzuri.storage.people import Directory
from tsuzuri.web import controls, forms
from tsuzuri.web.controls import Body
from tsuzuri.web.forms import PREFIX, Sheet
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import LARGEST
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("readers", __name__)


DIALLED = frozenset("0123456789+#*")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadersView:
    """The line, what it warns of, and the agencies with their people; where to ask anew."""

    line: str
    notes: list[str]
    warnings: list[str]
    parties: list[dict[str, Any]]
    groups: list[str]
    url: str = ""
    asks: str = ""
    beside: str = ""
    # Of a record that is there: how many agencies have read it, and how many have not.
    marks: str = ""


@blueprint.post("/apps/<app>/readers")
@gated("add")
def draft(access: Access) -> str:
    """Say who would read the new record that stands in a form."""
    return _answer(forms.new_sheet(platform(), access))


@blueprint.post(f"/apps/<app>/records/<int(max={LARGEST}):record>/readers")
@gated("edit")
def change(access: Access, record: int) -> str:
    """Say who would read a record as it stands in a form."""
    quiet = readership.quietly(platform(), access)
    found = opening.opened(platform(), quiet, record)
    return _answer(forms.sheet_of(platform(), quiet, found))


def _answer(sheet: Sheet) -> str:
    """Read what the rules ask from what was posted; the rest stays as the form began."""
    values, body = forms.values_of(sheet), Body(request.form)
    for one in asked(sheet):
        values[one.code] = controls.posted(one, PREFIX + one.code, body)
    return page("readers.html", readers=of_form(sheet, values))


def asked(sheet: Sheet) -> list[Field]:
    """Return the controls that decide who reads; files are not sent only to be asked about."""
    codes = readership.asked(sheet.access)
    return [one for one in sheet.fields() if one.code in codes and not _holds_files(one)]


def _holds_files(field: Field) -> bool:
    return any(isinstance(one.trait, Files) for one in (field, *field.inner))


def of_form(sheet: Sheet, values: Mapping[str, Any]) -> ReadersView:
    """Return who would read what stands in a form."""
    fields = asked(sheet)
    given = forms.given(sheet, values)
    sent = {one.code: given[one.code] for one in fields if one.code in given}
    app = sheet.access.app.code
    if sheet.record is None:
        found = readership.of_draft(sheet.platform, sheet.access, sent)
        url = url_for("readers.draft", app=app)
    else:
        found = readership.of_change(sheet.platform, sheet.access, sheet.record, sent)
        url = url_for("readers.change", app=app, record=sheet.record)
    scopes = readership.scopes(sheet.access)
    return _view(
        sheet.access,
        sheet.scene,
        found,
        url=url,
        asks=" ".join(PREFIX + one.code for one in fields),
        beside=next((one.code for one in scopes if one.code in sheet.writable), ""),
    )


def of_record(
    access: Access, record: int, found: Readership | None, scene: Scene
) -> ReadersView | None:
    """Return who reads a record in words, for those who may know with whom it is shared."""
    if found is None:
        return None
    read = readership.read_by(platform(), access, record)
    return replace(
        _view(access, scene, found, read),
        marks=sentence(
            message(
                "読んだ：{read}所属　まだ：{waiting}所属",
                read=len(read.intersection(found.agencies)),
                waiting=len(set(found.agencies) - read),
            )
        ),
    )


def _view(
    access: Access, scene: Scene, found: Readership, read: frozenset[str] = frozenset(), **more: str
) -> ReadersView:
    directory = platform().directory_for(access.actor)
    return ReadersView(
        line=sentence(_line(found)),
        notes=[sentence(one) for one in _notes(found)],
        warnings=[sentence(one) for one in _warnings(access, found, scene)],
        parties=[
            {**view_of(one, directory, scene), "read": one.agency in read} for one in found.parties
        ],
        groups=[
            sentence(message("{group}（{n}人）", group=scene.name("group", code), n=count))
            for code, count in found.groups
        ],
        **more,
    )


def _line(found: Readership) -> Message:
    people, agencies = len(found.people), len(found.agencies)
    return message("{agencies}所属 {people}人", agencies=agencies, people=people)


def _notes(found: Readership) -> Iterator[Message]:
    """Yield why the number is not the last word."""
    if found.uncertain:
        yield message("条件により変わります。ほかにも読む人がいることがあります。")
    if found.changing:
        yield message("日時により変わります。いまの時点での人数です。")


def _warnings(access: Access, found: Readership, scene: Scene) -> Iterator[Message]:
    me = access.actor.user
    if not found.people and not found.uncertain:
        yield message("このままでは、だれも読めません。")
    elif found.people == (me,) and not found.uncertain:
        yield message("このままでは、あなたしか読めません。")
    if not found.uncertain:
        for code in found.missing:
            yield message("{agency}の人は、だれも読めません。", agency=scene.name("agency", code))
    for code in found.silent:
        yield message(
            "{agency}には、いま利用できる人がいません。電話などで伝えてください。",
            agency=scene.name("agency", code),
        )


def view_of(
    party: Party, directory: Directory, scene: Scene, among: frozenset[str] | None = None
) -> dict[str, Any]:
    """Return an agency with its telephone and those of its people who are ``among`` some."""
    people = [code for code in party.people if among is None or code in among]
    agency = directory.agencies.get(party.agency)
    return {
        "name": scene.name("agency", party.agency) if agency else sentence(message("所属のない人")),
        "shared": party.shared,
        "count": len(people),
        "people": [scene.name("user", code) for code in people],
        "phone": agency.phone if agency else "",
        "dialled": "".join(sign for sign in agency.phone if sign in DIALLED) if agency else "",
    }
