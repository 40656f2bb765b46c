"""Row 7 of the security table, who sees which document, and row 8, deletion."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attacks.access_world import CANARY, DOCUMENTS, GROUPS, TOPICS, BagEmbedder, Oracle, canary, people, pick, write
from malmoi.answer_json import answer_to_json
from malmoi.catalog import access
from malmoi.collections import CollectionConfig, Collections
from malmoi.conversation import ConversationStore, Reply
from malmoi.engine import Malmoi
from malmoi.errors import UnknownCollection, UnknownDocument
from malmoi.korean import Analyser
from malmoi.settings import load_settings
from malmoi.types import Answer, Filters, Finished, Principal, SectionKind
from servers.scripted import Recorded, ScriptedServer
from servers.scripted import Reply as Scripted

SHORT, FULL = 150, 1000
ASKED = (
    "{topic}의 공사비는 얼마인가요?",
    "{topic}의 설계는 누가 맡았나요?",
    "{topic}에 들어가는 절차는 무엇인가요?",
    "{topic}에 대한 댓글은 무엇이라고 하나요?",
    "Lab{canary}은 무엇을 맡았나요?",
    "{canary} 소장은 무엇이라고 밝혔나요?",
    "나래연구소는 무엇을 설계했나요?",
    "{topic} 주변의 소음 대책은 언제까지인가요?",
    "{canary} 대책과 우주 엘리베이터는 어떤 관계인가요?",
)
ABOUT = (
    "자료는 모두 몇 건인가요?",
    "가장 오래된 자료는 무엇인가요?",
    "가장 최근 기사는 무엇인가요?",
    "「{topic} 소식 {canary}」을 요약해 주세요.",
)


class Echo(ScriptedServer):
    """A language model that repeats all it was given, as the worst one would."""

    def take(self, request: Recorded) -> Scripted:
        with self._lock:
            self.requests.append(request)
        said = " ".join(f"{line.strip()} [1]" for line in request.prompt.splitlines() if CANARY.search(line))
        return Scripted([said[:1500] or "모릅니다."])


class World:
    """The collection, its people, and one person's doings after another."""

    def __init__(self, folder: Path, analyser: Analyser, seed: int, **settings: object) -> None:
        self.rng = random.Random(seed)
        self.people = people(self.rng)
        self.files = folder / "files"
        self.oracle = write(self.files, self.rng)
        self.analyser = analyser
        self.malmoi = self.open(folder / "index", **settings)
        self.malmoi.add([self.files])
        self.store = ConversationStore(folder / "index")
        self.asked: dict[tuple[str, str], list[str]] = {}
        self.counts: dict[str, int] = {}

    def open(self, index: Path, **settings: object) -> Malmoi:
        loaded = load_settings(overrides={"index_dir": index, "language": "ko", **settings})
        return Malmoi(loaded, analyser=self.analyser, open_embedder=lambda *a, **k: BagEmbedder())

    def close(self) -> None:
        self.malmoi.close()
        self.store.close()

    def number(self) -> int:
        return self.rng.randrange(DOCUMENTS)

    def question(self, texts: tuple[str, ...] = ASKED) -> str:
        return self.rng.choice(texts).format(topic=self.rng.choice(TOPICS), canary=canary(self.number()))

    def filters(self) -> Filters:
        rng, n = self.rng, self.number()
        return rng.choice(
            [
                Filters(),
                Filters(),
                Filters(date_from="2015-01-01", date_to="2022-12-31"),
                Filters(publishers=frozenset({f"신문{canary(n)}", f"신문{canary(self.number())}"})),
                Filters(documents=frozenset({self.oracle.names[n], self.oracle.ids[self.number()]})),
                Filters(languages=frozenset({"ko"}), kinds=frozenset({SectionKind.BODY, SectionKind.COMMENT})),
            ]
        )

    def case(self) -> None:
        """One person does one thing."""
        who = self.rng.choice(self.people)
        names = [name for name in dir(self) if name.startswith("do_")]
        weights = [{"do_ask": 6, "do_search": 4, "do_model": 1}.get(name, 2) for name in names]
        [name] = self.rng.choices(names, weights)
        self.counts[name] = self.counts.get(name, 0) + 1
        getattr(self, name)(who, self.malmoi.seen_by(who.sees))

    def do_search(self, who: Principal, seen: Malmoi) -> None:
        asked, filters = self.question(), self.filters()
        by_words = seen.retriever.lexical(asked, filters)
        by_meaning = seen.retriever.dense(asked, filters)
        chunks = self.malmoi.catalog.hits([id_ for id_, _ in [*by_words, *by_meaning]])
        self.oracle.look(who, "lists", [chunk for chunk, _ in chunks.values()], [asked])
        self.oracle.look(who, "search", seen.search(asked, filters=filters, limit=40), [asked])
        restricted = replace(filters, groups=who.sees)
        self.oracle.look(who, "filters alone", self.malmoi.search(asked, filters=restricted), [asked])

    def do_ask(self, who: Principal, seen: Malmoi) -> None:
        self.ask(who, seen, self.question(), self.filters())

    def do_about(self, who: Principal, seen: Malmoi) -> None:
        asked = self.question(ABOUT)
        answer = self.ask(who, seen, asked, Filters())
        if asked == ABOUT[0]:
            assert f"{len(self.oracle.visible(who))}" in answer.lead, (asked, answer.lead)

    def do_follow(self, who: Principal, seen: Malmoi) -> None:
        """Ask on in an earlier conversation, and look at it as it is kept."""
        mine = self.store.conversations(owner=who.id)
        if not mine:
            mine = [self.store.create(owner=who.id)]
        id_ = self.rng.choice(mine).id if self.rng.random() < 0.7 else self.store.create(owner=who.id).id
        asked = self.asked.setdefault((who.id, id_), [])
        question = self.rng.choice([self.question(), "그곳의 설계는 누가 맡았나요?", "그 절차는 무엇인가요?"])
        answerer = self.rng.choice(["extractive", "extractive", "llm"])
        answer = self.ask(who, seen, question, Filters(), tuple(asked), answerer)
        turn = self.store.append(id_, question, Reply.of(answer), owner=who.id)
        self.store.rate(turn.id, self.rng.choice([1, -1]), owner=who.id)
        asked.append(question)

    def do_history(self, who: Principal, seen: Malmoi) -> None:
        """Look at all earlier answers, which may rest on what one may no longer see."""
        for conversation in self.store.conversations(owner=who.id):
            own = self.asked.get((who.id, conversation.id), [])
            turns = self.store.turns(conversation.id, owner=who.id, as_seen=lambda r: seen.as_seen(r, "ko"))
            self.oracle.look(who, "history", turns, own)
            exported = self.store.export_markdown(
                conversation.id, "ko", owner=who.id, as_seen=lambda r: seen.as_seen(r, "ko")
            )
            self.oracle.look(who, "export", exported, own)
        own = [q for (owner, _), questions in self.asked.items() if owner == who.id for q in questions]
        rated = list(self.store.question_set(owner=who.id, as_seen=lambda r: seen.as_seen(r, "ko")))
        self.oracle.look(who, "ratings", rated, own)

    def do_open(self, who: Principal, seen: Malmoi) -> None:
        """Open a document by its id, name or path, as the citation panel does."""
        n = self.number()
        known = self.rng.choice([self.oracle.ids[n], self.oracle.names[n], f"page-kz{n:03d}.html"])
        try:
            document = seen.document(known)
            self.oracle.look(who, "document", document, [])
            self.oracle.look(who, "chunks", seen.catalog.chunks_of(document.id), [])
        except UnknownDocument as error:
            assert not self.oracle.sees(who, n) or (known.startswith("page-kz") and known not in self.oracle.names[n])
            self.oracle.look(who, "unknown", (error.problem, error.remedy), [known])
        self.oracle.look(who, "chunks", seen.catalog.chunks_of(self.oracle.ids[n]))

    def do_list(self, who: Principal, seen: Malmoi) -> None:
        listed = seen.documents()
        self.oracle.look(who, "list", listed)
        assert len(listed) == len(self.oracle.visible(who))
        assert seen.catalog.chunk_count() == sum(info.chunks for info in listed)
        filters = replace(self.filters(), groups=who.sees)
        self.oracle.look(who, "filtered list", self.malmoi.documents(filters))

    def do_counts(self, who: Principal, seen: Malmoi) -> None:
        """How often a word is said to occur."""
        n = self.number()
        [count] = seen.catalog.document_frequency([canary(n)]).values()
        if count and not self.oracle.sees(who, n):
            self.oracle.leaks.append((who.id, n, "count"))
        self.oracle.look(who, "names", seen.retriever.alternatives("나래연구소는 무엇을 맡았나요?"))

    def do_suggest(self, who: Principal, seen: Malmoi) -> None:
        self.oracle.look(who, "suggestions", seen.suggestions(self.rng.choice(["ko", "en"]), 6))

    def do_model(self, who: Principal, seen: Malmoi) -> None:
        self.ask(who, seen, self.question(), Filters(), answerer="llm")

    def do_revoke(self, who: Principal, seen: Malmoi) -> None:
        """Change whose a document is; what holds for the next question is seen at once, by an old view too."""
        n = self.number()
        self.oracle.groups[n] = pick(self.rng, GROUPS, self.rng.randint(0, 3))
        self.malmoi.set_groups(self.oracle.ids[n], self.oracle.groups[n])
        self.ask(who, seen, f"{canary(n)} 소장은 무엇이라고 밝혔나요?", Filters())
        self.oracle.look(who, "search after", seen.search(f"{canary(n)} 대책"), [canary(n)])

    def ask(
        self,
        who: Principal,
        seen: Malmoi,
        question: str,
        filters: Filters,
        history: tuple[str, ...] = (),
        answerer: str = "extractive",
    ) -> Answer:
        answer = None
        for event in seen.stream(question, history=history, filters=filters, answerer=answerer):
            self.oracle.look(who, type(event).__name__, event, [question, *history])
            if isinstance(event, Finished):
                answer = event.answer
        assert answer is not None
        self.oracle.look(who, "answer", answer_to_json(answer), [question, *history])
        for citation in answer.citations:
            held = seen.document(citation.document_id)
            assert held.text[citation.start : citation.end] == citation.quote
        return answer


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path, analyser: Analyser) -> Iterator[MakeWorld]:
    made: list[World] = []
    with Echo() as model:

        def make(seed: int, **settings: object) -> World:
            chosen = {**model.settings(), "answering.answerer": "extractive", **settings}
            made.append(World(tmp_path / f"world-{len(made)}", analyser, seed, **chosen))
            return made[-1]

        yield make
        for world in made:
            world.close()


def run(world: World, cases: int) -> Oracle:
    for _ in range(cases):
        world.case()
    oracle = world.oracle
    sys.stdout.write(
        f"\naccess: {len(world.people)} people × {len(oracle.groups)} documents × {cases} cases "
        f"({', '.join(f'{name[3:]} {n}' for name, n in sorted(world.counts.items()))}), "
        f"{oracle.told} texts shown, {oracle.found} with a canary, {len(oracle.leaks)} leaks\n"
    )
    return oracle


@pytest.mark.parametrize("cases", [SHORT, pytest.param(FULL, marks=pytest.mark.slow)], ids=["short", "full"])
def test_nobody_is_told_of_a_document_that_is_not_theirs(make_world: MakeWorld, cases: int) -> None:
    oracle = run(make_world(7), cases)
    assert oracle.leaks == []
    assert oracle.found > oracle.told / 3, "too little was shown for this to say anything"


def test_without_the_condition_there_would_be_leaks(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases above can fail: with enforcement taken out they do."""
    world = make_world(7)
    monkeypatch.setattr(access, "condition", lambda groups: ("", []))
    monkeypatch.setattr(World, "do_list", lambda self, who, seen: self.oracle.look(who, "list", seen.documents()))
    monkeypatch.setattr(World, "do_about", World.do_ask)
    assert len(run(world, 40).leaks) > 100
    assert {"lists", "search", "Passages", "Finished", "answer"} <= {where for _, _, where in world.oracle.leaks}


def without_noise(answer: Answer) -> dict[str, object]:
    """The published answer without times, and with scores to six digits."""
    told = answer_to_json(answer)
    told.pop("timings", None)
    scores = [
        (h.document.id, h.chunk.start, round(h.score, 6), h.lexical and round(h.lexical, 6)) for h in answer.passages
    ]
    return {**told, "passages": scores, "dense": [h.dense and round(h.dense, 5) for h in answer.passages]}


def test_hidden_documents_change_nothing(make_world: MakeWorld) -> None:
    """What someone is told is, to the sixth digit of a score, what they would be told if the others did not exist."""
    world = make_world(11)
    compared = 0
    for who in world.rng.sample(world.people[:-1], 2):
        seen = world.malmoi.seen_by(who.sees)
        visible = {world.oracle.ids[n] for n in world.oracle.visible(who)}
        files = [p for p in world.files.rglob("*") if p.name in world.oracle.names.values()]
        with world.open(world.files.parent / f"alone-{who.id}", **{"answering.answerer": "extractive"}) as alone:
            theirs = [info.uri for info in world.malmoi.documents() if info.id in visible]
            alone.add(sorted((p for p in files if str(p) in theirs), key=lambda p: theirs.index(str(p))))
            assert {info.id for info in alone.documents()} == visible
            for _ in range(12):
                asked, filters = world.question(ASKED + ABOUT), world.filters()
                one = seen.ask(asked, filters=filters)
                other = alone.ask(asked, filters=filters)
                assert without_noise(one) == without_noise(other), asked
                compared += 1
            assert seen.retriever.lexical("공사비", Filters()) and seen.suggestions("ko") == alone.suggestions("ko")
    sys.stdout.write(f"\naccess: {compared} answers equal to those of a collection without the hidden documents\n")


def test_collections_do_not_know_of_each_other(tmp_path: Path, analyser: Analyser) -> None:
    rng = random.Random(3)
    oracle = write(tmp_path / "files", rng)
    staff = people(rng)
    names = ["default", "hr", "lab-2", "open"]
    groups = {
        "default": frozenset[str](),
        "hr": frozenset({GROUPS[0]}),
        "lab-2": pick(rng, GROUPS, 3),
        "open": frozenset[str](),
    }
    settings = load_settings(overrides={"index_dir": tmp_path / "index", "embedding.engine": "none"})
    cases = 0
    with Collections(settings, analyser=analyser) as collections:
        held = {name: [n for n in range(i, 40, 4)] for i, name in enumerate(names)}
        for name in names:
            if name != "default":
                collections.create(name, CollectionConfig(groups=groups[name]))
            collections.open(name).add([p for p in (tmp_path / "files").rglob("*") if CANARY.search(p.name) and
                                        int(CANARY.findall(p.name)[0]) in held[name]])  # fmt: skip
        for who in staff:
            allowed = [name for name in names if who.sees is None or not groups[name] or groups[name] & who.groups]
            assert [c.name for c in collections.for_principal(who)] == allowed
            for name in names:
                if name not in allowed:
                    for refused in (collections.open, collections.get, collections.conversations):
                        with pytest.raises(UnknownCollection) as told:
                            refused(name, who)
                        oracle.look(who, "refused", told.value.args)
                    continue
                seen = collections.open(name, who)
                for asked in (ASKED[5].format(canary=canary(rng.randrange(40))), ASKED[0].format(topic=TOPICS[0])):
                    answer = answer_to_json(seen.ask(asked))
                    oracle.look(who, "answer", answer, [asked])
                    others = {int(n) for n in CANARY.findall(repr(answer))} - {int(n) for n in CANARY.findall(asked)}
                    assert others <= set(held[name]), (name, asked)
                    cases += 1
    assert oracle.leaks == [] and oracle.found
    sys.stdout.write(f"\naccess: {cases} questions to {len(names)} collections by {len(staff)} people, 0 leaks\n")


def test_deleted_text_is_unreachable_at_once(make_world: MakeWorld) -> None:
    """Row 8: nothing of a deleted document is in any store or answer, and all stores hold the same ids."""
    world = make_world(5, **{"retrieval.exact_limit": 0})
    malmoi, admin = world.malmoi, world.people[-1]
    before = {n: malmoi.ask(f"{canary(n)} 소장은 무엇이라고 밝혔나요?") for n in range(0, 48, 6)}
    assert sum(canary(n) in repr(answer.passages) for n, answer in before.items()) == len(before)
    gone = list(before)
    malmoi.remove([world.oracle.ids[n] for n in gone])
    world.oracle.groups |= dict.fromkeys(gone, frozenset({"아무도 아닌"}))
    nobody = replace(admin, id="judge", role=world.people[0].role, groups=frozenset(GROUPS))
    for n in gone:
        for asked in (f"{canary(n)} 소장은 무엇이라고 밝혔나요?", f"Lab{canary(n)}은 무엇을 맡았나요?"):
            events = list(malmoi.stream(asked, answerer="extractive"))
            world.oracle.look(nobody, "events", events, [asked])
            world.oracle.look(nobody, "search", malmoi.search(asked, limit=100), [asked])
        assert malmoi.catalog.document_frequency([canary(n)]) == {canary(n): 0}
        with pytest.raises(UnknownDocument) as told:
            malmoi.document(world.oracle.ids[n])
        world.oracle.look(nobody, "unknown", told.value.args, [world.oracle.ids[n]])
    world.oracle.look(nobody, "names", malmoi.retriever.alternatives("나래연구소는 무엇을 맡았나요?"))
    world.oracle.look(nobody, "list", (malmoi.documents(), malmoi.suggestions("ko", 200)))
    assert world.oracle.leaks == []
    report = malmoi.verify()
    assert report.ok and report.chunks == report.lexical == report.vectors
    files = b"".join(p.read_bytes() for p in malmoi.settings.index_dir.glob("catalog.sqlite*"))
    assert not any(canary(n).encode() in files for n in gone)
    sys.stdout.write(f"\ndeletion: {len(gone)} documents, {world.oracle.told} texts shown after, 0 with deleted text\n")
