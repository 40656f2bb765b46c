from __future__ import annotations

from malmoi.documents import read_bytes
from malmoi.types import Document, SectionKind

PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!doctype html><html lang="ko"><head><title>갯벌 탐방로 다시 열려 - 물결신문</title>
<meta property="og:site_name" content="물결신문">
<meta property="article:published_time" content="2024-05-06T07:08:09+09:00">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "갯벌 탐방로 다시 열려",
 "author": {"name": "오하늬"}}</script><style>p {color: red}</style></head>
<body class="has-sidebar">
<header><a href="/">물결신문</a><nav><ul><li><a>정치</a><li><a>경제</a></ul></nav></header>
<div class="wrap"><h1>갯벌 탐방로 다시 열려</h1><div class="byline">오하늬 기자 <time>2024.05.06</time></div>
<div class="article-body"><p>태풍으로 끊겼던 갯벌 탐방로가 여섯 달 만에 열렸다. 길이는&nbsp;1.2km다.
<p>공사비는 <b>9억 원</b>이 들었다.<figure><img src="x"><figcaption>새로 놓인 나무 다리</figcaption></figure>
<h2>이용 시간</h2><p>해가 뜰 때부터 질 때까지다.<h3>주말</h3><p>한 시간 더 연다.
<table><tr><th>요일<th>시간<tr><td>토<td>19시</table></div>
<div class="share-box">페이스북 공유</div>
<div class="related-articles">
<h3>함께 볼 기사</h3><ul><li><a>다른 섬 이야기</a></ul></div>
<section id="comments"><h3>댓글 2</h3>
<div class="comment-item"><span class="nick">새벽</span>
<span class="date">2024.05.07 10:00</span><p>반가운 소식이네요.</p></div>
<div class="comment-item"><span class="nick">갈매기 떼</span>
<time>어제 09:00</time><p>주말에 가 봐야겠어요</p><button>답글</button></div>
<form><label>이름</label><textarea></textarea></form></section></div>
<p style="display:none">숨은 글</p><aside>광고 글입니다</aside>
<footer>문의 02-000-0000</footer><script>var a = 1</script>
</body></html>"""


def read(name: str, text: str) -> Document:
    (document,) = read_bytes(name, text.encode())
    return document


def texts(document: Document, kind: SectionKind) -> str:
    return "\n".join(document.text[s.start : s.end] for s in document.sections if s.kind is kind)


def test_html_structure() -> None:
    document = read("a.html", PAGE)
    assert texts(document, SectionKind.HEAD) == "갯벌 탐방로 다시 열려\n\n오하늬 기자 2024.05.06"
    body = texts(document, SectionKind.BODY)
    assert "길이는 1.2km다." in body
    assert "공사비는 9억 원이 들었다." in body
    assert "토 | 19시" in body
    assert texts(document, SectionKind.CAPTION) == "새로 놓인 나무 다리"
    furniture = texts(document, SectionKind.FURNITURE)
    for words in ("물결신문", "정치", "페이스북", "다른 섬 이야기", "광고 글", "문의 02", "댓글 2", "새벽"):
        assert words in furniture
        assert words not in body
    for gone in ("숨은 글", "var a", "color: red", "textarea"):
        assert gone not in document.text
    paths = [s.heading for s in document.sections if s.kind is SectionKind.BODY]
    assert paths[0] == ()
    assert ("이용 시간",) in paths
    assert ("이용 시간", "주말") in paths


def test_html_metadata() -> None:
    document = read("a.html", PAGE)
    assert document.title == "갯벌 탐방로 다시 열려"
    assert (document.date, document.author, document.publisher) == ("2024-05-06T07:08:09", "오하늬", "물결신문")
    assert document.language == "ko"
    start, end = document.found["author"]
    assert document.text[start:end] == "오하늬"


def test_html_comments() -> None:
    document = read("a.html", PAGE)
    found = [
        (s.author, s.date, s.when, document.text[s.start : s.end])
        for s in document.sections
        if s.kind is SectionKind.COMMENT
    ]
    assert found == [
        ("새벽", "2024-05-07T10:00", "2024.05.07 10:00", "반가운 소식이네요."),
        ("갈매기 떼", None, "어제 09:00", "주말에 가 봐야겠어요"),
    ]


def test_the_article_element_is_the_body() -> None:
    document = read(
        "a.html",
        "<body><div>Free trial for everyone, this week only, says the shop.</div><article><h1>Owls return</h1>"
        "<p>Barn owls have returned to the old mill after forty years. Two pairs were counted in March.</p>"
        "<p>The mill's owner left the hatch open for them all winter long.</p></article>"
        "<div>Weather: rain all week.</div>",
    )
    assert document.title == "Owls return"
    assert "Barn owls" in texts(document, SectionKind.BODY)
    assert "Free trial" in texts(document, SectionKind.FURNITURE)
    assert "Weather" in texts(document, SectionKind.FURNITURE)


def test_broken_html_is_still_read() -> None:
    document = read("a.html", "<p>열린 태그 <b>하나와 <![endif]--> 닫히지 않은 <div>글이 있다.")
    assert "글이 있다." in document.text
    deep = read("deep.html", "<div>" * 5000 + "깊은 곳의 글이다." + "</div>" * 5000)
    assert deep.text == "깊은 곳의 글이다."


MARKDOWN = """---
title: 우물 관리 지침
date: 2024-02-03
author: [한여름, 송가을]
lang: ko
---
<!-- 초안 -->
# 우물 관리

우물은 한 달에 한 번 청소한다. 물을 모두 퍼낸 뒤 벽을 솔로 문지른다.

## 도구

| 이름 | 개수 |
|---|---|
| 솔 | 2 |

순서
----

```sh
# 이것은 제목이 아니다
pump --all
```

- [홈](/)
- [소개](/about)
- [검색](/search)
"""


def test_markdown() -> None:
    document = read("a.md", MARKDOWN)
    assert document.text == MARKDOWN
    assert (document.title, document.date, document.author) == ("우물 관리 지침", "2024-02-03", "한여름, 송가을")
    assert document.text[slice(*document.found["title"])] == "우물 관리 지침"
    furniture = texts(document, SectionKind.FURNITURE)
    assert all(words in furniture for words in ("title:", "초안", "[홈](/)", "[검색](/search)"))
    by_path = {s.heading: document.text[s.start : s.end] for s in document.sections if s.kind is SectionKind.BODY}
    assert by_path[("도구",)].endswith("| 솔 | 2 |")
    assert by_path[("순서",)].startswith("순서\n----")
    assert by_path[("순서",)].endswith("pump --all\n```")


def test_markdown_without_front_matter_takes_its_first_heading_as_title() -> None:
    document = read(
        "a.md", "# Bees\n\nA hive holds about forty thousand bees in summer. It holds far fewer in winter.\n"
    )
    assert document.title == "Bees"
    assert texts(document, SectionKind.HEAD) == "# Bees"


LETTER = """![두레우물](https://example.org/logo.png)

[처음](/) · [지난 편지](/old)

# **우물가에서 온 편지**

두레우물 소식 제31호 · 2025년 2월 7일 · 글 하늬바람 · 읽는 시간 4분

우물을 판 지 꼭 마흔 해가 되었습니다. 두레박은 이제 박물관에 있습니다.

**정정, 2025년 2월 9일:** 두레박은 창고에 있습니다.

*역자 주: 두레박은 물을 긷는 통이다.*

## 댓글 2

**솔이** (2025.02.08 09:10): 두레박 사진도 보고 싶습니다.

**Ann Wells** on February 9, 2025 at 11:47: Mine is in the attic.

[구독](/a) · [후원](/b)

다음 편지는 봄에 보내 드립니다.
"""


def test_markdown_marks_hide_neither_the_dateline_nor_the_comments() -> None:
    document = read("a.md", LETTER)
    assert (document.title, document.date, document.author) == ("우물가에서 온 편지", "2025-02-07", "하늬바람")
    assert texts(document, SectionKind.HEAD).endswith("읽는 시간 4분")
    assert texts(document, SectionKind.FURNITURE).startswith("![두레우물]")
    assert all(words in texts(document, SectionKind.NOTE) for words in ("**정정, 2025년", "*역자 주: 두레박은"))
    found = [
        (s.author, s.date, document.text[s.start : s.end]) for s in document.sections if s.kind is SectionKind.COMMENT
    ]
    assert found == [
        ("솔이", "2025-02-08T09:10", "두레박 사진도 보고 싶습니다."),
        ("Ann Wells", "2025-02-09T11:47", "Mine is in the attic."),
    ]


def test_a_title_taken_from_a_numbered_heading_has_no_number() -> None:
    text = (
        "1. 우물 파기\n우물은 겨울에 판다. 땅이 단단히 얼어 쉽게 무너지지 않는다.\n"
        "2. 돌 쌓기\n돌은 아래부터 둥글게 쌓는다. 남은 틈은 모두 자갈로 메운다.\n"
    )
    document = read("a.txt", text)
    assert document.title == "우물 파기"
    assert document.text[slice(*document.found["title"])] == "우물 파기"
