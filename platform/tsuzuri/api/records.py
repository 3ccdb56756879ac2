"""Records as JSON: lists by a query of the condition language, one record, and its comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.api.bodies import received, record_of, revision_of, sending
from tsuzuri.api.door import opened
from tsuzuri.api.errors import answer, speak_json
from tsuzuri.api.mentioning import mentions_of, mentions_told
from tsuzuri.api.placing import placed
from tsuzuri.errors import QueryError, message
from tsuzuri.query.parse import parse
from tsuzuri.services import listing, once, opening, records, threads
from tsuzuri.services.once import Answer
from tsuzuri.services.platform import Platform
from tsuzuri.services.threads import Draft
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.web.gate import platform
from tsuzuri.wire.out import records_json

blueprint = speak_json(Blueprint("api", __name__, url_prefix="/api"))

MOST_FIELDS = 1000
MANY = "/apps/<app>/records"
ONE = f"{MANY}/<int(max={MAX_ID}):record>"


@blueprint.get(MANY)
@opened("view")
def find(access: Access) -> Response:
    """Return the records that ``query`` asks for, with the fields named by ``field``."""
    fields = request.args.getlist("field")
    if len(fields) > MOST_FIELDS:
        raise QueryError(message("{limit}個までにしてください。", limit=MOST_FIELDS))
    found = listing.queried(platform(), access, parse(request.args.get("query", "")), fields)
    body = records_json(found.columns, found.page.rows, more=found.page.later)
    return Response(body, mimetype="application/json")


@blueprint.get(ONE)
@opened("view")
def show(access: Access, record: int) -> Response:
    """Return one record with every field that the person knows."""
    found = opening.opened(platform(), access, record)
    values = opening.told(access, found.state)
    return answer({"record": {"$id": str(record), "$revision": found.mark, **values}})


@blueprint.post(MANY)
@opened("add")
def create(access: Access) -> Response:
    """Create a record; the answer says where it is."""
    given = record_of(received(record=dict))

    def act(within: Platform) -> Answer:
        with placed("/record"):
            saved = records.create(within, access, given)
        where = url_for("api.show", app=access.app.code, record=saved.id)
        return _answer(201, where, {"$id": str(saved.id), "$revision": saved.revision})

    return _once(access, act)


@blueprint.put(ONE)
@opened("edit")
def change(access: Access, record: int) -> Response:
    """Change the fields that were sent; what others changed meanwhile is merged, or refused."""
    sent = received(record=dict, **{"$revision": int})
    given, revision = record_of(sent), revision_of(sent)

    def act(within: Platform) -> Answer:
        with placed("/record"):
            saved = records.change(within, access, record, given, revision=revision)
        return _answer(200, "", {"$id": str(saved.id), "$revision": saved.revision})

    return _once(access, act)


@blueprint.delete(ONE)
@opened("delete")
def delete(access: Access, record: int) -> Response:
    """Delete a record for a reason; it stays restorable."""
    sent = received(reason=str, **{"$revision": int})
    reason, revision = sent.get("reason", ""), revision_of(sent)

    def act(within: Platform) -> Answer:
        records.delete(within, access, record, reason=reason, revision=revision)
        return Answer(204)

    return _once(access, act)


@blueprint.get(f"{ONE}/comments")
@opened("view")
def comments(access: Access, record: int) -> Response:
    """Return what was said under a record."""
    found = threads.thread(platform(), access, record).comments
    return answer(
        {
            "comments": [
                {
                    "id": str(one.id),
                    "author": one.author,
                    "agency": one.agency,
                    "at": one.at,
                    "body": one.body,
                    "edited_at": one.edited_at,
                    "withdrawn_at": one.withdrawn_at,
                    "mentions": mentions_told(access, one),
                }
                for one in found
            ]
        }
    )


@blueprint.post(f"{ONE}/comments")
@opened("comment")
def comment(access: Access, record: int) -> Response:
    """Write a comment under a record."""
    sent = received(body=str, mentions=list)
    draft = Draft(body=sent.get("body", ""), mentions=mentions_of(sent))

    def act(within: Platform) -> Answer:
        written = threads.comment(within, access, record, draft)
        return _answer(201, "", {"id": str(written)})

    return _once(access, act)


def _answer(status: int, location: str, body: dict[str, Any]) -> Answer:
    return Answer(status, location, orjson.dumps(body))


def _once(access: Access, act: Callable[[Platform], Answer]) -> Response:
    """Do something once, however often it is sent under its key."""
    found = once.done(platform(), access, sending(access), act)
    answered = Response(found.body, found.status, mimetype="application/json")
    if found.location:
        answered.headers["Location"] = found.location
    return answered
