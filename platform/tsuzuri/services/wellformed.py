"""What codes, names, mail addresses and stretches of belonging must look like."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from datetime import date
from itertools import combinations

from tsuzuri.errors import Message, Problem, message
from tsuzuri.storage.belonging import Stay

CODE = re.compile(r"[\w.@+-]{1,64}")
"""No colon or slash: a code stands in rules, in addresses of pages and in names of readers."""
MAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
LONGEST = 100
LONGEST_MAIL = 254


def code(text: str, pointer: str) -> Iterator[Problem]:
    """Yield a problem with the code of a new user, agency or group."""
    if not CODE.fullmatch(text):
        sentence = message(
            "空白のない文字で入力してください(文字、数字と . _ - @ + で{limit}文字まで)。", limit=64
        )
        yield Problem(pointer, sentence)


def text(given: str, pointer: str, *, needed: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with a name or its reading."""
    if needed and not given.strip():
        yield Problem(pointer, message("入力してください。"))
    if len(given) > LONGEST:
        yield Problem(pointer, message("{limit}文字までで入力してください。", limit=LONGEST))
    # The space between family and given name is often the wide one.
    if not given.replace("\u3000", " ").isprintable():
        yield Problem(pointer, message("保存できない文字が含まれています。"))


def mail(given: str, pointer: str) -> Iterator[Problem]:
    """Yield a problem with a mail address; none at all is right too."""
    plain = given.isascii() and given.isprintable() and len(given) <= LONGEST_MAIL
    if given and not (plain and MAIL.fullmatch(given)):
        yield Problem(pointer, message("メールアドレスの形になっていません。"))


def stays(given: Sequence[Stay], known: Container[str], pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with somebody's stretches in agencies, or in groups."""
    for place, one in enumerate(given):
        at = f"{pointer}/{place}"
        if one.code not in known:
            yield Problem(f"{at}/code", message("「{code}」は登録されていません。", code=one.code))
        days = [name for name in ("starts_on", "ends_on") if not is_day(getattr(one, name))]
        yield from (Problem(f"{at}/{name}", NO_DAY) for name in days)
        if not days and one.ends_on and one.ends_on < one.starts_on:
            yield Problem(f"{at}/ends_on", message("終了日が開始日より前です。"))
    for (_, first), (place, second) in combinations(enumerate(given), 2):
        if first.code == second.code and first.overlaps(second):
            sentence = message("「{code}」の期間が重なっています。", code=first.code)
            yield Problem(f"{pointer}/{place}/starts_on", sentence)


NO_DAY: Message = message(
    "日付として読めません。令和9年4月1日 や 2027-04-01 のように入力してください。"
)


def is_day(given: str) -> bool:
    """Tell whether a text is an ISO date, or nothing."""
    if not given:
        return True
    try:
        return date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False
