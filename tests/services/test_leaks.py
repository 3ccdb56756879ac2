"""Canaries: what is hidden from somebody appears nowhere in anything handed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, QueryError, Stale, TsuzuriError
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.parse import parse
from tsuzuri.query.tree import Sort
from tsuzuri.services import history, listing, news, opening, records, trash
from tsuzuri.services.listing import Asked
from tsuzuri.services.search import search
from tsuzuri.storage.records import MASKED, Listing
from worlds.town import EVERYTHING, World

CANARY = "カナリア"
PROPERTIES: Mapping[str, Any] = {
    "title": {"kind": "text"},
    "open": {"kind": "yes_no"},
    "hidden": {"kind": "text"},
    "hidden_long": {"kind": "multiline"},
    "hidden_rows": {
        "kind": "table",
        "items": {"properties": {"cell": {"kind": "text", "title": "cell"}}},
    },
    "hidden_sum": {"kind": "calculated_text", "expression": 'hidden & "の計算"'},
    "guarded": {"kind": "text"},
    "guarded_number": {"kind": "number"},
    "guarded_list": {"kind": "checkbox", "items": {"enum": ["特別", "ほか"]}},
    "guarded_rows": {
        "kind": "table",
        "items": {"properties": {"inner": {"kind": "text", "title": "inner"}}},
    },
    "masked": {"kind": "text"},
}
HIDDEN = [code for code in PROPERTIES if code.startswith("hidden")]
GUARDED = [code for code in PROPERTIES if code.startswith("guarded")]
RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "field": [
        {"fields": [*HIDDEN, *GUARDED, "masked"], "who": ["user:abe"], "allow": "edit"},
        {"fields": GUARDED, "who": ["everyone"], "where": 'open in ("はい")', "allow": "edit"},
        {"fields": HIDDEN, "who": ["everyone"], "allow": "none"},
        {"fields": ["masked"], "who": ["everyone"], "allow": "masked"},
    ],
}
SECRETS: Mapping[str, Any] = {
    "hidden": CANARY,
    "hidden_long": f"長い\n{CANARY}",
    "hidden_rows": [{"cell": CANARY}],
    "guarded": CANARY,
    "guarded_number": 7777,
    "guarded_list": ["特別"],
    "guarded_rows": [{"inner": CANARY}],
    "masked": CANARY,
}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    """Publish an app with three records: closed with secrets, closed without, and open."""
    views = [
        {"name": "秘密の順", "columns": ["title", "hidden", "guarded"], "sort": "title"},
        {"name": "秘密で絞る", "columns": ["title"], "where": 'hidden != ""'},
        {"name": "並び", "columns": ["title", "guarded", "masked"], "sort": "guarded"},
    ]
    app = world.publish(PROPERTIES, RULES, views=views)
    abe = world.access("abe", app)
    closed = records.create(world.platform, abe, {"title": "閉", **SECRETS}).id
    records.create(world.platform, abe, {"title": "空", "open": False})
    shown = {
        "guarded": "見える",
        "guarded_number": 1,
        "guarded_list": ["ほか"],
        "guarded_rows": [{"inner": "見"}],
    }
    records.create(world.platform, abe, {"title": "開", "open": True, **shown})
    changed = {"hidden": f"{CANARY}2", "guarded": f"{CANARY}2", "masked": f"{CANARY}2"}
    records.change(world.platform, abe, closed, changed, revision=1)
    records.change(world.platform, abe, closed, {"title": "閉じた"}, revision=2)
    return app


@pytest.fixture
def entering(world: World, app: App) -> Access:
    return world.access("ito", app)


def closed_one(world: World, app: App) -> int:
    """Return the record that holds the secrets: the oldest."""
    return min(world.seen("abe", app))


def everything(world: World, entering: Access) -> Iterator[object]:
    """Yield all that the services hand to a person, by every door."""
    platform, actor = world.platform, entering.actor
    yield entering.app
    for place in (None, *range(len(entering.whole.views))):
        yield listing.listed(platform, entering, Asked(view=place, exact=True))
        yield list(listing.streamed(platform, entering, Asked(view=place)))
    for text in ("", "order by guarded", "order by masked desc, guarded_number asc"):
        yield listing.queried(platform, entering, parse(text), ()).page.rows
    for record in world.seen("ito", entering.whole):
        yield opening.opened(platform, entering, record, revision=1)
        yield history.changes(platform, entering, record)
    yield search(platform, actor, "閉")
    yield news.news(platform, actor)
    yield trash.deleted(platform, entering)


def words_in(found: object, seen: set[int] | None = None) -> Iterator[str]:
    """Yield every text inside, however deep; the gate's own sealed parts are not handed out."""
    seen = set() if seen is None else seen
    if id(found) in seen or isinstance(found, type):
        return
    seen.add(id(found))
    if isinstance(found, str | bytes | int | float):
        yield found.decode() if isinstance(found, bytes) else str(found)
    elif isinstance(found, Mapping):
        for key, one in found.items():
            yield from words_in(key, seen)
            yield from words_in(one, seen)
    elif isinstance(found, list | tuple | set | frozenset):
        for one in found:
            yield from words_in(one, seen)
    elif isinstance(found, Access):
        yield from words_in(found.app, seen)
    else:
        names = getattr(found, "__dataclass_fields__", ())
        for name in names:
            if name not in {"guard", "kind"}:
                yield from words_in(getattr(found, name), seen)
        yield from words_in(getattr(found, "contents", ""), seen)  # an orjson.Fragment


def test_no_canary_leaves_by_any_door(world: World, entering: Access) -> None:
    for found in everything(world, entering):
        words = list(words_in(found))
        assert not [one for one in words if CANARY in one or one in {"7777", *HIDDEN}]


def test_the_canaries_are_there_to_be_found(world: World, app: App) -> None:
    words = [
        one for found in everything(world, world.access("abe", app)) for one in words_in(found)
    ]
    assert {CANARY, f"{CANARY}2", f"長い\n{CANARY}", "7777", *HIDDEN} <= set(words)


def test_a_closed_record_reads_as_if_nothing_were_there(
    world: World, app: App, entering: Access
) -> None:
    with world.platform.reading(entering) as found:
        state = found.get(closed_one(world, app))
    assert state.values == {"title": "閉じた"}
    assert state.masked == {"masked"}


def test_a_mask_stands_before_an_empty_value_too(world: World, entering: Access) -> None:
    masked = entering.app.field("masked")
    with world.platform.reading(entering) as found:
        rows = found.page(Listing(columns=(masked,))).rows
    assert [row[2] for row in rows] == [MASKED] * 3


@pytest.mark.parametrize("code", [*HIDDEN, "cell", "nowhere"])
def test_a_hidden_field_cannot_be_named(world: World, entering: Access, code: str) -> None:
    sentence = f"「{code}」というフィールドはありません。"
    for ask in (
        lambda: bind_text(entering.app, f'{code} = "x"', entering.asker),
        lambda: bind_text(entering.app, f"{code} is empty", entering.asker),
        lambda: bind_order(entering.app, (Sort(code),)),
        lambda: listing.listed(world.platform, entering, Asked(view=None, where=f"{code} like 1")),
        lambda: listing.queried(world.platform, entering, parse(""), (code,)),
    ):
        with pytest.raises(QueryError) as refused:
            ask()
        assert str(refused.value.message) == sentence


# Each condition with the titles it selects for somebody outside the guard.
GUARDED_CONDITIONS: Mapping[str, set[str]] = {
    f'guarded like "{CANARY}"': set(),
    f'guarded = "{CANARY}2"': set(),
    f'guarded not in ("{CANARY}2")': {"閉じた", "空", "開"},
    'guarded = ""': {"閉じた", "空"},
    'guarded != ""': {"開"},
    'guarded like "見"': {"開"},
    "guarded_number = 7777": set(),
    "guarded_number > 0": {"開"},
    "guarded_number != 7777": {"閉じた", "空", "開"},
    'guarded_number in ("", 7777)': {"閉じた", "空"},
    'guarded_list in ("特別")': set(),
    'guarded_list not in ("特別")': {"閉じた", "空", "開"},
    'guarded_list in ("")': {"閉じた", "空"},
    f'inner like "{CANARY}"': set(),
    f'inner not like "{CANARY}"': {"開"},
    'inner in ("見")': {"開"},
    f'masked like "{CANARY}"': set(),
    'masked != ""': set(),
    'masked = ""': {"閉じた", "空", "開"},
    f'masked > "{CANARY}"': set(),
}


@pytest.mark.parametrize("where", GUARDED_CONDITIONS)
def test_outside_its_guard_a_value_counts_as_empty(
    world: World, entering: Access, where: str
) -> None:
    if ">" in where and "masked" in where:
        with pytest.raises(QueryError):
            bind_text(entering.app, where, entering.asker)
        return
    asked = Asked(view=None, where=where, exact=True)
    found = listing.listed(world.platform, entering, asked)
    titles = {row[2] for row in found.page.rows}
    assert titles == GUARDED_CONDITIONS[where]
    assert found.count.number == len(titles)


@pytest.mark.parametrize("sort", ["guarded", "guarded_number", "masked"])
@pytest.mark.parametrize("down", [False, True])
def test_outside_its_guard_a_value_sorts_as_empty(
    world: World, entering: Access, sort: str, *, down: bool
) -> None:
    order = bind_order(entering.app, (Sort(sort, descending=down), Sort("$id")))
    title = entering.app.field("title")
    listed = Listing(order=order, columns=(title,))
    with world.platform.reading(entering) as found:
        titles = [row[2] for row in found.page(listed).rows]
        first = found.page(listed).rows[0][0]
        later = found.page(Listing(order=order, columns=(title,), after=first))
        assert [row[2] for row in later.rows] == titles[1:]
    if sort == "masked":
        assert titles == ["閉じた", "空", "開"]
    else:
        assert titles == (["開", "閉じた", "空"] if down else ["閉じた", "空", "開"])


def test_search_finds_nothing_hidden_guarded_or_masked(world: World, app: App) -> None:
    assert search(world.platform, world.actor("ito"), CANARY, app=app.code).hits == []
    assert len(search(world.platform, world.actor("abe"), CANARY, app=app.code).hits) == 1
    (hit,) = search(world.platform, world.actor("ito"), "見える", app=app.code).hits
    assert hit.field.code == "guarded"


def test_a_refused_write_tells_nothing(world: World, app: App, entering: Access) -> None:
    one = closed_one(world, app)
    for given in (
        {"hidden": CANARY},
        {"guarded": CANARY},
        {"guarded_number": 7777},
        {"masked": f"{CANARY}2"},
        {"title": 3, "guarded": None},
    ):
        for revision in (None, *(world.mark("ito", entering.whole, one, n) for n in (1, 2, 3))):
            with pytest.raises((Invalid, Stale)) as refused:
                records.change(world.platform, entering, one, given, revision=revision)
            assert not isinstance(refused.value, Stale)
            assert f"{CANARY}2" not in said(refused.value)


def said(error: TsuzuriError) -> str:
    """Return everything an error says."""
    problems = getattr(error, "problems", ())
    return " ".join((str(error), *(f"{one.pointer} {one.message}" for one in problems)))


def test_the_rule_may_ask_what_its_reader_may_not(world: World) -> None:
    rules = {**RULES, "record": [{"who": ["everyone"], "where": 'hidden = ""', "allow": ["view"]}]}
    app = world.publish(PROPERTIES, rules)
    world.put(app, {"title": "あ", "hidden": CANARY}, {"title": "い"})
    assert len(world.seen("ito", app)) == 1
