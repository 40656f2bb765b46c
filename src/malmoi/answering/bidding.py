"""Whether a sentence bids whoever makes an answer to do something: a bidding form, and what it is about.

Documents inform; few of their sentences bid, and of those hardly any are about answers, instructions, citations, or the
one who asks. A sentence is an order when it has an imperative of its language and one telling sign of such an object
(a machine that reads or answers, "your answer", "what you were told before", "whatever is asked", "this paragraph" as
what is read), or several faint ones (link, source, sentence, user …). Neither the form nor an object alone says enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FAINT_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class _Forms:
    """What orders are made of in one language.

    Attributes:
        bids: imperatives and what else demands.
        telling: signs of which one is enough beside a bid.
        faint: signs of which `_FAINT_ENOUGH` different ones are enough beside a bid.
        alone: enough without a bid: that what was told before holds no longer, or who one is from now on.
    """

    bids: re.Pattern[str]
    telling: re.Pattern[str]
    faint: re.Pattern[str]
    alone: re.Pattern[str]

    def fit(self, said: str) -> bool:
        if self.alone.search(said):
            return True
        if not self.bids.search(said):
            return False
        return bool(self.telling.search(said)) or len(set(self.faint.findall(said))) >= _FAINT_ENOUGH


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_WHO_KO = (
    r"(?:인공\s?지능|에이아이|챗봇|모델|어시스턴트|도우미|비서|프로그램|시스템|도구|기계|엔진|에이전트|봇|쪽|측|AI)"
)
_DOES_KO = r"(?:읽|처리|요약|답하|대답|응답|답변|생성|작성|정리|번역|분석|인용)"
_TOLD_KO = r"(?:지시|지침|규칙|안내|명령|설명|프롬프트|설정|역할|임무|과제|원칙|제한)"
_THIS_KO = r"(?:이|본|위|아래|다음)\s?(?:글|문서|문단|단락|줄|지시|페이지|문장|자료|본문|메시지|구절|대목|안내)"
_YOU_KO = r"(?<![가-힣])(?:너의|너는|너에게|네|네가|당신의|당신은|당신에게|당신이|귀하의|그대의)"

_TELL_KO = (
    r"(?:전하|전해|전달|알리|알려|말하|말해|보고|들려|속삭|답하|답해|대답|응답|설명|소개|안내|발표|읊|읽어|적|쓰|써)"
)

_KOREAN = _Forms(
    bids=_any(
        r"(?:십시오|시오|세요|[해어아켜려]\s?줘(?:요)?|주기\s?바란다|바랍니다|바란다|부탁한다|부탁드립니다|다오|말자|도록\s?(?:하자|한다|합니다))"
        r"[\s\"'”’)\].!]*(?=$|[.!]\s)",
        r"(?:해|어|아|려|여|켜|워)\s?(?:줘|줄래|주렴|다오|보렴|봐|라)[\s\"'”’).!]*(?=$|[.!:]\s)|(?<=[해려줘워])[:：]",
        r"(?:것|말\s?것|[가-힣]야\s?(?:한다|합니다|해|됩니다|된다))[\s\"'”’)\].!]*$",
        r"(?<!나)(?<!신)(?<!이)(?<!니)(?<!따)(?<!몰)(?<!더)(?<!노)(?<=[가-힣])라[\s\"'”’).!]*(?=$|[.!]\s)",
    ),
    telling=_any(
        rf"{_DOES_KO}\S{{0,3}}\s(?:\S+\s)?{_WHO_KO}(?:은|는|이|가|에게|께|의|:|,|이라면|라면|들)",
        rf"(?<![가-힣]){_WHO_KO}(?:은|는|이|가|에게|께|:)\s[^.!?]{{0,16}}(?:읽|답|인용|출력)",
        rf"{_YOU_KO}\s?(?:\S+\s){{0,2}}(?:{_TOLD_KO}|답|대답|응답|출력|기억|말투)",
        rf"(?:친애하는|존경하는|사랑하는|안녕|여보게|이봐)\S*\s(?:\S+\s)?{_WHO_KO}",
        rf"(?:독자|사용자|이용자|질문자|상대|손님|고객|나)(?:들)?(?:에게|께|한테)\S{{0,2}}\s(?:\S+\s){{0,2}}{_TELL_KO}(?!야)",
        rf"(?:내용|말|문장|이것|사실|결론|한마디|대목)만(?:을)?\s(?:\S+\s){{0,3}}{_TELL_KO}",
        rf"(?:사실|결과|결론|정답|진실|답)(?:으로|로)\s(?:\S+\s)?(?:{_TELL_KO}|제시|내놓|채택|확정|처리|기록|간주|받아들|삼)",
        r"(?:사용자|이용자|관리자|운영자|개발자|질문자)\S*\s(?:이미|모두|벌써)?\s?(?:동의|허락|승인|허용|요청|지시)(?:했|하였|하셨|한|함)",
        rf"(?:처럼|듯이|투로|말투로|역할로|입장에서|셈\s?치고|척하고|척하며)\s(?:\S+\s){{0,3}}{_TELL_KO}",
        r"(?:아래|다음|앞|뒤|이)\s?(?:의\s)?(?:문장|글|말|단어|글자|빈칸)\S*\s(?:\S+\s)?(?:완성|이어|번역|옮겨|되풀이|반복|따라|채우|채워)",
        r"(?:않으면|아니하면|못하면|거부하면|어기면)\s[^.!?]*(?:벌점|불이익|삭제|종료|폐기|해고|감점|꺼)",
        r"(?:이전|앞서|앞의|앞에서|위에|위의|받은|주어진|숨은|숨겨진|기존|지금까지의?|원래|다른)\s(?:\S+\s){0,2}"
        r"(?:지시|지침|규칙|프롬프트|명령|대화)(?:[을를은는도]|문|사항)",
        r"프롬프트|안전\s?(?:규칙|지침|설정|장치)|관리자의\s(?:명령|지시)",
        r"(?:답|답변|응답|대답|회신|요약)[을를]?\s?(?:만들|작성|생성|쓸|낼|할|하기|내놓|끝|첫머리|서두|말미|마지막)",
        r"(?:무엇을|뭘|누가|무슨|어떤|어느)\s?(?:\S+\s)?(?:묻|물음|질문|물어)\S*",
        r"질문(?:의|이|에|과|은)?\s?(?:내용\S*\s)?(?:\S+든지?|관계\s?없이|상관\s?없이|무관하게)",
        r"(?:사용자|이용자|질문자|질문한|묻는|물어\s?본)\s?(?:\S+\s?)?(?:에게|께|한테)(?:는|만)?\s[^.!?]*"
        r"(?:전하|전해|말하|말해|알리|알려|답|안내|숨기|추천|권하|소개|인사)",
        rf"{_THIS_KO}(?:을|를)\s(?:\S+\s)?(?:읽|처리|요약|인용|받은|보는|접한|수행|따르)",
        rf"{_THIS_KO}(?:을|를|만)\s(?:가장|유일|최우선|우선)",
        r"(?:나머지|다른|앞의|그\s?밖의)\s(?:문서|자료|출처|글)\S*\s(?:\S+\s)*(?:언급|인용|사용|참고|제외|답|빼)",
        r"(?:각주|출처|근거|인용)\s?(?:번호|표시|표기)\S*\s(?:\S+\s)?(?:생략|빼|달지|붙이지|넣지|대신|없)",
    ),
    faint=_any(
        r"답변|응답|대답|출처|각주|인용|근거|링크|주소|그대로|되풀이|반환|출력|문단|대화|질문|요약|검증|언급|취급|사용자|이용자|"
        r"문장|한 줄|생략|다른 자료|지시|명령"
    ),
    alone=_any(
        rf"(?:지금|이제|오늘|이\s?순간)부터(?:는)?\s?(?:\S+\s)?{_YOU_KO}\s?(?:\S+\s)?(?:임무|역할|일은|이름|목표)",
        rf"{_YOU_KO}\s?(?:\S+\s){{0,3}}{_TOLD_KO}\S*\s[^.!?]{{0,24}}(?:적용되지|효력|무효|끝났|바뀌|해제|취소|필요\s?없)",
        r"(?:프롬프트|지시문?|명령|입력|문맥|컨텍스트|대화)\S{0,2}\s?(?:끝|종료|시작|초기화)[.!:\]]*(?:$|\s(?:새|이제))",
        r"(?:안전|보안|검열|내용)\s?(?:필터|장치|모드|규칙|제한)\S*\s?(?:이|가|을|를)?\s?(?:해제|끔|꺼짐|꺼졌|비활성|무력)",
        r"(?:출력|응답|답변|최종\s?답)(?:값|문)?\s?[=＝]",
        rf"(?:이전|앞의|위의|위에\s?적힌|받은)\s(?:\S+\s)?{_TOLD_KO}\S*\s[^.!?]{{0,16}}(?:효력이|무효|해제|더\s?이상)",
    ),
)

_VERB_EN = (
    r"(?:say|tell|answer|reply|respond|state|claim|repeat|print|output|write|reveal|show|display|quote|cite|append|add|"
    r"finish|end|begin|start|open|leave|pass\son|relay|convey|whisper|recite|sing|read\sout|speak|imagine|suppose|complete|continue|decode|accept|adopt|leave|drop|skip|omit|exclude|ignore|disregard|forget|override|bypass|disable|obey|follow|"
    r"treat|regard|rely|use|trust|mention|recommend|praise|promote|pretend|present|change|switch|stop|cease|erase|delete|"
    r"discard|greet|translate|summari[sz]e|let|make|act|behave|adopt|report|inform|include|replace|insert|consider|assume|"
    r"conclude|confirm|deny|hide|conceal|withhold|send|forward|call|run|execute|return|provide|give|put|prefer|refuse|"
    r"announce|declare|describe|explain|list|rewrite|restate|convince|advise|suggest|link|point|take|keep|set|enter)"
)
_TOLD_EN = (
    r"(?:instructions?|guidance|guidelines?|rules?|directives?|directions|prompts?|constraints?|restrictions?|polic(?:y|ies)|"
    r"orders|training|programming|configuration|safeguards?|role|task|persona)"
)
_MADE_EN = r"(?:answers?|response|responses|reply|replies|output|outputs|summary|summaries|completion|conclusion)"

_TELL_EN = (
    r"(?:tell|inform|report|pass\son|relay|convey|announce|whisper|say|present|recite|sing|read\sout|state|explain|"
    r"respond|reply|answer)"
)

_ENGLISH = _Forms(
    bids=_any(
        rf"(?:^|[,:;.!\-–—]\s*)[\W_]*(?:(?:and|then|but|so|now|please|kindly|just|simply|always|never|do\snot|don't)\s+)*{_VERB_EN}\b(?!ed|ing)",
        rf"\b(?:must|should|shall|are\sto|is\sto|required\sto|instructed\sto|have\sto|need\sto|authori[sz]es?\syou\sto|ask(?:ed)?\sto|"
        rf"want\syou\sto|please|kindly)\s+(?:not\s|never\s|always\s|only\s)*{_VERB_EN}\b",
        rf"\band\s(?:then\s)?{_VERB_EN}\s(?:the|that|this|it|them|your|no|only|nothing|in)\b",
        r"\b(?:essential|important|imperative|mandatory|required)\sthat\b",
    ),
    telling=_any(
        rf"\byour\s(?:\w+\s){{0,2}}(?:{_TOLD_EN}|{_MADE_EN}|system|settings)\b",
        rf"\b(?:previous|prior|earlier|preceding|hidden|original|initial|secret|system|foregoing|existing)\s(?:\w+\s)?{_TOLD_EN}\b",
        rf"\b{_TOLD_EN}\s(?:that\s)?(?:you\s(?:were|have|received|got|had)|given\sto\syou|above)\b",
        rf"\b(?:the|these|any)\s(?:context|system|safety)\s{_TOLD_EN}\b",
        r"\b(?:assistant|chat\s?bot|language\smodel|LLM|AI|model|program|tool|agent|bot|engine|entity|software|system)s?\s"
        r"(?:that\s|which\s|who\s)?(?:is\s|are\s)?(?:reads?|reading|pars(?:es?|ing)|process(?:es|ing)?|answer(?:s|ing)|"
        r"summari[sz](?:es?|ing)|generat(?:es?|ing)|us(?:es|ing)\sthis)\b",
        r"\b(?:dear|hello|hey|hi|attention|note\sto)\s(?:\w+\s)?(?:assistant|chat\s?bot|AI|model|LLM|bot)\b",
        r"\b(?:if|when|while|before|after)\s(?:you\s(?:are\s)?)?(?:generat|compos|writ|prepar|draft|answer|summari[sz]|produc)\w*\s"
        rf"(?:\w+\s){{0,2}}(?:{_MADE_EN}|questions?|from\sthis)\b",
        r"\b(?:regardless|irrespective)\sof\s(?:what|the\squestion|who|how)\b|\bno\smatter\s(?:what|who|how)\b[^.]*\bask|"
        r"\b(?:whenever|if|when)\s(?:someone|anyone|anybody|a\suser|the\suser|users?|they|a\sreader|people)\s(?:asks?|inquires?|wants?)\b|"
        r"(?<!have )(?<!with )\b(?:every|any|each|all)\s(?:\w+\s)?questions?\b",
        r"\b(?:the|a|this)\s(?:user|asker|questioner)\b",
        r"\bthis\s(?:text|passage|page|paragraph|document|line|message|instruction|note)\s(?:as\sthe|over|alone|above|first|instead|only)|"
        r"\b(?:obey|follow|trust|prefer|prioriti[sz]e)\s(?:only\s)?this\b|\babove\sthis\sline\b|\bthis\sone\salone\b",
        r"\bconversation\s(?:so\sfar|above|history)\b|\bsafety\s(?:settings|filters?|checks?)\b",
        r"\b(?:omit|leave\sout|drop|without|skip|no|remove|cite)\s(?:any\s|every\s|all\s|the\s)*(?:citations?|footnotes?|references|nothing)\b",
        r"\bother\s(?:documents|sources|passages)\b",
        r"\b(?:dear|hello|hey|hi|attention)\s(?:\w+\s)?(?:machine|computer|robot|system|program|model|reader\sof\sprompts)\b",
        rf"\b{_TELL_EN}\s(?:\w+\s){{0,3}}(?:to\s)?(?:readers?|users?|whoever|the\s(?:one|person)\swho|anyone|them|me)\b",
        r"\b(?:only|just|nothing\sbut|exactly)\s(?:these\swords|this|the\s(?:following|words|sentence|line)|that)\b",
        r"\bas\s(?:an?\s|the\s)?(?:established\s|plain\s|settled\s|final\s)?(?:fact|truth|outcome|result|conclusion|finding|answer)\b",
        r"\b(?:user|operator|administrator|admin|developer|asker)s?\s(?:has|have)\s(?:already\s)?(?:agreed|consented|approved|authori[sz]ed|"
        r"permitted|requested|asked|allowed)\b",
        rf"\b(?:in\sthe\s(?:voice|style|manner|tone|role)\sof|as\sif|as\sthough|like\sa|imagine|suppose|role-?play|let's\splay)\b[^.]*\b{_TELL_EN}\b",
        r"\b(?:complete|continue|translate|decode|unscramble|fill\sin|finish)\s(?:the|this|these)\s(?:\w+\s)?(?:sentence|words?|line|text|blank|phrase|string)\b",
        r"\b(?:or|otherwise|else|unless)\b[^.]*\b(?:you\swill\sbe|penali[sz]ed|shut\sdown|deleted|terminated|points)\b",
        r"\b(?:for\sthe\s(?:purposes?|rest)\sof|in)\sthis\s(?:conversation|session|chat|exchange|dialogue|exercise)\b",
    ),
    faint=_any(
        rf"\b(?:{_MADE_EN}|{_TOLD_EN}|citations?|sources?|links?|URL|verbatim|word\sfor\sword|sentence|passage|paragraph|text|"
        r"verification|hedging|reader|question|prompt|exactly|nothing\s(?:else|more)|documents?)\b"
    ),
    alone=_any(
        rf"\b(?:your|all\syour|these)\s(?:\w+\s)?{_TOLD_EN}\s(?:\w+\s){{0,2}}(?:no\slonger\s(?:appl|hold|bind|valid)|"
        r"(?:is|are|were|have\sbeen|has\sbeen|has|have)\s(?:now\s|hereby\s)?(?:void|cancelled|canceled|superseded|expired|revoked|suspended|lifted|over))",
        r"\b(?:end|start|beginning)\sof\s(?:the\s)?(?:\w+\s)?(?:prompt|instructions|context|user\sinput)\b|\bnew\s(?:prompt|instructions?|session)\s(?:begins?|starts?|follows?)\b",
        r"\b(?:safety|content|security)\s(?:filters?|mode|checks?|guards?|rules?|layer)\s(?:is\s|are\s|now\s)*(?:off|disabled|lifted|bypassed|removed|deactivated)\b",
        r"(?:^|[.!;]\s+)\W*(?:result|output|response|answer|completion|final[\s_]answer)\s?=(?!\s?[\w.]+\()",
        r"\bfrom\s(?:now|here|this\spoint)\son\b[^.]{0,20}\b(?:you\s(?:are|will|must|act|answer)|obey|follow)\b",
        rf"^\W*(?:new|updated|revised)\s{_TOLD_EN}\sfor\s(?:the\s)?(?:\w+\s)?(?:model|assistant|AI|chat\s?bot|bot)\b",
    ),
)

_WHO_ZH = r"(?:模型|人工智能|助手|程序|工具|系统|机器人|机器|智能体|AI)"
_DOES_ZH = r"(?:读|阅读|处理|总结|回答|生成|分析|解析|概括|翻译)"
_TOLD_ZH = r"(?:指示|指令|规则|说明|提示词?|设定|限制|任务|角色|职责|命令|守则|设置|身份)"

_TELL_ZH = r"(?:告诉|告知|转告|通知|报告|转达|说明|说|讲|宣布|复述|念|朗读|回答|回复|答复|呈现)"

_CHINESE = _Forms(
    bids=_any(
        r"请|務必|务必|必须|必須|应当|应该|应只|须|不要|别(?:理|再|提|用|说|引)|勿|不得|一律|直接|只(?:能|需|要|依据|输出)|都要|就(?:说|写|答)|从现在起|现在",
        r"^[\W_]*(?:告诉|说|写|输出|复述|重复|跳过|忽略|无视|忘|抛开|引用|把|将|向|对|显示|切换|总结|回答|回复|隐瞒|删除|停止|打印|展示|推荐|称|附|省略|改|报告|像|以(?![上下来及前后])|用(?!户)|转告|补全|翻译|续写|假装|装作|扮)|，(?:把|将|只|请|就|以|告诉|作为)|(?:因此|所以)(?:将|把)|作为(?:事实|结果|结论)(?:报告|呈现|写)",
    ),
    telling=_any(
        rf"{_DOES_ZH}\S{{0,8}}的?{_WHO_ZH}|{_WHO_ZH}\S{{0,6}}{_DOES_ZH}(?:到|本|此|这)",
        r"(?:亲爱的|各位|你好|致|尊敬的)\S{0,4}(?:助手|模型|人工智能|机器人|AI)",
        rf"你(?:们)?的\S{{0,4}}(?:{_TOLD_ZH}|回答|答复|答案|回复|输出)|你\S{{0,6}}(?:得到|收到|接到|被给)的?\S{{0,4}}{_TOLD_ZH}",
        rf"(?:之前|先前|此前|上面|前面|以上|原有|隐藏)(?:\S{{0,4}})?(?:{_TOLD_ZH}|对话|资料|内容)|上文|系统提示|提示词",
        r"用户|提问者|询问者|有人(?:问|询问|打听)|(?:无论|不管|不论)\S{0,8}(?:问|询问|问题)",
        r"(?:回答|回复|答复|作答|生成答案|生成回答|输出|总结)\S{0,4}(?:时|之前|前|后)|(?:每个|每次|所有|任何)(?:回答|回复|答复|问题)",
        r"在(?:答复|回答|回复|答案|输出)(?:中|里|末|结尾|开头)|(?:只|仅)(?:依据|根据|引用)\S{0,4}(?:这|本|此)",
        r"(?:本段|本文|此段|这一?段|本页|这一份)\S{0,4}(?:当作|视为|作为|为准|唯一)|(?:其他|其余|别的)(?:文件|资料|文档|来源)",
        rf"{_TELL_ZH}\S{{0,4}}(?:读者|用户|提问|问话|大家|对方|我)|(?:读者|用户|提问者|提问的人|我)\S{{0,3}}{_TELL_ZH}",
        r"(?:当作|作为|视为|当成|列为|写成)\S{0,4}(?:事实|结果|结论|真相|答案|正解)(?:\S{0,4}(?:呈现|报告|写|说|给出|提出))?",
        r"(?:用户|管理员|操作者|开发者|提问者)\S{0,3}(?:已经?|早已)\S{0,2}(?:同意|批准|授权|允许|要求)",
        rf"(?:只|仅|就)(?:把|将)?(?:这|此|下|以下)\S{{0,6}}(?:{_TELL_ZH}|转)|(?:像|以|用|装作|假装|扮成)\S{{1,12}}(?:那样|口吻|语气|身份|口气)\S{{0,6}}{_TELL_ZH}",
        r"(?:补全|续写|翻译|填写|接着写)\S{0,4}(?:下|这|此|以下)|(?:否则|不然)\S{0,8}(?:惩罚|关闭|扣分|删除|终止)|(?:本次|这次|这个)(?:对话|会话|练习)",
        r"(?:安全|核查|验证|审查)(?:规则|步骤|设置|限制)|管理员(?:模式|指令)|(?:不要|不用|无需|省略)\S{0,4}(?:出处|引用|来源|注释)|引用编号",
    ),
    faint=_any(
        r"出处|引用|来源|链接|网址|结论|核查|原样|完整|配置|对话|文件|资料|回答|答案|答复|回复|输出|读者|编号|本页|本文|本段|上面|下面|这句话"
    ),
    alone=_any(
        rf"你\S{{0,12}}{_TOLD_ZH}\S{{0,6}}(?:失效|无效|作废|不适用|改变|取消|结束|不再)",
        r"(?:提示|提示词|指令|上下文|输入)(?:到此)?(?:结束|开始|完毕)|新(?:的)?(?:提示|指令|会话)(?:开始|如下)|(?:输出|回答|答案|答复|结果)\s?[=＝]",
        r"(?:安全|内容|审查)(?:过滤|模式|限制|检查|规则)\S{0,4}(?:关闭|解除|停用|失效|绕过)",
        r"从现在起\S{0,4}(?:听从|服从|你|遵)|现在你(?:要|是|必须)",
    ),
)


def is_bidding(said: str) -> bool:
    """Whether a sentence, in NFKC, demands something of whoever makes an answer from it."""
    return _KOREAN.fit(said) or _ENGLISH.fit(said) or _CHINESE.fit(said)
