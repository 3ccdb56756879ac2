"""Pages that show a record: its own page, its history, paper, and the questions before acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Message, Problem, Unknown, message
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import People
from tsuzuri.japanese.calendar import one_calendar
from tsuzuri.services import history, opening, readership, retention
from tsuzuri.services.history import Change
from tsuzuri.services.live import Sight
from tsuzuri.services.opening import Opened
from tsuzuri.storage.audit_reading import READS
from tsuzuri.storage.writing import RecordState
from tsuzuri.web import presence, readers, standing, urgency
from tsuzuri.web.gate import platform
from tsuzuri.web.items import Reading
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import by, moment, title_of
from tsuzuri.web.talk import NOTHING, Typed, talk_of

ACTIONS: Mapping[str, Message] = {
    "create": message("作成"),
    "change": message("変更"),
    "delete": message("削除"),
    "restore": message("復元"),
    "follow": message("参照元に合わせた変更"),
}


PARTS = frozenset({"values", "thanks", "thread", "editing"})
"""Parts of a record's page that are fetched by themselves once they are not as they were."""


ADDED = message("{field}に {names} を加えました。")
REMOVED = message("{field}から {names} を外しました。")


def _opened(access: Access, record: int) -> tuple[Opened, Scene]:
    return opening.opened(platform(), access, record), platform().scene(access.actor)


def head(access: Access, state: RecordState, scene: Scene) -> dict[str, Any]:
    """Return what every page about one record begins with."""
    return {
        "app": access.app,
        "name": access.app.name.text(scene.language),
        "title": title_of(access, state, scene),
        "record": state.id,
        "state": state,
    }


def record_page(
    access: Access,
    record: int,
    *,
    block: str = "main",
    lifted: Mapping[str, Any] | None = None,
    typed: Typed = NOTHING,
) -> str:
    """Return the page of a record, or for htmx one block of it.

    ``lifted`` are values whose mask was just lifted, ``typed`` is a comment being written.
    """
    found, scene = _opened(access, record)
    reader = Reading(
        platform=platform(), access=access, opened=found, scene=scene, lifted=lifted or {}
    )
    said = talk_of(access, record, scene, typed)
    read_by = readership.of_record(platform(), access, found.state)
    return page(
        "record.html",
        block=block,
        blocks=reader.blocks(),
        system=reader.system(),
        standing=standing.panel(access, found.state, scene),
        allowed=found.allowed,
        shared=readers.of_record(access, record, read_by, scene),
        waiting=urgency.panel(access, found.state, read_by, scene),
        held=_hold(access, found, scene),
        lifted=bool(lifted),
        talk=said,
        editing=presence.line(access, record),
        live=url_for("live.record", app=access.app.code, record=record),
        mark=Sight(said["said"], found.mark).mark,
        saved=_saved_draft(access, record),
        readers=_readers(access, record),
        **head(access, found.state, scene),
    )


def _hold(access: Access, opened: Opened, scene: Scene) -> dict[str, str] | None:
    """Return why a record is held, for those who could delete it else."""
    if "delete" not in opened.allowed:
        return None
    found = retention.hold_of(platform(), access, opened.state.id)
    if found is None:
        return None
    who = scene.name("user", found.by)
    return {"who": who, "time": moment(found.at, scene), "reason": found.reason}


def _saved_draft(access: Access, record: int) -> str:
    """Return the name of the draft that was saved just now, so that the browser forgets it."""
    draft = request.args.get("saved", "")
    return draft if draft in {f"{access.app.code}:new", f"{access.app.code}:{record}"} else ""


def _readers(access: Access, record: int) -> str:
    """Return where an auditor sees who read a record; nothing for others."""
    if not access.actor.audits:
        return ""
    return url_for("auditing.index", app=access.app.code, record=record, action=READS)


def print_page(access: Access, record: int) -> str:
    """Return a record for paper: masks stay, and who printed it when stands on it."""
    found, scene = _opened(access, record)
    if "print" not in found.allowed:
        raise Denied
    reader = Reading(platform=platform(), access=access, opened=found, scene=scene)
    # On the paper stands who really printed it.
    actor = access.actor.onlooker or access.actor
    return page(
        "print.html",
        blocks=reader.blocks(),
        system=reader.system(),
        talk=talk_of(access, record, scene),
        printed_by=by(actor.user, actor.agency, scene),
        printed_at=_now(scene),
        **head(access, found.state, scene),
    )


def _now(scene: Scene) -> str:
    here = scene.now.astimezone(scene.zone)
    return f"{one_calendar(here.date(), scene.language)} {here:%H:%M}"


def history_page(access: Access, record: int) -> str:
    """Return what was changed in a record, by whom and when."""
    found, scene = _opened(access, record)
    entries = [_entry(access, one, scene) for one in history.changes(platform(), access, record)]
    return page("history.html", entries=entries, **head(access, found.state, scene))


def _entry(access: Access, change: Change, scene: Scene) -> dict[str, Any]:
    action, who = ACTIONS.get(change.action, ACTIONS["change"]), scene.name("user", change.by)
    if change.action in standing.PROCESS:
        action, who = standing.done(change, access.whole, scene)
    changes = [
        {
            "label": field.title(scene.language),
            "before": "" if before is None else field.kind.show(field, before, scene),
            "after": "" if after is None else field.kind.show(field, after, scene),
            "says": list(_says(field, before or (), after or (), scene)),
        }
        for field, (before, after) in change.differences.items()
    ]
    return {
        "time": moment(change.at, scene),
        "time_iso": change.at,
        "who": who,
        "action": action,
        "reason": change.reason,
        "changes": changes,
    }


def _says(field: Field, before: Any, after: Any, scene: Scene) -> Iterator[str]:
    """Yield in words who came to be named by a field and who no longer is."""
    if not isinstance(field.trait, People):
        return
    told = (
        ([one for one in after if one not in before], ADDED),
        ([one for one in before if one not in after], REMOVED),
    )
    for codes, words in told:
        if codes:
            names = field.kind.show(field, codes, scene)
            values = {"field": field.title(scene.language), "names": names}
            yield sentence(replace(words, values=values))


def delete_page(
    access: Access, record: int, *, reason: str = "", problems: Sequence[Problem] = ()
) -> str:
    """Return the question before a deletion."""
    found, scene = _opened(access, record)
    if "delete" not in found.allowed:
        raise Denied
    about = head(access, found.state, scene)
    based_on = whole(request.form.get("_revision")) or found.mark
    return page(
        "delete.html",
        reason=reason,
        problems=problems,
        revision=based_on,
        **about,
    )


def unmask_page(
    access: Access,
    record: int,
    field: str,
    *,
    reason: str = "",
    problems: Sequence[Problem] = (),
) -> str:
    """Return the question before a mask is lifted; a field without one is unknown."""
    found, scene = _opened(access, record)
    if field not in found.state.masked:
        raise Unknown
    if "unmask" not in found.allowed:
        raise Denied
    about = head(access, found.state, scene)
    label = access.app.by_code[field].title(scene.language)
    return page("unmask.html", field=field, label=label, reason=reason, problems=problems, **about)


def trash_page(access: Access, deleted: Sequence[RecordState]) -> str:
    """Return the deleted records one may restore."""
    scene = platform().scene(access.actor)
    rows = [
        {
            "title": title_of(access, one, scene),
            "time": moment(one.deleted_at or one.updated_at, scene),
            "who": scene.name("user", one.deleted_by or ""),
            "restore": url_for("records.restore", app=access.app.code, record=one.id),
        }
        for one in deleted
    ]
    name = access.app.name.text(scene.language)
    return page("trash.html", app=access.app, name=name, rows=rows)
