"""What a number measures: the words, in three languages, by which two sentences are seen to speak of one quantity."""

from __future__ import annotations

import re

_CONCEPTS = {
    "cost": r"비용|사업비|공사비|건설비|제작비|총액|투자액|투입|들여|들였|든 돈|들어간 돈|드는 돈|들었|"
    r"\bcosts?\b|\bspent\b|\bspend|花费|成本|费用",
    "price": r"(?<![가-힣])값|가격|요금|운임|분양가|입장료|참가비|\bprices?\b|\bfares?\b|\bfees?\b|价格",
    "pay": r"연봉|임금|급여|월급|수당|시급|\bsalar|\bwages?\b|工资",
    "compensation": r"보상|배상|합의금|\bcompensat|\bdamages\b|赔偿",
    "income": r"매출|수입|수익|소득|\brevenue|\bincome\b|\bsales\b|收入",
    "staff": r"상주|인원|인력|직원|근무|일하|종업원|\bstaff|\bemploy|\bworks?\b|\bworkers|员工",
    "attendance": r"참가|참석|관객|관람|방문객|관광객|모였|몰렸|\battend|\bvisitors|\baudience|参加",
    "deaths": r"사망|숨진|숨졌|목숨|희생|죽|\bdeaths?\b|\bdied\b|\bkilled\b|死亡",
    "injured": r"부상|다친|다쳤|\binjured\b|\bwounded\b|受伤",
    "survival": r"살아남|살아 남|무사|생존|상처 없이|다치지 않|\bsurviv|\bunharmed|without (?:visible )?harm|存活",
    "population": r"인구|\bpopulation\b|\binhabitants|人口",
    "opening": r"가동|운전을 시작|운영을 시작|문을 열|문을 연|개통|개장|개관|개교|개막|영업을 시작|"
    r"\bopened|\bopening|\bbegan operat|\bfirst electricity|\bstarted operat|开业|开通|启用",
    "groundbreaking": r"착공|기공|공사[는를가]? ?(?:\d[\d년월일 ]* )?시작|"
    r"\bbroke ground|construction (?:began|started)|开工",
    "completion": r"완공|준공|마무리|\bcompleted|\bfinished|竣工",
    "founding": r"설립|창립|창업|창간|창단|건국|세워|세운|\bfound(?:ed|ing)|\bestablish|成立|创立",
    "birth": r"태어|출생|생일|\bborn\b|\bbirth|出生",
    "death": r"별세|서거|타계|사망일|\bdied\b|\bdeath\b|去世",
    "release": r"출시|발매|개봉|공개|발표|출간|펴내|펴낸|\breleas|\bpublished|\bpremier|发布|上映",
    "length": r"길이|\blength|\blong\b|长度",
    "height": r"높이|\bheight|\btall\b|高度",
    "area": r"면적|넓이|\barea\b|面积",
    "weight": r"무게|\bweigh|重量",
    "capacity": r"용량|정원|수용|\bcapacity\b|容量",
    "crossing": r"걸리|걸린|걸렸|소요|\btakes?\b|\btook\b|需要",
    "words": r"올림말|표제어|낱말|\bheadwords|\bentries\b|词条",
}
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _CONCEPTS.items()}


def measures(text: str) -> frozenset[str]:
    """The names of the quantities and moments of which a text speaks."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


def without_measures(text: str) -> str:
    """The text without the words that name what is measured: what is left says of what."""
    for pattern in _PATTERNS.values():
        text = pattern.sub(" ", text)
    return text
