"""From a definition that is known to be valid to an ``App``; no checking happens here.

Published definitions were checked when they were published, so a start of the program
only builds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tsuzuri.definitions import notify
from tsuzuri.definitions.model import (
    AccessRules,
    App,
    AppRule,
    FieldRule,
    FormItem,
    Group,
    Label,
    Principal,
    Process,
    RecordRule,
    Retention,
    Status,
    Step,
    View,
)
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Field, Slot

Numbers = Mapping[str, int]
"""The stable storage number of each field code; columns of tables as ``table.column``."""


def build(document: Mapping[str, Any], *, number: int = 0, numbers: Numbers | None = None) -> App:
    """Build the app; ``number`` and ``numbers`` are given where the app is stored."""
    record = _complete_record(_moved_by(document.get("process", {}), document["record"]))
    required = frozenset(record.get("required", ()))
    fields = tuple(
        _field(code, given, required=code in required, numbers=numbers or {})
        for code, given in record["properties"].items()
    )
    return App(
        code=document["app"],
        name=Label.read(document["name"]),
        description=Label.read(document.get("description", "")),
        fields=fields,
        schema=_judged(record),
        form=tuple(_form(document.get("form", ()), [one.code for one in fields])),
        views=tuple(_view(view) for view in document.get("views", ())),
        record_title=tuple(document.get("recordTitle", ())),
        access=_access(document.get("access", {})),
        process=_process(document.get("process", {})),
        retention=_retention(document.get("retention", {})),
        notify=notify.read(document.get("notify", {})),
        acknowledgements=tuple(document.get("comments", {}).get("acknowledge", ())),
        quick=tuple(document.get("comments", {}).get("quick", ())),
        number=number,
        document=document,
    )


ROW_ID = "id"
"""The key every row of a table has beside its columns."""


def _complete_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write out what the kinds imply, so that the record part is complete JSON Schema."""
    properties = {code: complete_field(given) for code, given in record["properties"].items()}
    return {**record, "properties": properties, "additionalProperties": False}


def complete(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid definition with every keyword its kinds imply written out.

    This is what is published and exported: its ``record`` needs no knowledge of our kinds
    to be used by any validator.
    """
    return {**document, "record": _complete_record(document["record"])}


def complete_field(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one field's schema with the keywords of its kind; rows of tables get their id."""
    kind = KINDS[given["kind"]]
    field = {**given, **kind.shape}
    if kind.slot is Slot.ROWS:
        items = given["items"]
        columns = {
            code: complete_field(inner)
            for code, inner in items["properties"].items()
            if code != ROW_ID
        }
        field["items"] = {
            **items,
            "type": "object",
            "properties": {**columns, ROW_ID: {"type": "string", "maxLength": 20}},
            "additionalProperties": False,
        }
    return field


ANNOTATIONS = frozenset(
    {
        *("title", "titles", "help", "kind", "initial", "quick", "lookup", "related"),
        *("presets", "expects", "names"),
    }
)


def _judged(record: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the annotations that no validator needs, which makes judging quicker."""
    properties = {
        code: {key: value for key, value in given.items() if key not in ANNOTATIONS}
        for code, given in record["properties"].items()
    }
    return {**record, "properties": properties}


def _field(code: str, given: Mapping[str, Any], *, required: bool, numbers: Numbers) -> Field:
    kind = KINDS[given["kind"]]
    field = Field(
        code=code, kind=kind, schema=given, required=required, number=numbers.get(code, 0)
    )
    if kind.slot is not Slot.ROWS:
        return field
    items = given["items"]
    needed = frozenset(items.get("required", ()))
    inner = tuple(
        Field(
            code=column,
            kind=KINDS[one["kind"]],
            schema=one,
            required=column in needed,
            number=numbers.get(f"{code}.{column}", 0),
            table=field,
        )
        for column, one in items["properties"].items()
        if column != ROW_ID
    )
    return replace(field, inner=inner)


def _form(form: Sequence[Any], codes: Sequence[str]) -> Iterator[FormItem]:
    """Yield the form; fields the author placed nowhere follow, one row each."""
    placed: set[str] = set()
    for item in form:
        if isinstance(item, Mapping):
            rows = tuple(tuple(row) for row in item["rows"])
            yield Group(title=Label.read(item["group"]), rows=rows, open=item.get("open", True))
        else:
            rows = (tuple(item),)
            yield rows[0]
        placed.update(code for row in rows for code in row)
    yield from ((code,) for code in codes if code not in placed)


def _view(view: Mapping[str, Any]) -> View:
    return View(
        name=Label.read(view["name"]),
        columns=tuple(view["columns"]),
        where=view.get("where", ""),
        sort=view.get("sort", ""),
    )


def _moved_by(process: Mapping[str, Any], record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hand a process's field over to it: nobody writes it, records begin with its first status.

    An app that gives its process up gets the field back as it was.
    """
    properties = record["properties"]
    given = properties.get(process.get("status"))
    if given is None:
        return record
    names = {one["code"]: _both(one.get("name", one["code"])) for one in process["statuses"]}
    moved = {**given, "readOnly": True, "initial": process["statuses"][0]["code"], "names": names}
    return {**record, "properties": {**properties, process["status"]: moved}}


def _both(name: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"ja": name} if isinstance(name, str) else name


def _process(given: Mapping[str, Any]) -> Process | None:
    if not given:
        return None
    return Process(
        status=given["status"],
        assignee=given.get("assignee", ""),
        statuses=tuple(map(_status, given["statuses"])),
        steps=tuple(map(_step, given["actions"])),
    )


def _status(given: Mapping[str, Any]) -> Status:
    turn = given.get("assignee", {"rule": "", "who": ()})
    return Status(
        code=given["code"],
        name=Label.read(given.get("name", given["code"])),
        rule=turn["rule"],
        who=_who(turn),
        retired=given.get("retired", False),
    )


def _step(given: Mapping[str, Any]) -> Step:
    return Step(
        code=given["code"],
        name=Label.read(given["name"]),
        origins=tuple(given["from"]),
        target=given["to"],
        where=given.get("where", ""),
        who=_who({"who": given.get("who", ())}),
        alone=given.get("alone", False),
    )


def _retention(given: Mapping[str, Any]) -> Retention | None:
    if not given:
        return None
    months = 12 * given.get("years", 0) + given.get("months", 0)
    return Retention(months=months, start=given["from"], where=given.get("where", ""))


def _who(rule: Mapping[str, Any]) -> tuple[Principal, ...]:
    return tuple(Principal.read(text) for text in rule["who"])


def _access(access: Mapping[str, Any]) -> AccessRules:
    return AccessRules(
        app=tuple(AppRule(_who(r), frozenset(r["allow"])) for r in access.get("app", ())),
        record=tuple(
            RecordRule(r.get("where", ""), _who(r), frozenset(r["allow"]))
            for r in access.get("record", ())
        ),
        field=tuple(
            FieldRule(tuple(r["fields"]), r.get("where", ""), _who(r), r["allow"])
            for r in access.get("field", ())
        ),
    )
