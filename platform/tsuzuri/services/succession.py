"""The state of a record that follows another.

A record's "updated at" and "updated by" are read by everybody who sees it, so they move only with
what all of them may see: a change of nothing but restricted fields leaves them where they are.
Its history tells of such a change to those who know the field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tsuzuri.definitions.model import App
from tsuzuri.storage.writing import RecordState


def following(app: App, before: RecordState, *, at: str, by: str, **changed: Any) -> RecordState:
    """Return the state after ``before``, made by ``by`` (a user's code) at ``at`` (UTC ISO text).

    ``changed`` are attributes of the state; ``values`` are whole.
    """
    after = replace(before, revision=before.revision + 1, **changed)
    return replace(after, updated_at=at, updated_by=by) if _public(app, before, after) else after


def _public(app: App, before: RecordState, after: RecordState) -> bool:
    """Tell whether everybody who sees the record may know that it changed."""
    if (before.deleted_at, before.deleted_by) != (after.deleted_at, after.deleted_by):
        return True
    return any(
        before.values.get(one.code) != after.values.get(one.code)
        for one in app.stored
        if one.code not in app.restricted
    )
