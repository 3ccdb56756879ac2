"""JSON over the same services as the pages: a first, small part of kintone's REST paths."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Register the API.

    Its own door asks for a CSRF token where a request lives on a browser's session; one with an
    API token has none that a page of somebody else could use.
    """
    from tsuzuri.api import errors, records  # noqa: PLC0415  below this module

    csrf.exempt(records.blueprint)
    app.register_blueprint(records.blueprint)
    errors.install(app)
    app.extensions["tsuzuri.csrf"] = csrf
