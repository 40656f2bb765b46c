from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from malmoi.korean import Analyser
from malmoi.language.question import read_question
from malmoi.retrieval.features import Asked, Floats, read_features, take_apart
from malmoi.types import Chunk, DocumentInfo, Hit, SectionKind

Spellings = dict[str, tuple[tuple[str, ...], ...]]


def hit(
    analyser: Analyser,
    text: str,
    *,
    id_: int = 1,
    title: str = "",
    score: float = 1.0,
    lexical: float | None = 5.0,
    dense: float | None = 0.9,
    language: str = "ko",
    kind: SectionKind = SectionKind.BODY,
    document: str = "",
) -> Hit:
    name = document or str(id_)
    sentences = tuple(analyser.sentences(text))
    chunk = Chunk(name, 0, kind, 0, len(text), text, sentences, title, analyser.terms(title), id=id_)
    info = DocumentInfo(name, name, name, title, None, None, None, language, len(text), 1, 1, "2031-01-01")
    return Hit(chunk, info, score, lexical, dense)


def asked(analyser: Analyser, text: str, hits: list[Hit], alternatives: Spellings | None = None) -> Asked:
    counts = Counter(term for one in hits for term in {t for s in one.chunk.sentences for t in s.terms})
    question = replace(read_question(text, analyser), alternatives=alternatives or {})
    return take_apart(question, lambda terms: {t: counts[t] for t in terms}, len(hits))


def features(analyser: Analyser, text: str, *texts: str) -> dict[str, Floats]:
    hits = [hit(analyser, t, id_=i, score=-float(i)) for i, t in enumerate(texts)]
    return read_features(asked(analyser, text, hits), hits)


def test_every_column_has_a_number_for_every_passage(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대는 1931년에 섰다. 높이는 27m이다."), hit(analyser, "장은 수요일에 선다.", id_=2)]
    columns = read_features(asked(analyser, "등대는 언제 세워졌나?", hits), hits)
    assert all(column.shape == (2,) and np.isfinite(column).all() for column in columns.values())


@pytest.mark.parametrize("question", ["?!", "1", "아", "the of", "😀 등대"])
@pytest.mark.parametrize("text", ["", "·", "등대"])
def test_odd_questions_and_passages_are_read(question: str, text: str, analyser: Analyser) -> None:
    columns = features(analyser, question, text, "등대는 높다.")
    assert all(np.isfinite(column).all() for column in columns.values())


def test_words_together_in_a_sentence_count_more_than_words_apart(analyser: Analyser) -> None:
    columns = features(
        analyser, "등대 높이는 얼마인가?", "등대 높이는 27미터이다. 바다가 넓다.", "등대가 섰다. 산의 높이는 낮다."
    )
    assert columns["coverage"][0] == pytest.approx(columns["coverage"][1])
    assert columns["sentence"][0] > columns["sentence"][1]
    assert columns["neighbours"].tolist() == [1.0, 0.0]
    assert columns["two_sentences"][0] == pytest.approx(columns["two_sentences"][1])


def test_what_all_passages_share_does_not_tell_them_apart(analyser: Analyser) -> None:
    columns = features(
        analyser, "가온포 등대의 문지기", "가온포 등대의 색", "가온포 등대의 문지기", "가온포 등대의 높이"
    )
    assert np.argmax(columns["coverage_local"]) == 1
    gap, local = (np.ptp(columns[name]) for name in ("coverage", "coverage_local"))
    assert local > 0.5
    assert local >= gap


def test_spaces_do_not_matter_to_runs_of_characters(analyser: Analyser) -> None:
    columns = features(analyser, "조력발전소설비용량", "조력 발전소 설비 용량", "조력은 밀물의 힘이다")
    assert columns["phrases"][0] == pytest.approx(1.0)
    assert columns["phrases"][1] == 0.0


def test_a_value_of_the_kind_asked_for(analyser: Analyser) -> None:
    texts = ("등대는 1931년에 세워졌다.", "등대는 큰 바위 위에 세워졌다.")
    assert features(analyser, "등대는 언제 세워졌나?", *texts)["value"].tolist() == [1.0, -1.0]
    assert features(analyser, "1931년에 세워진 등대는 언제 문을 열었나?", *texts)["value"].tolist() == [-1.0, -1.0]
    assert features(analyser, "등대는 누가 세웠나?", *texts)["value"].tolist() == [0.0, 0.0]


def test_other_spellings_of_a_name_count(analyser: Analyser) -> None:
    hits = [hit(analyser, "Villasenor arrived.", language="en"), hit(analyser, "그는 떠났다.", id_=2)]
    text = "비야세노어는 언제 왔나?"
    names = [m.form for m in analyser.morphemes("비야세노어") if m.tag.startswith("N")]
    spellings: Spellings = {name: (analyser.terms("Villasenor"),) for name in names}
    without = read_features(asked(analyser, text, hits), hits)["coverage"]
    found = read_features(asked(analyser, text, hits, spellings), hits)
    assert without[0] == 0
    assert found["coverage"][0] > 0 == found["coverage"][1]
    assert found["foreign"].tolist() == [1.0, 0.0]


def test_the_unit_of_the_scores_does_not_matter(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대", id_=i, score=3.0 - i, lexical=9.0 / (i + 1), dense=0.9 - i / 50) for i in range(4)]
    scaled = [replace(h, lexical=(h.lexical or 0) * 7, dense=(h.dense or 0) / 3 - 0.1) for h in hits]
    one, other = (read_features(asked(analyser, "등대", some), some) for some in (hits, scaled))
    for name in one:
        assert one[name] == pytest.approx(other[name]), name


def test_without_vectors_there_are_no_columns_of_meaning(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대", id_=i, dense=None) for i in range(2)]
    columns = read_features(asked(analyser, "등대", hits), hits)
    both = features(analyser, "등대", "등대", "장터")
    assert set(both) - set(columns) == {
        "meaning", "meaning_behind", "meaning_place", "meaning_lead", "agreement", "worse_place", "fused_behind",
        "document_behind", "near", "near_behind", "near_place", "near_lead",
    }  # fmt: skip


def test_passages_whose_sentences_were_not_read_count_as_the_least_near(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대", id_=i, dense=0.9 - i / 50) for i in range(4)]
    question = asked(analyser, "등대", hits)
    read = read_features(question, hits, [0.8, 0.84])
    assert read["near"].tolist() == pytest.approx([-1, 1, -1, -1])
    assert read["near_behind"].tolist() == pytest.approx([-2, 0, -2, -2])
    assert read["near_place"].tolist() == [1 / 2, 1.0, 1 / 2, 1 / 2]
    assert read_features(question, hits)["near"] == pytest.approx(read["meaning"])


def test_passages_of_one_document_speak_for_each_other(analyser: Analyser) -> None:
    texts = {"등대의 색": "a", "등대지기는 셋이다": "a", "등대의 모양": "b"}
    hits = [hit(analyser, text, id_=i, document=name, score=-float(i)) for i, (text, name) in enumerate(texts.items())]
    columns = read_features(asked(analyser, "등대의 색과 등대지기", hits), hits)
    together = columns["document_coverage"]
    assert together[0] == pytest.approx(together[1])
    assert together[0] > max(columns["coverage"])
    assert together[2] == pytest.approx(columns["coverage"][2])


def test_equal_scores_share_a_place(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대", id_=i, lexical=v) for i, v in enumerate((4.0, 9.0, 4.0, 1.0))]
    places = read_features(asked(analyser, "등대", hits), hits)["words_place"]
    assert places.tolist() == [1 / 2, 1.0, 1 / 2, 1 / 4]
