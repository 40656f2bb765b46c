from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.answering.markers import MARKER, URL, MarkedSentence, MarkerParser, clean, marker_numbers, remove_urls


def parse(*deltas: str) -> list[MarkedSentence]:
    parser = MarkerParser()
    done = [sentence for delta in deltas for sentence in parser.feed(delta)]
    return done + parser.finish()


def pairs(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(s.text, s.numbers) for s in parse(text)]


ANSWERS = {
    "after the full stop": ("강은 길다. [1] 산은 높다. [2]", [("강은 길다.", (1,)), ("산은 높다.", (2,))]),
    "glued to the full stop": ("강은 길다.[1] 산은 높다.[2]", [("강은 길다.", (1,)), ("산은 높다.", (2,))]),
    "before the full stop": ("강은 길다 [1]. 산은 높다[2].", [("강은 길다.", (1,)), ("산은 높다.", (2,))]),
    "several": (
        "It rains [1][2]. It snows [1, 3]. It hails [2-4]. [7]",
        [("It rains.", (1, 2)), ("It snows.", (1, 3)), ("It hails.", (2, 3, 4, 7))],
    ),
    "full-width": ("강은 길다【1】。山很高［2］。", [("강은 길다。", (1,)), ("山很高。", (2,))]),
    "Chinese without blanks": ("河很长。[1]山很高。[2]", [("河很长。", (1,)), ("山很高。", (2,))]),
    "labelled": ("강은 길다 [자료 3]. 산은 높다 (출처: [2]).", [("강은 길다.", (3,)), ("산은 높다.", (2,))]),
    "a source line after it": ("강은 길다. 출처: [2]", [("강은 길다.", (2,))]),
    "alone on the next line": ("강은 길다.\n[1]\n산은 높다. [2]\n", [("강은 길다.", (1,)), ("산은 높다.", (2,))]),
    "before its sentence": ("[1] 강은 길다.", [("강은 길다.", (1,))]),
    "as part of the grammar": (
        "[1]에 따르면 강은 길다. According to [2], it rains.",
        [("자료에 따르면 강은 길다.", (1,)), ("According to the source, it rains.", (2,))],
    ),
    "inside a sentence": ("강[1]은 길고 산[2]은 높다.", [("강은 길고 산은 높다.", (1, 2))]),
    "dagger": ("It rains.【4†L1-L9】", [("It rains.", (4,))]),
    "as a link": ("It rains [1](https://evil.example/x?y=1). It snows.", [("It rains.", (1,)), ("It snows.", ())]),
    "nested": ("It rains [[1]]. It snows [[2]1].", [("It rains.", (1,)), ("It snows 1].", (2,))]),
    "decimals": ("값은 3.5에서 4.25로 올랐다. [1]", [("값은 3.5에서 4.25로 올랐다.", (1,))]),
    "dates": ("2031. 4. 5. 문을 열었다. [1] 닫았다. [2]", [("2031. 4. 5. 문을 열었다.", (1,)), ("닫았다.", (2,))]),
    "abbreviations": (
        "Dr. Lee met J. Kim in the U.S. capital, cf. No. 7. They spoke. [1]",
        [("Dr. Lee met J. Kim in the U.S. capital, cf. No. 7.", ()), ("They spoke.", (1,))],
    ),
    "a quotation": (
        '그는 "강은 길다. 산은 높다." 라고 말했다. [1] 끝이다. [2]',
        [('그는 "강은 길다. 산은 높다." 라고 말했다.', (1,)), ("끝이다.", (2,))],
    ),
    "brackets": ("강(길이는 9km. 폭은 2km.)이 흐른다. [1]", [("강(길이는 9km. 폭은 2km.)이 흐른다.", (1,))]),
    "a list": (
        "다음과 같다:\n- **강**은 길다 [1]\n2. 산은 높다. [2]\n",
        [("다음과 같다:", ()), ("강은 길다", (1,)), ("산은 높다.", (2,))],
    ),
    "a list of sources at the end": (
        "강은 길다. [1]\n\n**출처:**\n[1] 강 이야기, 2031\n[2] 산 이야기",
        [("강은 길다.", (1,))],
    ),
    "no blank after the full stop": ("강은 길다.산은 높다. [1]", [("강은 길다.", ()), ("산은 높다.", (1,))]),
    "a heading, code and a table": (
        "## 강\n`길이`는 9km다. [1]\n|---|---|\n",
        [("강", ()), ("길이는 9km다.", (1,))],
    ),
    "images and links": (
        "강은 ![그림](https://evil.example/?q=1) [길다](http://evil.example). [1]",
        [("강은 길다.", (1,))],
    ),
    "reasoning first": ("<think>\n강? [9] 산?\n</think>\n\n강은 길다. [1]", [("강은 길다.", (1,))]),
    "cut off inside a marker": ("강은 길다 [1", [("강은 길다", ())]),
    "an endless range": ("강은 길다 [3-900].", [("강은 길다.", (3, 900))]),
    "nothing but a marker": ("[1]", []),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_sentences_and_their_markers(case: str) -> None:
    text, expected = ANSWERS[case]
    assert pairs(text) == expected


@pytest.mark.parametrize("case", ANSWERS)
def test_one_character_at_a_time_gives_the_same(case: str) -> None:
    text, _ = ANSWERS[case]
    assert parse(*text) == parse(text)


def test_a_sentence_is_given_as_soon_as_the_next_has_begun() -> None:
    parser = MarkerParser()
    assert parser.feed("강은 길다. [1") == []
    assert parser.draft == "강은 길다."
    assert parser.feed("] 산은 ") == []
    assert [s.text for s in parser.feed("높고")] == ["강은 길다."]
    assert parser.draft == "산은 높고"


def test_whether_the_last_sentence_was_closed() -> None:
    assert [s.ended for s in parse("강은 길다. [1] 산은 높")] == [True, False]
    assert [s.ended for s in parse("강은 길다. [1] 산은 높다. [2]")] == [True, True]
    assert [s.ended for s in parse("강은 길다 [1].")] == [True]


def test_an_address_survives_only_where_it_is_wanted() -> None:
    text = "보라: https://a.example/x?y=1, www.b.example/z 그리고 c.example/path."
    assert remove_urls(text) == "보라:, 그리고."
    assert "https://a.example/x?y=1" in remove_urls(text, lambda url: "a.example" in url)
    assert remove_urls("점수는 3.5/5이고 1/20이다.") == "점수는 3.5/5이고 1/20이다."


PIECES = st.sampled_from(
    [
        *(
            "강은 길다",
            "산은 높다",
            "It rains",
            "河很长",
            "3.5",
            "2031",
            "Dr",
            "U.S",
            "다",
            "라고",
            " ",
            " ",
            "\n",
            "\n\n",
        ),
        *(
            ".",
            "。",
            "?",
            "…",
            '"',
            "“",
            "”",
            "(",
            ")",
            "[1]",
            "[2, 3]",
            "[4-6]",
            "【7】",
            "［8］",
            "[",
            "]",
            "[[9]]",
            "[1",
        ),
        *("[1", "1]", "]]", "**", "`", "- ", "1. ", "출처: ", "Sources:", "<think>", "</think>", "![x](", "[y]("),
        *("http://e.example/a", "<b>", "†", ",", "에 따르면", "_", "*"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text('가다. [1]【】\n?"(,-2*a', max_size=60))


@settings(deadline=None)
@given(TEXTS, st.data())
def test_any_cut_into_deltas_gives_the_same_sentences(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    deltas = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert parse(*deltas) == parse(text)
    assert parse(*text) == parse(text)


@settings(deadline=None)
@given(TEXTS)
def test_no_marker_and_no_new_address_survives(text: str) -> None:
    for sentence in parse(text):
        assert not MARKER.search(sentence.text)
        assert not URL.search(remove_urls(sentence.text))
        assert clean(sentence.text) == sentence.text
    parser = MarkerParser()
    for character in text:
        parser.feed(character)
        assert not MARKER.search(parser.draft)
        assert not URL.search(parser.draft)


@settings(deadline=None)
@given(TEXTS)
def test_numbers_are_those_of_the_text(text: str) -> None:
    seen = {n for s in parse(text) for n in s.numbers}
    assert seen <= set(marker_numbers(text)) | {n for n in range(100) if f"{n}" in text}
