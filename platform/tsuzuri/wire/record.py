"""A record as it comes in: marshmallow gives the shape, JSON Schema the verdict.

The envelope knows which fields there are and which must be filled; each value is tidied by
its kind and judged by its own JSON Schema.  So what is accepted here is what any validator
accepts that is handed the published ``record`` schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import marshmallow

from tsuzuri.definitions.fastpath import Accept, acceptor
from tsuzuri.definitions.model import App
from tsuzuri.definitions.sentences import problem
from tsuzuri.definitions.strict_json import escape, refuse_unstorable
from tsuzuri.definitions.validator import validator
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.fields.base import Field, Wire

EMPTY: tuple[object, ...] = (None, "", [], {})
"""What means "no value" on the wire; a stored record simply lacks the key."""


def is_empty(wire: object) -> bool:
    """Tell whether a wire value is no value; zero and false are values."""
    return any(wire is one or (type(wire) is type(one) and wire == one) for one in EMPTY)


class Value(marshmallow.fields.Field[Any]):
    """The one marshmallow field of ours: any field of an app, judged by its own schema."""

    def __init__(self, field: Field, schema: Mapping[str, Any]) -> None:
        super().__init__(allow_none=True, data_key=f"/{escape(field.code)}", attribute=field.code)
        self.of = field
        self._schema = schema

    @cached_property
    def accepts(self) -> Accept:
        """Return what tells quickly that a value is surely valid."""
        return acceptor(self._schema)

    @cached_property
    def _judge(self) -> Any:
        return validator(self._schema)

    def problems(self, wire: Wire) -> Iterator[Problem]:
        """Yield what is wrong with a value, pointers starting below the value."""
        if self.accepts(wire):
            return
        errors = list(self._judge.iter_errors(wire))
        told = {tuple(error.path) for error in errors if error.validator != "pattern"}
        for error in errors:
            # "Not the way it must be written" adds nothing to what says how.
            if error.validator != "pattern" or tuple(error.path) not in told:
                yield problem(error)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if is_empty(value):
            return None
        tidy = self.of.kind.normal(self.of, value)
        if is_empty(tidy):
            return None
        found = list(self.problems(tidy))
        if found:
            raise marshmallow.ValidationError({"problems": found})
        return tidy


@lru_cache(maxsize=512)
def judges(app: App) -> Mapping[str, Value]:
    """Return what judges each field of ``app``, by code; made once per app and reader."""
    return {one.code: Value(one, app.schema["properties"][one.code]) for one in app.fields}


@lru_cache(maxsize=512)
def envelope(app: App) -> marshmallow.Schema:
    """Return the marshmallow schema of a record of ``app``, keyed by pointers; made once, too.

    What is required is judged apart (``missing``), because it depends on who writes.
    """
    # Named by place and keyed by pointer, because a code may be anything, also a word that means
    # something to marshmallow ("Meta", "_schema").
    values: dict[str, marshmallow.fields.Field[Any]] = {
        f"field_{place}": value for place, value in enumerate(judges(app).values())
    }
    return marshmallow.Schema.from_dict(values)(unknown=marshmallow.RAISE)


def load(app: App, given: Any) -> dict[str, Wire | None]:
    """Return the tidied values of ``given``; None where a field is emptied on purpose.

    Raises ``Invalid`` with every problem.  Pointers begin at the record: ``/body``.
    """
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise Invalid([Problem("", message("フィールドと値の組で送ってください。"))])
    refuse_unstorable(dict(given))
    try:
        pointed = {f"/{escape(code)}": value for code, value in given.items()}
        loaded: dict[str, Wire | None] = envelope(app).load(pointed)
    except marshmallow.ValidationError as error:
        codes = {f"/{escape(code)}": code for code in given}
        raise Invalid(list(_problems(error.messages_dict, codes))) from None
    return loaded


def _problems(errors: Mapping[str, Any], codes: Mapping[str, str]) -> Iterator[Problem]:
    """Yield marshmallow's errors as pointers and sentences; unknown fields have one answer."""
    for pointer, found in errors.items():
        if isinstance(found, Mapping) and "problems" in found:
            for one in found["problems"]:
                yield Problem(pointer + one.pointer, one.message)
        else:
            sentence = message("「{code}」というフィールドはありません。", code=codes[pointer])
            yield Problem(pointer, sentence)


REQUIRED: Message = message("入力してください。")


def missing(codes: Collection[str], values: Mapping[str, Wire]) -> Iterator[Problem]:
    """Yield a problem for each of ``codes`` that has no value."""
    for code in codes:
        if is_empty(values.get(code)):
            yield Problem(f"/{escape(code)}", REQUIRED)
