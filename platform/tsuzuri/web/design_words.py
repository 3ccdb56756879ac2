"""How the keywords of field kinds are called where an author sets them.

A keyword that is not named here is called by the ``title`` of its schema, or by itself; so a new
kind needs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping

from tsuzuri.errors import Message, message

SETTINGS: Mapping[str, Message] = {
    "enum": message("選択肢（1行に一つ）"),
    "items": message("選択肢（1行に一つ）"),
    "minLength": message("最少の文字数"),
    "maxLength": message("最大の文字数"),
    "minItems": message("最少の個数"),
    "maxItems": message("最大の個数"),
    "minimum": message("最小の値"),
    "maximum": message("最大の値"),
    "multipleOf": message("この数の倍数だけ"),
    "decimals": message("小数点以下のけた数"),
    "digits": message("3けたごとに区切る"),
    "unit": message("単位"),
    "unitPosition": message("単位の位置"),
    "unique": message("同じ値の記録を作らせない"),
    "initial": message("初期値"),
    "pattern": message("書き方の決まり（正規表現）"),
    "protocol": message("リンクの種類"),
    "limit": message("ファイルの数の上限"),
    "rows": message("入力欄の行数"),
    "template": message("はじめから書いておく文"),
    "text": message("見出し・説明の文"),
    "width": message("幅（列の数）"),
    "expression": message("計算式"),
    "result": message("結果の見せ方"),
    "of": message("もとになる日付の項目"),
    "form": message("年齢の見せ方"),
    "presets": message("まとめて選ぶボタン"),
    "expects": message("共有することが多い所属"),
    "lookup.app": message("どのアプリから選ぶか"),
    "lookup.key": message("選ぶときの手がかりにする項目"),
    "lookup.copy": message("写す項目"),
    "lookup.columns": message("選ぶときに見せる項目"),
    "lookup.where": message("選べる記録の条件"),
    "lookup.sort": message("並び順"),
    "reference.app": message("どのアプリの記録を指すか"),
    "related.app": message("どのアプリの記録を並べるか"),
    "related.key": message("このアプリの、照らし合わせる項目"),
    "related.match": message("相手のアプリの、照らし合わせる項目"),
    "related.columns": message("見せる項目"),
    "related.where": message("見せる記録の条件"),
    "related.sort": message("並び順"),
    "related.limit": message("見せる件数"),
}
"""By keyword, or by keyword and the one inside it."""

VALUES: Mapping[str, Message] = {
    "before": message("数の前"),
    "after": message("数の後"),
    "web": message("ホームページ"),
    "call": message("電話"),
    "mail": message("メール"),
    "today": message("書く日"),
    "now": message("書く時刻"),
    "me": message("書く本人"),
    "my-agency": message("書く人の所属"),
    "copied": message("ルックアップで写したもの"),
    "last": message("前の記録と同じ"),
    "age": message("満年齢"),
    "school-year": message("学年"),
    "both": message("満年齢と学年"),
    "NUMBER": message("数"),
    "NUMBER_DIGIT": message("3けた区切りの数"),
    "DATE": message("日付"),
    "DATETIME": message("日時"),
    "TIME": message("時刻"),
    "HOUR_MINUTE": message("時間と分"),
    "DAY_HOUR_MINUTE": message("日と時間と分"),
}
"""Words of the definition that stand for something."""
