"""Open pages are told what happened: by server-sent events, or when they ask now and then.

A page comes with the mark of what it shows.  If that does not hold any more, the page is told to
fetch the part anew, through the same views as ever; afterwards each comment is sent as it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty
from time import monotonic
from typing import Any

from flask import Blueprint, Response, current_app, request, stream_with_context
from flask_login import current_user

from tsuzuri.access.gate import Access
from tsuzuri.errors import Unknown
from tsuzuri.fields.base import Scene
from tsuzuri.services import live, presence, sessions
from tsuzuri.services.audience import Drawn, Editing, Follower, Gone, Moved, Over, Shown
from tsuzuri.services.hub import Hub
from tsuzuri.services.live import Sight
from tsuzuri.storage.threads import Comment, Thanks
from tsuzuri.web.addressing import concerns
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.presence import editing_html, said
from tsuzuri.web.records import ONE
from tsuzuri.web.talk import comment_item, thanks_items

blueprint = Blueprint("live", __name__)

BEAT = 15.0
"""Seconds after which a silent stream says that it is alive, so that it notices a gone reader."""
RETRY = "retry: 1000\n\n"
MIME = "text/event-stream"


@blueprint.get(f"{ONE}/live")
@gated("view")
def record(access: Access, record: int) -> Any:
    """Tell the page of a record what was said and what changed."""
    return follow(access, record, partial(live.sight, platform(), access, record))


def follow(access: Access, record: int, look: Callable[[], Sight], *, draft: bool = False) -> Any:
    """Tell a page what happens to what it shows, which is what ``look`` gives."""
    follower = _follower(access, record, draft=draft)
    joined = _joined(follower)
    try:
        now = look()
    except Unknown:
        _hub().leave(follower)
        raise
    follower.sight = now
    first = _missed(_seen(), now) + _editing_now(access, follower)
    return _answer(follower, first, _told(access, follower, now), joined=joined)


@blueprint.get("/apps/<app>/live")
@gated("view")
def listed(access: Access) -> Any:
    """Tell the list of an app that it is not as it was."""
    follower = _follower(access, 0)
    joined = _joined(follower)
    now = platform().stamp()
    moved = live.moved_since(platform(), access, _seen())
    first = _event("list", now) if moved else ""
    return _answer(follower, first, _told(access, follower, None), joined=joined)


def _hub() -> Hub:
    hub: Hub = current_app.extensions["tsuzuri.hub"]
    return hub


def _joined(follower: Follower) -> bool:
    """Tell whether a page wants to wait for what comes, and is told of it from now on."""
    waits = "once" not in request.args and platform().config.live_seconds > 0
    return waits and _hub().join(follower)


def _seen() -> str:
    """Return the mark of what the page shows: of its last event, or of how it came."""
    return request.headers.get("Last-Event-ID") or request.args.get("seen", "")


def _follower(access: Access, record: int, *, draft: bool = False) -> Follower:
    # The ledger of this request is sealed with its answer; what comes later is noted by itself.
    origin = replace(current_user.real.origin, ledger=None)
    return Follower(
        app=access.app.code,
        record=record,
        session=sessions.hashed(current_user.id),
        draft=draft,
        origin=origin,
    )


def _answer(follower: Follower, first: str, later: Iterator[str], *, joined: bool) -> Any:
    """Answer with what was missed, and what comes later where the page wants to wait for it."""
    if not joined:
        # To a stream that waits for more, 204 says to ask now and then instead.
        return Response(first, 200 if first else 204, mimetype=MIME)
    response = Response(stream_with_context(_stream(first, later)), mimetype=MIME)
    response.call_on_close(partial(_hub().leave, follower))
    # A proxy that gathers an answer before it passes it on would make this a page that never ends.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _stream(first: str, later: Iterator[str]) -> Iterator[str]:
    yield RETRY + first
    yield from later


def _told(access: Access, follower: Follower, shown: Sight | None) -> Iterator[str]:
    """Yield what the page is told, until it is time to connect anew."""
    until = monotonic() + platform().config.live_seconds
    while (left := until - monotonic()) > 0:
        try:
            word = follower.words.get(timeout=min(left, BEAT))
        except Empty:
            yield ":\n\n"
            continue
        match word:
            case Shown() if shown is not None:
                yield _differences(access, follower, shown, word)
                shown = word.sight
            case Editing():
                yield _event("editing", html=editing_line(word.users, access))
            case Gone():
                yield _event("gone")
                return
            case Moved():
                yield _event("list", platform().stamp())
            case Over():
                return


def _editing_now(access: Access, follower: Follower) -> str:
    """Return who writes in the record, if the page says something else."""
    users = presence.editors(platform(), access, follower.record)
    follower.editing = users
    scene = platform().scene(access.actor)
    if said(users, scene) == request.args.get("editing", ""):
        return ""
    return _event("editing", html=editing_line(users, access))


def editing_line(users: Sequence[str], access: Access) -> str:
    """Return who writes in a record as it stands on its page."""
    return editing_html(said(users, platform().scene(access.actor)))


def _missed(seen: str, now: Sight) -> str:
    """Return which parts of a page are not as they were."""
    talk, _, values = seen.partition(".")
    events = [_event("talk", now.mark)] if talk != now.talk else []
    if values != str(now.values):
        events.append(_event("values", now.mark))
    return "".join(events)


def _differences(access: Access, follower: Follower, before: Sight, word: Shown) -> str:
    """Return what is new since a sight: comments as they read, and what else to fetch."""
    now = word.sight
    known = {one.id: one.version for one in before.said.comments}
    fresh = [one for one in now.said.comments if known.get(one.id) != one.version]
    drawing = _Drawing(access, follower.record, word.drawn)
    if fresh and (follower.draft or any(one.quote for one in fresh)):
        # What may be shown of a quote is for the thread itself to find out; a draft has its own.
        events = [_event("talk", now.mark)]
    else:
        events = [_event("comment", now.mark, drawing.comment(one)) for one in fresh]
    if before.said.thanks != now.said.thanks:
        events.append(_event("thanks", now.mark, drawing.thanks(now.said.thanks)))
    if before.values != now.values:
        events.append(_event("values", now.mark))
    return "".join(events)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws what is said for one reader, once for all to whom it looks the same."""

    access: Access
    record: int
    drawn: Drawn

    def comment(self, one: Comment) -> str:
        own = one.author == self.access.actor.user
        return self._once(
            (one.id, one.version, own, one.mentions, concerns(self.access, one)),
            lambda scene: comment_item(self.access, self.record, one, scene),
        )

    def thanks(self, given: list[Thanks]) -> str:
        return self._once(
            tuple((one.user, one.phrase, one.at) for one in given),
            lambda scene: thanks_items(self.access, given, scene),
        )

    def _once(self, what: Any, draw: Callable[[Scene], str]) -> str:
        actor = self.access.actor
        # Whose names one may know, in which language, and what one may do with it.
        key = (
            what,
            actor.language,
            actor.administers,
            actor.above,
            actor.groups,
            self.access.may("comment"),
        )
        if actor.onlooker is not None:
            return draw(platform().scene(actor))
        return self.drawn.once(key, lambda: draw(platform().scene(actor)))


def _event(name: str, mark: str = "", html: str = "") -> str:
    """Return one event; each line of what it carries begins anew."""
    lines = [f"event: {name}", *(["id: " + mark] if mark else [])]
    lines += [f"data: {line}" for line in html.splitlines() or [""]]
    return "\n".join(lines) + "\n\n"
