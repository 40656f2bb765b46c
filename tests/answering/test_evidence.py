from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answering.quoting import evidence_of
from answering.worlds import bridge, passage
from catalog.storage import HashEmbedder
from malmoi.answering.evidence import Candidate, cite, passage_terms, squeeze, stands
from malmoi.embedding import OnProgress, Vectors
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingUnavailable
from malmoi.korean import Analyser, get_analyser
from malmoi.language.question import read_question
from malmoi.language.values import ValueKind
from malmoi.types import Hit, SectionKind


def ranked(question: str, hits: list[Hit], analyser: Analyser) -> list[Candidate]:
    evidence = evidence_of(hits)
    read = read_question(question, analyser)
    return evidence.candidates(read, hits, evidence.weights(read))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("가온대교는 언제 문을 열었나?", "가온대교가 2031년 5월 3일 문을 열었다."),
        ("가온대교 공사비는 얼마인가?", "시는 공사비로 557만 6000달러를 썼다고 밝혔다."),
        ("설계는 누가 맡았나?", "설계는 한별이 맡았다."),
        ("How much is the toll?", "The toll is 3 dollars for cars."),
        ("Who crosses for free?", "Cyclists cross for free."),
    ],
)
def test_the_best_sentence_answers(question: str, text: str, analyser: Analyser) -> None:
    assert ranked(question, bridge(analyser), analyser)[0].text == text


def test_every_sentence_is_a_candidate_once(analyser: Analyser) -> None:
    hits = bridge(analyser)
    found = ranked("가온대교는 언제 문을 열었나?", hits, analyser)
    assert len({c.key for c in found}) == len(found) == sum(len(hit.chunk.sentences) for hit in hits)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 <= c.coverage <= 1 and 0 <= c.reach <= 1 and c.coverage <= c.reach + 1e-9 for c in found)


def test_only_values_of_the_kind_asked_for_count(analyser: Analyser) -> None:
    hits = bridge(analyser)
    money = {c.text: [v.amount for v in c.values] for c in ranked("공사비는 얼마인가?", hits, analyser) if c.values}
    assert money["시는 공사비로 557만 6000달러를 썼다고 밝혔다."] == [5_576_000]
    assert money["시공사 누리건설은 공사비가 80억 원이라고 했다."] == [8e9]
    assert "길이는 1.2km이다." not in money
    dates = [c.values for c in ranked("언제 문을 열었나?", hits, analyser) if c.values]
    assert {v.kind for values in dates for v in values} == {ValueKind.DATE}
    assert not [c for c in ranked("왜 다리가 좁은가?", hits, analyser) if c.values]


def test_a_value_that_the_question_states_is_no_answer_to_it(analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "2031년에 다리가 열렸고 2035년에 터널이 열렸다.")]
    (found,) = ranked("2031년에 열린 다리 다음으로 터널은 언제 열렸나?", hits, analyser)
    assert [v.text for v in found.values] == ["2035년"]


def test_a_quoted_stretch_leads_to_its_sentence(analyser: Analyser) -> None:
    text = "시장은 “물때를 모르면 배를 탈 수 없다”고 말했다. 물때를 아는 사람은 배를 탄다. 배는 물때에 맞춰 뜬다."
    best = ranked("“물때를 모르면 배를 탈 수 없다”는 말은 누가 했나?", [passage(analyser, "a", text)], analyser)[0]
    assert best.text.startswith("시장은")


def test_a_title_line_is_kept_for_questions_about_the_publication(analyser: Analyser) -> None:
    head = passage(analyser, "head", "가온대교 개통\n한다솔 기자", kind=SectionKind.HEAD, title="가온대교 개통")
    body = passage(analyser, "body", "가온대교 개통을 기념해 시는 불꽃을 쏘았다.", title="가온대교 개통")
    hits = [head, body]
    assert ranked("가온대교 개통을 어떻게 기념했나?", hits, analyser)[0].hit is body
    assert ranked("가온대교 개통 기사는 어느 기자가 작성했나?", hits, analyser)[0].hit is head


def test_citations_point_at_the_words(analyser: Analyser) -> None:
    before = "머리말.\n"
    for hit in bridge(analyser):
        start = "Head.\n" if hit.document.language == "en" else before
        document = start + hit.chunk.text
        for sentence in hit.chunk.sentences:
            citation = cite(hit, (sentence.start, sentence.end))
            assert document[citation.start : citation.end] == citation.quote
            assert citation.kind is hit.chunk.kind
    talk = next(hit for hit in bridge(analyser) if hit.chunk.kind is SectionKind.COMMENT)
    assert cite(talk, (talk.chunk.start, talk.chunk.end)).author == "강물"


def test_a_term_may_stand_in_a_longer_word(analyser: Analyser) -> None:
    assert stands("누리", {"건설"}, "누리건설은")
    assert not stands("리", {"건설"}, "누리건설은")  # a single syllable is in everything
    assert not stands("art", {"bridge"}, "the party")  # so is a Latin stem
    assert stands("art", {"art"}, "")


def test_terms_of_title_and_heading_belong_to_a_passage(analyser: Analyser) -> None:
    hit = passage(analyser, "a", "길이는 1.2km이다.", title="가온대교")
    assert "길이" in passage_terms(hit)
    assert set(hit.chunk.context_terms) <= passage_terms(hit)


def test_squeezed_text_is_letters_and_digits() -> None:
    assert squeeze("“물때”를, A-1!") == "물때를a1"


def test_vectors_of_sentences_are_made_once() -> None:
    embedder = HashEmbedder()
    vectors = SentenceVectors(embedder, capacity=3)
    first = vectors.cosines("질문", ["가", "나", "가"])
    assert embedder.seen == ["가", "나"]
    assert first.shape == (3,) and first[0] == pytest.approx(first[2])
    assert vectors.cosines("질문", ["나"])[0] == pytest.approx(first[1])
    assert embedder.seen == ["가", "나"]
    assert vectors.cosines("질문", ["가", "나", "다", "라", "마"]).shape == (5,)  # more than are kept
    assert vectors.cosines("마", ["마"])[0] == pytest.approx(1.0, abs=1e-5)


TEXTS = st.lists(st.text(min_size=1, max_size=40).filter(lambda t: any(c.isalnum() for c in t)), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40), TEXTS)
def test_any_question_over_any_text_ranks_its_sentences(question: str, texts: list[str]) -> None:
    texts = [text.replace("\0", "") for text in texts]
    hits = [passage(get_analyser(), f"d{i}", text, before="") for i, text in enumerate(texts)]
    for candidate in ranked(question, [h for h in hits if h.chunk.sentences], get_analyser()):
        assert candidate.text == texts[candidate.rank][candidate.sentence.start : candidate.sentence.end]
        assert 0 <= candidate.coverage <= 1 + 1e-9


class UnreachableEmbedder(HashEmbedder):
    """An engine whose endpoint has gone away."""

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        raise EmbeddingUnavailable("The embedding endpoint cannot be reached")


def test_sentences_are_compared_by_words_when_the_embedding_is_away(
    analyser: Analyser, caplog: pytest.LogCaptureFixture
) -> None:
    hits = [passage(analyser, "bridge", "The bridge opened in May. It cost eight billion won.")]
    question = read_question("다리는 언제 열렸나?", analyser)
    by_words = evidence_of(hits)
    away = evidence_of(hits, embedder=UnreachableEmbedder())
    expected = by_words.candidates(question, hits, by_words.weights(question))
    assert expected
    assert away.candidates(question, hits, away.weights(question)) == expected
    assert "by words alone" in caplog.text
