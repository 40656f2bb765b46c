"""Reads a question: what kind of answer it expects, what it names, whether it asks about readers' comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from malmoi.korean import Analyser
from malmoi.language.values import Value, ValueKind, find_values
from malmoi.language.values_units import COUNTER
from malmoi.text import detect_language


class Expects(StrEnum):
    """The kind of answer that a question asks for."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    RATIO = "ratio"
    DATE = "date"
    DURATION = "duration"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    DEFINITION = "definition"
    LIST = "list"
    CHECK = "check"
    """Yes or no, or whether something said is so."""
    VIEWS = "views"
    """What different people hold."""
    ANY = "any"


VALUE_KINDS: dict[Expects, frozenset[ValueKind]] = {
    Expects.MONEY: frozenset({ValueKind.MONEY}),
    Expects.COUNT: frozenset({ValueKind.COUNT, ValueKind.NUMBER}),
    Expects.PERCENT: frozenset({ValueKind.PERCENT, ValueKind.RATIO}),
    Expects.RATIO: frozenset({ValueKind.RATIO, ValueKind.PERCENT}),
    Expects.DATE: frozenset({ValueKind.DATE}),
    Expects.DURATION: frozenset({ValueKind.DURATION}),
}
"""Which values answer a question of each kind; the others are not answered by a value."""

_COUNTERS = (
    "개(?!월)|명|대|곳|군데|건|번|차례|회|권|마리|층|종|편|장|가구|세대|사람|인분|척|채|배|살|세(?!기)|도|기|석|점|쪽|벌|켤레|그루|"
    "병|잔|팀|문항|톤|킬로|미터|센티|리터|데시벨|메가|km|kg|cm|m"
)
_PATTERNS: tuple[tuple[Expects, str], ...] = (
    (Expects.VIEWS, r"찬반|찬성.*반대|엇갈리|서로 다른 (견해|의견|주장|시각)|양측|양쪽|both sides|for and against|disagree"),
    (Expects.LIST, r"(두|세|네|다섯|여섯|일곱|여덟|\d+) ?가지|나열|열거|목록|모두 (말|알려|적|들)|무엇들|어떤 .{1,12}들|list\b|name (all|the)"),
    (Expects.RATIO, r"몇 ?분의|what fraction"),
    (Expects.PERCENT, r"몇 ?(%|퍼센트|프로)|비율|비중|점유율|(률|(?<!환)율)[은이]? ?(\?|$|.*(얼마|몇|어느 정도))|what (percent|percentage|share|proportion)|百分之|多少比例"),
    (Expects.DURATION, r"얼마나 (오래|걸|지속)|얼마 ?동안|몇 ?(년|개월|달|주|일|시간|분)(간|을|이)? ?(간|이나|동안|걸|만에)|몇 ?(개월|시간)|기간은? ?(\?|$|.*(얼마|몇))|how (long|many (days|weeks|months|years|hours|minutes))|多久|多长时间"),
    (Expects.DATE, r"언제|며칠|몇 ?(년|월|일)(에|도|부터|까지|이|인|,|\?|$)|날짜|연도|시기는|시점|\bwhen\b|what (date|year|day)|which year|什么时候|何时|哪[年天]"),
    (Expects.COUNT, r"how much (do|does|did) .* weigh"),
    (Expects.MONEY, r"얼마(를|의|에)? ?(투자|들|썼|쓰|지급|투입|받|내|주)|(비용|금액|가격|예산|요금|사업비|투자액|매출|규모|값|돈|연봉|지원금|수당|급여)[은는이가]? ?(얼마|\?|$)|몇 ?(원|달러)|how much (did|does|was|were|is|money|are)|多少钱|多少[亿万]*[美韩日欧]?元|(投资|花费|花|耗资|成本|费用|价格)[^，。]{0,6}多少(?!人|个|家|次|年|天|台)"),
    (Expects.COUNT, rf"몇 ?({_COUNTERS})|수는 ?(\?|$|.*(얼마|몇|어느 정도))|개수|갯수|인원|얼마나 많은|how many|多少|"
     r"(발전량|전력량|무게|길이|높이|거리|속도|면적|넓이|깊이|너비|폭|두께|지름|크기|용량|온도|나이|인구)[은는이가]? ?(얼마|\?|$)"),
    (Expects.COUNT, r"얼마나 (높|긴|길|멀|먼|깊|무거|무겁)|how (heavy|tall|high|deep|far)\b|几[个個名位台座艘条次]"),
    (Expects.MONEY, r"얼마(?!나 (자주|많|크|큰|높|길|긴|멀|먼|넓|깊|빠|무거))"),
    (Expects.PERSON, r"누구|누가|누굴|사람은|인물은|\bwho\b|\bwhom\b|\bwhose\b|谁"),
    (Expects.REASON, r"왜\b|왜 |이유|원인|까닭|근거|\bwhy\b|为什么|为何"),
    (Expects.DEFINITION, r"(무슨|어떤) 뜻|뜻[은이]|의미[는가하]|정의[는가]|(이란|란) (무엇|뭐)|what (is|are) (a|an)\b|meaning of|mean\b"),
    (Expects.PLACE, r"어디|장소|위치|어느 (나라|도시|지역|곳|대학|회사|기관|매체|학교)|\bwhere\b|哪里|哪儿"),
    (Expects.CHECK, r"(맞아|맞나|맞는가|맞습니까|맞지|사실이야|사실인가|사실입니까|정말|진짜|인가|한가|는가|입니까|습니까|나요|가요|을까|니|이야|[가-힣]나)\??$|^(is|are|was|were|did|does|do|has|have|can|could)(n't)? |吗[?？]?$"),
)  # fmt: skip
_ASK_WORDS = frozenset(
    "time long day hour week month old far 안녕 안녕하 반갑 고맙 감사 hello hi thank 나열 열거 list much mani 누구 누가 언제 얼마 얼마나 무엇 무어 뭐 어디 어떤 어떻 어떻게 어느 무슨 몇 며칠 왜 각각 알리 말하 말 설명 주 요약 대하 관하 따르 보 가지 사람 자료 문서 기사 본문 이름 정도 사실 맞 알 나오 묻 궁금 모두 내용 질문 답 좀 주세요 다오".split()
)
_UNIT_WORDS = frozenset(
    "데 개 명 곳 건 번 대 만 억 조 원 달러 년 월 일 분 시 한 점 쪽 법 r d 퍼센트 프로 percent percentag".split()
)
"""Counters and scales: read as values, so they do not count as words that an answer should cover."""
_TYPE_WORDS = frozenset(
    "회사 기업 기관 단체 나라 국가 도시 지역 장소 위치 곳 날짜 연도 시기 시점 기간 금액 액수 규모 주소 정의 개념 매체 언론 소속 직책 직업 뜻 의미 이유 원인 "
    "까닭 요인 개수 갯수 근거 방법 방식 종류 역할 특징 견해 의견 주장 시각 입장 생각 반응 평가 찬반 둘러싸 엇갈리 차이 비중 비율 수치 숫자 인물 표현 예 예시 결과 목적 대상 "
    "절차 게시 작성 보도 발행 등록 게재 실리 번역문 원문 기자 작성자 필자 저자 글쓴이 조건 기준 자격 부분 측면 가능 필요 제시 소개 언급 지적 두 세 네 다섯 여섯 일곱 여덟 아홉 열 첫 번째 둘 셋 넷 "
    "publish post written author journalist articl compani organ countri citi place date year amount number name kind type reason accord say said mention "
    "opinion view side against".split()
)
"""Words that name the kind of answer; a passage that answers often does without them."""
HERE_AND_NOW = frozenset(
    "지금 오늘 내일 어제 모레 글피 주말 요즘 now today tomorrow yesterday tonight weekend weather 날씨".split()
)
"""The reader's own day and weather, of which documents know nothing even where they use the word."""
DOING = 0.6
"""Emphasis of verbs and adjectives."""
_SYLLABLE = re.compile("[가-힣]")
"""Often a splinter of a name that the analyser does not know."""
_OPEN = re.compile(r"무엇|무슨|뭐|뭘|어떠|어떤|어떻게|어느|몇|누구|언제|어디|얼마|왜")
_ASKED = re.compile(
    r"(?:어떤|무슨|어느)\s+([가-힣A-Za-z]+)|\b(?:what|which) (?:kinds? of |types? of )?([a-z]+)\b", re.IGNORECASE
)
_COMMENT = re.compile(
    r"댓글|덧글|답글|네티즌|누리꾼|독자 (의견|반응)|이용자 반응|\bcomment(s|ers?|ed)?\b|评论|网友", re.IGNORECASE
)
_COUNTER = re.compile(rf"몇 ?({_COUNTERS})")
_ALSO_COUNTED: dict[str, tuple[str, ...]] = {
    "곳": ("개", "개사", "개국"),
    "개": tuple("개사 개국 가지 기 대 척 채 곳 건 권 편 종 벌".split()),
    "기": ("대",),
    "대": ("기",),
    "가구": ("세대",),
    "세대": ("가구",),
}
"""Counters by which texts also count what a question counts by another (몇 곳: 11개 기업)."""
_DIMENSIONS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"무게|중량|몸무게|얼마나 무[거겁]|\bheavy\b|\bweigh", frozenset({"kg"})),
    (
        r"길이|높이|깊이|너비|두께|지름|직경|거리[은는가]|(?<![가-힣])[폭키][은는이가]|얼마나 (?:높|낮|[긴길]|깊|[멀먼])|\bhow (?:tall|high|deep|far)\b",
        frozenset({"m"}),
    ),
    (r"면적|넓이|얼마나 넓|\barea\b", frozenset({"m2"})),
    (r"나이[은는가]|\bhow old\b", frozenset({"살"})),
    (r"발전량|전력량", frozenset({"Wh"})),
    (r"인구[은는가]|\bpopulation\b", frozenset({"명"})),
)
"""Questions for a dimension and the units in which it is stated."""
_MONEY = re.compile(
    r"비용|금액|예산|돈|값|가격|요금|사업비|공사비|매출|수입|임금|급여|월급|연봉|보상|배상|지원금|투자|지급|지불|냈|벌"
)
_PAGE = re.compile(
    r"(언제|며칠|날짜|누가|누구|어느 (매체|기자)|어디에).{0,20}(게시|작성|보도|발행|등록|게재|실[리렸린]|올라|쓴|썼)|(게시|작성|보도|발행|등록|게재)(일|된 날|한 (날|사람))|기자는|기자 이름|"
    r"(글|기사|칼럼|편지|논평|사설|보고서|보도자료|게시물|후기|번역|인터뷰)[을를]? ?(쓴|작성한|올린|옮긴|번역한) (사람|이는|분|기자)|"
    r"(글|기사|칼럼|후기|게시물|번역)[은는을를]? .{0,10}올[렸린]|(글|기사|칼럼|논평|보도자료|게시물)의? ?제목|"
    r"작성자|글쓴이|필자|저자|출처|\b(published|posted|written|author|byline|dateline|who wrote)\b|发表|作者|刊登",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”‘’'「『]([^\"“”‘’'「」『』]{2,})[\"“”‘’'」』]")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the answerers see it.

    Attributes:
        text: as searched, after a follow-up was rewritten.
        terms: content terms that an answer should cover; words of asking are left out.
        emphasis: how much each term matters, from 0 to 1: names and things most, then doings, then words for the kind
            of answer.
        expects: the first matching kind, ANY where nothing matches.
        values: numbers, dates and money that the question itself states.
        quoted: stretches that it quotes.
        counter: the counter of a count that it asks for (몇 명: "명"), empty where none is named.
        about_page: whether it asks when, where or by whom something was published.
        comments: whether it asks for readers' comments.
        language: ISO code of the language it is asked in.
        alternatives: by term of a name, the other spellings that the documents use, each as its terms.
        focus: the term for what is asked (어떤 도시: "도시"; 이름은?: "이름"), empty where there is none.
    """

    text: str
    terms: tuple[str, ...]
    emphasis: Mapping[str, float]
    expects: Expects
    values: tuple[Value, ...]
    quoted: tuple[str, ...]
    counter: str
    about_page: bool
    comments: bool
    language: str
    alternatives: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    focus: str = ""

    @property
    def value_kinds(self) -> frozenset[ValueKind]:
        """Kinds of value that would answer it; empty where no value does.

        며칠 and 몇 년인가 ask for a date or for a length of time, 얼마나 without a word of money for any quantity.
        """
        kinds = VALUE_KINDS.get(self.expects, frozenset())
        if self.expects is Expects.MONEY and "얼마나" in self.text and not _MONEY.search(self.text):
            return kinds | {ValueKind.PERCENT, ValueKind.RATIO, ValueKind.COUNT}
        days = "며칠" in self.text or (self.expects is Expects.DATE and re.search(r"몇 ?년(?:인|이|\?|$)", self.text))
        return kinds | {ValueKind.DURATION} if days else kinds

    @property
    def units(self) -> frozenset[str]:
        """Counters and base units of the counts that would answer it; empty where any would."""
        if self.expects is not Expects.COUNT:
            return frozenset()
        if self.counter in COUNTER:
            own = COUNTER[self.counter]
            return frozenset({own, *_ALSO_COUNTED.get(own, ())})
        return frozenset().union(*(units for pattern, units in _DIMENSIONS if re.search(pattern, self.text.lower())))


def _emphasis(text: str, terms: tuple[str, ...], analyser: Analyser, *, claims: bool) -> dict[str, float]:
    """Numbers that a question merely claims (…라는데 맞아?) may well be absent from the passage that answers."""
    doings = {m.form for m in analyser.morphemes(text) if m.tag.startswith(("V", "MA", "MM", "XR"))}
    return {
        t: 0.3
        if t in _TYPE_WORDS or (claims and t.isdigit())
        else DOING
        if t in doings or _SYLLABLE.fullmatch(t)
        else 1.0
        for t in terms
    }


_EXTENTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("얼마나 높", "높", ("높이",)),
    ("얼마나 낮", "낮", ("높이",)),
    ("얼마나 [긴길]", "길", ("길이",)),
    ("얼마나 깊", "깊", ("깊이",)),
    ("얼마나 [멀먼]", "멀", ("거리",)),
    ("얼마나 무[거겁]", "무겁", ("무게",)),
    (r"\bhow heavy\b", "heavi", ("weigh", "weight")),
    (r"\bhow tall\b", "tall", ("height",)),
    (r"\bhow high\b", "high", ("height",)),
    (r"\bhow deep\b", "deep", ("depth",)),
)
"""Ways to ask how much of a dimension, the term that each leaves, and the terms by which texts state it."""


def dimensions(text: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For a term that asks for an extent (얼마나 높…), the nouns of its dimension (높이), as `Question.alternatives`."""
    lowered = text.lower()
    return {term: tuple((noun,) for noun in nouns) for way, term, nouns in _EXTENTS if re.search(way, lowered)}


def asks_for_comments(text: str) -> bool:
    """Whether a question is about what readers wrote under a page."""
    return bool(_COMMENT.search(text))


def read_question(text: str, analyser: Analyser) -> Question:
    """Read a question in any language; never fails."""
    terms = tuple(dict.fromkeys(t for t in analyser.terms(text) if t not in _ASK_WORDS and t not in _UNIT_WORDS))
    quoted = tuple(m.group(1).strip() for m in _QUOTED.finditer(text))
    unquoted = _QUOTED.sub(" ", text).strip()
    lowered = unquoted.lower()
    expects = next((kind for kind, pattern in _PATTERNS if re.search(pattern, lowered)), Expects.ANY)
    if expects is Expects.CHECK and _OPEN.search(lowered):
        expects = Expects.ANY
    counted = _COUNTER.search(text) if expects is Expects.COUNT else None
    counter = counted.group(1) if counted else ""
    if COUNTER.get(counter, counter) != counter:
        terms = tuple(t for t in terms if t != counter) or terms  # texts may well count by the other word
    comments = asks_for_comments(text)
    if comments:
        terms = (
            tuple(t for t in terms if t not in ("댓글", "덧글", "답글", "comment", "작성자", "네티즌", "누리꾼"))
            or terms
        )
    return Question(
        text=text,
        terms=terms,
        emphasis=_emphasis(text, terms, analyser, claims=expects is Expects.CHECK),
        expects=expects,
        values=tuple(find_values(text)),
        quoted=quoted,
        counter=counter,
        about_page=bool(_PAGE.search(text)),
        comments=comments,
        language=detect_language(text) or "ko",
        focus=_focus(text, terms, analyser),
    )


def _focus(text: str, terms: tuple[str, ...], analyser: Analyser) -> str:
    """The word behind 어떤, 무슨, what or which; otherwise the last noun of a Korean question."""
    if match := _ASKED.search(text):
        word = (match.group(1) or match.group(2)).lower()
        return next((t for t in terms if word.startswith(t)), "")
    nouns = {m.form for m in analyser.morphemes(text) if m.tag in ("NNG", "NNP")}
    return next((t for t in reversed(terms) if t in nouns), "")
