"""Search misses nothing that is there, finds nothing that is not, and never a hidden hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tsuzuri.definitions.model import App
from tsuzuri.japanese.folding import fold
from tsuzuri.query.bind import bind
from tsuzuri.query.tree import Comparison
from tsuzuri.services.search import search
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.finding import find
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.search import Entry, add, holding, remove
from tsuzuri.storage.visible import Way
from tsuzuri.storage.writing import RecordState, Writer
from worlds.examples import PATIENCE, examples
from worlds.town import EVERYTHING, NOW, OPEN_TO_ALL, World, listed, records_of, state, writer

pytestmark = [
    pytest.mark.timeout(PATIENCE),
    # What a failing property prints is large, and worth it.
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

PROPERTIES = {
    "title": {"kind": "text"},
    "body": {"kind": "multiline"},
    "hidden": {"kind": "text"},
    "guarded": {"kind": "multiline"},
    "masked": {"kind": "text"},
    "open": {"kind": "number"},
}
TEXTS = ("title", "body", "hidden", "guarded", "masked")
RULES = {
    **OPEN_TO_ALL,
    "field": [
        {"fields": list(TEXTS[2:]), "who": ["group:heads"], "allow": "edit"},
        {"fields": ["guarded"], "who": ["everyone"], "where": "open > 0", "allow": "view"},
        {"fields": ["masked"], "who": ["everyone"], "allow": "masked"},
        {"fields": ["hidden"], "who": ["everyone"], "allow": "none"},
    ],
}
# Few characters, so that pieces of one text are found in others; some fold to two or to none.
LETTERS = "あアｱ髙高%_'\"\\*-ー aＡa\u0301ß㈱𠮷\u200d👩\n"
texts = st.text(LETTERS, max_size=12)
records = st.fixed_dictionaries(
    {**dict.fromkeys(TEXTS, st.none() | texts), "open": st.sampled_from([None, 0, 1])}
)
needles = st.text(LETTERS, min_size=1, max_size=3) | texts


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(PROPERTIES, RULES)


def known(user: str, record: RecordState, code: str) -> str:
    """Return what a field says to this person: everything to mori, little to ito."""
    if user == "ito" and (
        code in {"hidden", "masked"} or (code == "guarded" and record.values.get("open") != 1)
    ):
        return ""
    return record.values.get(code) or ""


def lives(steps: Sequence[RecordState]) -> Iterator[RecordState]:
    """Yield the records that are not deleted."""
    yield from (one for one in steps if one.deleted_at is None)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[RecordState], list[tuple[int, dict[str, Any]]]]:
    """Draw records, and what becomes of them one after the other."""
    first = [state({**draw(records), "$id": place + 1}) for place in range(draw(st.integers(1, 6)))]
    later = st.fixed_dictionaries({"values": records.map(lambda r: state(r).values)})
    gone = st.sampled_from([{"deleted_at": "2026-11-21T00:00:00Z"}, {"deleted_at": None}])
    step = st.tuples(st.integers(0, len(first) - 1), st.one_of(later, gone))
    return first, draw(st.lists(step, max_size=5))


def agree(found: Records, user: str, kept: Sequence[RecordState], words: Sequence[str]) -> None:
    """Check conditions on every field, and the search over all of them, against plain Python."""
    access = found.access
    codes = [one.code for one in access.app.fields if one.code in TEXTS]
    for word in words:
        note(f"{user} looks for {word!r}")
        for code in codes:
            where = bind(access.app, Comparison(code, "like", (word,)), access.asker)
            meant = [s.id for s in lives(kept) if fold(word) in fold(known(user, s, code))]
            assert sorted(listed(found, Listing(where=where))) == sorted(meant), code
        folded = fold(word).split()
        if folded:
            hits = [state.id for state, _ in find(found, folded, 50).records]
            assert hits == sorted(
                (
                    s.id
                    for s in lives(kept)
                    if all(any(w in fold(known(user, s, c)) for c in codes) for w in folded)
                ),
                reverse=True,
            )


@examples(120)
@given(history=histories(), words=st.lists(needles, min_size=1, max_size=4))
def test_search_finds_what_is_there_whatever_became_of_it(
    world: World,
    app: App,
    history: tuple[list[RecordState], list[tuple[int, dict[str, Any]]]],
    words: list[str],
) -> None:
    kept, steps = history
    kept = list(kept)
    with world.undone() as connection:
        writing: Writer = writer(connection, app)
        writing.insert(kept)
        for place, changed in steps:
            before, kept[place] = kept[place], replace(kept[place], **changed)
            writing.change(before, kept[place])
        for user in ("mori", "ito"):
            agree(records_of(connection, world.access(user, app)), user, kept, words)


LONG = "玄関先で面談。父は不在。" * 40


@pytest.mark.parametrize(
    "word, found",
    [
        *(("面", True), ("談。", True), ("父は不在。玄", True), ("先で面談。父は不在", True)),
        *(("不在。。", False), ("父母", False), ("。", True), (LONG, True), (LONG + "玄", False)),
    ],
)
def test_a_long_text_is_found_by_any_piece(
    world: World, app: App, word: str, *, found: bool
) -> None:
    access = world.access("mori", app)
    where = bind(access.app, Comparison("body", "like", (word,)), access.asker)
    with world.undone() as connection:
        writer(connection, app).insert([state({"body": LONG})])
        assert records_of(connection, access).count(Listing(where=where)).number == found


@pytest.mark.parametrize("way", [Way.ALL, Way.FEW, Way.MANY])
def test_many_hits_are_each_found_once_beside_hidden_ones(world: World, way: Way) -> None:
    rules = {**RULES, "record": [{"who": ["everyone"], "where": "open > -1", "allow": ["view"]}]}
    app = world.publish(PROPERTIES, RULES if way is Way.ALL else rules)
    made = [
        state({"title": f"件{n}" if n % 3 else None, "hidden": f"件{n}", "open": 0, "$id": n})
        for n in range(1, 1201)
    ]
    with world.undone() as connection:
        writer(connection, app).insert(made)
        found = records_of(connection, world.access("ito", app))
        found.visible.way = way
        hits = find(found, ["件"], 5000)
    assert [one.id for one, _ in hits.records] == [n for n in range(1200, 0, -1) if n % 3]
    assert not hits.more
    assert {field.code for _, field in hits.records} == {"title"}


def test_one_character_is_found_however_often_texts_came_and_went(world: World, app: App) -> None:
    """SQLite 3.40 calls its index malformed here, unless single characters have their own."""
    chance, tables = Random(4), tables_of(app)
    words = ("城山", "海", "山", "城", "山山")
    for _ in range(30):
        texts = {record: chance.choice((*words, "")) for record in range(1, chance.randint(2, 7))}
        with world.undone() as connection:
            add(connection, tables, [Entry(one, 7, text) for one, text in texts.items() if text])
            for _ in range(chance.randint(1, 5)):
                for word in chance.sample(words[:4], 2):
                    asked = holding(tables, connection.dialect.name, 7, word)
                    found = set(connection.execute(asked).scalars())
                    assert found == {one for one, text in texts.items() if word in text}
                record = chance.choice(list(texts))
                old, texts[record] = texts[record], chance.choice((*words, ""))
                remove(connection, tables, [Entry(record, 7, old)] if old else [])
                add(connection, tables, [Entry(record, 7, texts[record])] if texts[record] else [])


def test_a_page_of_hits_says_when_there_are_more(world: World, app: App) -> None:
    with world.undone() as connection:
        writer(connection, app).insert([state({"title": "同じ", "$id": n}) for n in range(1, 8)])
        found = records_of(connection, world.access("ito", app))
        page = find(found, [fold("同じ")], 5)
        assert [one.id for one, _ in page.records] == [7, 6, 5, 4, 3]
        assert page.more
        assert not find(found, [fold("同じ")], 7).more


def test_the_search_box_asks_every_app_by_its_own_rules(world: World) -> None:
    shown = world.publish(PROPERTIES, RULES)
    closed = world.publish(PROPERTIES, {"app": [{"who": ["user:abe"], "allow": [*EVERYTHING]}]})
    (first,) = world.put(shown, {"title": "紅葉狩り", "hidden": "紅葉の秘密"})
    world.put(closed, {"title": "紅葉狩り"})
    world.put(shown, {"hidden": "紅葉狩り"})
    found = search(world.platform, world.actor("ito"), "こうよう 紅葉 ")
    assert found.hits == []
    found = search(world.platform, world.actor("ito"), " 紅葉　狩り ")
    assert [(hit.record.id, hit.field.code) for hit in found.hits] == [(first, "title")]
    assert len(search(world.platform, world.actor("abe"), "紅葉").hits) == 3
    assert world.clock.now == NOW
