"""Search: nothing missed, nothing hidden found, the same on both databases."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.definitions.model import App
from tsuzuri.errors import QueryError
from tsuzuri.japanese.folding import fold
from tsuzuri.services import records, search
from tsuzuri.services.search import words_of
from worlds.town import EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CITY/*"], "allow": ["view", "edit", "delete"]},
        {"who": ["field:scope"], "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
        {
            "fields": ["sometimes"],
            "who": ["agency:NURSERY"],
            "where": 'mark = "見せる"',
            "allow": "view",
        },
        {"fields": ["sometimes"], "who": ["agency:NURSERY"], "allow": "none"},
    ],
}
FIELDS = {
    "name": {"kind": "name"},
    "body": {"kind": "multiline"},
    "secret": {"kind": "text"},
    "mark": {"kind": "text"},
    "sometimes": {"kind": "text"},
    "scope": {"kind": "agencies"},
    "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "X"}}}},
}
BODIES = (
    "玄関先で母と面談した。",
    "登園。笑顔あり",
    "電話にて確認 03-1234",
    "(株)みどり園",
    "%_'\"\\",
    "虜",
)


def _published(world: World) -> App:
    return world.publish(FIELDS, RULES)


def _found(world: World, app: App, user: str, text: str) -> list[int]:
    hits = search.search(world.platform, world.actor(user), text, app=app.code).hits
    return [hit.record.id for hit in hits]


@pytest.mark.parametrize(
    "text",
    [
        "面談",
        "面",
        "虜",
        "笑顔あり",
        "ｶｸﾆﾝ",
        "確認",
        "㈱",
        "(株)",
        "%",
        "_",
        "\\",
        "'",
        "1234",
        "母と",
    ],
)
def test_a_search_finds_exactly_what_a_scan_would(world: World, text: str) -> None:
    app = _published(world)
    ids = world.put(app, *({"body": body} for body in BODIES))
    wanted = {one for one, body in zip(ids, BODIES, strict=True) if fold(text) in fold(body)}
    assert set(_found(world, app, "abe", text)) == wanted


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_part_of_any_text_is_found(world: World, data: st.DataObject) -> None:
    app = _published(world)
    alphabet = "あアｱ漢髙高カ゛1１a ー-ｶﾞ𠮷吉🙂%_\n。"
    bodies = data.draw(st.lists(st.text(alphabet, min_size=1, max_size=30), min_size=1, max_size=6))
    ids = world.put(app, *({"body": body} for body in bodies))
    word = data.draw(st.text(alphabet, min_size=1, max_size=4))
    words = words_of(word)
    wanted = {
        one
        for one, body in zip(ids, bodies, strict=True)
        if words and all(part in fold(body) for part in words)
    }
    assert set(_found(world, app, "abe", word)) == wanted


def test_variants_of_a_name_meet(world: World) -> None:
    app = _published(world)
    record = world.put(app, {"name": "髙橋 結菜"})[0]
    for text in ("高橋", "髙橋", "橋 結"):
        assert _found(world, app, "abe", text) == [record]


def test_words_are_joined_by_and_across_fields_and_rows(world: World) -> None:
    app = _published(world)
    record = world.put(app, {"body": "面談", "rows": [{"id": "1", "x": "祖母"}]})[0]
    assert _found(world, app, "abe", "面談　祖母") == [record]
    assert _found(world, app, "abe", "面談 祖父") == []


def test_a_hidden_field_is_searched_for_nobody_else(world: World) -> None:
    app = _published(world)
    record = world.put(app, {"secret": "カナリア", "scope": ["NURSERY"]})[0]
    assert _found(world, app, "mori", "カナリア") == [record]
    assert _found(world, app, "abe", "カナリア") == []
    assert _found(world, app, "takahashi", "カナリア") == []


def test_a_guarded_field_is_searched_only_where_it_shows(world: World) -> None:
    app = _published(world)
    shown, _ = world.put(
        app,
        {"sometimes": "ひみつ", "mark": "見せる", "scope": ["NURSERY"]},
        {"sometimes": "ひみつ", "mark": "見せない", "scope": ["NURSERY"]},
    )
    assert _found(world, app, "takahashi", "ひみつ") == [shown]


def test_a_record_shared_with_others_is_not_found(world: World) -> None:
    app = _published(world)
    mine, _ = world.put(app, {"body": "園のこと", "scope": ["NURSERY"]}, {"body": "園のこと"})
    assert _found(world, app, "takahashi", "園の") == [mine]


def test_changing_deleting_and_restoring_are_followed_at_once(world: World) -> None:
    app = _published(world)
    access = world.entering("abe", app)
    saved = records.create(world.platform, access, {"body": "はじめの文"})
    records.change(world.platform, access, saved.id, {"body": "あとの文"}, revision=saved.revision)
    assert _found(world, app, "abe", "はじめ") == []
    assert _found(world, app, "abe", "あとの") == [saved.id]
    records.delete(world.platform, access, saved.id, reason="重複", revision=None)
    assert _found(world, app, "abe", "あとの") == []
    records.restore(world.platform, access, saved.id)
    assert _found(world, app, "abe", "あとの") == [saved.id]


def test_a_page_holds_the_newest_and_says_that_there_are_more(world: World) -> None:
    app = _published(world)
    ids = world.put(app, *({"body": f"見守り{n}"} for n in range(30)))
    found = search.search(world.platform, world.actor("abe"), "見守り", app=app.code, size=10)
    assert [hit.record.id for hit in found.hits] == sorted(ids, reverse=True)[:10]
    assert found.more


@pytest.mark.parametrize("text", ["", "  　", "\u200b"])
def test_nothing_asked_is_nothing_found(world: World, text: str) -> None:
    app = _published(world)
    world.put(app, {"body": "何か"})
    assert _found(world, app, "abe", text) == []


def test_an_overlong_question_is_refused_with_a_sentence(world: World) -> None:
    with pytest.raises(QueryError):
        search.search(world.platform, world.actor("abe"), "あ" * 101)
