from __future__ import annotations

from answering.worlds import bridge, passage
from malmoi.answering.sources import NumberedSource, describe, estimate_tokens, fit, halve
from malmoi.korean import Analyser

NONCE = "ab12"


def test_the_estimate_is_cautious_and_grows_with_the_text() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("river of the north") >= 4
    assert estimate_tokens("말모이") == 3
    assert estimate_tokens("말모이 river") > estimate_tokens("말모이")


def test_passages_fill_the_room_in_order_and_a_long_one_is_passed_over(analyser: Analyser) -> None:
    first, second, third, _ = bridge(analyser)
    room = sum(estimate_tokens(describe(NumberedSource(n, h), NONCE)) + 1 for n, h in ((1, first), (2, third)))
    assert [(s.number, s.hit) for s in fit([first, second, third], room, NONCE)] == [(1, first), (2, third)]
    assert [s.number for s in fit([first, second, third], 10_000, NONCE)] == [1, 2, 3]


def test_a_passage_that_does_not_fit_alone_is_cut_after_a_sentence(analyser: Analyser) -> None:
    hit = passage(analyser, "d", " ".join(f"강은 {n}km이다." for n in range(40)))
    (source,) = fit([hit], 200, NONCE)
    chunk = source.hit.chunk
    assert 0 < len(chunk.sentences) < 40
    assert hit.chunk.text.startswith(chunk.text)
    assert chunk.text.endswith("이다.")
    assert (chunk.start, chunk.end) == (hit.chunk.start, hit.chunk.start + len(chunk.text))
    assert estimate_tokens(describe(source, NONCE)) < 200
    assert fit([hit], 5, NONCE) == ()


def test_half_of_the_passages_then_half_of_the_last_one(analyser: Analyser) -> None:
    sources = fit(bridge(analyser), 10_000, NONCE)
    assert [s.number for s in halve(sources)] == [1, 2]
    (one,) = halve(halve(sources))
    assert [s.number for s in halve([one])] == [1]
    assert len(halve([one])[0].hit.chunk.sentences) == 1
    assert halve(halve([one])) == ()
    assert halve([]) == ()
