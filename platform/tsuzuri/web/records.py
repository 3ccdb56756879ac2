"""One record: read, write, change, delete, restore, print, and what was changed in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, message
from tsuzuri.services import records, trash, unmasking
from tsuzuri.web import editing, reading
from tsuzuri.web.addressing import ALL, CHOOSE
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.forms import new_sheet
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import LARGEST, whole
from tsuzuri.web.render import sentence
from tsuzuri.web.talk import Typed

blueprint = Blueprint("records", __name__)

ONE = f"/apps/<app>/records/<int(max={LARGEST}):record>"


@blueprint.get("/apps/<app>/new")
@gated("add")
def new(access: Access) -> str:
    """Show the form of a new record."""
    return editing.fresh(new_sheet(platform(), access))


@blueprint.post("/apps/<app>/new")
@keeps_typing
@gated("add")
def create(access: Access) -> Any:
    """Save a new record, or show its form again as it was typed."""
    return editing.create(new_sheet(platform(), access))


@blueprint.get(ONE)
@gated("view")
def show(access: Access, record: int) -> str:
    """Show one record with what belongs to it and what was said about it."""
    asked = request.args
    part = asked.get("part", "")
    return reading.record_page(
        access,
        record,
        block=part if part in reading.PARTS else "main",
        typed=Typed(
            quote=asked.get("quote", ""),
            change=whole(asked.get("change")) or 0,
            to=(asked["to"],) if asked.get("to") in {ALL, CHOOSE} else None,
        ),
    )


@blueprint.get(f"{ONE}/edit")
@gated("edit")
def edit(access: Access, record: int) -> str:
    """Show the form of a record."""
    return editing.opened(access, record)


@blueprint.post(f"{ONE}/edit")
@keeps_typing
@gated("edit")
def change(access: Access, record: int) -> Any:
    """Save what was changed, or show the form again as it was typed."""
    return editing.change(access, record)


@blueprint.get(f"{ONE}/delete")
@gated("delete")
def ask_delete(access: Access, record: int) -> str:
    """Ask for the reason before deleting."""
    return reading.delete_page(access, record)


@blueprint.post(f"{ONE}/delete")
@keeps_typing
@gated("delete")
def delete(access: Access, record: int) -> Any:
    """Delete a record; it stays restorable."""
    reason = request.form.get("reason", "")
    if again():
        return reading.delete_page(access, record, reason=reason)
    try:
        records.delete(platform(), access, record, reason=reason, revision=editing.revision())
    except Invalid as error:
        body = reading.delete_page(access, record, reason=reason, problems=error.problems)
        return make_response(body, 422)
    flash(sentence(message("削除しました。ごみ箱から元に戻せます。")), "success")
    return redirect(url_for("lists.index", app=access.app.code), 303)


@blueprint.get("/apps/<app>/trash")
@gated("delete")
def in_trash(access: Access) -> str:
    """List the deleted records that this person may restore."""
    return reading.trash_page(access, trash.deleted(platform(), access))


@blueprint.post(f"{ONE}/restore")
@gated("delete")
def restore(access: Access, record: int) -> Response:
    """Bring a deleted record back."""
    records.restore(platform(), access, record)
    flash(sentence(message("元に戻しました。")), "success")
    return make_response(redirect(url_for("records.show", app=access.app.code, record=record), 303))


@blueprint.get(f"{ONE}/history")
@gated("view")
def history(access: Access, record: int) -> str:
    """Show who changed what in a record."""
    return reading.history_page(access, record)


@blueprint.get(f"{ONE}/print")
@gated("print")
def printed(access: Access, record: int) -> str:
    """Show a record for paper."""
    return reading.print_page(access, record)


@blueprint.get(f"{ONE}/unmask/<field>")
@gated("unmask")
def unmask(access: Access, record: int, field: str) -> str:
    """Ask why a masked value is to be shown."""
    return reading.unmask_page(access, record, field)


@blueprint.post(f"{ONE}/unmask/<field>")
@keeps_typing
@gated("unmask")
def lift(access: Access, record: int, field: str) -> Any:
    """Show a masked value once, having kept who asked and why."""
    reason = request.form.get("reason", "")
    if again():
        return reading.unmask_page(access, record, field, reason=reason)
    try:
        value = unmasking.unmask(platform(), access, record, field, reason)
    except Invalid as error:
        body = reading.unmask_page(access, record, field, reason=reason, problems=error.problems)
        return make_response(body, 422)
    return reading.record_page(access, record, lifted={field: value})
