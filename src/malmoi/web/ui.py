"""The chat page in Gradio: what is on it, and what happens when the reader does something.

The page's own scripts speak to Python through one component, the bridge: a reader's act becomes a DOM event
`malmoi:NAME`, the bridge triggers the Gradio event of that name with its details, and a handler here answers with new
HTML for the parts of the page that change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from malmoi.answering.telling import EXTRACTIVE
from malmoi.conversation import Conversation, Reply, Turn
from malmoi.errors import AnswerError, MalmoiError, UnknownCollection, UnknownConversation
from malmoi.i18n import describe_error, text
from malmoi.people import Scope as Permission
from malmoi.types import EVIDENCE_KINDS, AnswerEvent, Filters, Language, SectionKind
from malmoi.web import render
from malmoi.web.identity import caller_of
from malmoi.web.language import reader_language, reader_theme
from malmoi.web.limits import address_in
from malmoi.web.stream import Progressing, Run
from malmoi.web.turnstile import Pass

if TYPE_CHECKING:
    from fastapi import Request

    from malmoi.web.site import Room, Site

Updates = AsyncGenerator[tuple[Any, ...], None]
logger = logging.getLogger(__name__)
LEAVE_WITHIN_S = 5.0
QUEUED_EVENTS = 1000
"""Events of all pages that may wait inside Gradio; questions wait at the turnstile."""
SUGGESTIONS = 4

_BRIDGE_EVENTS = ("submit", "stop", "select", "clear", "edit", "delete", "apply")
_BRIDGE = (
    f"for (const name of {list(_BRIDGE_EVENTS)})"
    " document.addEventListener('malmoi:' + name, (event) => trigger(name, event.detail ?? {}));"
    " document.dispatchEvent(new CustomEvent('malmoi-ready'));"
)


class Page:
    """The handlers of the page; one for all readers, so it keeps nothing of a reader but the answers under way."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings = site.settings
        self._runs: dict[str, Run] = {}
        self._waiting: dict[str, Pass] = {}

    def _room(self, collection: str, request: gr.Request) -> Room:
        """What the reader sees of a collection; of the first that is open to them where that one is not."""
        caller = caller_of(cast("Request", request.request))
        try:
            return self._site.room(caller, collection)
        except UnknownCollection:
            return self._site.room(caller)

    def language(self, request: gr.Request) -> Language:
        """The reader's language."""
        return reader_language(
            dict(request.cookies), request.headers.get("accept-language", ""), self._settings.language
        )

    def load(self, request: gr.Request) -> tuple[str, ...]:
        """Everything on the page, for the collection and the conversation named in the address."""
        named = dict(request.query_params)
        return self._everything(Place(named.get("collection", ""), named.get("c", "")), request)

    async def show(self, event: gr.EventData, current: str, request: gr.Request) -> tuple[str, ...]:
        """Another conversation, or the same page in another language."""
        await self._abandon(request)
        place = Place.of(current)
        return await asyncio.to_thread(self._everything, place.at(_word(event, "id", place.conversation)), request)

    async def fresh(self, current: str, request: gr.Request) -> tuple[str, ...]:
        """An empty page for a new conversation, which is made with its first question."""
        await self._abandon(request)
        return await asyncio.to_thread(self._everything, Place.of(current).at(""), request)

    def rename(self, event: gr.EventData, current: str, request: gr.Request) -> tuple[str, str]:
        """Give a conversation another title."""
        place = Place.of(current)
        room = self._room(place.collection, request)
        with suppress(UnknownConversation):  # deleted in another window: the new list shows it
            room.store.rename(_word(event, "id"), _word(event, "title"), owner=room.owner)
        return (
            self._sidebar(room, place.conversation, request),
            self._header(room, place.conversation, self.language(request)),
        )

    async def delete(self, event: gr.EventData, current: str, request: gr.Request) -> tuple[str, ...]:
        """Delete a conversation; an empty page follows when it was the one on show."""
        place, id = Place.of(current), _word(event, "id")
        if id == place.conversation:
            await self._abandon(request)
        room = self._room(place.collection, request)
        with suppress(UnknownConversation):
            await asyncio.to_thread(room.store.delete, id, owner=room.owner)
        return await asyncio.to_thread(self._everything, place.at("") if id == place.conversation else place, request)

    def stop(self, request: gr.Request) -> None:
        """End the answer under way, or the wait for it; what was said stays."""
        self._leave_queue(request)
        run = self._runs.get(request.session_hash or "")
        if run:
            run.stop()

    async def ask(self, event: gr.EventData, current: str, request: gr.Request) -> Updates:
        """Answer a question while showing it grow; yields conversation, header, sidebar, turns and live turn."""
        ours: MalmoiError
        try:
            async with aclosing(self._ask(event, current, request)) as updates:
                async for update in updates:
                    yield update
            return
        except MalmoiError as error:
            ours = error
        except Exception:
            logger.exception("a question could not be answered")
            ours = AnswerError("The answer broke off because of a fault in Malmoi", "Ask again.")
        language, skip = self.language(request), gr.skip()
        failed = render.turn_failed(_word(event, "question"), *describe_error(ours, language), language)
        yield skip, skip, skip, skip, failed

    async def _ask(self, event: gr.EventData, current: str, request: gr.Request) -> Updates:
        language = self.language(request)
        question, replaces = _word(event, "question").strip(), _word(event, "replaces")
        filters = _detail(event).get("filters")
        if not question:
            return
        place, skip = Place.of(current), gr.skip()
        room = self._room(place.collection, request)
        session = request.session_hash or ""

        def live(state: Progressing, position: int = 0) -> str:
            step = "searching" if state.searching else "answering"
            return render.turn_under_way(
                question, state.reply, language, draft=state.draft, state=step, position=position
            )

        with self._site.admit(room, address_in(cast("Request", request.request).scope)) as turn_to_ask:
            self._waiting[session] = turn_to_ask
            try:
                async for position in turn_to_ask.positions():
                    yield skip, skip, skip, skip, live(Progressing(), position)
            finally:
                self._waiting.pop(session, None)
            if turn_to_ask.left:
                yield (
                    skip,
                    skip,
                    skip,
                    skip,
                    render.turn_failed(question, text("chat.state.stopped", language), "", language),
                )
                return
            async with aclosing(self._answer(question, replaces, filters, place, room, request, live)) as updates:
                async for update in updates:
                    yield update

    async def _answer(
        self,
        question: str,
        replaces: str,
        filters: object,
        place: Place,
        room: Room,
        request: gr.Request,
        live: Callable[[Progressing], str],
    ) -> Updates:
        language, skip = self.language(request), gr.skip()
        known, turns = await asyncio.to_thread(_conversation, room, place.conversation, question, language)
        if replaces:
            turns = turns[: next((i for i, t in enumerate(turns) if t.id == replaces), len(turns))]
        sidebar = await asyncio.to_thread(self._sidebar, room, known.id, request)
        earlier = render.transcript(known, turns, language)
        yield (
            str(Place(room.collection.name, known.id)),
            self._header(room, known.id, language),
            sidebar,
            earlier,
            live(Progressing()),
        )

        def begin() -> Iterator[AnswerEvent]:
            history = [t.question for t in turns]
            events = room.malmoi.stream(question, history=history, filters=filters_from(filters))
            return self._site.counted(events, room.collection.name, room.caller)

        run = Run(begin, room.malmoi.answerer_label())
        session = request.session_hash or ""
        self._runs[session] = run
        state, failed = Progressing(), False
        try:
            async for state in run.updates():
                if not state.done:
                    yield skip, skip, skip, skip, live(state)
            if not run.is_abandoned:
                turn = await asyncio.to_thread(_keep, room, known, question, state.reply, filters, replaces)
                sidebar = await asyncio.to_thread(self._sidebar, room, known.id, request)
                yield skip, skip, sidebar, skip, render.turn(turn, language, last=True)
                return
            if state.reply.sentences:
                await asyncio.to_thread(_keep, room, known, question, state.reply, filters, replaces)
            yield (skip,) * 5  # Gradio shows the last update once more at the end: let that be nothing
        except MalmoiError:
            failed = True  # it is shown with the way to ask again; nothing of it is kept
            raise
        finally:
            if self._runs.get(session) is run:
                del self._runs[session]
            if not state.done:  # the reader left, or something failed
                run.stop()
                with suppress(UnknownConversation):  # deleted meanwhile
                    if state.reply.sentences and not failed:
                        _keep(room, known, question, state.stopped().reply, filters, replaces)
            run.closed.set()

    def relabel(self, current: str, request: gr.Request) -> tuple[Any, ...]:
        """The same page in another language; an answer under way goes on in the old one."""
        parts = self._everything(Place.of(current), request)
        if (request.session_hash or "") in self._runs:
            return (*parts[1:3], gr.skip(), gr.skip(), parts[5])
        return parts[1:]

    async def _abandon(self, request: gr.Request) -> None:
        """Leave the answer under way, and wait for its last update, which must not come after what is shown next.

        Gradio's own way, `cancels`, leaves the event dead in the browser: no later question would be sent.
        """
        self._leave_queue(request)
        run = self._runs.pop(request.session_hash or "", None)
        if run:
            run.abandon()
            with suppress(TimeoutError):
                await asyncio.wait_for(run.closed.wait(), LEAVE_WITHIN_S)

    def _leave_queue(self, request: gr.Request) -> None:
        waiting = self._waiting.get(request.session_hash or "")
        if waiting:
            waiting.leave()

    def _everything(self, place: Place, request: gr.Request) -> tuple[str, ...]:
        room, language = self._room(place.collection, request), self.language(request)
        try:
            conversation = room.store.get(place.conversation, owner=room.owner) if place.conversation else None
        except UnknownConversation:
            conversation = None
        turns = room.turns(conversation.id, language) if conversation else []
        current = conversation.id if conversation else ""
        return (
            str(Place(room.collection.name, current)),
            self._header(room, current, language),
            self._sidebar(room, current, request),
            render.transcript(conversation, turns, language),
            "" if turns else _welcome(room, language),
            self._composer(room, language),
        )

    def _composer(self, room: Room, language: Language) -> str:
        limit = self._settings.retrieval.max_question_chars
        return render.render("composer.html", language, limit=limit, explanation=_answerer(room, language)[1])

    def _header(self, room: Room, current: str, language: Language) -> str:
        try:
            title = room.store.get(current, owner=room.owner).title if current else ""
        except UnknownConversation:
            title = ""
        name, explanation = _answerer(room, language)
        return render.render(
            "header.html",
            language,
            title=title or text("chat.new_title", language),
            answerer=name,
            explanation=explanation,
        )

    def _sidebar(self, room: Room, current: str, request: gr.Request) -> str:
        language = self.language(request)
        return render.render(
            "sidebar.html",
            language,
            conversations=room.store.conversations(owner=room.owner),
            current=current,
            count=len(room.malmoi.documents()),
            theme=reader_theme(dict(request.cookies)),
            rated=room.store.has_ratings(owner=room.owner),
            person=room.caller.principal.name if room.caller.via != "local" else "",
            is_admin=Permission.ADMIN in room.caller.permissions,
            collection=room.collection.name,
            collections=[(c.name, c.title(language)) for c in self._site.collections(room.caller)],
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is; kept by Gradio as text."""

    collection: str
    conversation: str

    def __str__(self) -> str:
        return f"{self.collection}/{self.conversation}"

    @classmethod
    def of(cls, kept: str) -> Place:
        """The reverse of `str`."""
        collection, _, conversation = kept.partition("/")
        return cls(collection, conversation)

    def at(self, conversation: str) -> Place:
        """Another conversation of the same collection."""
        return Place(self.collection, conversation)


def _conversation(room: Room, current: str, question: str, language: Language) -> tuple[Conversation, list[Turn]]:
    """The conversation on show, or a new one where there is none (any more)."""
    if current:
        with suppress(UnknownConversation):
            return room.store.get(current, owner=room.owner), room.turns(current, language)
    return room.store.create(question, owner=room.owner), []


def _keep(room: Room, conversation: Conversation, question: str, reply: Reply, filters: object, replaces: str) -> Turn:
    given = filters if isinstance(filters, Mapping) else {}
    return room.store.append(conversation.id, question, reply, filters=given, replaces=replaces, owner=room.owner)


def _welcome(room: Room, language: Language) -> str:
    config = room.collection.config
    suggestions = config.suggestions.in_language(language) or room.malmoi.suggestions(language, SUGGESTIONS)
    return render.render(
        "welcome.html",
        language,
        count=len(room.malmoi.documents()),
        suggestions=suggestions,
        greeting=config.greeting.in_language(language),
    )


def _answerer(room: Room, language: Language) -> tuple[str, str]:
    """How the page names the answerer, in short and at length."""
    label = room.malmoi.answerer_label()
    if label == EXTRACTIVE:
        return text("chat.answerer.extractive", language), text("chat.answerer.extractive.long", language)
    model = label.removeprefix("llm:")
    return text("chat.answerer.model", language, model=model), text("chat.answerer.model.long", language, model=model)


def build_page(site: Site) -> gr.Blocks:
    """The page as Gradio Blocks, to be mounted."""
    page = Page(site)
    with gr.Blocks(title="말모이 Malmoi", analytics_enabled=False, fill_width=True) as blocks:
        current = gr.State("")
        bridge = gr.HTML("", js_on_load=_BRIDGE, elem_id="mm-bridge")

        def part(name: str) -> gr.HTML:
            return gr.HTML("", js_on_load=None, apply_default_css=False, elem_id=f"mm-{name}")

        sidebar = part("sidebar")
        with gr.Column(elem_id="mm-main"):
            header = part("header")
            with gr.Column(elem_id="mm-scroll"):
                turns, live = part("turns"), part("live")
            composer = part("composer")

        everything = [current, header, sidebar, turns, live, composer]
        answering = [current, header, sidebar, turns, live]
        _on(
            bridge.submit,
            page.ask,
            current,
            answering,
            concurrency_limit=None,  # the turnstile tells those who wait where they stand; Gradio's queue would not
            trigger_mode="multiple",  # the page itself asks one at a time; "once" would drop a quick next question
        )
        _on(bridge.stop, page.stop, None, None)
        _on(bridge.select, page.show, current, everything)
        _on(bridge.clear, page.fresh, current, everything)
        _on(bridge.edit, page.rename, current, [sidebar, header])
        _on(bridge.delete, page.delete, current, everything)
        _on(bridge.apply, page.relabel, current, everything[1:])
        _on(blocks.load, page.load, None, everything)
    blocks.queue(max_size=QUEUED_EVENTS, api_open=False, default_concurrency_limit=8)
    return blocks


def _on(event: Callable[..., Any], handler: Callable[..., Any], inputs: Any, outputs: Any, **options: Any) -> Any:
    """Bind a handler, quietly: no progress bar over the outputs, no entry in Gradio's API."""
    return event(handler, inputs, outputs, show_progress="hidden", api_visibility="private", **options)


def _detail(event: gr.EventData) -> Mapping[str, Any]:
    detail = getattr(event, "_data", None)
    return detail if isinstance(detail, Mapping) else {}


def _word(event: gr.EventData, name: str, default: str = "") -> str:
    value = _detail(event).get(name, default)
    return value if isinstance(value, str) else default


def filters_from(given: object) -> Filters:
    """The page's filters; what is not understood restricts nothing.

    Args:
        given: `from` and `to` days, `sources`, and `kinds` ("body", "comment" or both); anything from outside.
    """
    if not isinstance(given, Mapping):
        return Filters()

    def words(name: str) -> frozenset[str]:
        values = given.get(name)
        return frozenset(v for v in values if isinstance(v, str)) if isinstance(values, list) else frozenset()

    def day(name: str) -> str | None:
        value = given.get(name)
        return value if isinstance(value, str) and len(value) == 10 and value.replace("-", "").isdigit() else None

    wanted = words("kinds") & {"body", "comment"}
    comments = frozenset({SectionKind.COMMENT})
    kinds: frozenset[SectionKind] = frozenset()
    if wanted == {"comment"}:
        kinds = comments
    elif wanted == {"body", "comment"}:
        kinds = comments | EVIDENCE_KINDS
    return Filters(date_from=day("from"), date_to=day("to"), publishers=words("sources"), kinds=kinds)
