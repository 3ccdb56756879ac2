"""What a server refuses to start with: settings under which a stranger could walk in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tsuzuri.config import Config
from tsuzuri.errors import Invalid, Problem, message

SHORTEST_SECRET = 32
PLACEHOLDERS = ("change", "secret", "example", "default", "password", "tsuzuri", "0123", "abcd")
DEBUGGING = ("FLASK_DEBUG", "WERKZEUG_DEBUG_PIN", "PYTHONDEVMODE")


def check(config: Config, environ: Mapping[str, str]) -> None:
    """Raise ``Invalid`` with everything that is unsafe; a key made by the program never is."""
    problems = [*_problems(config, environ)]
    if problems:
        raise Invalid(problems)


def _problems(config: Config, environ: Mapping[str, str]) -> Iterator[Problem]:
    secret = config.secret_key
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < SHORTEST_SECRET // 4:
        sentence = message(
            "鍵が短すぎるか、同じ文字の繰り返しです。{count}文字以上の乱数にしてください。",
            count=SHORTEST_SECRET,
        )
        yield Problem("/TSUZURI_SECRET_KEY", sentence)
    elif any(word in secret.lower() for word in PLACEHOLDERS):
        sentence = message("鍵が見本のままのようです。乱数で作り直してください。")
        yield Problem("/TSUZURI_SECRET_KEY", sentence)
    for name in DEBUGGING:
        if environ.get(name, "") not in {"", "0"}:
            sentence = message("開発用の設定です。外してから始めてください。")
            yield Problem(f"/{name}", sentence)
