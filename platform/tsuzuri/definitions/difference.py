"""What becomes of an app when another version of its definition is published, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tsuzuri.definitions.layout import form_of, parts_of
from tsuzuri.definitions.model import Label
from tsuzuri.errors import Message, message
from tsuzuri.fields import KINDS

Document = Mapping[str, Any]


class Weight(Enum):
    """What a change asks of the author: nothing, a look, or care."""

    LIGHT = "light"
    WIDE = "wide"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``code`` is the field it is about, if it is about one.

    ``empties`` says that what records hold in the field is seen no more, though it is kept;
    ``asks`` that a record needs a value there from now on.
    """

    message: Message
    code: str = ""
    weight: Weight = Weight.LIGHT
    empties: bool = False
    asks: bool = False


def changes(before: Document, after: Document) -> list[Change]:
    """Return every difference between two definitions, those of fields first."""
    return [
        *_named(before, after),
        *_fields(before, after),
        *_form(before, after),
        *_views(before, after),
        *_parts(before, after),
    ]


def _named(before: Document, after: Document) -> Iterator[Change]:
    old, new = (Label.read(one["name"]).text("ja") for one in (before, after))
    if old != new:
        yield Change(message("アプリの名前を「{old}」から「{new}」に変えます。", old=old, new=new))
    elif before["name"] != after["name"]:
        yield Change(message("アプリの英語の名前を変えます。"))
    if before.get("description") != after.get("description"):
        yield Change(message("アプリの説明を変えます。"))


def _fields(before: Document, after: Document) -> Iterator[Change]:
    old, new = (one["record"]["properties"] for one in (before, after))
    for code, given in new.items():
        if code not in old:
            kind = KINDS[given["kind"]].label
            said = message(
                "項目「{title}」（{kind}）を追加します。", title=given["title"], kind=kind
            )
            yield Change(said, code)
    for code, given in old.items():
        if code not in new:
            said = message("項目「{title}」を外します。", title=given["title"])
            yield Change(said, code, Weight.GRAVE, empties=True)
    for code, given in new.items():
        if code in old and _plain(old[code]) != _plain(given):
            yield from _field(code, old[code], given)
    yield from _required(before, after)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's settings without what its kind implies anyway."""
    implied = {**KINDS[given["kind"]].shape, "type": None}
    return {key: value for key, value in given.items() if key not in implied}


def _field(code: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    title = new["title"]
    if old["title"] != title:
        said = message("項目「{old}」の名前を「{new}」に変えます。", old=old["title"], new=title)
        yield Change(said, code)
    if old["kind"] != new["kind"]:
        first, second = (KINDS[one["kind"]].label for one in (old, new))
        said = message(
            "項目「{title}」の種類を「{old}」から「{new}」に変えます。",
            title=title,
            old=first,
            new=second,
        )
        yield Change(said, code, Weight.GRAVE, empties=True)
        return
    yield from _choices(code, title, _listed(old), _listed(new))
    rest = {"title", "enum", "items"}
    if any(
        old.get(key) != new.get(key) for key in {*old, *new} - rest - {*KINDS[new["kind"]].shape}
    ):
        yield Change(message("項目「{title}」の設定を変えます。", title=title), code)
    if "properties" in new.get("items", {}) and old.get("items") != new["items"]:
        said = message("表「{title}」の列を変えます。", title=title)
        yield Change(said, code, Weight.WIDE)


def _listed(given: Mapping[str, Any]) -> Sequence[str]:
    found: Sequence[str] = given.get("enum") or given.get("items", {}).get("enum", ())
    return found


def _choices(code: str, title: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    added = "、".join(one for one in new if one not in old)
    gone = "、".join(one for one in old if one not in new)
    if added:
        said = message("項目「{title}」に選択肢を追加します：{choices}", title=title, choices=added)
        yield Change(said, code)
    if gone:
        said = message("項目「{title}」の選択肢を外します：{choices}", title=title, choices=gone)
        yield Change(said, code, Weight.WIDE)
    if not added and not gone and list(old) != list(new):
        yield Change(message("項目「{title}」の選択肢の順を変えます。", title=title), code)


def _required(before: Document, after: Document) -> Iterator[Change]:
    old, new = ({*one["record"].get("required", ())} for one in (before, after))
    for code, given in after["record"]["properties"].items():
        if code in new - old:
            said = message("項目「{title}」を必須にします。", title=given["title"])
            yield Change(said, code, Weight.WIDE, asks=code in before["record"]["properties"])
        elif code in old - new:
            yield Change(message("項目「{title}」の必須を外します。", title=given["title"]), code)


def _form(before: Document, after: Document) -> Iterator[Change]:
    old, new = before["record"]["properties"], after["record"]["properties"]
    both = {*old} & {*new}
    if _order(before, both) != _order(after, both):
        yield Change(message("フォームの並べ方を変えます。"))


def _order(document: Document, codes: set[str]) -> list[Any]:
    """Return the form of those fields alone, so that a new one is no other order."""
    parts = parts_of(document)
    for part in parts:
        part.rows = [[code for code in row if code in codes] for row in part.rows]
    return [one for one in form_of(parts) if not isinstance(one, dict) or one["rows"]]


def _views(before: Document, after: Document) -> Iterator[Change]:
    old, new = (
        {Label.read(one["name"]).text("ja"): one for one in given.get("views", ())}
        for given in (before, after)
    )
    for name, view in new.items():
        if name not in old:
            yield Change(message("一覧「{name}」を追加します。", name=name))
        elif view != old[name]:
            yield Change(message("一覧「{name}」を変えます。", name=name))
    for name in old:
        if name not in new:
            yield Change(message("一覧「{name}」を外します。", name=name))
    if [*old] != [*new] and {*old} == {*new}:
        yield Change(message("一覧の順を変えます。"))


RULES: Mapping[str, Message] = {
    "app": message("アプリの権限を変えます。だれが使えるかが変わります。"),
    "record": message("レコードの権限を変えます。だれがどの記録を見られるかが変わります。"),
    "field": message("項目の権限を変えます。だれがどの項目を見られるかが変わります。"),
}
OTHERS: Mapping[str, Message] = {
    "recordTitle": message("記録の題に使う項目を変えます。"),
    "process": message("プロセスを変えます。"),
    "comments": message("コメントの設定を変えます。"),
    "notify": message("通知の条件を変えます。"),
    "review": message("確認の条件を変えます。"),
    "retention": message("保存期間を変えます。"),
    "template": message("もとにしたひな形の版を変えます。"),
}


def _parts(before: Document, after: Document) -> Iterator[Change]:
    for level, said in RULES.items():
        old, new = (one.get("access", {}).get(level, []) for one in (before, after))
        if old != new:
            yield Change(said, weight=Weight.GRAVE)
    for key, said in OTHERS.items():
        if (before.get(key) or None) != (after.get(key) or None):
            yield Change(said)
