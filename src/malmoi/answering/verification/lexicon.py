"""Words whose meaning a comparison must know: opposites, sets of which only one can hold, negations, verbs of saying.

Korean words are dictionary stems without ending, English ones are lower case and as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from malmoi.answering.verification.tokens import stem

_OPPOSITES = (
    (
        "증가 상승 급증 급등 늘 늘어나 오르 올라가 올라서 인상 확대 높아지 상향 증대 증원 확장 커지 불어나 반등 "
        "올리 늘리 높이 증설 증액 호전",
        "감소 하락 급감 급락 줄 줄어들 내리 내려가 내려서 인하 축소 낮아지 하향 감축 감원 작아지 떨어지 하강 폭락 "
        "낮추 줄이 깎이 삭감 감액 악화",
    ),
    ("찬성 동의 지지 옹호 찬동 환영", "반대 반발 거부 배척 규탄 비판 비난"),
    (
        "승인 허가 허용 허락 인가 수락 수용 가결 통과 채택 인정 받아들이 시인",
        "거부 거절 불허 금지 기각 부결 반려 부인 금하 막 각하 부정 불승인",
    ),
    ("성공", "실패"),
    ("승리 이기 우승 승소", "패배 지 패하 패소 준우승"),
    ("시작 개시 착수 출범 개막 시작되", "종료 중단 중지 끝나 폐막 끝내 마치 마감 해체"),
    ("많 풍부", "적 부족 모자라"),
    ("크 거대", "작"),
    ("높", "낮"),
    ("길", "짧"),
    ("넓", "좁"),
    ("깊", "얕"),
    ("빠르", "느리"),
    ("강하 세", "약하 약"),
    ("좋", "나쁘"),
    ("쉽 용이", "어렵 곤란 힘들"),
    ("새롭 새", "오래되 낡"),
    ("젊", "늙"),
    ("무겁", "가볍"),
    ("밝", "어둡"),
    ("뜨겁 덥", "차갑 춥"),
    ("있 존재", "없 부재"),
    ("알", "모르"),
    ("맞 옳", "틀리 그르"),
    ("같 동일", "다르 상이"),
    ("가능", "불가능"),
    ("합법 적법", "불법 위법"),
    ("사실 진실", "거짓 허위"),
    ("유죄", "무죄"),
    ("유료", "무료"),
    ("공개", "비공개 은폐 숨기"),
    ("포함", "제외 배제"),
    ("참가 참여 참석", "불참 탈퇴"),
    ("가입", "탈퇴"),
    ("입학", "졸업"),
    ("취임 임명", "사임 퇴임 해임 파면"),
    ("입장", "퇴장"),
    ("입국", "출국"),
    ("수입", "수출"),
    ("매수 구매 구입 매입 사들이", "매도 판매 매각 팔"),
    ("열", "닫"),
    ("켜", "끄"),
    ("찾 발견", "잃 분실"),
    ("생기 발생 나타나", "사라지 소멸"),
    ("태어나 출생 탄생", "죽 사망 숨지 별세 서거"),
    ("만들 건설 건립 설립 창설 창립 세우", "없애 파괴 철거 해체 폐지 무너뜨리 허물"),
    ("유지 존속 지속", "폐지 포기 중단 철회"),
    ("강화", "약화 완화"),
    ("규제 제한", "허용 해제"),
    ("개방", "폐쇄"),
    ("긍정 긍정적", "부정 부정적"),
    ("낙관 낙관적", "비관 비관적"),
    ("흑자 이익 이득", "적자 손실 손해"),
    ("찬반", "만장일치"),
    ("안전", "위험"),
    ("필요", "불필요"),
    ("충분", "불충분 부족"),
    ("최대 최고 최다", "최소 최저 최악"),
    ("앞서", "뒤지 뒤처지"),
    ("초과 넘", "미만 미달 못미치"),
    ("이상", "이하 미만"),
    ("이전 전", "이후 후 뒤"),
    ("위", "아래"),
    ("공격", "방어 수비"),
    ("체포 구속", "석방"),
    ("당선", "낙선"),
    ("합격", "불합격 탈락 낙방"),
    ("전진", "후퇴"),
    ("찬양 칭찬", "비난 비판"),
    ("사랑", "증오 미워하"),
    ("협력 협조", "대립 적대"),
    ("도착", "출발"),
    ("연결", "단절 차단"),
    ("다수", "소수"),
    ("남", "여"),
    ("남성 남자", "여성 여자"),
    ("국내", "국외 해외"),
    ("자국", "외국"),
    ("공식", "비공식"),
    ("직접", "간접"),
    ("상반기", "하반기"),
    ("선진국", "후진국 개발도상국"),
    ("의무", "선택 자율"),
    ("처음 최초", "마지막 최후"),
    (
        "increase rise rose risen grow grew grown gain climb jump surge soar expand up raise upward",
        "decrease fall fell fallen drop decline shrink shrank reduce plunge down lower downward contract cut slump",
    ),
    ("more most greater larger higher bigger", "less least fewer fewest smaller lower"),
    ("largest biggest greatest highest", "smallest lowest"),
    ("many numerous", "few"),
    ("much", "little"),
    ("high", "low"),
    ("large big huge", "small tiny"),
    ("long longer", "short shorter"),
    ("old older oldest", "new young younger youngest newest"),
    ("early earlier earliest", "late later latest"),
    ("before prior", "after since"),
    ("above over exceed", "below under beneath"),
    ("strong stronger", "weak weaker"),
    ("fast faster quick rapid", "slow slower"),
    ("good better best", "bad worse worst"),
    ("first", "last"),
    ("rich richer wealthy", "poor poorer"),
    ("wide", "narrow"),
    ("deep", "shallow"),
    ("hot warm", "cold cool"),
    ("heavy", "light"),
    ("hard difficult", "easy"),
    ("same identical", "different"),
    ("always", "never rarely seldom"),
    ("often frequently", "rarely seldom"),
    ("all every", "none"),
    ("support back endorse favor favour", "oppose reject condemn"),
    (
        "approve accept allow permit adopt authorize authorise ratify legalize",
        "reject refuse deny ban forbid prohibit bar veto disallow outlaw",
    ),
    ("agree", "disagree refuse"),
    ("admit confirm acknowledge", "deny"),
    ("win won victory defeat beat", "lose lost"),
    ("succeed success successful", "fail failure unsuccessful"),
    ("begin began begun start launch commence", "end stop halt cease finish conclude"),
    ("open", "close shut"),
    ("include", "exclude"),
    ("true", "false"),
    ("legal lawful", "illegal unlawful"),
    ("possible", "impossible"),
    ("able", "unable"),
    ("likely", "unlikely"),
    ("guilty", "innocent"),
    ("buy bought purchase acquire", "sell sold"),
    ("import", "export"),
    ("enter", "leave left exit"),
    ("join", "leave left quit"),
    ("arrive", "depart"),
    ("appear", "disappear"),
    ("create build built establish found", "destroy abolish dissolve demolish"),
    ("born birth", "died death"),
    ("hire appoint", "fire dismiss"),
    ("arrest", "release"),
    ("strengthen", "weaken"),
    ("positive", "negative"),
    ("maximum", "minimum"),
    ("majority", "minority"),
    ("public", "private"),
    ("male", "female"),
    ("man men", "woman women"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("love", "hate"),
    ("profit", "loss"),
    ("safe", "dangerous unsafe"),
    ("sufficient enough", "insufficient"),
    ("necessary", "unnecessary"),
    ("remember", "forget"),
    ("keep kept maintain retain", "abandon drop remove"),
    ("encourage", "discourage"),
    ("improve", "worsen deteriorate"),
    ("attack", "defend"),
    ("separate", "together"),
    ("with", "without"),
    ("common", "rare uncommon"),
    ("direct", "indirect"),
    ("official", "unofficial"),
    ("present", "absent"),
    ("active", "inactive"),
    ("ancient", "modern"),
    ("internal", "external"),
    ("major", "minor"),
    ("domestic", "foreign"),
    ("rural", "urban"),
    ("inside", "outside"),
    ("advance", "retreat"),
    ("visible", "invisible"),
    ("known", "unknown"),
    ("simple", "complex"),
)

_EXCLUSIVE = (
    "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    "monday tuesday wednesday thursday friday saturday sunday",
    "january february march april may june july august september october november december",
    "오전 오후",
    "봄 여름 가을 겨울",
    "spring summer autumn winter",
    "아침 점심 저녁 새벽",
    "morning afternoon evening night",
    "동쪽 서쪽 남쪽 북쪽 동부 서부 남부 북부 중부",
    "동북 서북 동남 서남 남동 북서 북동 남서",
    "north south east west",
    "northern southern eastern western central",
    "왼쪽 오른쪽",
    "left right",
    "아버지 어머니 아들 딸 형 동생 누나 언니 오빠 남편 아내",
    "father mother son daughter brother sister husband wife uncle aunt",
    "어제 오늘 내일",
    "yesterday today tomorrow",
    "지난달 이달 다음달",
    "지난주 이번주 다음주",
    "재작년 지난해 올해 내년 내후년",
    "하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열",
    "초기 중기 말기 후기",
    "초반 중반 후반",
    "초 중반 말",
    "왕 여왕 왕비 공주 왕자",
    "king queen prince princess",
    "대통령 총리 국회의원 시장 도지사",
    "president minister mayor governor senator",
    "금메달 은메달 동메달",
    "gold silver bronze",
    "red blue green yellow black white orange purple brown",
    "빨간색 파란색 초록색 노란색 검은색 흰색",
    "annually monthly weekly daily",
    "매년 매월 매주 매일",
)

_SAME = (
    "지난해 작년",
    "올해 금년",
    "말 말하 언급 이야기 얘기",
    "밝히 발표 공개 공표",
    "사람 인물",
    "회사 기업 업체",
    "이르 달하 도달",
    "이루어지 되 진행",
    "세우 설립",
    "열리 개최 개막",
    "숨지 사망 죽 별세",
    "say said state tell told",
    "begin began start",
    "show demonstrate",
    "about approximately roughly",
    "people person",
    "great large big",
)

NEGATIVE_PREFIXES_KO = ("불", "비", "미", "무", "부", "몰", "반")
NEGATIVE_PREFIXES_EN = ("un", "in", "im", "il", "ir", "dis", "non", "mis", "non-")
NEGATORS_EN = frozenset(
    "not no never without neither nor cannot none nobody nothing nowhere hardly scarcely barely n't".split()
)
SPEECH_KO = frozenset(
    (
        "말 말하 밝히 전하 주장 설명 강조 지적 덧붙이 발표 경고 따르 언급 답하 반박 촉구 전망 평가 분석 보도 비판 "
        "제안 털어놓 회상 이야기 얘기 호소 당부 예상 우려"
    ).split()
)
SPEECH_EN = frozenset(
    "say said says tell told claim claims claimed argue argues argued state states stated announce announced warn "
    "warned explain explained report reported add added note noted suggest suggested believe believed write wrote "
    "according insist insisted remark remarked conclude concluded propose proposed describe described".split()
)
ALLEGING = frozenset("주장 의혹 allege alleged alleges claim claims claimed purportedly allegedly".split())
"""Words by which a source keeps its distance from what it reports."""
GENERIC = frozenset(
    (
        "회사 기업 업체 정부 당국 기관 협회 단체 도시 나라 국가 지역 사람 인물 남자 여자 그 그녀 그들 이 저 이것 "
        "그것 자신 본인 관계자 측 이곳 그곳 여기 도 시 군 구 대학 학교 당 정당 팀 구단 선수 감독 작가 배우 가수 "
        "영화 작품 책 소설 곡 노래 앨범 모델 제품 서비스 연구소 연구진 교수 박사 대표 의원 he she it they him her "
        "them his its their who which this that these those company government city country man woman person "
        "people group team club organization organisation agency author artist king queen president university "
        "school film book song album model product region state"
    ).split()
)
"""Words that stand for something named elsewhere, so that a name in their place is no error."""
ROUNDING = frozenset(
    "약 대략 대체로 거의 가량 정도 쯤 안팎 내외 여 남짓 about approximately around roughly nearly almost some".split()
)


@lru_cache(maxsize=1)
def _sides() -> Mapping[str, frozenset[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    for number, pair in enumerate(_OPPOSITES):
        for side, words in enumerate(pair):
            for word in map(stem, words.split()):
                found.setdefault(word, set()).add((number, side))
    return {word: frozenset(sides) for word, sides in found.items()}


@lru_cache(maxsize=1)
def _memberships(sets: tuple[str, ...]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, words in enumerate(sets):
        for word in words.split():
            for form in {word, stem(word)}:
                found.setdefault(form, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


_NONE: frozenset[tuple[int, int]] = frozenset()


@lru_cache(maxsize=65_536)
def opposite(a: str, b: str) -> bool:
    """Whether two words say the contrary: by the lists here, or one is the other behind a negative prefix."""
    if a == b:
        return False
    sides, others = _sides().get(a, _NONE), _sides().get(b, _NONE)
    if any((number, 1 - side) in others for number, side in sides) and not sides & others:
        return True
    short, long = sorted((a, b), key=len)
    korean = "가" <= short[0] <= "힣"
    prefixes = NEGATIVE_PREFIXES_KO if korean else NEGATIVE_PREFIXES_EN
    return len(short) >= (2 if korean else 4) and any(long == prefix + short for prefix in prefixes)


@lru_cache(maxsize=65_536)
def exclusive(a: str, b: str) -> bool:
    """Whether both belong to one set of which only one can hold ("월요일", "화요일")."""
    sets = _memberships(_EXCLUSIVE)
    return a != b and bool(sets.get(a, frozenset()) & sets.get(b, frozenset()))


@lru_cache(maxsize=65_536)
def synonymous(a: str, b: str) -> bool:
    """Whether two words may stand for each other: the same, listed as such, or on one side of a pair of opposites."""
    same = _memberships(_SAME)
    return (
        a == b
        or bool(same.get(a, frozenset()) & same.get(b, frozenset()))
        or bool(_sides().get(a, _NONE) & _sides().get(b, _NONE))
    )
