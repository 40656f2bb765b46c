from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.text import clean_text, detect_language


@given(st.text())
def test_clean_text_is_idempotent_and_leaves_only_text(s: str) -> None:
    once = clean_text(s)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not [c for c in once if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ufeff제목\x00", "제목"),
        ("한글", "한글"),
        ("빈\u200b칸\u00a0하나", "빈칸\u00a0하나"),
        ("tab\tstays", "tab\tstays"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DeepSeek R1 비용은 얼마?", "ko"),
        ("How much did 딥시크 cost in the end?", "en"),
        ("中国在2022年拥有多少全球专利", "zh"),
        ("東京の天気はどうですか", "ja"),
        ("對中 수출 제한은 美國에 손실", "ko"),
        ("12345 !?", None),
        ("", None),
    ],
)
def test_detect_language(text: str, language: str | None) -> None:
    assert detect_language(text) == language
