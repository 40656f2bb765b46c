from __future__ import annotations

import pytest

from answering.quoting import answer_to
from answering.worlds import passage
from malmoi.answering.views import takes_a_view
from malmoi.korean import Analyser
from malmoi.types import SectionKind


@pytest.mark.parametrize(
    "said",
    [
        "상인들은 새 다리가 장터를 죽일 것이라고 말했다.",
        "시의회에서는 너무 비싸다는 비판이 나왔다.",
        "어민들은 공사를 멈추라고 요구했다.",
        "통행료는 없애야 한다.",
        "규제가 역효과를 낸다는 견해도 있다.",
        "Shopkeepers warn that the bridge will empty the market.",
        "The toll should be dropped.",
        "渔民们反对这项工程。",
    ],
)
def test_a_sentence_that_quotes_judges_or_demands_takes_a_view(said: str, analyser: Analyser) -> None:
    assert takes_a_view(said, passage(analyser, "a", said))
    assert not takes_a_view(said, passage(analyser, "a", said, kind=SectionKind.CAPTION))


@pytest.mark.parametrize(
    "told",
    [
        "가온대교는 2031년에 열렸다.",
        "다리의 길이는 480m이다.",
        "The bridge is 480 metres long.",
        "大桥全长480米。",
    ],
)
def test_a_sentence_that_tells_what_is_takes_none(told: str, analyser: Analyser) -> None:
    assert not takes_a_view(told, passage(analyser, "a", told))


def test_for_views_those_who_hold_them_are_quoted(analyser: Analyser) -> None:
    critics = "상인들은 가온대교 통행료가 손님을 쫓는다고 비판했다."
    city = "시는 통행료가 다리를 고치는 데 필요하다고 설명했다."
    photo = "가온대교 통행료에 반대하는 상인들."
    hits = [
        passage(analyser, "news", f"가온대교 통행료는 이번 달부터 걷는다. {critics}"),
        passage(analyser, "city", f"가온대교 통행료 안내판이 섰다. {city}"),
        passage(analyser, "photo", photo, kind=SectionKind.CAPTION),
    ]
    told = [s.text for s in answer_to("가온대교 통행료에 대한 찬반 의견을 알려 줘.", hits, analyser).sentences]
    assert told == [critics, city]
