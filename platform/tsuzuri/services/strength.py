"""What makes a password too easily guessed, on whichever way it is set.

How many guesses it takes is estimated by zxcvbn: lists of passwords and words that became known,
dates, walks on the keyboard, repeats.  It knows nothing of Japan and of whose password it is, so
it is told both.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator

from jaconv import kana2alphabet, kata2hira
from zxcvbn import zxcvbn

from tsuzuri.errors import Message, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage.people import User

SHORTEST = 10
LONGEST = 200
LENGTH: Message = message(
    "パスワードは{shortest}文字以上{longest}文字以下にしてください。",
    shortest=SHORTEST,
    longest=LONGEST,
)
NAMED: Message = message("ログイン名や名前を含まないパスワードにしてください。")
WALKED: Message = message("同じ文字や並び順の文字だけのパスワードは使えません。")
GUESSED: Message = message(
    "推測されやすいパスワードです。よくある言葉、地名、日付、キーの並びに頼らず、関係のない言葉を三つ以上つなげるなどしてください。"
)
SHORTEST_PART = 3
"""How long a name must be before a password may not have it inside: 林 is in many words."""
SEQUENCES = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
GUESSES_LOG10 = 8.0
"""Fewer guesses than 10 to this are too few: zxcvbn's third of four steps."""
ESTIMATED = 72
"""So many characters are looked at; the estimate costs more than they are long, and says enough."""
HABITS = """
password passwd admin administrator kanri kanrisha login tsuzuri kintone cybozu
shiyakusho kuyakusho yakuba yakusho machi mura chousei jichitai koumuin shokuin
kodomo jidou jidousoudan jisou soudan kosodate shien fukushi katei kazoku hogo gyakutai
hoken hokenshi hoiku hoikuen gakkou kyouiku youtai youtaikyou kosodateshien
nihon nippon japan tokyo osaka kyoto nagoya yokohama hokkaido fukuoka okinawa
sakura fujisan ichigo momiji himawari tsubaki yama kawa umi sora hana neko inu pochi tama
arigatou ohayou konnichiwa aishiteru daisuki ganbare genki himitsu hajimete
reiwa heisei showa shouwa taisho meiji haru natsu aki fuyu
ichi ni san shi go roku nana hachi kyuu juu abcd1234 qwer1234 asdf1234 aiueo kakikukeko
yoroshiku otsukare totoro pikachu doraemon naruto
パスワード ぱすわーど あいことば さくら こども にほん ひみつ あいうえお いろはにほへと
児童相談 市役所 町役場 福祉 子育て 令和 平成 昭和 日本 管理者 綴 合言葉
"""
"""What people in Japanese offices begin with; the lists of zxcvbn hold none of it."""
_estimating = threading.Lock()


def weaknesses(platform: Platform, user: str, password: str) -> Iterator[Message]:
    """Tell what makes ``password`` too easily guessed for the person with this code."""
    # The longest allowed is far below what would make hashing it costly.
    if not SHORTEST <= len(password) <= LONGEST:
        yield LENGTH
        return
    plain = _folded(password)
    person = platform.directory.users.get(user) or User(code=user, name=user)
    parts = {
        part for name in (user, person.name) for part in (_folded(name), *_folded(name).split())
    }
    named = any(len(part) >= SHORTEST_PART and part in plain for part in parts)
    walked = len(set(plain)) <= 1 or _is_sequence(plain)
    if named:
        yield NAMED
    if walked:
        yield WALKED
    if not named and not walked and _guesses(platform, person, password) < GUESSES_LOG10:
        yield GUESSED


def _guesses(platform: Platform, person: User, password: str) -> float:
    """Return the power of ten of how many guesses a password takes."""
    known = [*dict.fromkeys((*_about(platform, person), *HABITS.split()))]
    plain = unicodedata.normalize("NFKC", password)[:ESTIMATED]
    # The library keeps what it is told of one person where it looks for the next one's too.
    with _estimating:
        return float(zxcvbn(plain, user_inputs=known)["guesses_log10"])


def _about(platform: Platform, person: User) -> Iterator[str]:
    """Yield what others know of a person: names, their reading, where they work."""
    directory = platform.directory
    agencies = directory.above(person.agencies)
    names = [directory.name("agency", one, lang) for one in agencies for lang in ("ja", "en")]
    read = _folded(person.kana)
    about = (person.code, person.name, read, _romaji(read), platform.config.municipality)
    for one in map(_folded, (*about, *agencies, *names, *person.mail.split("@")[:1])):
        words = one.split()
        yield from words
        # Family and given name stand together, either way round.
        if len(words) > 1:
            yield "".join(words)
            yield "".join(reversed(words))


def _romaji(kana: str) -> str:
    return str(kana2alphabet(kata2hira(kana)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_sequence(plain: str) -> bool:
    """Tell whether a password only walks along the alphabet, the digits or the keyboard."""
    walks = [walk for one in SEQUENCES for walk in (one, one[::-1])]
    pairs = {walk[at : at + 2] for walk in walks for at in range(len(walk) - 1)}
    steps = [plain[at : at + 2] in pairs for at in range(len(plain) - 1)]
    # One jump is let by as no better: from z to 1, or from the end to the beginning again.
    return steps.count(False) <= 1
