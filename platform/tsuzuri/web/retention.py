"""Records whose time is up: the review list, proposals and approvals, and legal holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import Retention
from tsuzuri.errors import Invalid, Message, Problem, Unknown, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import retention
from tsuzuri.services.retention import Reviewed
from tsuzuri.storage.retention import Hold, Proposal
from tsuzuri.web import reading
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.gate import gated, platform, signed_in
from tsuzuri.web.paging import LARGEST, whole
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment, title_of

blueprint = Blueprint("retention", __name__)

HOLD = f"/apps/<app>/records/<int(max={LARGEST}):record>/hold"
DONE: Mapping[str, Message] = {
    "propose": message("消去を提案しました。ほかの人が承認すると消去されます。"),
    "withdraw": message("提案を取り下げました。"),
    "approve": message("記録を消去しました。"),
    "place": message("記録を保全しました。"),
    "lift": message("保全を解除しました。"),
}
CONTROLS: Mapping[str, tuple[str, Message]] = {
    "/reason": ("reason", message("消去の理由")),
    "/records": ("records", message("記録")),
}
"""By pointer of a problem: the control it is about, and what that is called."""


@blueprint.get("/retention")
@signed_in
def index(actor: Actor) -> str:
    """Lead to the review lists that are this person's; whether anything is due is told there.

    Who looks after definitions sees every rule besides, and of records nothing.
    """
    mine = [one for one in platform().open_apps(actor) if retention.reviews(one)]
    codes = {one.app.code for one in mine}
    rules = [
        (app.name.text(actor.language), _period(app.retention))
        for app in platform().apps.values()
        if actor.administers and app.retention is not None and app.code not in codes
    ]
    rows = [
        (one.app.name.text(actor.language), _period(rule), one.app.code)
        for one in mine
        if (rule := one.whole.retention) is not None
    ]
    return page("retention.html", rows=rows, rules=rules)


def _period(rule: Retention) -> str:
    """Say for how long, as an office does: 5年、1年6か月."""
    years, months = divmod(rule.months, 12)
    if not years:
        return sentence(message("{months}か月", months=months))
    if not months:
        return sentence(message("{years}年", years=years))
    return sentence(message("{years}年{months}か月", years=years, months=months))


@blueprint.get("/apps/<app>/retention")
@gated("delete")
def review(access: Access) -> str:
    """Show what is due, proposed or held."""
    return _review(access)


@blueprint.post("/apps/<app>/retention")
@keeps_typing
@gated("delete")
def decide(access: Access) -> Any:
    """Propose erasures, or take proposals back."""
    if again():
        return _review(access)
    if request.form.get("act") == "withdraw":
        return _done(access, "withdraw", lambda: retention.withdraw(platform(), access, _chosen()))
    reason = request.form.get("reason", "")
    return _done(
        access, "propose", lambda: retention.propose(platform(), access, _chosen(), reason)
    )


@blueprint.post("/apps/<app>/retention/approve")
@gated("delete")
@proving
def approve(access: Access) -> Any:
    """Erase what somebody else proposed."""
    return _done(access, "approve", lambda: retention.approve(platform(), access, _chosen()))


def _chosen() -> list[int]:
    return [one for text in request.form.getlist("record") if (one := whole(text)) is not None]


def _done(access: Access, act: str, do: Callable[[], None]) -> Any:
    """Do it and show the list again, or say what is to be corrected."""
    if not retention.reviews(access):
        raise Unknown
    try:
        do()
    except Invalid as error:
        return make_response(_review(access, problems=error.problems), 422)
    flash(sentence(DONE[act]), "success")
    return redirect(url_for("retention.review", app=access.app.code), 303)


def _review(access: Access, *, problems: Sequence[Problem] = ()) -> str:
    found = retention.review(platform(), access)
    scene = platform().scene(access.actor)
    rows = [_row(access, one, scene) for one in found.records]
    return page(
        "retention_review.html",
        app=access.app,
        name=access.app.name.text(scene.language),
        period=_period(found.rule),
        start=access.app.field(found.rule.start).title(scene.language),
        proposed=[row for row in rows if row["proposal"]],
        due=[row for row in rows if row["due"] and not row["proposal"]],
        held=[row for row in rows if row["hold"] and not row["due"] and not row["proposal"]],
        more=found.more,
        chosen=request.form.getlist("record"),
        reason=request.form.get("reason", ""),
        problems={one.pointer: sentence(one.message) for one in problems},
        mistakes=[_mistake(one) for one in problems],
    )


def _mistake(problem: Problem) -> tuple[str, str, str]:
    control, label = CONTROLS.get(problem.pointer, ("", message("消去")))
    return control, sentence(label), sentence(problem.message)


def _row(access: Access, one: Reviewed, scene: Scene) -> dict[str, Any]:
    state, rule = one.state, access.whole.retention
    start = access.app.by_code[rule.start] if rule is not None else None
    wire = None if start is None else state.known.get(start.code)
    living = url_for("records.show", app=access.app.code, record=state.id)
    return {
        "id": str(state.id),
        "title": title_of(access, state, scene),
        "url": "" if state.deleted_at else living,
        "start": "" if wire is None or start is None else start.kind.show(start, wire, scene),
        "deleted": moment(state.deleted_at, scene) if state.deleted_at else "",
        "due": one.due,
        "proposal": _told(one.proposal, scene),
        "mine": one.proposal is not None and one.proposal.by == access.actor.user,
        "hold": _told(one.hold, scene),
        "release": url_for("retention.hold", app=access.app.code, record=state.id),
    }


def _told(given: Proposal | Hold | None, scene: Scene) -> dict[str, str] | None:
    """Return who says so, when and why, in words."""
    if given is None:
        return None
    who = scene.name("user", given.by)
    return {"who": who, "time": moment(given.at, scene), "reason": given.reason}


@blueprint.get(HOLD)
@gated("delete")
def hold(access: Access, record: int) -> str:
    """Ask why a record is to be held, or why it no longer is."""
    return _hold(access, record)


@blueprint.post(HOLD)
@keeps_typing
@gated("delete")
def keep(access: Access, record: int) -> Any:
    """Hold a record, or lift its hold."""
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    if again():
        return _hold(access, record, reason=reason)
    change = retention.lift_hold if act == "lift" else retention.place_hold
    try:
        change(platform(), access, record, reason)
    except Invalid as error:
        return make_response(_hold(access, record, reason=reason, problems=error.problems), 422)
    flash(sentence(DONE["lift" if act == "lift" else "place"]), "success")
    return redirect(url_for("retention.hold", app=access.app.code, record=record), 303)


def _hold(
    access: Access, record: int, *, reason: str = "", problems: Sequence[Problem] = ()
) -> str:
    scene = platform().scene(access.actor)
    state = retention.deletable(platform(), access, record)
    head = reading.head(access, state, scene)
    held = _told(retention.hold_of(platform(), access, record), scene)
    return page("hold.html", held=held, reason=reason, problems=problems, **head)
