"""Lifting a mask: a reader who may do so gives a reason, and both are kept."""

from __future__ import annotations

from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import refuse_unstorable
from tsuzuri.errors import Denied, Invalid, Problem, Unknown, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.records import Records, load_whole
from tsuzuri.storage.unmasking import note_unmasking

LONGEST_REASON = 1000


def unmask(platform: Platform, access: Access, record_id: int, code: str, reason: str) -> Any:
    """Return the value behind a mask (None: empty), having noted who asked for it and why.

    Raises ``Unknown`` unless the field is masked for this person on this record, ``Denied``
    without the right, ``Invalid`` without a reason.
    """
    reason = reason.strip()
    refuse_unstorable(reason, "/reason")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid([Problem("/reason", message("表示する理由を入力してください。"))])
    with platform.writing(access) as connection:
        records = Records(connection, access, platform.principals)
        state = records.get(record_id)
        if code not in state.masked:
            raise Unknown
        if not access.may("unmask") or not records.allows(record_id, [access.rows["unmask"]])[0]:
            raise Denied
        note_unmasking(connection, access, record_id, code, at=platform.stamp(), reason=reason)
        entry = Entry(
            action="record.unmask",
            app=access.app.code,
            record=record_id,
            detail={"fields": [code]},
            reason=reason,
        )
        audit.note(connection, entry)
        return load_whole(connection, access.whole, [record_id])[record_id].values.get(code)
