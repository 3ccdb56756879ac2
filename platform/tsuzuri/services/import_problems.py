"""What is wrong with a file, as its sender is told: the sentences, and the count of all."""

from __future__ import annotations

from tsuzuri.errors import Message, message
from tsuzuri.storage.imports import Bad

PROBLEMS_KEPT = 1000
VALUE_SHOWN = 60

NO_ADDING: Message = message("新しいレコードを追加する権限がありません。")
NO_EDITING: Message = message("このレコードを変更する権限がありません。")
NOT_FOUND: Message = message("このレコードは見つかりません。")
OVERTAKEN: Message = message("書き出したあとに変更されています。もう一度書き出してください。")
NO_NUMBER: Message = message(
    "レコード番号として読めません。表計算ソフトが丸めていないか確かめてください。"
)


class Problems:
    """Every problem counts; the first ones are kept to be shown."""

    def __init__(self) -> None:
        self.kept: list[Bad] = []
        self.count = 0

    def add(self, bad: Bad) -> None:
        """Note one problem."""
        self.count += 1
        if len(self.kept) < PROBLEMS_KEPT:
            self.kept.append(bad)


def beginning(cell: str) -> str:
    """Return the beginning of a cell as a page can show it."""
    return "".join(
        one if one.isprintable() or one in "\n\u3000" else "\ufffd" for one in cell[:VALUE_SHOWN]
    )
