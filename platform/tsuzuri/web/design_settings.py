"""The settings of a field as controls, made from the schema that its kind gives its keywords.

Nothing here knows a kind or a keyword: only the forms that a schema may have.  What was typed is
never refused here; a number that is none is kept as it is, and checking the definition says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from tsuzuri.definitions.meta import COMMON
from tsuzuri.errors import Message
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import FieldKind
from tsuzuri.web.design_words import SETTINGS, VALUES
from tsuzuri.web.render import sentence

Schema = Mapping[str, Any]
Typed = MultiDict[str, str]
PREFIX = "s."
LONG = 500
"""Characters from which a text has several lines."""
OTHER = "="
"""Chosen where a value is typed and none of the words is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One control: ``control`` is its macro, ``value`` what stands in it."""

    name: str
    label: str
    control: str
    value: Any = ""
    choices: Sequence[tuple[str, str]] = ()
    typed: str = ""

    @property
    def id(self) -> str:
        """The control's id in the page."""
        return "s-" + self.name.removeprefix(PREFIX).replace(".", "-")


@dataclass(frozen=True, slots=True)
class Shape:
    """A form that a schema may have: its control, what stands in it, and what was meant by it."""

    control: str
    show: Callable[[Any], Any]
    read: Callable[[Typed, str], Any]
    choices: Callable[[Schema], Sequence[str]] = lambda _: ()


def settings(given: Mapping[str, Any]) -> list[Setting]:
    """Return the controls of a field's own keywords."""
    return [*_settings(_options(KINDS[given["kind"]]), given, PREFIX)]


def _options(kind: FieldKind) -> Mapping[str, Schema]:
    return {key: schema for key, schema in kind.options.items() if key not in kind.shape}


def _settings(
    options: Mapping[str, Schema], given: Mapping[str, Any], prefix: str
) -> Iterator[Setting]:
    for key, schema in options.items():
        name = prefix + key
        if _is_group(schema):
            yield from _settings(schema["properties"], given.get(key) or {}, name + ".")
            continue
        shape = _shape(schema)
        wire = given.get(key)
        words = _words(schema)
        yield Setting(
            name=name,
            label=_label(name, schema),
            control=shape.control,
            value=shape.show(wire),
            choices=[(one, _word(one)) for one in shape.choices(schema)],
            typed="" if wire is None or wire in words else _text(wire),
        )


def _label(name: str, schema: Schema) -> str:
    path = name.removeprefix(PREFIX)
    said = SETTINGS.get(path)
    return sentence(said) if said else str(schema.get("title", path))


def _word(value: str) -> str:
    said: Message | None = VALUES.get(value)
    return sentence(said) if said else value


def settled(given: Mapping[str, Any], form: Typed) -> dict[str, Any]:
    """Return a field's settings as they were typed; what stands in no control stays."""
    kind = KINDS[given["kind"]]
    options = _options(kind)
    kept = {key: value for key, value in given.items() if key not in options}
    return {**kept, **_read(options, given, form, PREFIX)}


def _read(
    options: Mapping[str, Schema], given: Mapping[str, Any], form: Typed, prefix: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, schema in options.items():
        name = prefix + key
        if _is_group(schema):
            inner = _read(schema["properties"], given.get(key) or {}, form, name + ".")
            before = given.get(key) or {}
            rest = {one: before[one] for one in before if one not in schema["properties"]}
            wire: Any = {**rest, **inner} or None
        else:
            wire = _shape(schema).read(form, name)
            wire = _both(given.get(key), wire)
        if wire is not None:
            found[key] = wire
    return found


def _both(before: Any, wire: Any) -> Any:
    """Keep the other language of a text of which only the Japanese was typed."""
    if isinstance(before, Mapping) and "ja" in before and isinstance(wire, str):
        return {**before, "ja": wire}
    # A list of choices may carry more than its choices.
    if isinstance(before, Mapping) and isinstance(wire, Mapping):
        return {**before, **wire}
    return wire


def _is_group(schema: Schema) -> bool:
    """Tell whether a keyword has keywords inside that are set one by one."""
    return (
        schema.get("type") == "object"
        and "enum" not in schema.get("required", ())
        and all(_shape(one).control != "json" for one in schema.get("properties", {}).values())
        and bool(schema.get("properties"))
    )


def _shape(schema: Schema) -> Shape:
    if "enum" in schema:
        return CHOICE
    if _words(schema):
        return WORD_OR_TEXT
    if "if" in schema or schema.get("type") == "string":
        text = schema.get("then", schema)
        return LONG_TEXT if text.get("maxLength", LONG) > LONG else TEXT
    if schema.get("type") == "array":
        return SOME if "enum" in schema.get("items", {}) else LINES
    if schema.get("type") == "object" and "enum" in schema.get("required", ()):
        return CHOICES
    return {"boolean": YES, "integer": NUMBER, "number": NUMBER}.get(schema.get("type", ""), JSON)


def _words(schema: Schema) -> list[str]:
    """Return the words that may stand for a value, such as "today"."""
    return [one["const"] for one in schema.get("anyOf", ()) if "const" in one]


def _text(wire: Any) -> str:
    """Return what stands in a text control."""
    if isinstance(wire, Mapping) and "ja" in wire:
        return str(wire["ja"])
    if isinstance(wire, str):
        return wire
    if isinstance(wire, list) and all(isinstance(one, str) for one in wire):
        return "\n".join(wire)
    return "" if wire is None else json.dumps(wire, ensure_ascii=False)


def _read_text(form: Typed, name: str) -> Any:
    return form.get(name, "").replace("\r\n", "\n").strip() or None


def _read_number(form: Typed, name: str) -> Any:
    text = form.get(name, "").strip()
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text or None


def _read_lines(form: Typed, name: str) -> Any:
    lines = [line.strip() for line in form.get(name, "").splitlines()]
    # Pasted lists repeat themselves, and a choice cannot be there twice.
    return [*dict.fromkeys(filter(None, lines))] or None


def _read_choices(form: Typed, name: str) -> Any:
    lines = _read_lines(form, name)
    return {"enum": lines} if lines else None


def _read_json(form: Typed, name: str) -> Any:
    text = form.get(name, "").strip()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _read_word(form: Typed, name: str) -> Any:
    chosen = form.get(name, "")
    return _read_text(form, name + OTHER) if chosen == OTHER else chosen or None


def _shown_json(wire: Any) -> str:
    return "" if wire is None else json.dumps(wire, ensure_ascii=False, indent=2)


TEXT = Shape("text", _text, _read_text)
LONG_TEXT = Shape("long", _text, _read_text)
NUMBER = Shape("number", _text, _read_number)
LINES = Shape("long", _text, _read_lines)
YES = Shape("yes", bool, lambda form, name: True if name in form else None)
CHOICE = Shape("choice", _text, _read_text, lambda schema: schema["enum"])
SOME = Shape(
    "some",
    lambda wire: wire or [],
    lambda form, name: form.getlist(name) or None,
    lambda schema: schema["items"]["enum"],
)
CHOICES = Shape("long", lambda wire: _text((wire or {}).get("enum")), _read_choices)
WORD_OR_TEXT = Shape("word", _text, _read_word, _words)
JSON = Shape("json", _shown_json, _read_json)

COMMON_HERE = frozenset(COMMON) - {"initial"}
"""Keywords of every kind that the page has controls of its own for."""
