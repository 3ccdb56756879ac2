"""The pages about mails: what one wants, and how the sending stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from support.server import free_port
from support.sink import Sink, listening
from tsuzuri.services import mailing
from tsuzuri.storage import mails, people
from worlds.face import Visitor, errors, opened, read_form
from worlds.fixtures import world
from worlds.postman import emptied, kept, mailing_world, say, shared, smtp_at
from worlds.town import NOW, World

__all__ = ["world"]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as found:
        yield found


@pytest.fixture
def town(world: World, sink: Sink) -> World:
    world.clock.now = NOW
    found = mailing_world(world, smtp_at(sink.port))
    emptied(found)
    return found


def _keeper(town: World) -> Visitor:
    with town.platform.database.platform(writing=True) as connection:
        known = people.accounts(connection)["abe"]
        people.put_accounts(connection, [replace(known, administers=True)])
    return Visitor(opened(town)).enter("abe")


def test_what_is_chosen_is_kept_and_followed(town: World, sink: Sink) -> None:
    visitor = Visitor(opened(town)).enter("mori")
    assert 'href="/account/mail"' in visitor.get("/account").text
    page = visitor.get("/account/mail")
    assert "mori@people.test" in page.text
    usual = read_form(page.text, "mail-form").fields
    assert usual["way.comment"] == ["daily"]
    answer = visitor.send(page, "mail-form", **{"way.comment": "at_once", "begins": "1"})
    assert answer.status_code == 422
    assert [one for one, _ in errors(answer.text)] == ["ends"]
    chosen = {"way.comment": "at_once", "way.change": "none", "begins": "0", "ends": "6"}
    assert visitor.send(page, "mail-form", **chosen).status_code == 303
    found = read_form(visitor.get("/account/mail").text, "mail-form").fields
    assert {name: found[name] for name in chosen} == {n: [v] for n, v in chosen.items()}
    app, record = shared(town)
    say(town, app, record)
    assert mailing.run(town.platform) == 0, "half past midnight in Tokyo"
    town.clock.now += timedelta(hours=6)
    assert mailing.run(town.platform) == 1
    assert sink.recipients == ["mori@people.test"]


@pytest.mark.parametrize(
    "odd, where",
    [
        ({"way.comment": "always"}, "way-comment"),
        ({"begins": "24", "ends": "3"}, "begins"),
        ({"begins": "x", "ends": "3"}, "begins"),
        ({"ends": "3"}, "begins"),
        ({"begins": "3", "ends": "3"}, "ends"),
    ],
)
def test_an_odd_choice_is_told_and_not_kept(town: World, odd: dict[str, str], where: str) -> None:
    visitor = Visitor(opened(town)).enter("sato")
    page = visitor.get("/account/mail")
    answer = visitor.send(page, "mail-form", **odd)
    assert answer.status_code == 422
    assert where in [one for one, _ in errors(answer.text)]
    with town.platform.database.platform() as connection:
        assert mails.ways(connection, ["sato"]) == {"sato": {}}
        assert mails.quiet(connection, "sato") == (0, 0)


def test_who_has_no_address_is_told_so(town: World) -> None:
    with town.platform.database.platform(writing=True) as connection:
        known = people.accounts(connection)["ito"]
        people.put_accounts(connection, [replace(known, mail="")])
    page = Visitor(opened(town)).enter("ito").get("/account/mail").text
    assert "メールアドレスが登録されていません" in page
    bare = replace(town.platform, config=replace(town.platform.config, smtp=None))
    page = Visitor(opened(replace(town, platform=bare))).enter("ito").get("/account/mail").text
    assert "いまはメールを送っていません" in page


def test_an_administrator_sees_numbers_and_no_address(town: World, sink: Sink) -> None:
    visitor = _keeper(town)
    assert "滞りはありません" in visitor.get("/people/mail").text
    app, record = shared(town)
    Visitor(opened(town)).enter("mori")
    with town.platform.database.platform(writing=True) as connection:
        connection.exec_driver_sql("INSERT INTO mail_wishes VALUES ('mori', 'comment', 'at_once')")
    say(town, app, record)
    away = mailing_world(town, smtp_at(free_port()))
    mailing.run(away.platform)
    page = visitor.get("/people/mail").text
    assert "メールが滞っています" in page
    assert "メールサーバーにつなぐとき (ConnectionRefusedError)" in page
    sink.refusing["mori@people.test"] = "550 no such mailbox mori@people.test"
    town.clock.now += timedelta(minutes=5)
    mailing.run(town.platform)
    page = visitor.get("/people/mail").text
    assert kept(town) == [("mori", "refused")]
    assert "宛先を伝えるとき (550)" in page
    assert re.search(r'<a href="/people/users/mori">森</a>', page)
    assert "@people.test" not in page
    assert app.code not in page
    assert str(record) not in page


def test_to_others_the_state_of_the_sending_is_not_there(town: World) -> None:
    assert Visitor(opened(town)).enter("mori").get("/people/mail").status_code == 404
