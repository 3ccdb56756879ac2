"""The sentences a JSON Schema's refusal becomes, for definitions and records alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Message, Problem, message

TYPES: Mapping[str, Message] = {
    "string": message("文字"),
    "number": message("数値"),
    "integer": message("整数"),
    "boolean": message("はい・いいえ"),
    "array": message("一覧"),
    "object": message("組"),
    "null": message("空"),
}


def _type(error: ValidationError) -> Message:
    wanted: Any = error.validator_value
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    kind = TYPES[names[0]] if len(names) == 1 else "・".join(str(TYPES[n]) for n in names)
    return message("{kind}で入力してください。", kind=kind)


def _required(error: ValidationError) -> Message:
    del error
    return message("入力してください。")


def _enum(error: ValidationError) -> Message:
    given: Any = error.validator_value
    choices = [str(choice) for choice in given]
    if len(choices) > 12:
        return message("選択肢にない値です。")
    return message("次の中から選んでください: {choices}", choices="、".join(choices))


def _const(error: ValidationError) -> Message:
    return message("「{value}」でなければなりません。", value=error.validator_value)


def _unknown_keys(error: ValidationError) -> Message:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    extra = sorted(str(key) for key in instance if key not in known)
    return message("ここでは使えない項目です: {keys}", keys="、".join(extra[:5]))


FORMATS: Mapping[str, Message] = {
    "date": message("日付として読めません。例: 2026-11-21、R8.11.21"),
    "date-time": message("日時として読めません。例: 2026-11-21 15:05"),
    "re2": message("この書き方の正規表現は使えません。"),
}


def _format(error: ValidationError) -> Message:
    return FORMATS.get(str(error.validator_value), message("書き方が正しくありません。"))


def _limit(text: str) -> Callable[[ValidationError], Message]:
    return lambda error: message(text, limit=error.validator_value)


Sentence = Callable[[ValidationError], Message]


def _fixed(text: str) -> Sentence:
    return lambda _: message(text)


SENTENCES: Mapping[str, Sentence] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "const": _const,
    "additionalProperties": _unknown_keys,
    "unevaluatedProperties": _unknown_keys,
    "format": _format,
    "maxLength": _limit("{limit}文字までにしてください。"),
    "minLength": _limit("{limit}文字以上にしてください。"),
    "maximum": _limit("{limit}以下にしてください。"),
    "minimum": _limit("{limit}以上にしてください。"),
    "maxItems": _limit("{limit}個までにしてください。"),
    "minItems": _limit("{limit}個以上にしてください。"),
    "multipleOf": _limit("{limit}の倍数にしてください。"),
    "maxProperties": _limit("{limit}個までにしてください。"),
    "minProperties": _limit("{limit}個以上にしてください。"),
    "uniqueItems": _fixed("同じものが二度入っています。"),
    "pattern": _fixed("決められた書き方と違います。"),
    "not": _fixed("使えない文字か書き方が含まれています。"),
}


OTHERWISE = _fixed("正しくありません。")


def pointer_to(error: ValidationError) -> str:
    """Return the JSON pointer of what is wrong; a missing key points at the key itself."""
    tokens = [str(token) for token in error.absolute_path]
    if error.validator == "required":
        tokens.append(_missing(error))
    return "".join(f"/{escape(token)}" for token in tokens)


def _missing(error: ValidationError) -> str:
    """Name the missing key; jsonschema yields one error per key but tells it only in prose."""
    wanted: Any = error.validator_value
    instance: Any = error.instance
    absent = [str(key) for key in wanted if key not in instance]
    named = [key for key in absent if error.message.startswith(repr(key))]
    return (named or absent)[0]


def problem(error: ValidationError) -> Problem:
    """Turn one refusal into a pointer and a sentence that says what to do."""
    sentence = SENTENCES.get(str(error.validator), OTHERWISE)
    return Problem(pointer_to(error), sentence(error))
