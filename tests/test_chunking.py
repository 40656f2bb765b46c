from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.chunking import chunk_document
from malmoi.korean import Analyser, get_analyser
from malmoi.types import Chunk, Document, Section, SectionKind

SENTENCES = [
    "가온대교가 문을 열었다.", "길이는 1.2km이다.", "통행료는 어른 3천 원이고 아이는 내지 않는다.", "누가 설계했을까?",
    "The toll is 3 dollars.", "Cyclists cross for free!", "大桥通车了。", "제목에는 마침표가 없다",
    "1) 표를 산다.", "끝!",
    "바닷물이 가장 높은 때에는 여객선이 다리 밑을 지나지 못하므로 뱃사람은 물때표를 먼저 본다. ",
]  # fmt: skip
KINDS = list(SectionKind)

paragraphs = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=7).map(" ".join)
parts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.lists(paragraphs, min_size=1, max_size=4).map("\n\n".join)),
    min_size=1,
    max_size=5,
)


def document(made: list[tuple[SectionKind, str]], title: str = "") -> Document:
    text, sections = "", []
    for i, (kind, content) in enumerate(made):
        heading = (f"제{i}장",) if kind is SectionKind.BODY else ()
        author = "강물" if kind is SectionKind.COMMENT else None
        sections.append(Section(kind, len(text), len(text) + len(content), heading, author))
        text += content + "\n\n"
    return Document("/글/하나.txt", "하나.txt", "0", text, tuple(sections), title=title)


def cut(doc: Document, target: int = 120, most: int = 200) -> list[Chunk]:
    return chunk_document(doc, get_analyser(), target_chars=target, max_chars=most)


@settings(max_examples=60, deadline=None)
@given(parts, st.integers(20, 300), st.integers(0, 200))
def test_chunks_hold_whole_sentences_of_one_section(
    made: list[tuple[SectionKind, str]], target: int, more: int
) -> None:
    doc = document(made)
    chunks = cut(doc, target, target + more)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert doc.text[chunk.start : chunk.end] == chunk.text
        within = [s for s in doc.sections if s.start <= chunk.start and chunk.end <= s.end]
        assert [s.kind for s in within] == [chunk.kind]
        assert chunk.heading == within[0].heading
        assert chunk.sentences[0].start == chunk.start and chunk.sentences[-1].end == chunk.end
        assert all(a.end <= b.start for a, b in itertools.pairwise(chunk.sentences))
        assert chunk.end - chunk.start <= target + more or len(chunk.sentences) == 1
    assert all(a.end <= b.start for a, b in itertools.pairwise(chunks))


@settings(max_examples=60, deadline=None)
@given(parts, st.integers(20, 300))
def test_every_character_of_evidence_is_in_one_chunk_and_furniture_in_none(
    made: list[tuple[SectionKind, str]], target: int
) -> None:
    doc = document(made)
    chunks = cut(doc, target, 2 * target)
    found = [i for chunk in chunks for i in range(chunk.start, chunk.end)]
    assert len(found) == len(set(found))
    wanted = {
        i
        for section in doc.sections
        if section.kind is not SectionKind.FURNITURE
        for i in range(section.start, section.end)
        if not doc.text[i].isspace()
    }
    assert wanted == {i for i in found if not doc.text[i].isspace()}


@settings(max_examples=30, deadline=None)
@given(parts)
def test_no_sentence_is_cut(made: list[tuple[SectionKind, str]]) -> None:
    doc = document(made)
    whole = {
        (s.start, s.end)
        for section in doc.sections
        if section.kind is not SectionKind.FURNITURE
        for s in get_analyser().sentences(doc.text[section.start : section.end], section.start)
    }
    assert {(s.start, s.end) for chunk in cut(doc, 40, 60) for s in chunk.sentences} == whole


def test_a_chunk_grows_to_the_target_and_ends_at_a_paragraph(analyser: Analyser) -> None:
    body = "\n\n".join(" ".join([SENTENCES[2]] * 4) for _ in range(5))
    chunks = cut(document([(SectionKind.BODY, body)]), target=120, most=300)
    assert [chunk.text for chunk in chunks] == body.split("\n\n")


def test_a_short_tail_joins_the_chunk_before_it() -> None:
    body = " ".join([SENTENCES[2]] * 5) + " 끝!"
    assert [chunk.text for chunk in cut(document([(SectionKind.BODY, body)]), target=120, most=200)] == [body]


def test_a_sentence_longer_than_the_limit_is_kept_whole() -> None:
    long = "아주 " * 200 + "길다."
    chunks = cut(document([(SectionKind.BODY, f"짧다.\n{long}\n끝났다.")]), target=50, most=80)
    assert long in {chunk.text for chunk in chunks}


def test_the_context_tells_title_heading_and_writer() -> None:
    doc = document(
        [
            (SectionKind.HEAD, "가온대교 개통\n2031.05.03"),
            (SectionKind.BODY, "문을 열었다."),
            (SectionKind.COMMENT, "좁다."),
        ],
        title="가온대교 개통",
    )
    head, body, comment = cut(doc)
    assert head.context == ""  # it shows the title itself
    assert body.context == "가온대교 개통 › 제1장"
    assert "가온대교" in "".join(body.context_terms)
    assert comment.author == "강물" and "강물" in comment.context
    assert "개통" not in body.text and "개통" in body.embedding_text


def test_equal_text_under_another_title_has_another_hash() -> None:
    one, other = (cut(document([(SectionKind.BODY, "문을 열었다.")], title=t))[0] for t in ("다리", "시장"))
    assert one.text == other.text
    assert one.content_hash != other.content_hash


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_nothing_gives_no_chunks(text: str) -> None:
    assert cut(Document("/a", "a", "0", text, (Section(SectionKind.BODY, 0, len(text)),))) == []
