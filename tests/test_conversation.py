from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from malmoi.conversation import ConversationStore, Reply, ReplyState, title_from, withhold
from malmoi.errors import UnknownConversation
from malmoi.types import AnswerSentence, Citation, SectionKind, Support, Verdict

CITED = Citation("d" * 16, "a.txt", "제목 <b>", 3, 9, "여섯 글자다", SectionKind.BODY, "2025-02-11", "뉴스", "기자")
COMMENT = Citation("d" * 16, "a.txt", "제목 <b>", 20, 25, "댓글이다", SectionKind.COMMENT, None, None, "아무개")
SENTENCE = AnswerSentence("여섯 글자다", Support.SUPPORTED, (CITED, COMMENT))
ANSWER = Reply("머리말", (SENTENCE,), Verdict.ANSWERED, (CITED,), "찾은 말", "extractive", "알림")
DECLINED = Reply("없습니다", (), Verdict.ABSTAINED, (COMMENT,), "찾은 말", "extractive")


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path)


def test_an_answer_reads_as_it_did_after_a_restart(store: ConversationStore, tmp_path: Path) -> None:
    made = store.create()
    store.append(made.id, "  무엇인가?\n", ANSWER, filters={"kinds": ["body"]})
    store.close()
    again = ConversationStore(tmp_path)
    [turn] = again.turns(made.id)
    assert turn.reply == ANSWER
    assert turn.filters == {"kinds": ["body"]}
    assert again.get(made.id).title == "무엇인가?"


def test_the_last_used_conversation_comes_first(store: ConversationStore) -> None:
    first, second = store.create("가"), store.create("나")
    assert [c.title for c in store.conversations()] == ["나", "가"]
    store.append(first.id, "질문", ANSWER)
    assert [c.id for c in store.conversations()] == [first.id, second.id]


def test_rename_keeps_one_short_line(store: ConversationStore) -> None:
    made = store.create("처음")
    assert store.rename(made.id, " 새\n이름 ").title == "새 이름"
    assert store.rename(made.id, " \n").title == "새 이름"
    assert len(title_from("가" * 500)) == 80


def test_delete_leaves_nothing(store: ConversationStore, tmp_path: Path) -> None:
    made = store.create()
    turn = store.append(made.id, "지워질 질문입니다", ANSWER)
    store.rate(turn.id, 1)
    store.delete(made.id)
    assert store.conversations() == [] and not store.has_ratings() and list(store.question_set()) == []
    with pytest.raises(UnknownConversation):
        store.turns(made.id)
    with pytest.raises(UnknownConversation):
        store.turn(turn.id)
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "지워질 질문입니다".encode() not in kept


def test_what_belongs_to_another_is_unknown(store: ConversationStore) -> None:
    mine = store.create(owner="me")
    turn = store.append(mine.id, "질문", ANSWER, owner="me")
    assert store.conversations(owner="you") == []
    for forbidden in (
        lambda: store.get(mine.id, owner="you"),
        lambda: store.turns(mine.id, owner="you"),
        lambda: store.rename(mine.id, "x", owner="you"),
        lambda: store.delete(mine.id, owner="you"),
        lambda: store.append(mine.id, "q", ANSWER, owner="you"),
        lambda: store.rate(turn.id, 1, owner="you"),
        lambda: store.export_markdown(mine.id, "ko", owner="you"),
    ):
        with pytest.raises(UnknownConversation):
            forbidden()
    store.rate(turn.id, 1, owner="me")
    assert not store.has_ratings(owner="you") and list(store.question_set(owner="you")) == []


def test_asking_again_replaces_the_old_answer(store: ConversationStore) -> None:
    made = store.create()
    store.append(made.id, "하나", ANSWER)
    old = store.append(made.id, "둘", DECLINED)
    new = store.append(made.id, "둘", ANSWER, replaces=old.id)
    assert [t.question for t in store.turns(made.id)] == ["하나", "둘"]
    assert store.turns(made.id)[-1].id == new.id


def test_ratings_can_be_changed_and_taken_back(store: ConversationStore) -> None:
    made = store.create()
    turn = store.append(made.id, "질문", ANSWER)
    store.rate(turn.id, -1, "wrong", "숫자가 다름")
    rating = store.turn(turn.id).rating
    assert rating and (rating.value, rating.reason, rating.comment) == (-1, "wrong", "숫자가 다름")
    store.rate(turn.id, 1)
    assert store.turn(turn.id).rating == store.turns(made.id)[0].rating
    assert store.has_ratings()
    store.rate(turn.id, 0)
    assert store.turn(turn.id).rating is None
    with pytest.raises(ValueError):
        store.rate(turn.id, 1, "because")


def test_rated_answers_become_a_question_set(store: ConversationStore) -> None:
    made = store.create()
    good = store.append(made.id, "얼마인가?", ANSWER)
    store.append(made.id, "평가하지 않은 질문", ANSWER)
    none = store.append(made.id, "날씨는?", DECLINED)
    bad = store.append(made.id, "누구인가?", ANSWER)
    store.rate(good.id, 1)
    store.rate(none.id, 1)
    store.rate(bad.id, -1, "should_decline")
    liked, declined, disliked = (json.loads(json.dumps(line)) for line in store.question_set())
    assert liked["answers"] == ["여섯 글자다"] and liked["answerable"] is True and liked["review"] is False
    assert liked["evidence"] == [[{"doc": "a.txt", "quote": "여섯 글자다"}, {"doc": "a.txt", "quote": "댓글이다"}]]
    assert liked["lang"] == "ko" and liked["history"] == []
    assert declined["answerable"] is False and declined["answers"] == [] and declined["evidence"] == []
    assert declined["history"] == ["얼마인가?", "평가하지 않은 질문"]
    assert disliked["answerable"] is False and disliked["review"] is True and disliked["answers"] == []
    assert {"id", "question", "lang", "type", "answerable", "answers", "evidence", "history"} <= liked.keys()


def test_markdown_shows_sources_and_runs_nothing(store: ConversationStore) -> None:
    evil = "![x](https://evil.example/p.png) <script>alert(1)</script> [a](javascript:alert(1)) # 제목"
    weak = AnswerSentence(evil, Support.CONTRADICTED, (CITED,), "근거와 다름")
    made = store.create(evil)
    store.append(made.id, evil, Reply("", (weak,), Verdict.PARTIAL, (), "", "llm:m", state=ReplyState.STOPPED))
    store.append(made.id, "없는 것?", DECLINED)
    exported = store.export_markdown(made.id, "ko")
    assert "근거와 어긋남" in exported and "여기서 멈췄습니다" in exported
    assert "뉴스 · 2025-02-11 · a.txt · 본문 (3–9)" in exported and "> 여섯 글자다" in exported
    assert "댓글" in exported and "문서에 답이 없음" in exported
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(exported)
    assert not re.search(r"<(script|img|a)\b", rendered)
    assert rendered.count("&lt;script&gt;alert(1)&lt;/script&gt; [a](javascript:alert(1)) # 제목") == 2
    assert "Stopped here" in store.export_markdown(made.id, "en")


def test_several_threads_write_at_once(store: ConversationStore, tmp_path: Path) -> None:
    made = store.create()
    other = ConversationStore(tmp_path)

    def write(into: ConversationStore) -> None:
        for number in range(10):
            into.append(made.id, str(number), ANSWER)

    threads = [threading.Thread(target=write, args=(s,)) for s in (store, store, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.turns(made.id)) == 40
    other.close()


def test_what_rests_on_a_hidden_document_is_withheld(store: ConversationStore) -> None:
    other = replace(CITED, document_id="e" * 16, quote="다른 글이다")
    supported, mixed, free = (
        AnswerSentence("다른 글이다", Support.SUPPORTED, (other,)),
        AnswerSentence("섞인 글", Support.SUPPORTED, (other, CITED)),
        AnswerSentence("모델의 말", Support.UNSUPPORTED),
    )
    reply = replace(ANSWER, sentences=(SENTENCE, supported, mixed, free), passages=(CITED, other))
    both = {CITED.document_id, other.document_id}
    assert withhold(reply, both, "ko") is reply
    seen = withhold(reply, {other.document_id}, "ko")
    gone = AnswerSentence("이 대목의 자료는 지금 볼 수 없습니다.", Support.UNSUPPORTED)
    assert seen.sentences == (gone, supported, gone, gone) and seen.passages == (other,) and seen.lead == ""
    declined = withhold(DECLINED, set(), "en")
    assert declined.passages == () and declined.lead == DECLINED.lead

    made = store.create()
    turn = store.append(made.id, "질문", reply)
    store.rate(turn.id, 1)
    told = {"as_seen": lambda kept: withhold(kept, {other.document_id}, "ko")}
    assert store.turn(turn.id, **told).reply == store.turns(made.id, **told)[0].reply == seen
    assert "여섯 글자다" not in store.export_markdown(made.id, "ko", **told)
    assert "여섯 글자다" in store.export_markdown(made.id, "ko")
    assert list(store.question_set(**told)) == [] and len(list(store.question_set())) == 1
