from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malmoi.documents import read_bytes
from malmoi.errors import DocumentError
from malmoi.types import Document

LINES = st.sampled_from(
    """
로그인
정치 경제 사회
제목이 될 수 있는 줄, 조금 길게
2024.05.06 10:11
조회 12
추천 3
댓글 2
작성자 바람 (1.♡.2.3)
작성일 05.06 10:11
바람님의 댓글
어제 09:00
답글
많이 본 뉴스
1. 잘린 제목..
산등성이를 따라 난 길은 네 시간이면 넉넉히 걸을 수 있다. 물은 두 곳에서 얻는다.
1. 첫째 절
① 작은 절
작은 제목
* 용어: 뜻을 풀어 적은 말
사진 ⓒ 아무개
Copyright ⓒ 아무개. All rights reserved.
발행인 : 아무개
# heading
---
Comments (2)
Ann says:
January 5, 2025 at 3:14 pm
Related stories
[이후 내용 생략]
abc@def.example
The path along the ridge takes four hours at an easy pace. Water is found in two places.
<p>para
<ul><li><a>x</a>
""".split("\n")
)
PAGES = st.lists(LINES | st.text(max_size=60), max_size=40).map("\n".join)


def check(document: Document) -> None:
    text = document.text
    end = 0
    for section in document.sections:
        assert end <= section.start < section.end <= len(text)
        assert not text[end : section.start].strip(), "text outside of every section"
        assert text[section.start : section.end].strip() == text[section.start : section.end]
        end = section.end
    assert not text[end:].strip()
    assert document.sections
    for start, stop in document.found.values():
        assert 0 <= start < stop <= len(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(text=PAGES, suffix=st.sampled_from([".txt", ".md", ".html"]))
def test_sections_cover_the_text_and_never_overlap(text: str, suffix: str) -> None:
    try:
        (document,) = read_bytes("page" + suffix, text.encode("utf-8", "replace"))
    except DocumentError as error:
        assert "page" + suffix in str(error)
    else:
        check(document)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(data=st.binary(max_size=400), suffix=st.sampled_from([".txt", ".md", ".html", ".jsonl"]))
def test_any_bytes_give_documents_or_an_error_that_names_the_file(data: bytes, suffix: str) -> None:
    try:
        documents = read_bytes("some" + suffix, data)
    except DocumentError as error:
        assert "some" + suffix in str(error)
    else:
        for document in documents:
            check(document)
