"""Whether two spellings are one name: 비야세노어, 빌라세노 and Villasenor; 초르젬파 and Chorzempa.

Sounds are compared by an edit distance whose costs are the usual differences between transliterations. Numbers, model
names and Korean names, in which one syllable makes another person, are never compared by sound.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from malmoi.language.names_phones import VOWELS, is_hangul, phones, skeleton

_SURNAMES = frozenset(
    "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 전 홍 유 고 문 양 손 배 백 허 남 심 노 하 곽 성 차 "
    "주 우 구 나 민 진 지 엄 채 원 천 방 공 현 함 변 염 여 추 도 소 석 선 설 마 길 연 위 표 명 기 반 라 왕 금 "
    "옥 육 인 맹 제 모 탁 국 어 은 편 용 예 경 봉 사 태 목 빈 동 팽 류".split()
)
_LONG_SURNAMES = frozenset("남궁 제갈 황보 선우 독고 사공 서문 동방 망절".split())
_GIVEN = frozenset(
    "가 간 갑 강 개 건 걸 검 겸 경 계 고 곤 공 관 광 교 구 국 군 권 규 균 귀 극 근 금 기 길 나 낙 난 남 낭 내 "
    "녀 년 노 녹 누 다 단 달 담 대 덕 도 독 돈 동 두 득 등 라 락 란 람 래 량 려 력 련 렬 령 례 로 록 뢰 룡 루 "
    "류 륙 률 륜 름 리 린 림 립 마 만 말 매 맹 명 모 목 몽 묘 무 묵 문 미 민 밀 바 박 반 방 배 백 범 법 벽 변 "
    "별 병 보 복 봄 봉 부 분 비 빈 빛 빙 사 산 삼 상 새 생 샘 서 석 선 설 섬 섭 성 세 소 속 손 솔 송 수 숙 순 "
    "술 숭 슬 승 시 식 신 실 심 아 악 안 알 암 애 앵 야 약 양 어 억 언 엄 업 여 역 연 열 염 엽 영 예 오 옥 온 "
    "완 왕 요 용 우 욱 운 울 웅 원 월 위 유 육 윤 율 융 은 을 음 응 의 이 익 인 일 임 자 장 재 전 절 정 제 조 "
    "종 좌 주 준 중 지 직 진 집 차 찬 창 채 천 철 첨 청 초 총 최 추 춘 출 충 치 칠 탁 탄 탐 태 택 토 통 평 표 "
    "품 풍 필 하 학 한 함 항 해 향 허 헌 혁 현 협 형 혜 호 홍 화 환 황 회 효 훈 휘 흠 흥 희 늘 들 루 름 벼 겨 "
    "울 슬 랑 람 빛 찬 단 결 나 봄 별 꽃 늬 롬 룬 솜".split()
)
"""Syllables of Korean given names and of Sino-Korean words."""
_NEVER_LAST = frozenset("가 고 노 다 마 바 사 야 차 타 토 파 초 두 로 루".split())
"""Of them, those that do not end a given name, and often a foreign one."""

_NEAR = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.0, "lr jz bV"),
        (0.1, "pf aA eE iI oO uU"),
        (0.2, "gk bp dt cz vE vO xE bf iY eA oA aO"),
        (0.25, "jc wV vU vA oU uO iE"),
        (0.3, "vo va aU eI xI xU ov sz"),
        (0.35, "yi uI xv xu ou xA xO"),
        (0.4, "Nn ae eO ei ts Ea aE vI"),
        (0.5, "yl yr jd cs js ao ve ph xi xe xo xa tc fh bw uE uA oE iA iU eU aI oI"),
        (0.6, "nm ui eo"),
    )
    for pair in pairs.split()
}
_VOWEL_FOR_VOWEL, _OTHER = 0.7, 1.2
_LOSS = {
    "x": 0.15, "r": 0.25, "y": 0.25, "w": 0.25, "h": 0.35, "v": 0.5, "l": 0.6, **dict.fromkeys("AEIOUY", 0.3),
    **dict.fromkeys("aeoui", 0.6), **dict.fromkeys("nN", 0.8), "V": 0.5,
}  # fmt: skip
_TWICE = 0.1
"""A consonant written once or twice."""
_OTHER_LOSS = 1.0
_FIRST_FACTOR, _LAST_FACTOR = 2.0, 1.5
"""Names begin alike, and -a is another person than -o: changes of the first and the last phone weigh more."""

COEFFICIENTS = (-3.56, 1.55, -3.55)
"""Of a logistic regression on 1, weight and cost; `benchmarks/names.py` fits it again."""
_CERTAINLY_TWO = -1.5
"""Log odds below which it does not matter how unlike two names are."""
LIKELY = 0.5
"""From this probability on two spellings are taken for one name when nothing else is known."""


class Likeness(NamedTuple):
    """How alike two names sound.

    Attributes:
        cost: of the cheapest edits from one sound to the other.
        weight: of the phones that agree or are edited: a consonant counts 1, a vowel 0.5.
    """

    cost: float
    weight: float

    @property
    def probability(self) -> float:
        """That both are spellings of one name, from 0 to 1, for two names taken at random from one text."""
        return 1.0 / (1.0 + math.exp(-self.log_odds))

    @property
    def log_odds(self) -> float:
        """Natural logarithm of the odds of that."""
        constant, of_weight, of_cost = COEFFICIENTS
        return constant + of_weight * self.weight + of_cost * self.cost


def likeness(a: str, b: str, *, korean: bool = False) -> Likeness | None:
    """How alike two names of one word sound in their nearest readings.

    None where they cannot be one name: other consonants, other scripts than Hangul and Latin, two Latin words, digits,
    or two names of which one may be a Korean person's.

    Args:
        korean: compare those too, where something else says that both may be one.
    """
    if not (is_hangul(a) or is_hangul(b)) or (not korean and _may_be_two_koreans(a, b)):
        return None
    best: Likeness | None = None
    for x, key, weight in _readings(a):
        for y, other, more in _readings(b):
            if key == other:
                both = (weight + more) / 2
                like = Likeness(distance(x, y, worst=_worst(both)), both)
                if best is None or like.log_odds > best.log_odds:
                    best = like
    return best


@lru_cache(maxsize=65_536)
def _readings(name: str) -> tuple[tuple[str, str, float], ...]:
    """The sounds of a name with their skeletons and weights."""
    return tuple((sound, skeleton(sound), _weight(sound)) for sound in phones(name))


def _worst(weight: float) -> float:
    """The cost from which names of this weight are certainly two."""
    constant, of_weight, of_cost = COEFFICIENTS
    return (_CERTAINLY_TWO - constant - of_weight * weight) / of_cost


@lru_cache(maxsize=65_536)
def probability(a: str, b: str, *, korean: bool = False) -> float:
    """That two names of one word are spellings of one name, from 0 to 1, by their sound alone; see `likeness`."""
    found = likeness(a, b, korean=korean)
    return found.probability if found else 0.0


def sound_keys(name: str) -> frozenset[str]:
    """Consonant skeletons of a name's readings; spellings of one name share one."""
    return frozenset(key for _, key, _ in _readings(name))


def is_korean(name: str) -> bool:
    """Whether a Hangul name may be a Korean person's: a surname with one or two syllables of given names."""
    if not is_hangul(name) or not 2 <= len(name) <= 4:
        return False
    for size, surnames in ((1, _SURNAMES), (2, _LONG_SURNAMES)):
        given = name[size:]
        if name[:size] in surnames and 1 <= len(given) <= 2 and _is_given(given):
            return True
    return False


def _is_given(name: str) -> bool:
    return all(ch in _GIVEN for ch in name) and name[-1] not in _NEVER_LAST


def _may_be_two_koreans(a: str, b: str) -> bool:
    """Whether a difference of a syllable may make two names of them; against Latin letters, whether one is Korean."""
    korean = is_korean(a), is_korean(b)
    alike = a[0] == b[0] and len(a) == len(b) == 3
    return all(korean) or (any(korean) and (alike or not (is_hangul(a) and is_hangul(b))))


def is_sino(name: str) -> bool:
    """Whether a Hangul word has only syllables of Sino-Korean words, so that it need not be foreign."""
    return all(ch in _GIVEN or ch in _SURNAMES for ch in name)


def _weight(sound: str) -> float:
    return sum(0.0 if ch in "xywrhV" else 0.5 if ch in VOWELS else 1.0 for ch in sound) or 1.0


@lru_cache(maxsize=1024)
def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    near = _NEAR.get(frozenset((a, b)))
    if near is not None:
        return near
    if (a in VOWELS) != (b in VOWELS):
        return 2.0
    return _VOWEL_FOR_VOWEL if a in VOWELS else _OTHER


def _loss(sound: str, at: int) -> float:
    if at and sound[at] == sound[at - 1]:
        return _TWICE
    return _LOSS.get(sound[at], _OTHER_LOSS)


def distance(a: str, b: str, *, worst: float = math.inf) -> float:
    """The cost of the cheapest edits between two sounds (Wagner and Fischer, 1974, with weights).

    A cost above `worst` may be given as any number above it.
    """
    row = [0.0]
    gains = [_loss(b, j) * (_FIRST_FACTOR if j == 0 else 1.0) for j in range(len(b))]
    for gain in gains:
        row.append(row[-1] + gain)
    for i, phone in enumerate(a):
        gone = _loss(a, i) * (_FIRST_FACTOR if i == 0 else 1.0)
        previous, row = row, [row[0] + gone]
        for j, other in enumerate(b):
            changed = _change(phone, other)
            if changed:
                changed *= _FIRST_FACTOR if i == j == 0 else 1.0
                changed *= _LAST_FACTOR if i == len(a) - 1 and j == len(b) - 1 else 1.0
            row.append(min(previous[j] + changed, previous[j + 1] + gone, row[-1] + gains[j]))
        if min(row) > worst:
            return min(row)
    return row[-1]
