"""Rows of fields inside a record: the family, the attendance of a month."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar

from markupsafe import Markup

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Slot,
    Widget,
    Wire,
)
from tsuzuri.fields.documents import read, write
from tsuzuri.fields.listed import SIZES
from tsuzuri.fields.pointers import CODE

_ROW_ID = {"type": "string", "maxLength": 20}
_COLUMNS = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 100,
    "propertyNames": CODE,
    # A definition that was written out in full has the rows' own id among the columns.
    "properties": {"id": {"const": _ROW_ID}},
    "additionalProperties": {"$ref": "#"},
}


class Table(FieldKind):
    """Each column is a field of its own; a row keeps its ``id`` as long as it lives."""

    name = "table"
    family = Family.LAYOUT
    label = message("表")
    about = message("同じ項目の組を何行でも書く")
    slot = Slot.ROWS
    shape: ClassVar[Keywords] = MappingProxyType({"type": "array"})
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **SIZES,
            "items": {
                "type": "object",
                "required": ["properties"],
                "properties": {
                    "type": {"const": "object"},
                    "properties": _COLUMNS,
                    "required": {"type": "array", "items": CODE, "uniqueItems": True},
                    "additionalProperties": {"const": False},
                },
                "additionalProperties": False,
            },
        }
    )
    needs = ("items",)
    operators = ops.NOTHING
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={
                "maxItems": 2,
                "items": {
                    "properties": {
                        "relation": {"kind": "text", "title": "続柄", "titles": {"en": "Relation"}},
                        "born": {"kind": "date", "title": "生年月日"},
                        "height": {"kind": "number", "title": "身長", "unit": "cm"},
                    },
                    "required": ["relation"],
                },
            },
            accepted=(
                [{"id": "9001", "relation": '母, "実"', "born": "1990-04-01", "height": 158.5}],
                [{"relation": "兄\u3000<b>"}, {"id": "2", "relation": "妹", "height": 110}],
            ),
            rejected=(
                *([{"born": "1990-04-01"}], [{"relation": "母", "born": "1990-02-30"}], "母", [1]),
                *([{"relation": "母", "age": 3}], [{"relation": "母"}] * 3, [{"relation": 1}]),
                [{"id": 9001, "relation": "母"}],
            ),
            typed=(
                (
                    '[{"relation": "母", "height": 158.0, "born": ""}, {}]',
                    [{"relation": "母", "height": 158}],
                ),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.ROWS)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return read(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        """Tidy every cell, leave empty ones out, and drop rows that hold nothing at all."""
        if not isinstance(wire, list):
            return wire
        rows = [_row(field, row) if isinstance(row, dict) else row for row in wire]
        return [row for row in rows if row != {}]

    def show(self, field: Field, wire: Wire, scene: Scene) -> Markup:
        heads = Markup().join(
            Markup('<th scope="col">{}</th>').format(column.title(scene.language))
            for column in field.inner
        )
        rows = (
            Markup().join(
                Markup("<td>{}</td>").format(_shown(column, row, scene)) for column in field.inner
            )
            for row in wire
        )
        body = Markup().join(Markup("<tr>{}</tr>").format(row) for row in rows)
        whole = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
        return whole.format(heads, body)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return write(wire)


def _row(field: Field, row: dict[str, Any]) -> dict[str, Any]:
    columns = {column.code: column for column in field.inner}
    tidy = {
        code: columns[code].kind.normal(columns[code], value) if code in columns else value
        for code, value in row.items()
    }
    return {code: value for code, value in tidy.items() if value not in ("", None, [], {})}


def _shown(column: Field, row: dict[str, Any], scene: Scene) -> str:
    return column.kind.show(column, row[column.code], scene) if column.code in row else ""
