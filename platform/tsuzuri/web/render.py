"""One address, one view, two renderings: the page, or the named block that htmx asked for.

A fragment has no file and no address of its own, so there is nothing extra to guard.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_babel import get_locale, gettext
from jinja2 import Template

from tsuzuri.errors import Message

MASK = "●●●●●"
"""Stands for every masked value, whatever its length."""


def page(name: str, /, *, block: str = "main", **context: Any) -> str:
    """Render template ``name``; for htmx only its ``block``.

    Domain sentences in ``context`` are put into words by the templates (``|sentence``).
    """
    current_app.update_template_context(context)
    template: Template = current_app.jinja_env.get_template(name)
    wants_block = request.headers.get("HX-Request") == "true"
    boosted = request.headers.get("HX-Boosted") == "true"
    if wants_block and not boosted and block in template.blocks:
        rendered: str = "".join(template.blocks[block](template.new_context(context)))
        return rendered
    whole: str = template.render(context)
    return whole


def sentence(message: Message) -> str:
    """Return a domain sentence in the reader's language."""
    values = {
        key: sentence(value) if isinstance(value, Message) else value
        for key, value in message.values.items()
    }
    translated: str = gettext(message.text)
    return translated.format(**values)


def reader_language() -> str:
    """Return the code of the language of this response."""
    locale = get_locale()
    return locale.language if locale else "ja"
