from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from answering.worlds import bridge, passage
from malmoi.answering.citations import SpanResolver, read_claim
from malmoi.embedding.sentences import SentenceVectors
from malmoi.korean import Analyser
from malmoi.types import Hit


def quotes(analyser: Analyser, said: str, hit: Hit) -> list[str]:
    found = SpanResolver(None).resolve(read_claim(said, analyser), hit)
    for citation in found:
        chunk = hit.chunk
        assert citation.quote == chunk.text[citation.start - chunk.start : citation.end - chunk.start]
        assert chunk.start <= citation.start < citation.end <= chunk.end
    return [citation.quote for citation in found]


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        ("가온대교는 2031년 5월 3일에 개통했다.", "가온대교가 2031년 5월 3일 문을 열었다."),
        ("다리의 길이는 1.2km다.", "길이는 1.2km이다."),
        ("공사에는 5,576,000달러가 들었다.", "시는 공사비로 557만 6000달러를 썼다고 밝혔다."),
    ],
)
def test_the_sentence_that_carries_the_claim_is_quoted(analyser: Analyser, said: str, quote: str) -> None:
    assert quotes(analyser, said, bridge(analyser)[0]) == [quote]


def test_two_neighbours_are_quoted_as_one_span(analyser: Analyser) -> None:
    hit = passage(analyser, "d", "비가 왔다. 한별은 설계를 맡았다. 그는 다리에 등을 달았다. 눈이 왔다.")
    assert quotes(analyser, "한별이 설계를 맡아 다리에 등을 달았다.", hit) == [
        "한별은 설계를 맡았다. 그는 다리에 등을 달았다."
    ]


def test_a_value_that_stands_elsewhere_gets_a_span_of_its_own(analyser: Analyser) -> None:
    hit = passage(analyser, "d", "한별이 다리 설계를 맡아 등을 달았다. 비가 왔다. 바람도 불었다. 등은 모두 340개다.")
    found = quotes(analyser, "한별이 설계를 맡은 다리에는 등을 340개 달았다.", hit)
    assert set(found) == {"한별이 다리 설계를 맡아 등을 달았다.", "등은 모두 340개다."}


class Bilingual:
    """An embedder of two meanings, cars and bicycles, in two languages."""

    id = "bilingual"
    dimension = 2

    def embed_passages(self, texts: Sequence[str], progress: object = None) -> NDArray[np.float32]:
        rows = [[1.0, 0.1] if "car" in t or "자동차" in t else [0.1, 1.0] for t in texts]
        return np.asarray(rows, dtype=np.float32)

    def embed_question(self, text: str) -> NDArray[np.float32]:
        return self.embed_passages([text])[0]


def test_across_languages_meaning_decides(analyser: Analyser) -> None:
    hit = passage(analyser, "d", "It rains a lot. Each car pays. Cyclists go for free. It snows.", language="en")
    claim = read_claim("자동차는 요금을 낸다.", analyser)
    (citation,) = SpanResolver(SentenceVectors(Bilingual())).resolve(claim, hit)
    assert citation.quote == "Each car pays."


def test_where_nothing_tells_the_beginning_is_quoted(analyser: Analyser) -> None:
    hit = passage(analyser, "d", "It rains a lot. Each car pays. Cyclists go for free. It snows.", language="en")
    assert quotes(analyser, "자동차는 요금을 낸다.", hit) == ["It rains a lot. Each car pays."]
