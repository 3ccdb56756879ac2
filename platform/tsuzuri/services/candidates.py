"""Who can have the turn on a record, worked out from the directory as it is now.

Nobody who left holds a record up: what counts is who belongs where at the moment of acting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import admit
from tsuzuri.access.rules import SETTLED
from tsuzuri.access.turns import Able, manages, process_of
from tsuzuri.definitions.model import App, Principal, Process, Status
from tsuzuri.fields.traits import People
from tsuzuri.services.platform import Platform
from tsuzuri.storage import deputies
from tsuzuri.storage.people import Directory, User
from tsuzuri.storage.writing import RecordState

Belongs = Callable[[User], bool]


def people(platform: Platform, actor: Actor) -> list[Actor]:
    """Return the person, and those they stand in for today."""
    with platform.database.platform() as connection:
        codes = deputies.stands_in_for(connection, actor.user, platform.today)
    directory = platform.directory if codes else None
    found = (directory.actor(code, actor.zone) for code in codes) if directory else ()
    return [actor, *filter(None, found)]


def able(platform: Platform, process: Process) -> Able:
    """Return by status everybody who can have the turn there at all.

    Where that depends on the record, it is everybody whose account is open.
    """
    directory = platform.directory
    return {one.code: _able(directory, one) for one in process.statuses if one.rule}


def _able(directory: Directory, status: Status) -> tuple[str, ...]:
    settled = all(who.sort in SETTLED for who in status.who)
    belongs = [_settled(directory, who) for who in status.who] if settled else [_everybody]
    return tuple(_those(directory, belongs))


def of_record(
    platform: Platform,
    app: App,
    status: Status,
    state: RecordState,
    *,
    directory: Directory | None = None,
) -> list[str]:
    """Return who can have the turn on a record that stands at ``status``.

    Fields are asked of ``state`` alone, so what its reader does not know names nobody to them; and
    only people of ``directory`` are named.  Whoever can never know where records of the app stand
    is none of them.  Whether they see this very record is not asked: that would tell of it.
    """
    directory = directory or platform.directory
    found = _those(directory, [_on(app, who, directory, state) for who in status.who])
    return [code for code in found if _follows(platform, app, code)]


def _follows(platform: Platform, app: App, code: str) -> bool:
    """Tell whether somebody knows of the app's process at all."""
    actor = platform.directory.actor(code, platform.config.zone)
    if actor is None:
        return False
    access = admit(actor, app, platform.clock())
    return access.may("view") and process_of(access) is not None


def _those(directory: Directory, belongs: Iterable[Belongs]) -> list[str]:
    asked = list(belongs)
    users = sorted(directory.users.values(), key=lambda one: (one.kana, one.code))
    return [one.code for one in users if one.active and any(ask(one) for ask in asked)]


def _everybody(user: User) -> bool:
    del user
    return True


def _nobody(user: User) -> bool:
    del user
    return False


def _settled(directory: Directory, who: Principal) -> Belongs:
    """Return whether a user is one of ``who``, for what no record decides."""
    if who.sort == "user":
        return lambda user: user.code == who.code
    if who.sort == "group":
        return lambda user: who.code in user.groups
    return _in_agency(directory, who.code, below=who.below)


def _in_agency(directory: Directory, code: str, *, below: bool) -> Belongs:
    if below:
        return lambda user: code in directory.above(user.agencies)
    return lambda user: code in user.agencies


def _on(app: App, who: Principal, directory: Directory, state: RecordState) -> Belongs:
    """Return whether a user is one of ``who`` on this record."""
    if who.sort in SETTLED:
        return _settled(directory, who)
    if who.sort == "creator":
        return lambda user: user.code == state.created_by
    if who.sort != "field":
        below = who.sort.endswith("/*")
        return _in_agency(directory, state.created_agency, below=below)
    field = app.by_code.get(who.code)
    trait = field.trait if field is not None else None
    if not isinstance(trait, People):
        return _nobody
    named = [
        _settled(directory, Principal(trait.entity, code, who.below))
        for code in state.values.get(who.code, ())
    ]
    return lambda user: any(ask(user) for ask in named)


def managers(platform: Platform, app: App) -> list[str]:
    """Return who may say whose turn it is, and have it themselves where nobody else can."""
    directory = platform.directory
    return [code for code in directory.users if may_manage(platform, app, code)]


def may_manage(platform: Platform, app: App, code: str) -> bool:
    """Tell whether somebody may say whose turn it is in an app."""
    actor = platform.directory.actor(code, platform.config.zone)
    return actor is not None and manages(admit(actor, app, platform.clock()))


def gone(
    platform: Platform, app: App, status: Status | None, state: RecordState, named: Iterable[str]
) -> Mapping[str, bool]:
    """Tell of each of ``named`` whether they can have the turn no more: closed, or moved on."""
    users = platform.directory.users
    fit = of_record(platform, app, status, state) if status is not None else list(users)
    return {
        code: not (code in users and users[code].active)
        or (code not in fit and not may_manage(platform, app, code))
        for code in named
    }
