"""A page on which a person accepts proposed questions; for this machine only, under an address that cannot be guessed.

It is plain HTML with one form, so that it works without scripts: each button is one decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from malmoi.errors import EvaluationError, UnknownDocument
from malmoi.evaluation.review import Edit, Review
from malmoi.i18n import describe_error
from malmoi.web.app import STATIC, listen
from malmoi.web.language import reader_language, reader_theme
from malmoi.web.pages import surroundings
from malmoi.web.refusals import refuse
from malmoi.web.render import render
from malmoi.web.security import FORM_POLICY, Gate

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.evaluation.generate import Candidate

HOST = "127.0.0.1"
_LONGEST = 20_000
Choice = Literal["accept", "unanswerable", "reject", "skip"]


def review_app(malmoi: Malmoi, review: Review, token: str) -> FastAPI:
    """The application; its page is `/api/review/TOKEN`, and nothing answers under another token."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    settings = malmoi.settings

    def known(given: str) -> None:
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(404)

    def page(request: Request, problem: tuple[str, str] = ("", ""), edit: Edit | None = None) -> HTMLResponse:
        language = reader_language(request.cookies, request.headers.get("accept-language", ""), settings.language)
        candidate = next(iter(review.open), None)
        question = (edit or Edit()).of(candidate.question) if candidate else None
        shown = render(
            "review.html",
            language,
            theme=reader_theme(request.cookies),
            review=review,
            candidate=candidate,
            question=question,
            passages=_passages(malmoi, candidate) if candidate else [],
            problem=" ".join(problem).strip(),
            here=f"/api/review/{token}",
        )
        policy = {"Content-Security-Policy": FORM_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(shown, 400 if problem[0] else 200, headers=policy)

    @app.exception_handler(404)
    def nothing(_: Request, __: Exception) -> Response:
        return refuse(404, "web.path", "There is nothing here")

    @app.get("/api/review/{given}", dependencies=[Depends(known)])
    def show(request: Request) -> Response:
        return page(request)

    @app.post("/api/review/{given}", dependencies=[Depends(known)])
    def decide(
        request: Request,
        id: Annotated[str, Form(max_length=64)],
        choice: Annotated[Choice, Form()],
        question: Annotated[str, Form(max_length=_LONGEST)] = "",
        answers: Annotated[str, Form(max_length=_LONGEST)] = "",
    ) -> Response:
        edit = Edit(question, tuple(answers.splitlines()), answerable=choice != "unanswerable")
        try:
            _decide(review, id, choice, edit)
        except EvaluationError as error:
            language = reader_language(request.cookies, request.headers.get("accept-language", ""), settings.language)
            return page(request, describe_error(error, language), edit)
        except KeyError:
            pass  # decided in another window
        return RedirectResponse(f"/api/review/{token}", 303)

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    app.add_middleware(Gate)
    return app


def _decide(review: Review, id: str, choice: Choice, edit: Edit) -> None:
    if choice in ("accept", "unanswerable"):
        review.accept(id, edit)
    elif choice == "reject":
        review.reject(id)
    else:
        review.put_off(id)


def _passages(malmoi: Malmoi, candidate: Candidate) -> list[tuple[str, str, str, str]]:
    """Each quote of the evidence as (document, before, quote, after)."""
    names = {info.name: info.id for info in malmoi.documents()}
    shown = []
    for quote in (q for group in candidate.question.evidence for q in group):
        before = after = ""
        try:
            document = malmoi.document(candidate.document or names.get(quote.doc, ""))
        except UnknownDocument:
            document = None
        start = document.text.find(quote.quote) if document else -1
        if document and start >= 0:
            before, after = surroundings(document, start, start + len(quote.quote))
        shown.append((quote.doc, before, quote.quote, after))
    return shown


def serve_review(malmoi: Malmoi, review: Review, ready: Callable[[str], None]) -> None:
    """Serve the page until interrupted; `ready` is given its address."""
    import uvicorn

    token = secrets.token_urlsafe(24)
    with listen(HOST, 0) as listener:
        ready(f"http://{HOST}:{listener.getsockname()[1]}/api/review/{token}")
        config = uvicorn.Config(
            review_app(malmoi, review, token),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[listener])
