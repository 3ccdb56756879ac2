"""Putting the application together; with ``cli`` the only place that knows every layer."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from flask import Flask, url_for
from flask_babel import Babel
from flask_htmx import HTMX
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined

from tsuzuri import api, resources
from tsuzuri.config import Config
from tsuzuri.services.hub import Hub
from tsuzuri.services.platform import Platform
from tsuzuri.web import (
    addresses,
    errors,
    factors,
    gate,
    headers,
    oidc,
    once,
    provenance,
    reports,
    session,
    trail,
    viewing,
)
from tsuzuri.web.blueprints import BLUEPRINTS


def create_app(config: Config, platform: Platform | None = None) -> Flask:
    """Return the WSGI application of one municipality, sealed."""
    app = Flask(
        __name__,
        template_folder=str(resources.TEMPLATES),
        static_folder=str(resources.STATIC),
        # Style sheets and modules name each other relatively, so the version is in the path: what
        # a page of this version loads can never be what a browser kept of another.
        static_url_path=f"/static/{_static_version()}",
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.request_bytes,
        # Forms of 500 fields with long tables are ordinary here.
        MAX_FORM_PARTS=20_000,
        MAX_FORM_MEMORY_SIZE=32 * 1024 * 1024,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=config.session_seconds),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        # With the prefix a browser takes it from this very host only, over TLS only.
        SESSION_COOKIE_NAME="__Host-tsuzuri" if config.secure_cookies else "tsuzuri",
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        BABEL_DEFAULT_LOCALE=config.language,
        BABEL_TRANSLATION_DIRECTORIES=str(resources.TRANSLATIONS),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    opened = platform or Platform.open(config)
    app.extensions["tsuzuri"] = opened
    app.extensions["tsuzuri.hub"] = Hub(opened, config.live_pages)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    session.login_manager.init_app(app)
    addresses.install(app, config)
    provenance.install(app)
    csrf = CSRFProtect(app)
    viewing.install(app)
    factors.install(app)
    HTMX(app)
    Babel(app, locale_selector=session.language)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.install(app, csrf)
    reports.install(app, csrf)
    errors.install(app)
    headers.install(app)
    trail.install(app)
    once.install(app)
    oidc.install(app)
    app.jinja_env.globals["asset"] = _asset
    gate.public(app.view_functions["static"])
    gate.seal(app)
    return app


def _static_version() -> str:
    """Return a name for the static files as they are now."""
    found = sha256()
    for file in sorted(path for path in resources.STATIC.rglob("*") if path.is_file()):
        found.update(file.relative_to(resources.STATIC).as_posix().encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:10]


def _asset(path: str) -> str:
    """Return the address of a static file."""
    return url_for("static", filename=path)
