"""Comments, thanks and news: who may say what, and who hears of it."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import attachments, news, quotes, records, threads
from tsuzuri.services.threads import Draft, Thread
from tsuzuri.storage.records import MASKED
from worlds.town import EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
        {"who": ["agency:HEALTH"], "allow": ["view"]},
    ],
}
FIELDS = {"a": {"kind": "text"}, "scope": {"kind": "agencies"}}
PHRASES = {"acknowledge": ["確認しました", "助かります"]}


def _shared(world: World) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES, comments=PHRASES, recordTitle=["a"])
    given = {"a": "登園時の様子", "scope": ["NURSERY"]}
    saved = records.create(world.platform, world.entering("mori", app), given)
    return app, saved.id


def test_a_comment_is_read_by_everybody_who_sees_the_record(world: World) -> None:
    app, record = _shared(world)
    threads.comment(
        world.platform, world.entering("takahashi", app), record, " 承知しました。\r\n "
    )
    said = threads.thread(world.platform, world.entering("mori", app), record).comments
    assert [(one.author, one.agency, one.body) for one in said] == [
        ("takahashi", "NURSERY", "承知しました。")
    ]


def test_a_thread_of_an_unseen_record_is_unknown(world: World) -> None:
    app, record = _shared(world)
    for verb in (
        lambda access: threads.thread(world.platform, access, record),
        lambda access: threads.comment(world.platform, access, record, "見えますか"),
        lambda access: threads.thank(world.platform, access, record, "助かります"),
    ):
        with pytest.raises(Unknown):
            verb(world.entering("ito", app))


def test_who_may_only_look_may_not_speak(world: World) -> None:
    only_health = world.publish(FIELDS, {**RULES, "record": RULES["record"][2:]}, comments=PHRASES)
    other = world.put(only_health, {"a": "x"})[0]
    access = world.entering("suzuki", only_health)
    assert not threads.thread(world.platform, access, other).may_comment
    with pytest.raises(Denied):
        threads.comment(world.platform, access, other, "書けないはず")
    with pytest.raises(Denied):
        threads.thank(world.platform, access, other, "助かります")


@pytest.mark.parametrize("body", ["", "  \n\t　", "あ" * 65_536, "\x00", "\ud800"])
def test_an_unreasonable_comment_is_refused(world: World, body: str) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid):
        threads.comment(world.platform, world.entering("mori", app), record, body)


def test_thanks_are_given_once_and_taken_back_by_a_second_tap(world: World) -> None:
    app, record = _shared(world)
    access = world.entering("takahashi", app)
    assert threads.thank(world.platform, access, record, "助かります")
    given = threads.thread(world.platform, world.entering("mori", app), record).thanks
    assert [(one.user, one.phrase) for one in given] == [("takahashi", "助かります")]
    assert not threads.thank(world.platform, access, record, "助かります")
    assert threads.thread(world.platform, access, record).thanks == []


def test_only_the_apps_own_phrases_are_given(world: World) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid):
        threads.thank(world.platform, world.entering("mori", app), record, "いいね")


def test_news_tell_what_others_did_and_only_where_i_may_look(world: World) -> None:
    app, record = _shared(world)
    threads.comment(world.platform, world.entering("takahashi", app), record, "ありがとう")
    threads.thank(world.platform, world.entering("takahashi", app), record, "助かります")
    mine = [
        one for one in news.news(world.platform, world.actor("mori")) if one.record.id == record
    ]
    assert {(one.event, one.by) for one in mine} == {
        ("comment", "takahashi"),
        ("thanks", "takahashi"),
    }
    theirs = news.news(world.platform, world.actor("takahashi"))
    assert ("create", "mori") in {(one.event, one.by) for one in theirs if one.record.id == record}
    nobody = news.news(world.platform, world.actor("ito"))
    assert all(one.record.id != record for one in nobody)


def test_thanks_are_news_to_the_one_who_wrote_and_nobody_else(world: World) -> None:
    app = world.publish(FIELDS, {**RULES, "record": RULES["record"][:2]}, comments=PHRASES)
    saved = records.create(
        world.platform, world.entering("mori", app), {"a": "連絡", "scope": ["NURSERY", "DESK"]}
    )
    threads.thank(world.platform, world.entering("takahashi", app), saved.id, "助かります")
    events = {
        user: {
            one.event
            for one in news.news(world.platform, world.actor(user))
            if one.record.id == saved.id
        }
        for user in ("mori", "sato")
    }
    assert "thanks" in events["mori"]
    assert "thanks" not in events["sato"]


HIDING = {
    **RULES,
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["agency:HEALTH"], "allow": "masked"},
        {"fields": ["secret"], "who": ["everyone"], "where": 'a = "開く"', "allow": "view"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
SECRETS = {**FIELDS, "secret": {"kind": "text"}}


def _kept(world: World, **given: Any) -> tuple[App, int]:
    app = world.publish(SECRETS, HIDING, comments=PHRASES)
    values = {"a": "様子", "secret": "通告者は祖母", "scope": ["NURSERY"], **given}
    return app, records.create(world.platform, world.entering("mori", app), values).id


def _thread(world: World, user: str, app: App, record: int) -> Thread:
    return threads.thread(world.platform, world.entering(user, app), record)


def _say(world: World, user: str, app: App, record: int, **draft: Any) -> int:
    said = Draft(**{"body": "どうでしょう", **draft})
    return threads.comment(world.platform, world.entering(user, app), record, said)


def test_a_comment_is_quoted_by_who_sees_it(world: World) -> None:
    app, record = _shared(world)
    first = _say(world, "mori", app, record)
    second = _say(world, "takahashi", app, record, quote=f"comment:{first}")
    quote = _thread(world, "mori", app, record).quotes[second]
    assert (quote.comment, quote.field) == (first, None)


def test_a_quoted_field_is_read_by_those_who_may_read_the_field(world: World) -> None:
    app, record = _kept(world)
    said = _say(world, "mori", app, record, quote="field:secret")
    found = {
        user: _thread(world, user, app, record).quotes.get(said)
        for user in ("mori", "takahashi", "suzuki")
    }
    assert found["mori"] is not None
    assert found["mori"].value == "通告者は祖母"
    assert found["takahashi"] is None
    assert found["suzuki"] is not None
    assert found["suzuki"].value is MASKED
    # Where the rule holds later, the quote is read as it was then.
    change = {"a": "開く", "secret": "言い直し"}
    records.change(world.platform, world.entering("mori", app), record, change, revision=None)
    now = _thread(world, "takahashi", app, record).quotes[said]
    assert now.value == "通告者は祖母"


@pytest.mark.parametrize(
    "quote",
    ["comment:1", "comment:x", "field:secret", "field:nowhere", "field:$id", "x", "comment:１"],
)
def test_what_is_hidden_and_what_is_nowhere_are_quoted_alike(world: World, quote: str) -> None:
    app, record = _kept(world)
    with pytest.raises(Invalid) as refused:
        _say(world, "takahashi", app, record, quote=quote)
    assert [one.message for one in refused.value.problems] == [quotes.MISSING]


def test_a_quote_of_another_record_is_refused(world: World) -> None:
    app, record = _shared(world)
    (other,) = world.put(app, {"a": "別の子"})
    said = _say(world, "mori", app, other)
    with pytest.raises(Invalid):
        _say(world, "mori", app, record, quote=f"comment:{said}")


def test_words_are_changed_and_taken_back_within_five_minutes(world: World) -> None:
    app, record = _shared(world)
    said = _say(world, "takahashi", app, record, body="熱は38度")
    access, start = world.entering("takahashi", app), world.clock.now
    try:
        world.clock.now = start + timedelta(minutes=4)
        threads.edit(world.platform, access, record, said, "熱は37度")
        (now,) = _thread(world, "mori", app, record).comments
        assert (now.body, bool(now.edited_at)) == ("熱は37度", True)
        world.clock.now = start + timedelta(minutes=5, seconds=1)
        with pytest.raises(Invalid) as refused:
            threads.edit(world.platform, access, record, said, "遅い")
        assert [one.message for one in refused.value.problems] == [threads.TOO_LATE]
        with pytest.raises(Invalid):
            threads.withdraw(world.platform, access, record, said)
        world.clock.now = start + timedelta(minutes=3)
        threads.withdraw(world.platform, access, record, said)
    finally:
        world.clock.now = start
    (gone,) = _thread(world, "mori", app, record).comments
    assert (gone.body, gone.quote, gone.files) == ("", {}, ())
    assert gone.withdrawn_at
    assert threads.talk(world.platform, access, [record])[record].comments == 0


def test_somebody_elses_words_are_theirs(world: World) -> None:
    app, record = _shared(world)
    said = _say(world, "takahashi", app, record)
    (other,) = world.put(app, {"a": "別の子"})
    access = world.entering("mori", app)
    with pytest.raises(Denied):
        threads.edit(world.platform, access, record, said, "書き換え")
    with pytest.raises(Denied):
        threads.withdraw(world.platform, access, record, said)
    # By another record's address nothing is found, and neither by one that is not seen.
    with pytest.raises(Unknown):
        threads.withdraw(world.platform, access, other, said)
    with pytest.raises(Unknown):
        threads.withdraw(world.platform, world.entering("ito", app), record, said)


def test_a_file_of_a_comment_is_for_those_who_see_the_record(world: World) -> None:
    app, record = _shared(world)
    sent = attachments.receive(
        world.platform, world.actor("takahashi"), "連絡帳.txt", io.BytesIO(b"letter")
    )
    said = _say(world, "takahashi", app, record, body="", files=[sent["key"]])
    file = threads.file(world.platform, world.entering("mori", app), record, said, sent["key"])
    assert file.path.read_bytes() == b"letter"
    with pytest.raises(Unknown):
        threads.file(world.platform, world.entering("ito", app), record, said, sent["key"])
    other = _say(world, "mori", app, record)
    with pytest.raises(Unknown):
        threads.file(world.platform, world.entering("mori", app), record, other, sent["key"])
    threads.withdraw(world.platform, world.entering("takahashi", app), record, said)
    with pytest.raises(Unknown):
        threads.file(world.platform, world.entering("mori", app), record, said, sent["key"])


def test_files_that_are_not_ones_own_are_not_given(world: World) -> None:
    app, record = _shared(world)
    sent = attachments.receive(
        world.platform, world.actor("mori"), "内部.txt", io.BytesIO(b"of the office")
    )
    for files in ([sent["key"]], ["0" * 64], ["x"] * (threads.MOST_FILES + 1)):
        with pytest.raises(Invalid):
            _say(world, "takahashi", app, record, files=files)


def test_a_comment_that_reads_differently_has_another_version(world: World) -> None:
    app, record = _shared(world)
    access = world.entering("takahashi", app)
    said = _say(world, "takahashi", app, record, body="一")

    def version() -> str:
        return _thread(world, "mori", app, record).comments[0].version

    # All within one second, which is how exactly times are kept.
    versions = [version()]
    for words in ("二", "三"):
        threads.edit(world.platform, access, record, said, words)
        versions.append(version())
    threads.withdraw(world.platform, access, record, said)
    versions.append(version())
    assert len(set(versions)) == 4
