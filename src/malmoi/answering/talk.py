"""Talk beside the questions: greetings, thanks, farewells, and what the collection can be asked."""

from __future__ import annotations

import re
import time
from enum import StrEnum

from malmoi.answering.telling import Told, quoted, tell
from malmoi.catalog import Catalog
from malmoi.i18n import text
from malmoi.language.question import Question
from malmoi.types import (
    AnswerSentence,
    DocumentInfo,
    Filters,
    Hit,
    Language,
    SectionKind,
    Span,
    Verdict,
)

_SHOWN = 3
"""Titles that stand for what a collection holds."""


class Talk(StrEnum):
    """What is said where nothing is asked of the documents; the first that a text holds is replied to."""

    ABLE = "able"
    """What it can do, who it is, which documents there are."""
    THANKS = "thanks"
    BYE = "bye"
    HELLO = "hello"


# Parts of the phrases: who is spoken to, what is collected, what is done, how a question and a request end.
_YOU = (
    r"(?:너(?:는|의)?|넌|네가|니가|당신[은의]?|챗봇[은의]?|여기(?:서|는|에는)?|"
    r"이 ?(?:챗봇|봇|서비스|사이트)[은는의]?)"
)
_THESE = r"(?:자료|문서|기사|글|내용)"
_WHAT = r"(?:무엇을|무얼|뭘|뭐를?|어떤 (?:일|것|걸)을?)"
_IS = r"(?:니|나|나요|어|어요|습니까|는지|지|죠|냐|음)(?: ?알려 ?(?:줘|주세요))?"
_PLEASE = r"(?:해 ?줘|해 ?주세요|알려 ?줘|알려 ?주세요|보여 ?줘|보여 ?주세요|뭐야)"
_PHRASES: dict[Talk, tuple[str, ...]] = {
    Talk.ABLE: (
        rf"(?:{_YOU} ?)?{_WHAT} ?(?:도와 ?줄|해 ?줄|알려 ?줄|답할|대답할|할|물어볼|물을) ?수 ?있{_IS}",
        rf"(?:{_YOU} ?)?{_WHAT} ?(?:물어보면|질문하면) ?(?:돼|돼요|되나|되나요|되니|될까|될까요)",
        rf"{_YOU} ?(?:누구|뭐|무엇|정체가 뭐|이름이 뭐|이름은)(?:야|니|예요|에요|이에요|입니까|인가요?|냐|지|세요)?",
        rf"(?:자기 ?소개|사용 ?법|도움말|도움|기능|이용 ?방법|사용 ?방법)(?:을|를|좀|이)? ?{_PLEASE}?",
        r"도와 ?(?:줘|주세요)|누구(?:세요|십니까|니|냐)|"
        rf"{_YOU} ?(?:뭐|무엇을?|뭘) ?하는 (?:곳|데|거|것|봇|사이트|서비스)"
        r"(?:이|인)?(?:야|니|예요|에요|입니까|가요?|지|죠)?",
        rf"(?:{_YOU} ?)?(?:무슨|어떤) {_THESE}(?:들)?(?:이|가|을|를)? ?(?:(?:갖고|가지고|들어|올라와) ?)?있{_IS}",
        rf"{_THESE} ?목록(?:을|좀)? ?{_PLEASE}?",
        r"what (?:can|do) (?:you|i) (?:do|ask|know|answer)(?: (?:for me|you|here|about))?",
        r"(?:who|what) are you|how (?:can|could) you help(?: me)?|how does this work|help(?: me)?",
        r"(?:what|which) (?:documents|articles|sources|texts) "
        r"(?:are (?:there|here|available)|do you (?:have|know)|can i ask about)",
        r"(?:list|show)(?: me)? (?:the |your |all )*(?:documents|sources)",
        r"你(?:能|会|可以)(?:做|干|回答)(?:什么|些什么|哪些问题)|你是谁|有(?:什么|哪些)(?:资料|文件|文章)|帮助",
    ),
    Talk.THANKS: (
        r"(?:정말|진짜|너무|매우|대단히|아주|잘 ?봤어|(?:알려|도와) ?(?:줘서|주셔서))? ?"
        r"(?:고마워요?|고맙습니다|고맙다|고맙네요?|감사|감사해요?|감사합니다|감사드립니다|땡큐|ㄱㅅ)",
        r"(?:thank you|thanks|thank u|thx|ty|cheers)(?: (?:a lot|so much|very much|again|for (?:your|the) help))?",
        r"(?:네|넵|넹|응|오케이|ㅇㅋ|알겠어요?|알겠습니다|알았어요?|좋아요?|좋습니다|그렇구나|그렇군요?)",
        r"ok|okay|got it|i see|great|cool|perfect|好的|知道了",
        r"多?谢谢(?:你|您|了)?|多谢|感谢(?:你|您)?",
    ),
    Talk.BYE: (
        r"안녕히 ?(?:계세요|가세요|계십시오|가십시오)|잘 ?(?:가|가요|있어|있어요)|바이(?:바이)?",
        r"수고(?:해요?|하세요|했어|하셨습니다)|다음에 ?(?:또 ?)?(?:봐|봐요)",
        r"(?:good ?)?bye(?:[ -]?bye)?|see you(?: later)?|good night",
        r"再见|拜拜",
    ),
    Talk.HELLO: (
        r"안녕|안녕하세요|안녕하십니까|안녕하신가요|하이|헬로우?|반가워요?|반갑습니다|처음 ?뵙겠습니다",
        r"좋은 ?(?:아침|저녁|하루)(?:입니다|이에요|이야|보내세요)?",
        r"(?:hello|hi|hey)(?: there)?|good (?:morning|afternoon|evening)|nice to meet you|how are you",
        r"(?:你|您)们?好|早上好|晚上好|大家好",
    ),
}
_FILLER = r"[^\w]|[ㅋㅎㅠㅜ_]"
"""Spaces, signs and letters of laughter or tears, between phrases and around them."""
_KINDS = {
    talk: re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?=$|{_FILLER})", re.IGNORECASE)
    for talk, phrases in _PHRASES.items()
}
_ALL = re.compile(
    rf"(?:(?:{'|'.join(p for phrases in _PHRASES.values() for p in phrases)})(?=$|{_FILLER})(?:{_FILLER})*)+",
    re.IGNORECASE,
)
"""A text of nothing but such phrases."""
_POLITE = "|".join(p for talk in (Talk.THANKS, Talk.HELLO) for p in _PHRASES[talk])
_OPENING = re.compile(
    rf"(?:(?:안녕하(?:세요|십니까)|감사합니다|고맙습니다)(?=[\s,.!~])|(?:{_POLITE})[ㅋㅎㅠㅜ~^ ]*[,.!])(?:{_FILLER})*",
    re.IGNORECASE,
)
"""What is said before a question; a space is enough behind the three forms with which no question begins."""


def talk_in(asked: str) -> Talk | None:
    """What kind of talk a text is; None where it asks anything else."""
    bare = re.sub(rf"^(?:{_FILLER})+", "", " ".join(asked.split()))
    if not bare or not _ALL.fullmatch(bare):
        return None
    return next((talk for talk, pattern in _KINDS.items() if pattern.search(bare)), None)


def without_greeting(asked: str) -> str:
    """The question behind a greeting or thanks (안녕하세요, …); as it is where nothing stands behind."""
    rest = asked.strip()
    while opening := _OPENING.match(rest):
        rest = rest[opening.end() :]
    return rest if any(ch.isalnum() for ch in rest) else asked


def answer_talk(talk: Talk, question: Question, catalog: Catalog, filters: Filters, language: Language) -> Told:
    """The passages and events of a friendly reply.

    A greeting, and a question for what can be asked, are replied to with what the collection holds: how many documents,
    and the titles of the latest.
    """
    began = time.perf_counter()
    parts = [] if talk is Talk.ABLE else [text(f"talk.{talk}", language)]
    hits: list[Hit] = []
    if talk in (Talk.ABLE, Talk.HELLO):
        infos = catalog.documents(filters)
        parts.append(text("talk.holds", language, count=len(infos)) if infos else text("talk.empty", language))
        latest = sorted(infos, key=lambda info: info.date or "", reverse=True)[:_SHOWN]
        hits = [hit for info in latest if (hit := _titled(catalog, info))]
        if hits:
            parts.append(text("talk.latest", language))
    sentences = [_title(hit) for hit in hits]
    return hits, tell(question, hits, Verdict.ANSWERED, " ".join(parts), sentences, language, began)


def _titled(catalog: Catalog, info: DocumentInfo) -> Hit | None:
    """The passage of a document in which its title stands, or its first one."""
    chunks = [chunk for chunk in catalog.chunks_of(info.id) if chunk.kind is not SectionKind.FURNITURE]
    named = [chunk for chunk in chunks if info.title and info.title in chunk.text]
    return Hit((named or chunks)[0], info, 1.0) if chunks else None


def _title(hit: Hit) -> AnswerSentence:
    """The title, or the first sentence of a document whose title does not stand in it."""
    chunk, title = hit.chunk, hit.document.title
    at = chunk.text.find(title) if title else -1
    first = chunk.sentences[0]
    span: Span = (chunk.start + at, chunk.start + at + len(title)) if at >= 0 else (first.start, first.end)
    return quoted(hit, span)
