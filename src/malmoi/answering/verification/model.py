"""A language model as a second judge, asked about what the rules let pass."""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from malmoi.answering.citations import Claim
from malmoi.answering.llm import LLMClient
from malmoi.answering.prompts import load_prompt
from malmoi.answering.support import Cited, Judgement, SupportJudge
from malmoi.errors import AnswerError
from malmoi.i18n import text
from malmoi.settings import Llm
from malmoi.types import Language, Support

_log = logging.getLogger(__name__)
_TOKENS = 200
_KEPT = 1024
_LONGEST_REASON = 200
_OBJECT = re.compile(r"\{.*?\}", re.DOTALL)
_LANGUAGES = {"ko": "Korean (한국어)", "en": "English"}
_VERDICTS = {
    "supported": Support.SUPPORTED,
    "partly": Support.PARTIAL,
    "partial": Support.PARTIAL,
    "unsupported": Support.UNSUPPORTED,
    "contradicted": Support.CONTRADICTED,
}


class ModelJudge:
    """Asks an OpenAI-compatible endpoint; safe to share between threads.

    What the rules fail stays failed, and the model is not asked. When it does not answer in time, or not with a
    verdict, the rules' verdict holds. Verdicts are kept, so that the same sentence over the same spans is asked once.

    Args:
        rules: judges first.
        endpoint: whose model is asked.
        timeout_s: seconds for one verdict.
        prompts_dir: an operator's prompt templates.
    """

    def __init__(
        self, rules: SupportJudge, endpoint: Llm, *, timeout_s: float = 20.0, prompts_dir: Path | None = None
    ) -> None:
        self._rules = rules
        self._client = LLMClient(endpoint)
        self._timeout_s = timeout_s
        self._prompts_dir = prompts_dir
        self._kept: OrderedDict[tuple[str, ...], Judgement] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """See `SupportJudge`."""
        by_rules = self._rules.judge(claim, cited, question=question, language=language)
        if not cited or by_rules.support.is_failed:
            return by_rules
        key = (claim.text, question, language, *(c.citation.quote for c in cited))
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                return kept
        asked = self._ask(claim, cited, question, language)
        if asked is None:
            return by_rules
        with self._lock:
            self._kept[key] = asked
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return asked

    def _ask(self, claim: Claim, cited: Sequence[Cited], question: str, language: Language) -> Judgement | None:
        nonce = secrets.token_hex(4)
        prompt = load_prompt("verify", self._prompts_dir)
        sources = "\n\n".join(
            f"<source-{nonce}>\n{c.citation.title}\n{c.citation.quote}\n</source-{nonce}>" for c in cited
        )
        messages = prompt.render(
            claim=claim.text, language=_LANGUAGES[language], nonce=nonce, question=question, sources=sources
        )
        try:
            said = self._client.complete(messages, max_tokens=_TOKENS, timeout_s=self._timeout_s)
        except AnswerError as error:
            _log.warning("The rules' verdict holds: the judging model failed (%s)", error)
            return None
        judgement = read_verdict(said, language)
        if judgement is None:
            _log.warning("The rules' verdict holds: the judging model gave none")
        return judgement


def read_verdict(said: str, language: Language) -> Judgement | None:
    """The verdict in a model's reply, None where there is none."""
    for match in _OBJECT.finditer(said):
        try:
            found = json.loads(match.group())
        except ValueError:
            continue
        support = _VERDICTS.get(str(found.get("verdict", "")).strip().lower())
        if support is Support.SUPPORTED:
            return Judgement(support)
        if support is not None:
            reason = " ".join(str(found.get("reason") or "").split())[:_LONGEST_REASON]
            return Judgement(support, text("answer.reason.model", language, reason=reason).rstrip(": "))
    return None
