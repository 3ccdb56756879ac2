"""Moving a record on: the question before an action, doing it, taking it back, naming somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, Problem, Stale, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import opening, process
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.opening import Opened
from tsuzuri.services.platform import Platform
from tsuzuri.services.process import NOT_NOW, Given, Move, Offer, Standing
from tsuzuri.services.records import Saved
from tsuzuri.web import once, reading
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import whole
from tsuzuri.web.records import ONE
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment
from tsuzuri.web.standing import status_name

blueprint = Blueprint("process", __name__)

CONTROLS: Mapping[str, str] = {
    "/assignee": "assignee",
    "/assignees": "assignee",
    "/comment": "comment",
}
LABELS: Mapping[str, Message] = {"assignee": message("次の作業者"), "comment": message("コメント")}


class _Asked:
    """One question about a record: who asks it, what they see, where the record stands."""

    def __init__(self, access: Access, record: int) -> None:
        self.access = access
        self.record = record
        self.scene: Scene = platform().scene(access.actor)
        self.opened: Opened = opening.opened(platform(), access, record)
        self.found: Standing | None = process.standing(platform(), access, self.opened.state)

    def offer(self, step: str) -> Offer | None:
        """Return the action, if it may be done now."""
        offers = self.found.offers if self.found is not None else ()
        return next((one for one in offers if one.step.code == step), None)

    def page(self, template: str, **more: Any) -> str:
        """Return a page about the record, marked with what it was made from."""
        state = self.opened.state
        mark = whole(request.form.get("_revision")) if again() else None
        return page(
            template,
            revision=mark or self.opened.mark,
            comment=request.form.get("comment", ""),
            **reading.head(self.access, state, self.scene),
            **more,
        )

    def named(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        """Return (code, name) of people to choose from."""
        return [(code, self.scene.name("user", code)) for code in codes]

    def status(self, code: str) -> str:
        """Return the name of a status."""
        assert self.found is not None  # noqa: S101  narrows for mypy
        return status_name(self.found.process, code, self.scene.language)


@blueprint.get(f"{ONE}/process/<step>")
@gated("view")
def ask(access: Access, record: int, step: str) -> Any:
    """Ask before an action is done."""
    return _question(_Asked(access, record), step)


@blueprint.post(f"{ONE}/process/<step>")
@keeps_typing
@gated("view")
def act(access: Access, record: int, step: str) -> Any:
    """Do an action; what changed meanwhile is shown before it can be done again."""
    if again():
        return _question(_Asked(access, record), step)
    form = request.form
    move = Move(action=step, assignee=form.get("assignee", ""), comment=form.get("comment", ""))
    mark = whole(form.get("_revision"))

    def do(within: Platform) -> Saved:
        return process.act(within, access, record, move, revision=mark)

    said = [move.assignee, move.comment, mark]
    return _done(
        access, record, do, said, lambda **told: _question(_Asked(access, record), step, **told)
    )


def _question(
    asked: _Asked, step: str, *, problems: Sequence[Problem] = (), stale: Stale | None = None
) -> Any:
    """Return the page that asks before an action, or lead back where it is not to be had."""
    offer = asked.offer(step)
    if offer is None or asked.found is None:
        return _not_now(asked, stale)
    language = asked.scene.language
    own = offer.person == asked.access.actor.user
    return asked.page(
        "process.html",
        word=offer.step.name.text(language),
        here=asked.status(asked.found.code),
        there=asked.status(offer.step.target),
        behalf="" if own else asked.scene.name("user", offer.person),
        candidates=asked.named(offer.candidates),
        chosen=request.form.get("assignee", ""),
        address=url_for("process.act", app=asked.access.app.code, record=asked.record, step=step),
        problems=_told(problems),
        changed=_changed(asked, stale),
    )


def _told(problems: Sequence[Problem]) -> list[tuple[str, Message, Message]]:
    """Return (control, its label, what is wrong)."""
    controls = [(CONTROLS.get(one.pointer, "comment"), one.message) for one in problems]
    return [(control, LABELS[control], told) for control, told in controls]


def _changed(asked: _Asked, stale: Stale | None) -> dict[str, Any] | None:
    """Return what changed since a page was opened, as far as its reader may know it."""
    if stale is None:
        return None
    fields = asked.access.app.by_code
    return {
        "who": asked.scene.name("user", stale.by) if stale.by else "",
        "time": moment(stale.at, asked.scene) if stale.at else "",
        "fields": [
            {
                "label": field.title(asked.scene.language),
                "before": _read(asked, one.code, one.yours),
                "after": _read(asked, one.code, one.theirs),
            }
            for one in stale.clashes
            if (field := fields.get(one.code)) is not None
        ],
    }


def _read(asked: _Asked, code: str, wire: Any) -> str:
    field = asked.access.app.by_code[code]
    return "" if wire is None else field.kind.show(field, wire, asked.scene)


def _not_now(asked: _Asked, stale: Stale | None = None) -> Any:
    """Lead back to the record where something is not to be had (any more)."""
    told = NOT_NOW
    if stale is not None and stale.by:
        told = message(
            "まだ行われていません。{time}に{who}さんが変更しています。",
            time=moment(stale.at, asked.scene),
            who=asked.scene.name("user", stale.by),
        )
    flash(sentence(told), "warning")
    return redirect(_record(asked.access, asked.record), 303)


def _record(access: Access, record: int) -> str:
    return url_for("records.show", app=access.app.code, record=record)


def _done(
    access: Access,
    record: int,
    do: Callable[[Platform], Saved],
    said: list[Any],
    ask_again: Callable[..., Any],
) -> Any:
    """Do something once, and lead to the record, or to the list where it is out of sight now."""

    def once_only(within: Platform) -> Answer:
        return Answer(303, str(do(within).id))

    try:
        once.done(access, said, once_only)
    except Invalid as error:
        return _as_page(ask_again(problems=error.problems), 422)
    except (Stale, Differs) as error:
        stale = error if isinstance(error, Stale) else None
        return _as_page(ask_again(stale=stale), 409)
    flash(sentence(message("記録しました。")), "success")
    if process.is_seen(platform(), access, record):
        return redirect(_record(access, record), 303)
    return redirect(url_for("lists.index", app=access.app.code), 303)


def _as_page(found: Any, status: int) -> Any:
    """Return a page with its status; a way back stays what it is."""
    return make_response(found, status) if isinstance(found, str) else found


@blueprint.get(f"{ONE}/recall")
@gated("view")
def ask_recall(access: Access, record: int) -> Any:
    """Ask before the last action is taken back."""
    return _recalling(_Asked(access, record))


@blueprint.post(f"{ONE}/recall")
@gated("view")
def recall(access: Access, record: int) -> Any:
    """Take the last action back."""
    mark = whole(request.form.get("_revision"))

    def do(within: Platform) -> Saved:
        return process.recall(within, access, record, revision=mark)

    return _done(
        access, record, do, [mark], lambda **told: _recalling(_Asked(access, record), **told)
    )


def _recalling(
    asked: _Asked, *, problems: Sequence[Problem] = (), stale: Stale | None = None
) -> Any:
    if asked.found is None or not asked.found.may_recall or problems:
        return _not_now(asked, stale)
    address = url_for("process.recall", app=asked.access.app.code, record=asked.record)
    return asked.page(
        "process_recall.html",
        here=asked.status(asked.found.code),
        address=address,
        changed=_changed(asked, stale),
    )


@blueprint.get(f"{ONE}/assign")
@gated("view")
def ask_assign(access: Access, record: int) -> Any:
    """Ask whose turn it shall be."""
    return _assigning(_Asked(access, record))


@blueprint.post(f"{ONE}/assign")
@keeps_typing
@gated("view")
def assign(access: Access, record: int) -> Any:
    """Say whose turn it is, or where a record stands whose status is gone."""
    asked = _Asked(access, record)
    if again():
        return _assigning(asked)
    if asked.found is None or not (asked.found.may_assign or asked.found.may_settle):
        return _not_now(asked)
    form, mark = request.form, whole(request.form.get("_revision"))
    given = Given(tuple(form.getlist("assignee")), form.get("comment", ""))
    status = form.get("status", "")

    def do(within: Platform) -> Saved:
        if status:
            return process.settle(within, access, record, status, revision=mark)
        return process.assign(within, access, record, given, revision=mark)

    said = [list(given.people), given.comment, status, mark]
    return _done(
        access, record, do, said, lambda **told: _assigning(_Asked(access, record), **told)
    )


def _assigning(
    asked: _Asked, *, problems: Sequence[Problem] = (), stale: Stale | None = None
) -> Any:
    found = asked.found
    if found is None or not (found.may_assign or found.may_settle):
        return _not_now(asked, stale)
    state, language = asked.opened.state, asked.scene.language
    people = process.assignable(platform(), asked.access, state)
    return asked.page(
        "process_assign.html",
        here=asked.status(found.code),
        named=[(asked.scene.name("user", code), gone) for code, gone in found.gone.items()],
        candidates=asked.named(people),
        several=found.status is not None and found.status.rule != "ONE",
        chosen=request.form.getlist("assignee") or [*found.gone],
        statuses=[
            (one.code, one.name.text(language))
            for one in found.process.statuses
            if found.may_settle and not one.retired
        ],
        address=url_for("process.assign", app=asked.access.app.code, record=asked.record),
        problems=_told(problems),
        changed=_changed(asked, stale),
    )
