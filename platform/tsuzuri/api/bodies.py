"""What a request brings: strict JSON of one shape, and what makes it the same request again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request

from tsuzuri.access.gate import Access
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services import once
from tsuzuri.services.once import Sending
from tsuzuri.storage.identity import MAX_ID

KEY = "Idempotency-Key"


def received(**shape: type) -> dict[str, Any]:
    """Return the JSON object that was sent; ``shape`` names what may stand in it.

    Raises ``Invalid`` for anything else in it, and for a value of another type.
    """
    if request.mimetype != "application/json":
        abort(415)
    request.max_content_length = strict_json.MAX_BYTES
    given = strict_json.loads(request.get_data())
    if not isinstance(given, dict):
        raise Invalid([Problem("", message("JSON のオブジェクトで送ってください。"))])
    problems = [
        Problem(f"/{escape(name)}", message("この項目は受け取れません。"))
        for name, value in given.items()
        if name not in shape or type(value) is not shape[name]
    ]
    if problems:
        raise Invalid(problems)
    return given


def record_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record in what was sent."""
    record = given.get("record")
    if record is None:
        raise Invalid([Problem("/record", message("入力してください。"))])
    found: Mapping[str, Any] = record
    return found


def revision_of(given: Mapping[str, Any]) -> int | None:
    """Return the mark of the state that a change is based on; it is given back as it was told."""
    mark: int | None = given.get("$revision")
    if mark is not None and not 0 <= mark <= MAX_ID:
        raise Invalid([Problem("/$revision", message("この項目は受け取れません。"))])
    return mark


def sending(access: Access) -> Sending | None:
    """Return how this request is recognised when it comes again; None without a key."""
    route = f"{request.method} {request.path}"
    return once.sending(access.actor, route, request.headers.get(KEY, ""), request.get_data())
