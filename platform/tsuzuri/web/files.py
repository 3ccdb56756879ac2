"""Attachments and their previews, given out through their record and field only."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, send_file

from tsuzuri.access.gate import Access
from tsuzuri.services import attachments
from tsuzuri.services.attachments import OpenFile
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.headers import FILE_POLICY
from tsuzuri.web.records import ONE

blueprint = Blueprint("files", __name__)

FILE = f"{ONE}/files/<field>/<key>"


@blueprint.get(FILE)
@gated("view")
def download(access: Access, record: int, field: str, key: str) -> Any:
    """Give a file to be saved; what somebody sent never opens as a page of ours."""
    return handed_out(attachments.find(platform(), access, record, field, key))


def handed_out(file: OpenFile) -> Response:
    """Return the answer that gives a file to be saved."""
    answer: Response = send_file(
        file.path,
        mimetype=file.type if file.type in attachments.IMAGES else attachments.PLAIN,
        as_attachment=True,
        download_name=file.name,
        # When content was first stored, by whomever, is nobody's business.
        conditional=False,
        etag=False,
        max_age=0,
    )
    answer.headers.pop("Last-Modified", None)
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@blueprint.get(f"{FILE}/preview")
@gated("view")
def preview(access: Access, record: int, field: str, key: str) -> Any:
    """Give a small picture without what the camera noted in it."""
    file = attachments.find(platform(), access, record, field, key)
    picture = io.BytesIO(attachments.preview(file))
    answer: Response = send_file(picture, mimetype="image/jpeg", max_age=0, etag=False)
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer
