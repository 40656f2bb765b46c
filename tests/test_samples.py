"""The sample collection holds together, and its questions are answered from it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from malmoi import samples
from malmoi.answering.telling import plain
from malmoi.cli import main
from malmoi.documents import read_paths
from malmoi.evaluation.normalise import occurrences
from malmoi.evaluation.questions import Question, read_questions
from malmoi.evaluation.results import Outcome, QuestionResult, Results, read_results
from malmoi.types import Document, SectionKind, Verdict

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

SET = Path(__file__).parents[1] / "evals" / "samples.jsonl"
THRESHOLDS = SET.with_name("thresholds.toml")
QUESTIONS = read_questions(SET)
DECLINED = frozenset({"furniture", "unanswerable"})


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    sources = list(read_paths([samples.folder()], max_bytes=20_000_000))
    return {document.name: document for source in sources for document in source.documents()}


def sections_of(document: Document, quote: str) -> list[set[SectionKind]]:
    """The kinds that each occurrence of a quote lies in."""
    return [
        {s.kind for s in document.sections if s.start < end and start < s.end}
        for start, end in occurrences(document.text, quote)
    ]


def test_every_sample_is_read(documents: dict[str, Document]) -> None:
    assert sorted(documents) == sorted(p.name for p in samples.folder().iterdir())
    assert len(documents) >= 14


def test_the_samples_cover_formats_encodings_and_languages(documents: dict[str, Document]) -> None:
    assert {Path(name).suffix for name in documents} == {".txt", ".md", ".html"}
    languages = Counter(document.language for document in documents.values())
    assert languages["en"] >= 4 and languages["ko"] >= 10
    with pytest.raises(UnicodeDecodeError):
        (samples.folder() / "08-ferry-notice.txt").read_text(encoding="utf-8")
    assert "가온포-모래여섬 항로 변경" in documents["08-ferry-notice.txt"].text


def test_every_sample_has_a_title(documents: dict[str, Document]) -> None:
    assert not {name for name, document in documents.items() if not document.title}
    assert documents["02-wire-opening.txt"].title.startswith("달여울 조력발전소 상업운전 시작")
    assert documents["13-word-collectors-en.md"].title == "Notes from a town that has a word for late water"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("01-city-press-release.txt", "2024-11-20"),
        ("02-wire-opening.txt", "2025-03-04"),
        ("03-audit.html", "2025-06-18"),
        ("04-business-letter.md", "2025-03-06"),
        ("05-forum-fish.txt", "2025-03-09"),
        ("06-echave-column-en.html", "2025-04-02"),
        ("07-echave-column-ko.txt", "2025-04-11"),
        ("08-ferry-notice.txt", "2025-03-20"),
        ("09-harbour-post-opening-en.txt", "2025-03-05"),
        ("10-engineer-interview.md", "2025-05-09"),
        ("11-gazetteer.txt", "2025-01-17"),
        ("12-dictionary.html", "2025-02-14"),
        ("13-word-collectors-en.md", "2025-04-24"),
        ("15-operator-faq.md", "2025-04-01"),
        ("16-spring-slowdown.txt", "2025-07-02"),
        ("17-harbour-post-corrections-en.html", "2025-07-10"),
    ],
)
def test_the_date_of_a_page_is_found(documents: dict[str, Document], name: str, day: str) -> None:
    assert (documents[name].date or "")[:10] == day


@pytest.mark.parametrize(
    ("name", "authors"),
    [
        ("03-audit.html", ["갯바람", "등대지기손자", "여울사랑", "낙지아빠"]),
        ("05-forum-fish.txt", ["숭어튀김", "물때달력", "모래여박사", "여객선단골", "낙지아빠", "관찰자K"]),
        ("06-echave-column-en.html", ["Tern Watcher", "old_ferryman"]),
        ("08-ferry-notice.txt", ["여객선단골", "섬마을선생", "운항관리팀", "갯바람"]),
        ("09-harbour-post-opening-en.txt", ["SaltyDog", "M. Featherstone", "harbour_cat_fan"]),
        ("10-engineer-interview.md", ["해무", "톱니바퀴"]),
        ("11-gazetteer.txt", ["한문초보", "봉하림"]),
        ("12-dictionary.html", ["솔밭집막내", "표준말씨"]),
        ("13-word-collectors-en.md", ["Dov Lindqvist", "Wren Abernathy"]),
        ("16-spring-slowdown.txt", ["숭어튀김", "여울사랑"]),
    ],
)
def test_readers_comments_are_told_from_the_text(documents: dict[str, Document], name: str, authors: list[str]) -> None:
    assert [s.author for s in documents[name].sections if s.kind is SectionKind.COMMENT] == authors


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("01-city-press-release.txt", "새여울 신도시 2031년 착공"),
        ("01-city-press-release.txt", "이메일무단수집거부"),
        ("02-wire-opening.txt", "새여울 원전 2030년 착공 확정"),
        ("02-wire-opening.txt", "겨울 문어빵 3+1"),
        ("02-wire-opening.txt", "사업자등록번호"),
        ("03-audit.html", "새여울 신도시 분양가"),
        ("03-audit.html", "물개침대"),
        ("04-business-letter.md", "새여울 원전 관련주"),
        ("05-forum-fish.txt", "중고 고무보트"),
        ("05-forum-fish.txt", "시장 관사 고양이"),
        ("06-echave-column-en.html", "Ten harbour towns"),
        ("07-echave-column-ko.txt", "갈매기는 왜"),
        ("09-harbour-post-opening-en.txt", "Mayor's cat found in bakery"),
        ("08-ferry-notice.txt", "여객터미널 화장실 공사"),
        ("08-ferry-notice.txt", "운항정보 | 예매"),
        ("10-engineer-interview.md", "가장 오래된 이발사"),
        ("11-gazetteer.txt", "등대동 우물터 답사"),
        ("12-dictionary.html", "문어빵에 반했다"),
        ("13-word-collectors-en.md", "Soup, a taxonomy"),
        ("14-union-statement.txt", "신입 승무원 연봉"),
        ("14-union-statement.txt", "별코인 채굴"),
        ("15-operator-faq.md", "사업자등록번호"),
        ("15-operator-faq.md", "주차장은 몇 시에"),
        ("16-spring-slowdown.txt", "해파리 대란"),
        ("17-harbour-post-corrections-en.html", "Gull thefts"),
    ],
)
def test_what_stands_round_a_text_is_furniture(documents: dict[str, Document], name: str, words: str) -> None:
    found = sections_of(documents[name], words)
    # A loader may leave furniture out altogether; what it must not do is to keep it as evidence.
    assert all(kinds <= {SectionKind.FURNITURE} for kinds in found), found


def test_questions_are_well_formed() -> None:
    assert len(QUESTIONS) >= 60
    assert len({q.id for q in QUESTIONS}) == len({(q.question, q.history) for q in QUESTIONS}) == len(QUESTIONS)
    assert {q.type for q in QUESTIONS} == {
        "fact", "attribution", "alias", "conflict", "list", "paraphrase", "crosslingual", "comment", "metadata",
        "followup", "furniture", "unanswerable", "falsepremise",
    }  # fmt: skip
    assert {q.lang for q in QUESTIONS} == {"ko", "en", "zh"}
    assert sum(not q.answerable for q in QUESTIONS) >= 16
    for q in QUESTIONS:
        assert q.answerable == (q.type not in DECLINED) == bool(q.answers) == bool(q.evidence), q.id
        assert bool(q.history) == (q.type == "followup"), q.id
        assert q.type != "conflict" or len(q.evidence) >= 2, q.id


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.answerable], ids=lambda q: q.id)
def test_every_quote_stands_in_its_document(question: Question, documents: dict[str, Document]) -> None:
    wanted = {SectionKind.COMMENT} if question.type == "comment" else set(SectionKind) - {SectionKind.COMMENT}
    for group in question.evidence:
        for gold in group:
            kinds = sections_of(documents[gold.doc], gold.quote)
            assert kinds, f"{gold.doc} does not hold {gold.quote!r}"
            fit = [k for k in kinds if len(k) == 1 and k <= wanted - {SectionKind.FURNITURE}]
            assert fit, f"{gold.quote!r} of {gold.doc} lies in {kinds}"


def test_every_sample_is_asked_about() -> None:
    asked = {quote.doc for q in QUESTIONS for group in q.evidence for quote in group}
    assert asked == {p.name for p in samples.folder().iterdir()}


def run_command(*arguments: str | Path) -> int:
    """Runs `malmoi` in this process, which has the analyser loaded already."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["malmoi", *map(str, arguments)])
        main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def evaluate(folder: Path, *options: str) -> Results:
    """What `malmoi eval run` finds over the samples; the index is made once in `folder`."""
    arguments = ["--questions", SET, "--documents", samples.folder(), "--out", folder, *options]
    assert run_command("eval", "run", *arguments) == 0
    return read_results(folder)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    evaluate(folder)
    return folder


@pytest.fixture(scope="module")
def results(evaluated: Path) -> Results:
    return read_results(evaluated)


def gate(folder: Path, *options: str | Path) -> int:
    return run_command("eval", "gate", "--results", folder, "--thresholds", THRESHOLDS, *options)


def test_the_answers_pass_the_gate(evaluated: Path, results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    status = gate(evaluated)
    with capsys.disabled():
        sys.stdout.write(f"\n{capsys.readouterr().out}")
        wrong = [q for q in results.questions if q.outcome not in (Outcome.RIGHT, Outcome.DECLINED_RIGHTLY)]
        for q in wrong:
            said = " | ".join(s["text"] for s in q.answer["sentences"]) or "(declined)"
            sys.stdout.write(f"{q.question.id} {q.question.type} {q.outcome}: {q.question.question}\n  {said}\n")
    assert status == 0


def test_a_worsened_setting_does_not(evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worse = tmp_path / "worse"
    shutil.copytree(evaluated / "indexes", worse / "indexes")
    evaluate(worse, "--set", "retrieval.passages=1")
    capsys.readouterr()
    assert gate(worse, "--against", evaluated, "--json") == 1
    failed = {(c["subject"], c["kind"]) for c in json.loads(capsys.readouterr().out)["checks"] if not c["passed"]}
    assert {("evidence_recall@5", "mean"), ("contains", "mean"), ("evidence_recall@5", "loss")} <= failed
    assert not {kind for _, kind in failed} & {"count"}


def test_every_citation_resolves_and_says_what_it_is(results: Results) -> None:
    assert sum(len(s["citations"]) for q in results.questions for s in q.answer["sentences"]) > 50
    assert not [fault for q in results.questions for fault in q.faults]


def test_every_quoted_sentence_is_cited_word_for_word(results: Results) -> None:
    for q in results.questions:
        for sentence in q.answer["sentences"]:
            quoted = " ".join(" ".join(plain(c["quote"]) for c in sentence["citations"]).split())
            assert " ".join(sentence["text"].split()) in quoted, (q.question.id, sentence["text"])


def test_declining_says_so_and_claims_nothing(results: Results) -> None:
    declined = [q.answer for q in results.questions if not q.answered]
    assert declined
    for answer in declined:
        assert not answer["sentences"] and answer["lead"] and not re.search(r"\[\d+\]", answer["answer"])


def kinds_cited(result: QuestionResult) -> set[str]:
    return {c["kind"] for s in result.answer["sentences"] for c in s["citations"]}


def test_a_comment_is_shown_as_one(results: Results) -> None:
    asked = [q for q in results.questions if q.question.type == "comment" and q.answered]
    assert asked and all("comment" in kinds_cited(q) for q in asked)
    assert not [q for q in results.questions if q.question.type != "comment" and "comment" in kinds_cited(q)]


@pytest.fixture(scope="module")
def collection(evaluated: Path) -> Iterator[Malmoi]:
    import malmoi

    (index,) = (evaluated / "indexes").iterdir()
    with malmoi.open(index) as opened:
        yield opened


@pytest.mark.parametrize(
    "question",
    [
        "내일 비가 오나?",
        "오늘 서울 날씨 어때?",
        "오늘 점심 뭐 먹을까?",
        "지금 몇 시야?",
        "주말에 뭐 하지?",
        "1+1은?",
        "What's the weather today?",
        "Tell me a joke",
    ],
)
def test_what_no_document_can_know_is_declined(collection: Malmoi, question: str) -> None:
    answer = collection.ask(question)
    assert answer.verdict is Verdict.ABSTAINED
    assert not answer.sentences


@pytest.mark.parametrize("question", ["안녕하세요", "너는 누구니?"])
def test_a_greeting_is_replied_to_with_the_titles_of_documents(collection: Malmoi, question: str) -> None:
    answer = collection.ask(question)
    assert answer.verdict is Verdict.ANSWERED
    assert {s.text for s in answer.sentences} <= {info.title for info in collection.documents()}
