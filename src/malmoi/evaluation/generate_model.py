"""Questions proposed by a model that reads one passage at a time; only what the passage bears out is kept."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from malmoi.answering.llm import LLMClient
from malmoi.answering.prompts import load_prompt
from malmoi.evaluation.generate import MODEL, Candidate, made
from malmoi.types import Document, SectionKind

LONGEST = 2_000
"""Characters of a passage that the model is given."""
SHORTEST = 80
_MAX_TOKENS = 700
_LANGUAGES = {"ko": "Korean", "en": "English", "zh": "Chinese"}


@dataclass
class Proposer:
    """Asks a model for questions.

    Attributes:
        each: questions asked for a passage.
        refused: proposals that were dropped, since the passage does not hold their quote or the quote their answer.
    """

    client: LLMClient
    each: int = 2
    prompts_dir: Path | None = None
    refused: int = field(default=0, init=False)

    def propose(self, document: Document) -> Iterator[Candidate]:
        """Candidates for the passages of a document.

        Raises:
            EndpointUnavailable, EndpointRefused: the model cannot be asked.
        """
        for passage in passages(document):
            prompt = load_prompt("questions", self.prompts_dir)
            messages = prompt.render(
                count=str(self.each),
                language=_LANGUAGES.get(document.language or "", "the language of the passage"),
                nonce=secrets.token_hex(6),
                passage=passage,
                title=document.title or document.name,
            )
            timeout = self.client.settings.timeout_s
            reply = self.client.complete(messages, max_tokens=_MAX_TOKENS, timeout_s=timeout)
            for proposal in proposals(reply):
                candidate = checked(proposal, passage, document)
                if candidate is None:
                    self.refused += 1
                else:
                    yield candidate


def passages(document: Document) -> Iterator[str]:
    """Stretches of the document's own text that are long enough to ask about, cut between paragraphs."""
    for section in document.sections:
        if section.kind is not SectionKind.BODY:
            continue
        held = ""
        for paragraph in re.split(r"\n\s*\n", document.text[section.start : section.end]):
            if held and len(held) + len(paragraph) > LONGEST:
                yield held
                held = ""
            held = f"{held}\n\n{paragraph}".strip()[:LONGEST]
        if len(held) >= SHORTEST:
            yield held


def proposals(reply: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a reply, which models wrap into lists, fences and prose."""
    decoder = json.JSONDecoder()
    at = reply.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(reply, at)
        except json.JSONDecodeError:
            at = reply.find("{", at + 1)
            continue
        nested = found.get("questions") if isinstance(found, dict) else None
        yield from [p for p in nested if isinstance(p, dict)] if isinstance(nested, list) else [found]
        at = reply.find("{", end)


def checked(proposal: dict[str, Any], passage: str, document: Document) -> Candidate | None:
    """A candidate, if its quote stands in the passage, its answer in the quote and not in the question."""
    asked, answer, quote = (str(proposal.get(key) or "").strip() for key in ("question", "answer", "quote"))
    if not (asked and answer and quote) or answer.casefold() in asked.casefold():
        return None
    words = r"\s+".join(map(re.escape, quote.split()))
    found = re.search(words, passage)
    if not found or _squeezed(answer) not in _squeezed(found.group()):
        return None
    if found.group() not in document.text:
        return None
    return made(document, asked, answer, found.group(), "fact", MODEL)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
