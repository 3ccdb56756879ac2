"""However somebody asks, the answer to "may they" is one: page, fragment, JSON, token, file.

That each route answers as the gate decides is in ``test_matrix``.  Here the same question is put
by ways that one route has several of, and sets of records are compared as a whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from conftest import FreshDatabase
from matrix.asking import Route, asked, outcome, routes
from matrix.place import Place, laid_out
from matrix.roles import NOBODY, roles
from matrix.table import SHOWN
from tsuzuri.access.actors import Actor, Scope
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import ACTIONS
from tsuzuri.errors import Unknown
from tsuzuri.services import tokens
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage.records import Listing
from worlds.town import TOKYO

PEOPLE = {heading: user for heading, user in roles().items() if user != NOBODY}
ONE_APP = pytest.mark.parametrize(
    "app", [SHOWN[0], *(pytest.param(one, marks=pytest.mark.long) for one in SHOWN[1:])]
)
EVERY_APP = pytest.mark.parametrize("app", SHOWN)


@pytest.fixture(scope="module")
def place(
    fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with fresh_database() as url:
        if not url.startswith("sqlite"):
            pytest.skip("the ways differ above the database")
        with laid_out(url, tmp_path_factory.mktemp("files")) as found:
            yield found


def actor(place: Place, user: str) -> Actor:
    found = place.platform.directory.actor(user, TOKYO)
    assert found is not None
    return found


def admitted(place: Place, user: str, app: str) -> Access | None:
    try:
        return place.access(user, app)
    except Unknown:
        return None


def bearer(place: Place, user: str, app: str) -> Mapping[str, str] | None:
    """Return the header of a token with every right of a person; None for one who has none."""
    whole = actor(place, user)
    rights = next(
        (one.rights for one in tokens.offers(place.platform, whole) if one.app.code == app), ()
    )
    if not rights:
        return None
    wanted = Wanted(name="matrix", app=app, rights=frozenset(rights))
    return {"Authorization": f"Bearer {tokens.make(place.platform, whole, wanted)}"}


def by_token(place: Place, route: Route, header: Mapping[str, str], path: str) -> str:
    """Ask a route as a program does: with a token, and nothing else."""
    said = route.said
    answer = place.flask.test_client(use_cookies=False).open(
        path,
        method=route.method,
        json=None if said.json is None else dict(said.json),
        headers=dict(header),
    )
    return outcome(answer.status_code, "")


def address(place: Place, route: Route, app: str, record: int) -> str:
    given: dict[str, Any] = {"app": app, "record": record}
    with place.flask.test_request_context():
        return place.flask.url_for(
            route.rule.endpoint, **{k: v for k, v in given.items() if k in route.arguments}
        )


@EVERY_APP
def test_a_token_with_every_right_answers_as_its_person_does(place: Place, app: str) -> None:
    programs = [one for one in routes(place) if one.name.partition(" ")[2].startswith("api.")]
    assert len(programs) >= 7
    different = []
    for heading, user in PEOPLE.items():
        header = bearer(place, user, app)
        for route in programs if header else ():
            # What deletes has one record to delete; the page's own is left for the session.
            sorts = ("doomed",) if route.method == "DELETE" else ("shared", "private")
            for sort in sorts:
                path = address(place, route, app, place.records[app, user, sort])
                theirs = by_token(place, route, header or {}, path)
                own = asked(place, route, user, app=app, sort="" if sort == "doomed" else sort)
                if theirs != own:
                    different.append((heading, route.name, sort, theirs, own))
    assert not different


@ONE_APP
def test_a_fragment_is_refused_where_its_page_is(place: Place, app: str) -> None:
    pages = [one for one in routes(place) if one.method == "GET" and "app" in one.arguments]
    fragment = {"HX-Request": "true"}
    different = []
    for heading, user in PEOPLE.items():
        for route in pages:
            said = replace(route.said, headers=fragment)
            values = {**said.values, "app": app, "record": place.records[app, user, "private"]}
            with place.flask.test_request_context():
                path = place.flask.url_for(
                    route.rule.endpoint, **{k: v for k, v in values.items() if k in route.arguments}
                )
            whole, part = (
                place.client(user).get(path, headers=headers, buffered=True)
                for headers in ({}, fragment)
            )
            if whole.status_code != part.status_code:
                different.append((heading, route.name, whole.status_code, part.status_code))
    assert not different


@EVERY_APP
def test_every_way_to_many_records_shows_the_same_ones(place: Place, app: str) -> None:
    for heading, user in PEOPLE.items():
        access = admitted(place, user, app)
        if access is None or not access.may("view"):
            continue
        with place.platform.reading(access) as records:
            true = {row[0] for row in records.page(Listing(size=500)).rows}
        for way, found in _ways(place, user, app, access):
            assert found == true, (heading, way)


def _ways(place: Place, user: str, app: str, access: Access) -> Iterator[tuple[str, set[int]]]:
    client, query = place.client(user), f"/api/apps/{app}/records?query=limit%20500"
    for name, headers in (("session", {}), ("token", bearer(place, user, app) or {})):
        body: Any = client.get(query, headers=headers).json
        yield f"JSON by {name}", {int(one["$id"]) for one in body["records"]}
    for name, headers in (("page", {}), ("fragment", {"HX-Request": "true"})):
        text = client.get(f"/apps/{app}/?view=all&size=100", headers=headers).text
        yield name, {int(one) for one in re.findall(rf'"/apps/{app}/records/(\d+)"', text)}
    if access.may("export"):
        answer = client.get(f"/apps/{app}/export.csv?form=machine&replace=1", buffered=True)
        table = csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))
        yield "file", {int(row["$id"]) for row in table}


@EVERY_APP
def test_a_scope_takes_away_and_never_gives(place: Place, app: str) -> None:
    for user in PEOPLE.values():
        whole = admitted(place, user, app)
        for action in ACTIONS:
            scope = Scope(app, frozenset({"view", action}))
            try:
                narrow = place.platform.admit(replace(actor(place, user), scope=scope), app)
            except Unknown:
                narrow = None
            for other in ACTIONS:
                left = narrow is not None and narrow.may(other)
                had = whole is not None and whole.may(other)
                assert not left or (had and other in {"view", action}), (user, action, other)
