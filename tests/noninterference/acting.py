"""What others do meanwhile: the same in both worlds where it may be seen, else as they please.

Whatever is done unseen is judged by the oracle before: it must leave what the attacker may see
as it is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from noninterference.channels import ANYTHING, Channel
from noninterference.definitions import ADMIN
from noninterference.kinds import EVERY, FILES, FIRST, SECOND, USERS
from noninterference.pairs import REMARKS, Drawing
from noninterference.pool import Pool, Request
from noninterference.rules import Sight
from noninterference.sides import Side
from tsuzuri.access.gate import Access
from tsuzuri.errors import TsuzuriError
from tsuzuri.services import attachments, calculate, news, records, saved_views, search, threads
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.writing import RecordState
from worlds.town import ERRAND

Deed = Callable[["Others", Side], None]


@dataclass
class Others:
    """Everybody but the attacker."""

    rng: Random
    drawing: Drawing
    sights: Mapping[str, Sight]
    pool: Pool
    channel: Channel = ANYTHING

    def low(self, sides: Sequence[Side], step: int) -> None:
        """Do one visible thing on both sides, by the same words."""
        app = self.rng.choice([FIRST, FIRST, SECOND])
        shared = [one.id for one in self.pool.pair.worlds[0] if one.app == app and one.shared]
        given = self._given(app)
        deeds: list[Callable[[Side, Access], Any]] = [
            lambda side, access: records.create(side.platform, access, given),
        ]
        if shared:
            record, said = self.rng.choice(shared), self.rng.choice(REMARKS)
            some = {code: given[code] for code in list(given)[:2]}
            deeds += [
                lambda side, access: records.change(
                    side.platform, access, record, some, revision=None
                ),
                lambda side, access: threads.comment(side.platform, access, record, said),
                lambda side, access: threads.thank(side.platform, access, record, "確認しました"),
                lambda side, access: records.delete(
                    side.platform, access, record, reason=said, revision=None
                ),
            ]
        deed = self.rng.choice(deeds)
        for side in sides:
            with side.turn("low", step):
                made = _tried(partial(deed, side, self._access(side, app)))
        if isinstance(made, records.Saved):
            self.pool.remember(app, str(made.id))

    def high(self, side: Side, step: int) -> None:
        """Do one thing on one side that the attacker may not see."""
        with side.turn("high", step):
            near = [one for one in DEEDS if one.__name__ in self.channel.deeds]
            deed = self.rng.choice(near if near and self.rng.randrange(3) else DEEDS)
            _tried(partial(deed, self, side))

    def _access(self, side: Side, app: str, user: str = ADMIN) -> Access:
        actor = side.platform.directory.actor(user, side.platform.config.zone)
        assert actor is not None
        return side.platform.admit(actor, app)

    def _given(self, app: str) -> dict[str, Any]:
        """Return values to write, without those that nobody writes."""
        codes = self.sights[app].codes
        values = {code: self.drawing.value(code) for code in codes if EVERY[code].values}
        # Files are put into records by those who sent them only; see ``_uploads``.
        return {code: wire for code, wire in values.items() if code not in {"papers", "photo"}}

    def _one(self, side: Side, app: str, *, seen: bool) -> RecordState | None:
        """Return a living record of one side that the attacker sees, or does not see."""
        with side.platform.database.read(ERRAND) as connection:
            mine = [int(one.id) for one in self.pool.pair.every() if one.app == app]
            mine += [int(one) for one in self.pool.found.get(app, ())]
            states = load_whole(connection, side.platform.apps[app], mine)
        sight = self.sights[app]
        fitting = [
            one
            for number, one in sorted(states.items())
            if one.deleted_at is None
            and (sight.projection({**one.known, "$id": number}) is not None) is seen
        ]
        return self.rng.choice(fitting) if fitting else None

    def _stays(self, side: Side, app: str, before: RecordState, values: Mapping[str, Any]) -> bool:
        """Tell whether a record with other values looks the same to the attacker."""
        sight, known = self.sights[app], {**before.known, "$id": before.id}
        kept = {code: wire for code, wire in values.items() if wire is not None}
        worked_out = calculate.values(side.platform.apps[app], kept)
        system = {code: wire for code, wire in known.items() if code.startswith("$")}
        return sight.projection(known) == sight.projection({**worked_out, **system})

    def _somebody(self) -> str:
        """Return anybody but the attacker."""
        return self.rng.choice([one for one in (ADMIN, *USERS) if one != self.pool.pair.attacker])

    def _app(self) -> str:
        return self.rng.choice([FIRST, FIRST, SECOND])


def _tried(deed: Callable[[], Any]) -> Any:
    """Do something; what the program refuses is no failure of the test."""
    try:
        return deed()
    except TsuzuriError:
        return None


def _edits_hidden(others: Others, side: Side) -> None:
    app = others._app()
    before = others._one(side, app, seen=True)
    if before is None:
        return
    sight, record = others.sights[app], {**before.known, "$id": before.id}
    closed = [code for code in sight.codes if sight.level(record, code) in {"none", "masked"}]
    given = {code: wire for code, wire in others._given(app).items() if code in closed}
    if given and others._stays(side, app, before, {**before.values, **given}):
        access = others._access(side, app)
        records.change(side.platform, access, before.id, given, revision=None)


def _edits_unseen(others: Others, side: Side) -> None:
    app = others._app()
    before = others._one(side, app, seen=False)
    given = others._given(app)
    if before and others._stays(side, app, before, {**before.values, **given}):
        access = others._access(side, app)
        records.change(side.platform, access, before.id, given, revision=None)


def _creates_unseen(others: Others, side: Side) -> None:
    app = others._app()
    given = {code: wire for code, wire in others._given(app).items() if wire is not None}
    system = {"$id": 1, "$creator": ADMIN, "$creator_agency": "CITY", "$created": side.clock.now}
    values = calculate.values(side.platform.apps[app], given)
    if others.sights[app].projection({**values, **system}) is None:
        made = records.create(side.platform, others._access(side, app), given)
        others.pool.remember(app, str(made.id))


def _talks_unseen(others: Others, side: Side) -> None:
    app = others._app()
    one = others._one(side, app, seen=False)
    if one is not None:
        access = others._access(side, app, others._somebody())
        threads.comment(side.platform, access, one.id, others.rng.choice(REMARKS))
        threads.thank(side.platform, access, one.id, "助かりました")


def _deletes_unseen(others: Others, side: Side) -> None:
    app = others._app()
    one = others._one(side, app, seen=False)
    if one is not None:
        access = others._access(side, app)
        records.delete(side.platform, access, one.id, reason="重複", revision=None)
        if others.rng.randrange(2):
            records.restore(side.platform, access, one.id)


def _uploads(others: Others, side: Side) -> None:
    actor = others._access(side, SECOND).actor
    name = others.rng.choice(list(FILES))
    attachments.receive(side.platform, actor, name, io.BytesIO(FILES[name]))


def _looks_around(others: Others, side: Side) -> None:
    platform, user = side.platform, others._somebody()
    actor = platform.directory.actor(user, platform.config.zone)
    assert actor is not None
    search.search(platform, actor, others.pool.word())
    news.news(platform, actor)
    news.looked(platform, actor, platform.stamp())


def _saves_a_view(others: Others, side: Side) -> None:
    app = others._app()
    where = others.pool.where(app)
    access = others._access(side, app, others._somebody())
    saved_views.save(side.platform, access, name="私の一覧", where=where, sort="")


def _signs_in(others: Others, side: Side) -> None:
    user = others._somebody()
    side.visitors.pop(user, None)
    side.visitor(user).open(Request(path="/"))


DEEDS: tuple[Deed, ...] = (
    *(
        _edits_hidden,
        _edits_hidden,
        _edits_hidden,
        _edits_hidden,
        _edits_unseen,
        _creates_unseen,
        _talks_unseen,
    ),
    *(_deletes_unseen, _uploads, _looks_around, _saves_a_view, _signs_in),
)
