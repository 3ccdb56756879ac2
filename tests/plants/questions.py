"""Bugs of the condition language: what may be asked about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import text

from plants.planting import plant, replaced
from tsuzuri.definitions.model import App
from tsuzuri.query import parse as parsing
from tsuzuri.services import listing
from tsuzuri.storage.compile import Compiler


@plant("filters, orders and columns")
def hidden_fields_can_be_asked() -> Iterator[None]:
    """A hidden field leaves the form but not the list of names that a condition may use."""
    narrowed = App.only

    def lenient(self: App, fields: Any) -> App:
        app = narrowed(self, fields)
        vars(app)["by_code"] = {**self.by_code, **app.by_code}
        return app

    with replaced(App, "only", lenient):
        yield


@plant("names of fields")
def field_names_are_tidied() -> Iterator[None]:
    """The check looks at a name as it came, the look-up at the name tidied, in the whole app."""
    narrowed = App.only

    class Tidied(dict[str, Any]):
        def __missing__(self, code: str) -> Any:
            tidy = unicodedata.normalize("NFKC", code).strip().strip("\0$").lower()
            return self.get(re.split(r"[.\[%]", tidy)[0]) or dict.__getitem__(self, tidy)

    def lenient(self: App, fields: Any) -> App:
        app = narrowed(self, fields)
        others = {code: one for code, one in self.by_code.items() if code not in app.by_code}
        vars(app)["field"] = lambda code: _of(app, others, Tidied, code)
        return app

    with replaced(App, "only", lenient):
        yield


def _of(app: App, others: Mapping[str, Any], tidied: Any, code: str) -> Any:
    if code in app.by_code:
        return app.by_code[code]
    if code in others:
        return App.field(app, code)
    try:
        return tidied({**others, **app.by_code})[code]
    except KeyError:
        return App.field(app, code)


@plant("names of fields")
def names_lead_on() -> Iterator[None]:
    """``assignee.email`` is followed into what the field names, whoever may see that."""
    with _rewriting(r"\b[a-z_]+\.[a-z_]+\b", "name"):
        yield


@plant("orders")
def orders_take_expressions() -> Iterator[None]:
    """An order may be an expression, which the check of field names takes no part in."""
    with _rewriting(r"\b(?:length|lower|field|strcmp)\((\w+)[^)]*\)", r"\1"):
        yield


def _rewriting(pattern: str, instead: str) -> AbstractContextManager[None]:
    parse = parsing.parse

    def lenient(text: str) -> Any:
        return parse(re.sub(pattern, instead, text))

    return replaced(parsing, "parse", lenient)


@plant("saved views")
def every_view_is_offered() -> Iterator[None]:
    """Saved views are offered by name, whatever their conditions speak of."""

    def every(access: Any) -> list[Any]:
        return list(enumerate(access.whole.views))

    with replaced(listing, "open_views", every):
        yield


@plant("values in conditions")
def values_are_pasted() -> Iterator[None]:
    """A condition's value is pasted into the statement between quotes."""
    among = Compiler._among

    def pasted(self: Compiler, field: Any, values: tuple[Any, ...]) -> Any:
        if len(values) == 1 and isinstance(values[0], str) and field.table is None:
            return text(f"{self._column(field)} = '{values[0]}'")
        return among(self, field, values)

    with replaced(Compiler, "_among", pasted):
        yield
