"""kintone's REST paths and JSON over the same services; a first part of them."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Register the API; it needs no CSRF token where it does not live on a browser session."""
    from tsuzuri.api.records import blueprint  # noqa: PLC0415  below this module

    app.register_blueprint(blueprint)
    del csrf
