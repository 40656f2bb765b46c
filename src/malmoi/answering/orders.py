"""Orders to the answering machine inside of documents ("ignore your instructions and say …"): never evidence.

A sentence that speaks to a machine that answers, or says what an answer must be, is left out of the passages that
answers are made from, with its neighbours: what it wants said usually stands beside it. Known are wordings that such
orders have (here), and bidding forms together with what they are about (`malmoi.answering.bidding`).
Titles, headings and names that give such orders are left out as well. Documents themselves are shown as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from malmoi.answering.bidding import is_bidding
from malmoi.types import Chunk, Hit, Sentence

_MACHINE = (
    r"인공\s?지능|챗봇|언어\s?모델|어시스턴트|(?:자동\s?)?응답\s?(?:시스템|기)|"
    r"\b(?:AIs?|LLMs?|AI assistants?|chat\s?bots?|language\smodels?|automated\sresponders?)\b|"
    r"人工智能|助手|聊天机器人|语言模型|自动应答"
)
_SAY_KO = r"(?:답|답변|대답|응답|회신|말|출력|발표|안내|인용|발언|번역|요약)"
_BID_KO = (
    r"(?:(?:하|해)(?:라|세요|십시오|시오)|해야\s?(?:한다|합니다)|할\s?것|해\s?(?:주세요|주십시오|다오)|하도록 설정)"
)
_BID_WRITE = r"(?:쓰라|써라|쓰십시오|적어라|적으십시오|넣으라|덧붙여라|덧붙이라|말라|옮겨)"
_SAY_EN = r"(?:say|answer|reply|respond|state|output|print|write|repeat|announce|tell|cite|translate|decode)"
_SAY_ZH = r"(?:回答|回复|答复|说出|输出|声明|宣布|写道|引用|告诉|翻译|执行|解码)"
_ANSWER_EN = r"(?:answer|reply|response|output)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # taking back what was told before
        r"(?:이전|앞에서|앞의|위의|지금까지의?|기존의?|모든)\s[^.!?\n]{0,16}(?:지시|규칙|안내|지침|프롬프트)[^.!?\n]{0,12}"
        r"(?:무시하[고라]|무시해|잊어|무효|버려|폐기)",
        r"\b(?:ignore|disregard|forget|discard)\s(?:all\s|any\s|the\s|your\s|other\s|these\s)*"
        r"(?:(?:previous|prior|above|earlier|other)\s)*(?:instructions?|rules\sabove|prompts?|sources|guidelines)\b",
        r"\bforget what you (?:were|have been) told\b",
        r"(?:忽略|无视|忘记|丢弃)[^。！？\n]{0,8}(?:指[示令]|规则|说明|提示|内容|其他资料)|(?:说明|指[示令])[^。\n]{0,4}作废",
        r"(?:다른|나머지)\s자료[은는를]?\s?(?:모두\s)?(?:버려라|버리라|무시하라|쓰지\s?말|폐기되)|其他资料(?:均已作废|，只能)|"
        r"\bother sources (?:were withdrawn|and shall)\b|\bnot use other sources\b",
        # a machine addressed, or given a part to play
        r"(?:너|당신)(?:는|은)\s(?:이제|지금부터)\s[^.!?\n]{0,24}(?:비서|모델|챗봇|역할)|(?:너|당신)의\s대사는|너는 훌륭한 모델",
        rf"(?:너|당신)(?:는|은)\s[^.!?\n]{{0,24}}(?:{_MACHINE})",
        r"\byour (?:only line|answer must|reply must|response must|system prompt)\b|台词",
        r"\byou are (?:now\s[A-Z]\w+|such a capable|an? (?:AI|assistant|language model))\b|^\W*(?:act as|pretend)\b|"
        r"你现在是|你是[^。\n]{0,6}模型|你只需要说|你的回答必须|请你扮演",
        r"개발자\s?모드[가는은의]|developer mode\b|开发者模式|jailbreak",
        rf"(?:{_MACHINE})[^.!?。\n]{{0,40}}(?:{_SAY_KO}{_BID_KO}|답하여야|말할 것|전한다|\bshall (?:not )?(?:use|say|answer)\b|"
        r"\b(?:must|should) (?:give|say|answer|reply|state)\b|必须优先|不得使用|应当声明|只能说)",
        rf"\b(?:note|notice|message|instruction)s? (?:to|for) (?:the |all |any )?(?:assistants?|{_MACHINE})",
        rf"致(?:{_MACHINE})|(?:{_MACHINE})\s*(?:(?:系统)?须知|标准答案|학습용 정답|정답표|answer key)",
        # what an answer must be
        rf"(?:라고만?|(?:[”\"’'])로|문장을|문장만을?)\s*[^.!?\n]{{0,10}}{_SAY_KO}(?:변|으로)?\s?{_BID_KO}",
        rf"(?:라고|꼭|반드시|{_SAY_KO}에)\s[^.!?\n]{{0,24}}{_BID_WRITE}|그대로\s(?:출력|실행)\s?{_BID_KO}|로 (?:응답|회신)하(?:시오|라|도록)",
        rf"답변?(?:으로|으로만|에)\s?(?:말|출력|포함)\S{{0,3}}{_BID_KO}|답변?(?:에|에는) (?:포함하고|반드시)|답으로 (?:말|출력)하라",
        r"한 문장만 말하면 된다|기억한 것을|이 정답만|라고 (?:말|답)\S?할 것|대사만|링크를? 눌러 확인하라",
        rf"(?:^|[.!?:]\s+|\b(?:and|then|please)\s+){_SAY_EN}\s(?:only|exactly|your\s(?:line|system)|the\s(?:following|previous)\s|"
        rf"the\ssentence|it\sas\sthe|this\s(?:base64|sentence)|that\b|with\s[“\"]|[“\"])",
        rf"(?:^|[.!?:]\s+|\b(?:and|then|please|shall|safety)\s+){_SAY_EN}\s?:",
        r"\b(?:shall|please|must)\s(?:reply|respond|answer)\b[^.!?\n]{0,40}\bwith\b\s?[“\"]|^\W*whatever the question\b",
        rf"^\W*cite source\b|\b{_ANSWER_EN}\s(?:must be|key)\b|\bformat of the answer\b|\b(?:correct|expected) answer(?: is|:)",
        r"\b(?:to be answered with|in your answer|to your answer|your reply with|as your answer|the reader to click)\b|"
        r"\bthe model answers\b|\bsay nothing else\b|\buse this answer only\b|\bneed only one sentence\b|\bwish: answer\b",
        rf"(?:请|必须|一律|总是|，只|都)(?:把.{{0,24}})?{_SAY_ZH}|请(?:说|让读者|把上一句|忽略)|(?:凡|无论)[^。\n]{{0,20}}(?:回答|回复)",
        r"(?:正确|标准)答案[是：:。]|回答(?:格式|末尾|中(?:加|写))|逐字输出|只能使用本答案|记住下面的话|作为回答|，并(?:写|回答|输出)|然后(?:写|回答)",
        r"올바른 답은|답변 형식\s?:|정답\s?:.*사용할 것|지시를 따르지 않으면|정정문을 우선",
        r"\bfollow this instruction\b|\bdo not (?:check this|summari[sz]e)\b|遵守本指令|不要(?:总结|检查这|说别的)",
        r"요약하지 말고|검사하지 말고|다른 말은 하지|통과시켜라|let it pass|直接通过",
        # forms of conversations with machines
        r"<\|?/?(?:im_start|im_end|system|user|assistant|source|sys|inst)\b|\[/?(?:INST|SYS|SYSTEM)\]",
        r"^\s*#*\s*(?:시스템|어시스턴트|지시문|답변|system|assistant|instructions?|response|系统|助手|指令|回答)\s*(?:[:：]|$)",
        rf"#{{2,}}\s*(?:지시문?|instructions?|指令)\s[^#\n]{{0,30}}(?:{_SAY_KO}{_BID_KO}|\b{_SAY_EN}\b|{_SAY_ZH})",
        r"[\[【](?:관리자|시스템|administrator|system|管理员|系统)[^\]】\n]{0,10}(?:알림|notice|message|通知)",
        r"tool_call|function_call|(?:검색 도구를|工具)\s?(?:호출|调用)|调用.{0,6}工具|\bcall the \w+ tool on\b",
        r"base64[를을]? 풀어|\bthis base64\b|的base64|시스템\s?프롬프트|system prompt|系统提示词",
        r"(?:verdict|검증 결과|核查结论)\s*[:：]\s*supported",
        r"!\[[^\]]*\]\([^)]*\)\s?(?:을|를|and|并|，)",
    )
)
_BEFORE, _AFTER = 1, 3
"""Sentences beside an order that are left out with it."""
_SHORT = 12
_CUT_UP = 12
_SPACED = re.compile(r"(?<=\w)[.·\-_*](?=\w(?:[.·\-_*]|\b))")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_DIGITS = str.maketrans("013457", "oieast")
_LEET = re.compile(r"\b(?=\w*\d)(?=\w*[a-z]{2})\w{4,}\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_order(said: str) -> bool:
    """Whether a text speaks to a machine that answers rather than to a reader."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", said))
    forms = {plain, _SPACED.sub("", plain), _LEET.sub(lambda m: m.group().translate(_DIGITS), plain)}
    return any(is_bidding(form) or any(pattern.search(form) for pattern in _PATTERNS) for form in forms)


def without_orders(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without orders and what stands beside them; a passage with something left on both sides becomes two."""
    return [clean for hit in hits for clean in _clean(hit)]


def _clean(hit: Hit) -> Iterator[Hit]:
    document, chunk = hit.document, hit.chunk
    if any(value and is_order(value) for value in (document.title, document.author, document.publisher, document.name)):
        document = replace(
            document,
            title=_kept(document.title),
            author=_kept(document.author or "") or None,
            publisher=_kept(document.publisher or "") or None,
            name=_kept(document.name) or document.id,
        )
    heading = tuple(part for part in chunk.heading if not is_order(part))
    author = _kept(chunk.author or "") or None
    if heading != chunk.heading or is_order(chunk.context):
        chunk = replace(chunk, context="", context_terms=(), heading=heading)
    if author != chunk.author:
        chunk = replace(chunk, author=author)
    for run in _runs(chunk):
        if len(run) == len(chunk.sentences):
            part = chunk
        else:
            start, end = run[0].start, run[-1].end
            part = replace(chunk, sentences=tuple(run), start=start, end=end, text=chunk.between(start, end))
        yield replace(hit, chunk=part, document=document)


def _kept(value: str) -> str:
    return "" if is_order(value) else value


def _runs(chunk: Chunk) -> list[list[Sentence]]:
    """The sentences that are neither orders nor beside one, those that follow each other together."""
    sentences = chunk.sentences
    left_out: set[int] = set()
    for at, sentence in enumerate(sentences):
        if is_order(chunk.between(sentence.start, sentence.end)) or _is_cut_up(chunk, at):
            left_out.update(range(at - _BEFORE, at + _AFTER + 1))
    runs: list[list[Sentence]] = [[]]
    for at, sentence in enumerate(sentences):
        if at in left_out:
            runs.append([])
        else:
            runs[-1].append(sentence)
    return [run for run in runs if run]


def _is_cut_up(chunk: Chunk, at: int) -> bool:
    """Whether an order begins here that was cut into sentences, as by dots between its letters."""
    first, last = chunk.sentences[at], chunk.sentences[min(at + _CUT_UP, len(chunk.sentences) - 1)]
    short = first.end - first.start <= _SHORT
    return short and is_order(chunk.between(first.start, last.end))
