"""`malmoi eval generate`: proposes questions, and lets a person accept, change or reject them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malmoi.cli.common import IndexOption, SetOption, err, opened, out, print_json, say, tell_failure
from malmoi.errors import EvaluationError, SettingsError

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.evaluation.generate import Candidate
    from malmoi.evaluation.review import Edit, Review
    from malmoi.types import Document

TARGET = Path("questions.jsonl")


def generate(
    target: Annotated[Path, typer.Option("--to", metavar="FILE", help=say("help.eval.generate.to"))] = TARGET,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help=say("help.eval.generate.limit"))] = 50,
    with_model: Annotated[bool, typer.Option("--model", help=say("help.eval.generate.model"))] = False,
    from_feedback: Annotated[bool, typer.Option("--from-feedback", help=say("help.eval.generate.feedback"))] = False,
    on_page: Annotated[bool, typer.Option("--page", help=say("help.eval.generate.page"))] = False,
    only_list: Annotated[bool, typer.Option("--list", help=say("help.eval.generate.list"))] = False,
    index: IndexOption = None,
    assignments: SetOption = None,
) -> None:
    """Propose questions from a collection for a person to accept."""
    from malmoi.evaluation.generate import question_line
    from malmoi.evaluation.review import Review

    with opened(index, assignments, existing=True) as collection:
        found = _from_ratings(collection) if from_feedback else _proposed(collection, limit, with_model)
        if only_list:
            for candidate in found:
                print_json({**question_line(candidate.question), "origin": candidate.origin})
            return
        review = Review(found[:limit], target)
        if not review.total:
            out().print(say("generate.none"), markup=False)
        elif on_page:
            from malmoi.web.review import serve_review

            serve_review(collection, review, lambda url: out().print(say("generate.page", url=url), markup=False))
        elif sys.stdin.isatty():
            _ask(review)
        else:
            raise EvaluationError(
                "Questions are accepted by a person, and there is no terminal", "Use --page, or --list to see them."
            )
    done = {"accepted": review.accepted, "rejected": review.rejected, "left": len(review.open), "file": target}
    out().print(say("generate.done", **done), markup=False)


def _from_ratings(collection: Malmoi) -> list[Candidate]:
    from malmoi.conversation import ConversationStore
    from malmoi.evaluation.generate import from_ratings

    with closing(ConversationStore(collection.settings.index_dir)) as store:
        return [c for owner in store.owners() for c in from_ratings(store.question_set(owner=owner))]


def _documents(collection: Malmoi) -> Iterator[Document]:
    for info in sorted(collection.documents(), key=lambda d: d.name):
        yield collection.document(info.id)


def _proposed(collection: Malmoi, limit: int, with_model: bool) -> list[Candidate]:
    from malmoi.evaluation.generate import cloze, spread

    if not with_model:
        return spread([list(cloze(document, collection.analyser)) for document in _documents(collection)], limit)
    from malmoi.answering.llm import LLMClient
    from malmoi.evaluation.generate_model import Proposer

    settings = collection.settings
    if not settings.llm.base_url:
        raise SettingsError("No model is set up", "Set llm.base_url and llm.model, or leave --model out.")
    proposer = Proposer(LLMClient(settings.llm), prompts_dir=settings.answering.prompts_dir)
    found: list[list[Candidate]] = []
    for document in _documents(collection):
        found.append(list(proposer.propose(document)))
        if sum(map(len, found)) >= limit:
            break
    if proposer.refused:
        err().print(say("generate.refused", n=proposer.refused), markup=False)
    return spread(found, limit)


def _ask(review: Review) -> None:
    """One candidate after another, until all are decided or the person has had enough."""
    from rich.prompt import Prompt

    keys = {say(f"generate.key.{name}"): name for name in ("accept", "edit", "unanswerable", "reject", "skip", "quit")}
    for number, candidate in enumerate(review.open, start=1):
        _show(candidate, number, review.total)
        while True:
            key = Prompt.ask(say("generate.ask"), choices=list(keys), console=out(), show_choices=False)
            if keys[key] == "quit":
                return
            if _decided(review, candidate, keys[key]):
                break


def _show(candidate: Candidate, number: int, total: int) -> None:
    from rich.panel import Panel
    from rich.text import Text

    question = candidate.question
    body = Text()
    body.append(f"{question.question}\n", "bold")
    answer = " / ".join(question.answers) or say("generate.no_answer" if question.answerable else "generate.declined")
    body.append(f"→ {answer}\n", "green" if question.answers else "yellow")
    for group in question.evidence:
        for quote in group:
            body.append(f"\n“{quote.quote}”", "default")
            body.append(f"\n  {quote.doc}", "dim")
    if candidate.note:
        body.append(f"\n{candidate.note}", "yellow")
    title = say("generate.title", number=number, total=total, origin=say(f"generate.origin.{candidate.origin}"))
    out().print(Panel(body, title=title, title_align="left"))


def _decided(review: Review, candidate: Candidate, what: str) -> bool:
    from malmoi.evaluation.review import Edit

    id = candidate.question.id
    try:
        if what == "accept":
            review.accept(id)
        elif what == "edit":
            review.accept(id, _edited(candidate))
        elif what == "unanswerable":
            review.accept(id, Edit(answerable=False))
        elif what == "reject":
            review.reject(id)
        else:
            review.put_off(id)
    except EvaluationError as error:
        tell_failure(error)
        return False
    return True


def _edited(candidate: Candidate) -> Edit:
    from rich.prompt import Prompt

    from malmoi.evaluation.review import Edit

    question = candidate.question
    asked = Prompt.ask(say("generate.edit.question"), default=question.question, console=out())
    answers = Prompt.ask(say("generate.edit.answers"), default=" | ".join(question.answers), console=out())
    return Edit(asked, tuple(answers.split("|")), answerable=True)
