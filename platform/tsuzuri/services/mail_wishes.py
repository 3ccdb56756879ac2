"""What somebody wants by mail: each notice at once, one mail a day, or none; and when not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.onlooking import must_not_look
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services import outbox
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, mails, people
from tsuzuri.storage.audit import Entry

HOURS = tuple(str(hour) for hour in range(24))
NO_CHOICE = message("選択肢にない値です。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """By kind of notice how it comes, and the quiet hours as they are chosen, or nothing."""

    ways: Mapping[str, str]
    begins: str = ""
    ends: str = ""


def mine(platform: Platform, actor: Actor, kinds: Collection[str]) -> Wishes:
    """Return what somebody chose, and for all else what is usual."""
    with platform.database.platform() as connection:
        chosen = mails.ways(connection, [actor.user])[actor.user]
        begins, ends = mails.quiet(connection, actor.user)
    quiet = ("", "") if begins == ends else (str(begins), str(ends))
    ways = {kind: outbox.way_of(kind, chosen) for kind in kinds}
    return Wishes(ways=ways, begins=quiet[0], ends=quiet[1])


def address(platform: Platform, actor: Actor) -> str:
    """Return where somebody's mails go, or nothing."""
    with platform.database.platform() as connection:
        return people.accounts(connection, [actor.user])[actor.user].mail


def choose(platform: Platform, actor: Actor, wanted: Wishes) -> None:
    """Store what somebody chose.  Raises ``Invalid``."""
    must_not_look(actor)
    problems = list(_wrong(wanted))
    if problems:
        raise Invalid(problems)
    quiet = (int(wanted.begins), int(wanted.ends)) if wanted.begins else (0, 0)
    with platform.changing(actor) as connection:
        mails.put_wishes(connection, actor.user, wanted.ways, quiet)
        audit.note(connection, Entry(action="mail.choose", detail=dict(wanted.ways)))


def _wrong(wanted: Wishes) -> Iterator[Problem]:
    for kind, way in wanted.ways.items():
        if way not in outbox.WAYS:
            yield Problem(f"/ways/{kind}", NO_CHOICE)
    hours = {"/begins": wanted.begins, "/ends": wanted.ends}
    odd = [pointer for pointer, hour in hours.items() if hour and hour not in HOURS]
    yield from (Problem(pointer, NO_CHOICE) for pointer in odd)
    if odd:
        return
    for pointer, hour in hours.items():
        if not hour and any(hours.values()):
            yield Problem(pointer, message("始まりと終わりの両方を選んでください。"))
    if wanted.begins and wanted.begins == wanted.ends:
        yield Problem("/ends", message("始まりとは別の時刻を選んでください。"))
