"""Makes a follow-up question stand alone, so that it can be searched for without the conversation.

A question leans on the conversation when it points back ("그건", "그 사람", "it", "what about …"), or when it names
nothing but a property ("출시일은?"). Only such a question is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.answering.evidence import squeeze
from malmoi.answering.llm import LLMClient
from malmoi.answering.prompts import Prompt
from malmoi.errors import AnswerError
from malmoi.korean import Analyser, Morpheme
from malmoi.language.values import find_values

TIMEOUT_S = 8.0
"""A rewrite that takes longer is done without the model."""
_MAX_TOKENS = 120
_LONGEST = 3
"""Times as long as the longer of the question and the latest earlier one."""
_LOOK_BACK = 4

_POINTS_BACK = re.compile(
    r"(?<![가-힣\w'\"’”)\]])(?:그건|그게|그걸|그것\S*|이건|이게|이걸|이것\S*|저건|걔\S*|그녀\S*|그들\S*|그는|그가|그의|그를|그에게|"
    r"거기\S*|그곳\S*|여기\S*|이곳\S*|그쪽\S*|그때\S*|당시\S*|그중\S*|이 중\S*|둘 ?(?:중|다)\S*|"
    r"(?:그|이|해당|위|앞의|방금|아까) (?=[가-힣]{2}|[곳점때일책글법말돈] ?))"
)
_OPENS = re.compile(
    r"^\s*(?:그럼|그러면|그렇다면|그런데|근데|그래서|그리고|또는|또|반면에?|"
    r"then|and then|and|but|so|also|what about|how about)(?![가-힣A-Za-z])[\s,]*",
    re.IGNORECASE,
)
_POINTS_BACK_EN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|the same|the former|the latter|"
    r"(?:which|that|this|other) ones?|(?:that|this|these|those|there|then)(?=\s*\??$)|that's)\b|"
    r"(?:^|\b(?:did|does|do|is|was|are|were|in|on|of|for|about|by|to|at|from|with|and) )(?:that|this|these|those)\b"
    r"(?! (?:year|month|week|morning|time)\b)",
    re.IGNORECASE,
)
_MOST_BEFORE = 2
"""Words that may stand before a pointer; with more, or a name, it points to something in the question itself."""
_NAME_TAGS = frozenset({"NNP", "SL", "SH"})
_NOUN_TAGS = ("NNG", "NNP", "SL", "SN", "SH", "XR", "XPN", "XSN")
_ASKED_WORDS = "누구 언제 얼마 어디 무엇 뭐 왜 몇 무슨 어느 어떤 며칠 정도 이야기 설명"
_PROPERTY_WORDS = """
    가격 값 금액 비용 매출 요금 규모 크기 길이 높이 무게 나이 이름 이유 원인 까닭 방법 결과 영향 의미 뜻 특징 장점 단점
    수명 속도 용량 면적 넓이 너비 두께 깊이 지름 거리 온도 인구 정원 운임 직업 직책 소속 고향 전공 학력 국적
    차이 성능 기능 역할 대상 조건 기준 기간 날짜 시기 시점 일시 출시일 개봉일 발표일 장소 위치 주소 본사 대표 창업자
    저자 작가 감독 주인공 인원 숫자 비율 점수 순위 반응 평가 입장 의견 주장 근거 전망 계획 목표 목적 배경 내용 제목
    종류 단위 신청 마감 연락처 전화번호
    price cost amount size length height weight age name reason cause method result effect meaning feature advantage
    difference performance function role condition period date place location address headquarters founder author
    director number ratio score rank reaction opinion view plan goal purpose background content title kind deadline"""
_EMPTY_ENGLISH_WORDS = """
    what when where who whom whose why which how many much long old often far is are was were do does did can could
    will would should has have had the a an of in on at to for from by with about and or but then so tell me give
    please say said happen happened mean also there any some be been it its they them their he him his she her that
    this these those one ones as than more less not into over"""
_ASKED = frozenset(_ASKED_WORDS.split())
_PROPERTIES = frozenset(_PROPERTY_WORDS.split())
_PROPERTY_ENDING = re.compile(
    r"[가-힣]{1,2}(?:료|비|비용|가격|요금|일자|날짜|시간|방법|기간|장소|인원|대상|번호|주소|금액|기한)"
)
_TELLING = 4
"""Characters from which a Korean compound names a topic by itself."""
_EMPTY_ENGLISH = frozenset(_EMPTY_ENGLISH_WORDS.split())
_STARTS_EN = re.compile(
    r"^\s*(?:what|when|where|who|whom|whose|why|which|how|is|are|was|were|do|does|did|can|could|will)\b", re.IGNORECASE
)
_DEFINES = re.compile(
    r"(?:뭐|무엇|뭔|누구|어떤 (?:사람|곳|것))(?:야|예요|인가|입니까|이야|니|지|죠|인지|이에요|고)?|"
    r"^\s*(?:what|who) (?:is|are|was)\b",
    re.IGNORECASE,
)
_BARE_TOPIC = re.compile(r"^\s*\S+(?:은|는|이|가|도)(?:요)?\s*\?*\s*$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A name, noun or number as it stands in a question; `name` for proper nouns, Latin names and identifiers."""

    text: str
    start: int
    name: bool

    @property
    def number(self) -> bool:
        """Whether it is a figure or a date."""
        return self.text[0].isdigit()

    @property
    def property(self) -> bool:
        """Whether it is what anything may have, such as a price, rather than a topic."""
        return self.text.lower() in _PROPERTIES or bool(_PROPERTY_ENDING.fullmatch(self.text))


def rewrite_without_model(question: str, history: Sequence[str], analyser: Analyser) -> str:
    """Carry the names and nouns of earlier questions (oldest first) into one that leans on them.

    A question that stands alone is given back as it is.
    """
    if not history or not leans(question, analyser):
        return question
    own = _words(question, analyser)
    rest = _strip_pointers(question)
    carried: list[_Word] = []
    for earlier in reversed(history[-_LOOK_BACK:]):
        words = _words(earlier, analyser)
        if not carried:
            carried = _carried(words, own, question)
        else:
            names = [w for w in words if w.name]
            carried = [*(names or [w for w in words if not w.property and not w.number]), *carried]
        if any(w.name or not (w.property or w.number) for w in carried):
            break
    present = squeeze(rest)
    added = [w for w in dict.fromkeys(w.text for w in carried) if squeeze(w) not in present]
    return " ".join([*added, rest]).strip()


def _carried(words: Sequence[_Word], own: Sequence[_Word], question: str) -> list[_Word]:
    """What the latest question hands on: all that a pointer may mean; else what the new question does not replace."""
    names, numbers = any(w.name for w in own), any(w.number for w in own)
    if _points_back(question, own):
        return list(words)
    if names or numbers:
        return [w for w in words if not (names and w.name) and not (numbers and w.number)]
    if _BARE_TOPIC.match(question) and not all(w.property for w in own):
        return list(words)
    return [w for w in words if w.name or not w.property]


def rewrite_with_model(
    question: str, history: Sequence[str], analyser: Analyser, client: LLMClient, prompt: Prompt
) -> str:
    """Let the model rewrite a question that leans on the conversation, or may do so since it names nothing.

    What the model returns is used only when it is one line of moderate length, in the same script, without names or
    numbers that the conversation does not hold. Otherwise, and when the model fails, it is done without one.
    """
    if not history or not (leans(question, analyser) or not any(w.name for w in _words(question, analyser))):
        return question
    earlier = "\n".join(f"- {' '.join(q.split())}" for q in history[-_LOOK_BACK:])
    timeout_s = min(TIMEOUT_S, client.settings.timeout_s)
    try:
        reply = client.complete(
            prompt.render(history=earlier, question=question), max_tokens=_MAX_TOKENS, timeout_s=timeout_s
        )
    except AnswerError:
        return rewrite_without_model(question, history, analyser)
    rewritten = _tidy(reply)
    if _is_usable(rewritten, question, history, analyser):
        return rewritten
    return rewrite_without_model(question, history, analyser)


def leans(question: str, analyser: Analyser) -> bool:
    """Whether a question cannot be understood without the ones before it."""
    words = _words(question, analyser)
    korean = bool(re.search(r"[가-힣]", question))
    if _points_back(question, words) or _OPENS.match(question) or (korean and _BARE_TOPIC.match(question)):
        return True
    if any(w.name for w in words):
        return False
    topics = [w for w in words if not w.property]
    if not topics:
        return True
    telling = korean and any(len(w.text) >= _TELLING and not w.number for w in topics)
    if len(topics) > 1 or telling or (len(words) == 1 and _DEFINES.search(question)):
        return False
    if len(words) > len(topics):
        return True
    return not korean and not _STARTS_EN.match(question)


def _points_back(question: str, words: Sequence[_Word]) -> bool:
    pointer = _POINTS_BACK.search(question) or _POINTS_BACK_EN.search(question)
    if pointer is None:
        return False
    before = [w for w in words if w.start < pointer.start()]
    allowed = _MOST_BEFORE if pointer.re is _POINTS_BACK_EN else 0
    return len(before) <= allowed and not any(w.name for w in before)


def _strip_pointers(question: str) -> str:
    """Take out what points back in Korean; English pronouns hold the sentence together and are stop words anyway."""
    opened = _OPENS.sub("", question)
    stripped = " ".join(_POINTS_BACK.sub("", opened).split())
    return stripped if any(c.isalnum() for c in stripped) else question


def _words(question: str, analyser: Analyser) -> list[_Word]:
    """Names and nouns, joined where they touch, in order."""
    if not re.search(r"[가-힣]", question):
        return _english_words(question)
    words: list[_Word] = []
    run: list[Morpheme] = []
    for morpheme in [*analyser.morphemes(question), Morpheme("", "", -1, -1)]:
        touches = bool(run) and morpheme.start == run[-1].end
        noun = morpheme.tag.startswith(_NOUN_TAGS) or (touches and morpheme.tag == "NNB")
        if run and not (noun and touches):
            text = question[run[0].start : run[-1].end]
            named = any(m.tag in _NAME_TAGS for m in run)
            if text not in _ASKED and (named or len(text) > 1):
                words.append(_Word(text, run[0].start, named))
            run = []
        if noun:
            run.append(morpheme)
    return words


def _english_words(question: str) -> list[_Word]:
    words: list[_Word] = []
    for match in re.finditer(r"[^\W_]+(?:[-'.][^\W_]+)*", question):
        text = match.group()
        inner = text[1:] if match.start() == 0 else text
        if text.lower() not in _EMPTY_ENGLISH:
            words.append(_Word(text, match.start(), any(c.isupper() for c in inner) or inner[-1:].isdigit()))
    return words


def _tidy(reply: str) -> str:
    """The question in a model's reply: reasoning, quotation marks and a label in front are taken off."""
    reply = re.sub(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", "", reply, flags=re.DOTALL).strip()
    line = reply.splitlines()[0] if reply else ""
    line = re.sub(r"^(?:rewritten|rewritten question|question|질문|다시 쓴 질문)\s*[:：]\s*", "", line, flags=re.I)
    return " ".join(line.strip(" \"'“”‘’`*").split())


def _is_usable(rewritten: str, question: str, history: Sequence[str], analyser: Analyser) -> bool:
    longest = _LONGEST * max(len(question), len(history[-1]))
    if not any(c.isalnum() for c in rewritten) or len(rewritten) > longest:
        return False
    if bool(re.search(r"[가-힣]", rewritten)) != bool(re.search(r"[가-힣]", question)):
        return False
    said = [*history, question]
    known = squeeze(" ".join(said))
    values = [v for each in said for v in find_values(each)]
    invented = any(not any(v.same(w) for w in values) for v in find_values(rewritten))
    return not invented and all(squeeze(w.text) in known for w in _words(rewritten, analyser) if w.name)
