"""Two spellings of one word fold to one search key, and a key folds to itself."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tsuzuri.japanese.folding import bigrams, fold
from tsuzuri.japanese.kanji import common_forms

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]))
JAPANESE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
        st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
        st.sampled_from("髙﨑邉\u3099\u309a゛゜ \n\ufe00\U000e0100ゟ🈀㍻①Ａa\u0301\u0345"),
    )
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("高橋", "髙橋"),
        ("高橋", "髙𣘺"),
        ("高橋", "高槗"),
        ("山崎", "山﨑"),
        ("渡辺", "渡邊"),
        ("渡辺", "渡邉"),
        ("渡辺", "渡邉\U000e0104"),
        ("吉野", "𠮷埜"),
        ("斎藤", "齋藤"),
        ("斉藤", "齊藤"),
        ("浜", "濵"),
        ("浜", "濱"),
        ("広沢徳国", "廣澤德國"),
        ("桜富真恵弥来蔵", "櫻冨眞惠彌來藏"),
        ("島", "嶋"),
        ("島", "嶌"),
        ("槙", "槇"),
        ("曽", "曾"),
        ("竜", "龍"),
        ("神", "\ufa19"),
        ("葛飾", "葛\U000e0100飾"),
        ("関ケ原", "關ヶ原"),
        ("たかはし", "ﾀｶﾊｼ"),
        ("がっこう", "ｶﾞｯｺｳ"),
        ("がっこう", "か゛っこう"),
        ("らーめん", "ラ－メン"),
        ("9〜10時", "９～１０時"),
        ("075-123", "０７５ー１２３"),
        ("075-123", "075−123"),
        ("abc", "ＡＢＣ"),
        ("令和8年", "㋿８年"),
        ("(株)", "㈱"),
        ("田中 花子", "  田中\u3000\n\t花子\u3000"),
        ("田中", "田\u200b中\u0000"),
    ],
)
def test_two_spellings_meet_in_one_key(typed: str, stored: str) -> None:
    assert fold(typed) == fold(stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("斎藤", "斉藤"),
        ("坂", "阪"),
        ("畠", "畑"),
        ("碕", "崎"),
        ("宍戸", "肉戸"),
        ("びょういん", "びよういん"),
        ("は", "ば"),
        ("田 中", "田中"),
    ],
)
def test_names_that_people_keep_apart_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        (" \u3000\n", ""),
        ("髙橋　はなこ", "高橋 ハナコ"),
        ("A\rB\x85C\x1fD", "a b c d"),
        ("\ud842", "\ufffd"),
        ("\ud842\udfb7", "\ufffd\ufffd"),
        ("ー－−‐–—―〜～", "---------"),
    ],
)
def test_a_key_looks_like_this(text: str, key: str) -> None:
    assert fold(text) == key


@given(ANY_TEXT)
@example("J\u030c")
@example("\u0390")
@example("わ\u3099")
@example("か\ufe00゛")
@example("α\u0345\u200b\u0301")
def test_folding_a_key_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(JAPANESE)
def test_folding_japanese_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_a_key_is_normal_trimmed_and_free_of_what_the_eye_cannot_see(text: str) -> None:
    key = fold(text)
    assert unicodedata.is_normalized("NFKC", key)
    assert key == " ".join(key.split())
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in key)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_kanji_fold_one_for_one_so_that_parts_of_a_text_are_found(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))
    assert len(fold(text)) == len(text)


def test_every_variant_leads_to_its_common_form_in_one_step() -> None:
    forms = common_forms()
    assert not forms.keys() & set(forms.values())
    assert all(fold(variant) == common for variant, common in forms.items())


def test_every_variant_is_one_character_that_nfkc_would_not_have_joined() -> None:
    forms = common_forms()
    assert all(unicodedata.normalize("NFKC", variant) == variant for variant in forms)
    assert all(len(variant) == len(common) == 1 for variant, common in forms.items())


def test_every_position_gives_a_pair_and_the_last_a_single() -> None:
    assert bigrams("高橋花") == ["高橋", "橋花", "花"]
    assert bigrams("高") == ["高"]
    assert bigrams("") == []


@given(st.text(min_size=1), st.data())
def test_the_pairs_of_a_part_are_among_the_pairs_of_the_whole(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert set(bigrams(part)[:-1]) <= set(bigrams(text))
