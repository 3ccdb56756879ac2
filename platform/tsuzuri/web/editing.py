"""Writing a record: the form, what is wrong with it, and two people at one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Clash, Denied, Invalid, Message, Problem, Stale, message
from tsuzuri.services import drafts, opening, records
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.opening import Opened
from tsuzuri.services.platform import Platform
from tsuzuri.services.records import Saved
from tsuzuri.web import controls, copying, forms, interview, once, presets, readers
from tsuzuri.web.again import again
from tsuzuri.web.form_blocks import FormBlocks
from tsuzuri.web.form_items import Block
from tsuzuri.web.forms import PREFIX, Sheet
from tsuzuri.web.gate import platform
from tsuzuri.web.paging import whole
from tsuzuri.web.readers import ReadersView
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment, title_of

KEEP = "_keep."
"""Before the field's code in the answer to a conflict: whose value stays."""

SAVED = message("保存しました。")
SENT_BEFORE = message(
    "この画面の記録は、すでに保存されています。別の記録としても残すときは、もう一度保存してください。"
)


def revision() -> int | None:
    """Return the revision that the form was filled on."""
    return whole(request.form.get("_revision"))


def fresh(sheet: Sheet) -> str:
    """Show the form of a new record."""
    return _form(sheet, forms.prefilled(sheet, request.args), title=_new_title(sheet))


def create(sheet: Sheet) -> Any:
    """Save a new record."""
    typed = forms.typed(sheet, request)
    step = _step(sheet, typed.values)
    if step is not None:
        return unsaved(sheet, typed.values, problems=step)
    try:
        saved = _saved_new(sheet, typed)
    except Invalid as error:
        problems = [*typed.problems, *error.problems]
        return make_response(unsaved(sheet, typed.values, problems=problems), 422)
    except Differs:
        problems = [Problem("", SENT_BEFORE)]
        return make_response(unsaved(sheet, typed.values, problems=problems), 422)
    return _done(sheet, saved, draft=f"{sheet.access.app.code}:{sheet.draft or 'new'}")


def unsaved(
    sheet: Sheet,
    values: dict[str, Any],
    *,
    problems: Sequence[Problem] = (),
    based_on: int | None = None,
) -> str:
    """Show the form of a record that is not there yet, as it stands."""
    return _form(
        sheet,
        values,
        title=_new_title(sheet),
        problems=problems,
        based_on=based_on or revision(),
    )


def _saved_new(sheet: Sheet, typed: forms.Typed) -> int:
    """Save a new record, unless this very form did already; return the record's id."""
    given = forms.given(sheet, typed.values)
    if typed.problems:
        raise Invalid([])

    def act(within: Platform) -> Answer:
        if sheet.draft is not None:
            return Answer(303, str(drafts.complete(within, sheet.access, sheet.draft, given).id))
        return Answer(303, str(records.create(within, sheet.access, given).id))

    return int(once.done(sheet.access, given, act).location)


def opened(access: Access, record: int) -> str:
    """Show the form of a record."""
    found = _editable(access, record)
    sheet = forms.sheet_of(platform(), access, found)
    return _form(sheet, forms.values_of(sheet), title=_title(sheet, found), found=found)


def change(access: Access, record: int) -> Any:
    """Save what was changed in a record."""
    found = _editable(access, record, revision())
    sheet = forms.sheet_of(platform(), access, found)
    typed = forms.typed(sheet, request)
    values, title = typed.values, _title(sheet, found)
    step = _step(sheet, values)
    if step is not None:
        return _form(sheet, values, title=title, found=found, based_on=revision(), problems=step)
    try:
        saved = _saved(sheet, typed)
    except Invalid as error:
        problems = [*typed.problems, *error.problems]
        body = _form(
            sheet, values, title=title, found=found, based_on=revision(), problems=problems
        )
        return make_response(body, 422)
    except Stale as error:
        return make_response(_conflict(sheet, values, found, error), 409)
    answer = _done(sheet, saved.id, draft=f"{access.app.code}:{record}")
    if saved.others:
        flash(_merged(sheet, saved.others), "info")
    return answer


def _merged(sheet: Sheet, others: Sequence[str]) -> str:
    """Return that the changes of others were kept, as a sentence."""
    titles = {one.code: one.title(sheet.scene.language) for one in sheet.access.app.fields}
    labels = sentence(message("、")).join(titles[code] for code in others if code in titles)
    return sentence(
        message("ほかの人が保存した変更（{fields}）と合わせて保存しました。", fields=labels)
    )


def _saved(sheet: Sheet, typed: forms.Typed) -> Saved:
    given = forms.given(sheet, typed.values)
    if typed.problems:
        raise Invalid([])
    theirs = {code for code in given if request.form.get(KEEP + code) == "theirs"}
    mine = {code: wire for code, wire in given.items() if code not in theirs}
    assert sheet.record is not None  # noqa: S101  narrows for mypy
    return records.change(sheet.platform, sheet.access, sheet.record, mine, revision=revision())


def _editable(access: Access, record: int, based_on: int | None = None) -> Opened:
    found = opening.opened(platform(), access, record, revision=based_on)
    if "edit" not in found.allowed:
        raise Denied
    return found


def _step(sheet: Sheet, values: dict[str, Any]) -> list[Problem] | None:
    """Take a step within the form, such as one more row; None where it was none, but a save."""
    problems: list[Problem] = []
    if "_add" in request.form:
        forms.add_row(sheet, values, request.form["_add"])
    elif "_fill" in request.form:
        copying.fill(sheet, values, request.form)
    elif "_preset" in request.form:
        problems = presets.choose(sheet, values, request.form["_preset"])
    taken = any(step in request.form for step in ("_add", "_fill", "_preset", "_readers"))
    return problems if taken or again() else None


def _done(sheet: Sheet, saved: int, draft: str) -> Any:
    """Go to the saved record, or back to the app for somebody who may not read it."""
    flash(sentence(SAVED), "success")
    code = sheet.access.app.code
    if not sheet.access.may("view"):
        return redirect(url_for("home.index", saved=draft), 303)
    return redirect(url_for("records.show", app=code, record=saved, saved=draft), 303)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One field that two people changed, with what each of them wrote."""

    code: str
    name: str
    label: str
    theirs: str
    yours: str


def _conflict(sheet: Sheet, values: dict[str, Any], found: Opened, error: Stale) -> str:
    """Show both sides of each clash.

    What only the others changed is taken over into the form, so that saving again on the new
    revision undoes nothing of theirs; everything typed stays.
    """
    given = forms.given(sheet, values)
    now = found.state.values
    for one in sheet.fields():
        if one.code not in given:
            values[one.code] = controls.shown(one, now.get(one.code), sheet.scene)
    sides = [_side(sheet, clash) for clash in error.clashes]
    return _form(
        sheet,
        values,
        title=_title(sheet, found),
        found=found,
        based_on=error.revision,
        clash={
            "sides": sides,
            "by": sheet.scene.name("user", error.by) if error.by else "",
            "at": moment(error.at, sheet.scene) if error.at else "",
            "message": error.message,
        },
    )


def _side(sheet: Sheet, clash: Clash) -> Side:
    field = sheet.access.app.by_code[clash.code]

    def read(wire: Any) -> str:
        return "" if wire is None else field.kind.show(field, wire, sheet.scene)

    return Side(
        code=clash.code,
        name=KEEP + clash.code,
        label=field.title(sheet.scene.language),
        theirs=read(clash.theirs),
        yours=read(clash.yours),
    )


def _form(sheet: Sheet, values: dict[str, Any], *, title: Message | str, **more: Any) -> str:
    """Return the page of a form.

    ``more`` may hold the record as found, the revision it is based on, problems and a clash.
    """
    problems: Sequence[Problem] = more.get("problems", ())
    building = FormBlocks(sheet, values, problems)
    blocks = building.blocks()
    reading = _beside(sheet, values, blocks)
    found: Opened | None = more.get("found")
    based_on = more.get("based_on") or (found.mark if found else None)
    code = sheet.access.app.code
    return page(
        "form.html",
        app=sheet.access.app,
        name=sheet.access.app.name.text(sheet.scene.language),
        title=title if isinstance(title, str) else sentence(title),
        blocks=blocks,
        readers=reading,
        brought=copying.carried(sheet, request.form),
        summary=building.summary,
        revision=based_on,
        clash=more.get("clash"),
        record=sheet.record,
        action=_address(sheet),
        back=url_for("records.show", app=code, record=sheet.record)
        if sheet.record
        else url_for("lists.index", app=code)
        if sheet.access.may("view") and sheet.draft is None
        else url_for("home.index"),
        draft=f"{code}:{sheet.record or sheet.draft or 'new'}",
        kept=sheet.draft,
        keep_url=_keep_address(sheet),
        panel=interview.beside(sheet.access, sheet.draft, sheet.scene) if sheet.draft else None,
        saved=_forgotten(sheet),
        posted=request.method == "POST",
    )


def _beside(sheet: Sheet, values: dict[str, Any], blocks: Sequence[Block]) -> ReadersView:
    """Put what goes with the fields of agencies beside them; return who will read."""
    reading = readers.of_form(sheet, values)
    items = (item for block in blocks for row in block.rows for item in row)
    by_name = {item.name: item for item in items}
    for one in sheet.fields():
        item = by_name.get(PREFIX + one.code)
        if item is not None:
            item.presets = presets.buttons(sheet, one)
            item.readers = reading if one.code == reading.beside else None
    return reading


def _address(sheet: Sheet) -> str:
    code = sheet.access.app.code
    if sheet.draft is not None:
        return url_for("drafts.complete", app=code, draft=sheet.draft)
    if sheet.record is None:
        return url_for("records.create", app=code)
    return url_for("records.change", app=code, record=sheet.record)


def _keep_address(sheet: Sheet) -> str:
    """Return where the form is kept as a draft; a record that is there needs none."""
    code = sheet.access.app.code
    if sheet.record is not None:
        return ""
    if sheet.draft is not None:
        return url_for("drafts.save", app=code, draft=sheet.draft)
    return url_for("drafts.begin", app=code)


def _forgotten(sheet: Sheet) -> str:
    """Return the name of what the browser need not remember, because a draft holds it now."""
    asked, code = request.args.get("saved", ""), sheet.access.app.code
    return asked if sheet.draft and asked in {f"{code}:new", f"{code}:{sheet.draft}"} else ""


def _new_title(sheet: Sheet) -> Message:
    return message("{app}を書く", app=sheet.access.app.name.text(sheet.scene.language))


def _title(sheet: Sheet, found: Opened) -> str:
    return title_of(sheet.access, found.state, sheet.scene)
