from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from answering.worlds import bridge, passage
from malmoi.answering.citations import Claim, SpanResolver, read_claim
from malmoi.answering.evidence import cite
from malmoi.answering.support import Cited, Judgement, SupportJudge
from malmoi.answering.verification.choose import choose_judge
from malmoi.answering.verification.judge import RuleJudge
from malmoi.answering.verification.model import ModelJudge, read_verdict
from malmoi.answering.verification.quotations import CheckedQuotations
from malmoi.errors import SettingsError
from malmoi.korean import Analyser
from malmoi.settings import Settings, load_settings
from malmoi.types import AnswerSentence, Hit, Language, SectionKind, Support
from servers.llama_cpp import LlamaCppServer
from servers.scripted import Reply, ScriptedServer

Serve = Callable[..., ScriptedServer]
SAID = "The toll for cars is 3 dollars."


def asked(judge: SupportJudge, analyser: Analyser, said: str = SAID, number: int = 4) -> Judgement:
    hit = bridge(analyser)[number - 1]
    claim = read_claim(said, analyser)
    cited = [Cited(c, hit) for c in SpanResolver(None).resolve(claim, hit)]
    return judge.judge(claim, cited, question="", language="en")


def modelled(analyser: Analyser, server: ScriptedServer, **more: object) -> SupportJudge:
    overrides = server.settings(**{"verification.judge": "llm", **more})
    return choose_judge(load_settings(overrides=overrides), analyser)


def test_the_models_verdict_and_reason_are_taken_and_kept(analyser: Analyser, serve: Serve) -> None:
    server = serve(Reply(['{"verdict": "partly", ', '"reason": "Trucks are left out."}']))
    judge = modelled(analyser, server)
    first = asked(judge, analyser, "Cars have a toll of 3 dollars to pay.")
    assert first.support is Support.PARTIAL
    assert "Trucks are left out." in first.reason
    assert asked(judge, analyser, "Cars have a toll of 3 dollars to pay.") == first
    assert len(server.requests) == 1
    assert "Cars have a toll" in server.requests[0].prompt


def test_what_the_rules_fail_is_not_asked(analyser: Analyser, serve: Serve) -> None:
    server = serve(Reply(['{"verdict": "supported"}']))
    assert asked(modelled(analyser, server), analyser, "The toll for cars is 9 dollars.").support.is_failed
    assert not server.requests


@pytest.mark.parametrize(
    "reply",
    [Reply(status=500), Reply(["I think it is fine."]), Reply(['{"verdict": "maybe"}']), Reply(first_delay_s=3)],
)
def test_a_failing_model_leaves_the_rules_verdict(analyser: Analyser, serve: Serve, reply: Reply) -> None:
    judge = modelled(analyser, serve(reply), **{"verification.timeout_s": 1})
    assert asked(judge, analyser) == Judgement(Support.SUPPORTED)


def test_a_real_model_gives_a_verdict_or_leaves_it_to_the_rules(analyser: Analyser, llama_cpp: LlamaCppServer) -> None:
    judge = choose_judge(load_settings(overrides={**llama_cpp.settings(), "verification.judge": "llm"}), analyser)
    assert isinstance(judge, ModelJudge)
    assert asked(judge, analyser).support in Support


@pytest.mark.parametrize(
    ("said", "support"),
    [
        ('Sure: {"verdict": "Contradicted", "reason": "4"}', Support.CONTRADICTED),
        ('```json\n{"verdict":"supported","reason":""}\n```', Support.SUPPORTED),
        ("{not json} {}", None),
    ],
)
def test_a_verdict_is_read_wherever_it_stands(said: str, support: Support | None) -> None:
    read = read_verdict(said, "en")
    assert (read and read.support) is support


class Strict:
    """A judge of an operator's."""

    def __init__(self, settings: Settings, rules: SupportJudge) -> None:
        self.rules = rules

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        return Judgement(Support.UNSUPPORTED, "never")


def test_a_judge_is_named_by_its_import_path(analyser: Analyser) -> None:
    settings = load_settings(overrides={"verification.judge": f"{__name__}.Strict"})
    assert asked(choose_judge(settings, analyser), analyser) == Judgement(Support.UNSUPPORTED, "never")


@pytest.mark.parametrize("path", ["llm", "nowhere.at.all", "rule", "malmoi.types.Span"])
def test_a_judge_that_cannot_be_made_is_refused(analyser: Analyser, path: str) -> None:
    with pytest.raises(SettingsError):
        choose_judge(load_settings(overrides={"verification.judge": path}), analyser)


@pytest.fixture
def checked(analyser: Analyser) -> Iterator[Callable[[AnswerSentence, Hit], AnswerSentence]]:
    check = CheckedQuotations(None, RuleJudge(analyser), analyser)  # type: ignore[arg-type]
    yield lambda sentence, hit: check.sentence(sentence, [hit], "", "en")


def quotation(hit: Hit, first: int, last: int, text: str = "") -> AnswerSentence:
    sentences = hit.chunk.sentences
    citation = cite(hit, (sentences[first].start, sentences[last].end))
    return AnswerSentence(text or citation.quote, Support.SUPPORTED, (citation,))


def test_a_quotation_is_supported(analyser: Analyser, checked: Callable[[AnswerSentence, Hit], AnswerSentence]) -> None:
    hit = bridge(analyser)[0]
    assert checked(quotation(hit, 0, 1), hit) == quotation(hit, 0, 1)


def test_a_quotation_that_does_not_resolve_fails(
    analyser: Analyser, checked: Callable[[AnswerSentence, Hit], AnswerSentence]
) -> None:
    hit, other = bridge(analyser)[:2]
    assert checked(quotation(hit, 0, 0), other).support is Support.UNSUPPORTED


def test_sentences_that_stand_apart_are_no_quotation(
    analyser: Analyser, checked: Callable[[AnswerSentence, Hit], AnswerSentence]
) -> None:
    hit = passage(analyser, "a", "첫째 다리는 길다. 둘째 다리는 짧다. 셋째 다리는 없다.")
    stitched = quotation(hit, 0, 2, "첫째 다리는 길다. 셋째 다리는 없다.")
    assert checked(stitched, hit).support is Support.UNSUPPORTED


def test_a_comment_quoted_as_the_text_fails(
    analyser: Analyser, checked: Callable[[AnswerSentence, Hit], AnswerSentence]
) -> None:
    hit = passage(analyser, "a", "다리가 너무 좁다.", kind=SectionKind.COMMENT)
    body = passage(analyser, "a", "다리가 너무 좁다.")
    assert checked(quotation(hit, 0, 0), hit).support is Support.SUPPORTED
    assert checked(quotation(body, 0, 0), hit).support is Support.UNSUPPORTED


def test_a_sentence_that_quotes_nothing_is_judged(
    analyser: Analyser, checked: Callable[[AnswerSentence, Hit], AnswerSentence]
) -> None:
    hit = bridge(analyser)[0]
    assert checked(quotation(hit, 1, 1, "길이는 1.3km이다."), hit).support.is_failed
