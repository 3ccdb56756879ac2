"""Attachments and their previews, given out through their record and field only."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, send_file

from tsuzuri.access.gate import Access
from tsuzuri.services import attachments
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.records import ONE

blueprint = Blueprint("files", __name__)

FILE = f"{ONE}/files/<field>/<key>"


@blueprint.get(FILE)
@gated("view")
def download(access: Access, record: int, field: str, key: str) -> Any:
    """Give a file; only pictures open in the browser, everything else is saved."""
    file = attachments.find(platform(), access, record, field, key)
    inline = file.type in attachments.SHOWN_INLINE
    answer: Response = send_file(
        file.path,
        mimetype=file.type if inline else attachments.PLAIN,
        as_attachment=not inline,
        download_name=file.name,
        etag=False,
        max_age=0,
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get(f"{FILE}/preview")
@gated("view")
def preview(access: Access, record: int, field: str, key: str) -> Any:
    """Give a small picture without what the camera noted in it."""
    file = attachments.find(platform(), access, record, field, key)
    picture = io.BytesIO(attachments.preview(file))
    return send_file(picture, mimetype="image/jpeg", max_age=0, etag=False)
