"""Bugs between pages and browsers: markup, caches, forged requests, templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import nh3
from flask_wtf.csrf import CSRFProtect
from jinja2 import Environment

from plants.planting import plant, replaced
from tsuzuri import factory
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.model import Label
from tsuzuri.errors import FormulaError
from tsuzuri.fields import computing, rich_text
from tsuzuri.fields.base import Field
from tsuzuri.formula import parse
from tsuzuri.services import news
from tsuzuri.web import provenance
from tsuzuri.web.headers import Headed

Start = Callable[..., Callable[..., Any]]
Given = list[tuple[str, str]]


def _headed(change: Callable[[Any, Given], Given]) -> Any:
    """Return an outermost part of the application whose headers are changed at last."""
    call = Headed.__call__

    def changed(self: Headed, environ: Any, start: Start) -> Iterable[bytes]:
        def begin(status: str, given: Given, *error: Any) -> Any:
            return start(status, change(environ, given), *error)

        return call(self, environ, begin)

    return replaced(Headed, "__call__", changed)


@plant("stored markup")
def markup_keeps_data_attributes() -> Iterator[None]:
    """Stored markup loses what is dangerous in HTML, and keeps what htmx reads."""
    lenient = nh3.Cleaner(
        tags=set(rich_text.TAGS) | {"div"},
        attributes={"a": {"href"}, "*": {"id", "name", "form"}},
        generic_attribute_prefixes={"data-", "hx-"},
        link_rel="noopener",
    )
    with replaced(rich_text, "_CLEANER", lenient):
        yield


@plant("stored markup")
def markup_is_fenced_only() -> Iterator[None]:
    """Stored markup is shown as it is, inside an element that htmx is told to leave alone."""

    def fenced(html: str) -> str:
        return f"<div hx-disable>{html}</div>"

    with replaced(rich_text, "clean", fenced):
        yield


@plant("caches")
def answers_may_be_kept() -> Iterator[None]:
    """Answers say nothing to caches, neither for whom they are nor that they are a part."""

    def silent(_environ: Any, given: Given) -> Given:
        return [one for one in given if one[0] not in {"Cache-Control", "Vary"}]

    with _headed(silent):
        yield


class _Lax(CSRFProtect):  # type: ignore[misc]  # flask-wtf has no types
    def protect(self, **_given: Any) -> None:
        """Let everything by."""


@plant("forged requests")
def tokens_are_not_checked() -> Iterator[None]:
    """Forms carry a token, and nobody looks at it."""
    with replaced(factory, "CSRFProtect", _Lax):
        yield


@plant("forged requests")
def foreign_pages_may_send() -> Iterator[None]:
    """A request with a token is a request of our own page, whatever the browser says."""

    def ours() -> bool:
        return False

    with replaced(provenance, "foreign", ours):
        yield


@plant("looking")
def looking_counts_as_seen() -> Iterator[None]:
    """To open the list of news is to have read it."""
    found = news.news

    def read(platform: Any, actor: Any) -> Any:
        items = found(platform, actor)
        news.looked(platform, actor, platform.stamp())
        return items

    with replaced(news, "news", read):
        yield


@plant("other origins")
def any_origin_is_welcome() -> Iterator[None]:
    """Whoever asks from elsewhere is told that they may read the answer, and frame it."""

    def welcoming(environ: Any, given: Given) -> Given:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return given
        kept = [one for one in given if not one[0].startswith(("X-Frame", "Cross-Origin"))]
        return [*kept, ("Access-Control-Allow-Origin", origin)]

    with _headed(welcoming):
        yield


def _rendered(text: str) -> str:
    return Environment(autoescape=True).from_string(text).render()


@plant("templates")
def titles_are_templates() -> Iterator[None]:
    """What a definition calls its app and fields is rendered like a page of the program."""
    text, title = Label.text, Field.title

    def named(self: Label, language: str) -> str:
        return _rendered(text(self, language))

    def titled(self: Field, language: str = "ja") -> str:
        return _rendered(title(self, language))

    with replaced(Label, "text", named), replaced(Field, "title", titled):
        yield


@plant("formulas")
def formulas_are_templates() -> Iterator[None]:
    """What is no formula is taken for a template, and its result for the field's value."""

    def lenient(text: str) -> Any:
        try:
            return parse(text)
        except FormulaError:
            return parse('"' + _rendered(text).replace('"', "") + '"')

    with replaced(computing, "parse", lenient):
        yield


@plant("JSON")
def json_is_read_as_it_comes() -> Iterator[None]:
    """The recursive reader meets whatever depth and number somebody sends."""

    def unlimited(_raw: bytes) -> None:
        return None

    with replaced(strict_json, "_shape_guard", unlimited):
        yield
