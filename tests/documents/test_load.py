from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from malmoi.documents import SUFFIXES, read_bytes, read_paths
from malmoi.documents.jsonl import file_of
from malmoi.errors import DocumentError, TooLarge, UnreadableText, UnsupportedFormat
from malmoi.types import SectionKind

KOREAN = (
    "느티나무 도서관은 밤 열 시까지 문을 엽니다. 회원이 아니어도 책을 읽을 수 있습니다.\n"
    "대출은 회원만 할 수 있습니다.\n"
)
ENGLISH = "The library under the elm is open until ten at night. Anyone may read there.\nOnly members may borrow.\n"


@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("cp949", b""),
        ("euc-kr", b""),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
    ],
)
def test_encodings(text: str, encoding: str, bom: bytes) -> None:
    (document,) = read_bytes("a.txt", bom + text.encode(encoding))
    assert document.text == text


def test_extended_hangul_of_cp949() -> None:
    text = "똠방각하 펲시콜라는 뷁스럽다고 사람들이 말하는 것을 들었습니다. 그것은 사실이 아닙니다."
    (document,) = read_bytes("a.txt", text.encode("cp949"))
    assert document.text == text


def test_other_legacy_encodings_are_not_read_as_korean() -> None:
    text = "図書館は夜の十時まで開いています。会員でなくても本を読むことができます。貸し出しは会員だけです。" * 5
    (document,) = read_bytes("a.txt", text.encode("shift_jis"))
    assert document.text == text
    assert document.language == "ja"


def test_a_character_cut_at_the_end_is_forgiven() -> None:
    (document,) = read_bytes("a.txt", (KOREAN * 5).encode()[:-2])
    assert document.text.startswith(KOREAN)


def test_declared_charset_of_html() -> None:
    page = (
        "<html><head><meta charset='windows-1252'></head>"
        "<body><p>Caf\u00e9 cr\u00e8me co\u00fbte 3\u20ac.</p></body></html>"
    )
    (document,) = read_bytes("a.html", page.encode("windows-1252"))
    assert "Caf\u00e9 cr\u00e8me co\u00fbte 3\u20ac." in document.text


@pytest.mark.parametrize("data", [b"", b"  \n\t ", b"\xef\xbb\xbf", "\u200b\u200b".encode(), b"\x00\x00"])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_empty_files_are_refused_by_name(data: bytes, suffix: str) -> None:
    with pytest.raises(DocumentError, match=f"nothing{suffix}"):
        read_bytes(f"nothing{suffix}", data)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + bytes(100), b"%PDF-1.7 ...", os.urandom(4000)]
)
def test_binary_junk_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(UnreadableText, match=r"junk\.txt"):
        read_bytes("junk.txt", data)


def test_unsupported_format_lists_what_is_supported() -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read_bytes("table.xyz", b"text")
    assert all(suffix in caught.value.remedy for suffix in SUFFIXES)


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.write_text("ab" * 600)
    (source,) = read_paths([path], max_bytes=1000)
    with pytest.raises(TooLarge, match=r"big\.txt has 1,200 bytes; the limit is 1,000"):
        source.load()


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.md", "a.txt", ".hidden.txt", ".git/config.txt", "c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("글입니다.")
    sources = list(read_paths([tmp_path, tmp_path / "a.txt", tmp_path / "gone.txt"]))
    assert [s.name for s in sources] == ["a.txt", "c.png", "1.md", "2.txt", "gone.txt"]
    assert sources[0].uri == str(tmp_path / "a.txt")
    assert sources[0].sha256() == hashlib.sha256("글입니다.".encode()).hexdigest() == sources[0].documents()[0].sha256
    with pytest.raises(UnsupportedFormat, match=r"c\.png"):
        sources[1].documents()
    with pytest.raises(DocumentError, match=r"gone\.txt does not exist"):
        sources[-1].documents()
    with pytest.raises(DocumentError, match=r"gone\.txt does not exist"):
        sources[-1].sha256()


def test_jsonl(tmp_path: Path) -> None:
    records = [
        {
            "id": "a-1",
            "title": "나루터",
            "text": "나루터에는 배가 두 척 있다.\n\n하루 네 번 오간다.",
            "date": "2024.3.5 09:10",
        },
        {"id": 7, "title": "", "text": "Second text.", "lang": "en", "publisher": "Gazette", "author": "Kit"},
    ]
    path = tmp_path / "documents.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records) + "\n", encoding="utf-8")
    (source,) = read_paths([path])
    assert source.holds_many
    first, second = source.documents()
    assert (first.uri, first.name, first.title, first.date) == (f"{path}#a-1", "a-1", "나루터", "2024-03-05T09:10")
    assert first.text == records[0]["text"]
    assert [(s.kind, s.start, s.end) for s in first.sections] == [(SectionKind.BODY, 0, len(first.text))]
    assert (second.name, second.author, second.publisher, second.language) == ("7", "Kit", "Gazette", "en")
    assert first.sha256 == hashlib.sha256(path.read_bytes().split(b"\n")[0]).hexdigest()
    assert first.id != second.id


def test_bad_lines_of_jsonl_are_reported_with_their_number_and_the_others_load(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = '{"id": "1", "title": "t", "text": "one"}'
    lines = [
        good,
        "{broken",
        "[1]",
        '{"title": "no id", "text": "x"}',
        '{"id": "2"}',
        '{"id": "3", "text": " "}',
        good,
        "",
    ]
    path.write_text("\n".join([*lines, '{"id": "4", "text": "four"}']), encoding="utf-8")
    (source,) = read_paths([path])
    documents, errors = source.load()
    assert [d.name for d in documents] == ["1", "4"]
    assert [e.problem.split(":")[0].split(" is ")[0].split(" has ")[0] for e in errors] == [
        f"mixed.jsonl, line {n}" for n in (2, 3, 4, 5, 6, 7)
    ]
    assert source.documents() == documents
    path.write_text("{broken\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="line 1"):
        source.documents()


def test_upload_uri() -> None:
    (document,) = read_bytes("note.txt", KOREAN.encode())
    assert document.uri == "upload:note.txt"
    (document,) = read_bytes("note.txt", KOREAN.encode(), uri="memory:1")
    assert document.uri == "memory:1"


def test_a_text_of_furniture_words_alone_is_still_a_document() -> None:
    (document,) = read_bytes("menu.txt", "로그인\n회원가입\n".encode())
    assert [s.kind for s in document.sections] == [SectionKind.BODY]


def test_what_does_not_exist_is_said_to_be_missing_whatever_its_name(tmp_path: Path) -> None:
    for name in ("nosuchfile", "nosuch.txt"):
        (source,) = read_paths([tmp_path / name])
        with pytest.raises(DocumentError, match=rf"{name} does not exist"):
            source.load()


def test_a_pipe_named_like_a_text_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (source,) = read_paths([tmp_path])
    with pytest.raises(DocumentError, match=r"pipe\.txt is not a regular file"):
        source.sha256()
    with pytest.raises(DocumentError, match=r"pipe\.txt is not a regular file"):
        source.load()


def test_a_name_that_is_not_utf_8_is_shown_escaped(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt")).write_text("Text.", "utf-8")
    (source,) = read_paths([tmp_path])
    assert source.name == r"\xff\xfe.txt"
    assert source.uri.encode("utf-8")
    with pytest.raises(DocumentError, match="not valid UTF-8"):
        source.load()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("ko-KR", "ko"), ("KO", "ko"), ("en_GB.UTF-8", "en"), ("Korean", "ko"), ("", "ko"), ("ja", "ja")],
)
def test_the_language_of_a_line_is_a_plain_code(given: str, kept: str) -> None:
    line = json.dumps({"id": "1", "text": KOREAN, "lang": given}, ensure_ascii=False)
    (document,) = read_bytes("rows.jsonl", line.encode())
    assert document.language == kept


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("/data/rows.jsonl#a#1", "/data/rows.jsonl"),
        ("/c#/rows.NDJSON#a/b", "/c#/rows.NDJSON"),
        ("/c# notes/page.md", "/c# notes/page.md"),
        ("upload:rows.jsonl#a", "upload:rows.jsonl"),
        ("/data/rows.jsonl", "/data/rows.jsonl"),
    ],
)
def test_only_a_line_of_a_file_has_an_id_behind_its_path(uri: str, file: str) -> None:
    assert file_of(uri) == file
