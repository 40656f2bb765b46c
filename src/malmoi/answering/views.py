"""Whether a sentence takes a view, its own or that of somebody it names."""

from __future__ import annotations

import re

from malmoi.types import Hit, SectionKind

_SAID = (
    r"(?:라|다|자|냐|까)(?:고|며|면서)\s?(?:말|전|주장|비판|지적|평가|강조|반박|분석|설명|덧붙|경고|우려|토로|호소|밝|했|한다|본다|봤|"
    r"보고|생각|여긴|내다|답|묻|물)"
)
_STANCE = (
    r"[\"”’']\s?(?:라고|라며|고 |며 )|주장|비판|지적했|지적이|지적도|우려|반박|반대|찬성|찬사|환영|경고|역효과|부작용|"
    r"평가[가는도를했된]|평가다|분석[이도했]|전망[이도했]|견해|입장[은이을도]|의견|목소리|촉구|요구[했하]|"
    r"생각[한하]|여긴다|의심|옳[다지]|잘못|문제[다는라]|야 (?:한다|합니다|했다)|말아야|필요[가는는하]|아깝|"
    r"효과(?:가|는) (?:없|있|크|작)"
)
_ENGLISH = (
    r"\b(?:said|says|told|argue[sd]?|arguing|claim(?:s|ed)?|believes?|believed|think|thinks|thought|warn(?:s|ed)?|"
    r"criticis\w+|criticiz\w+|oppos\w+|support(?:s|ed|ers?)|welcom\w+|fear(?:s|ed)?|doubt\w*|according to|in favou?r|"
    r"should|ought|against|worr\w+|insist\w*|complain\w*)\b"
)
_CHINESE = r"表示|认为|指出|批评|反对|支持|强调|担忧|担心|主张|质疑|应该|必须|呼吁"
_VIEW = re.compile("|".join((_SAID, _STANCE, _ENGLISH, _CHINESE)), re.IGNORECASE)


def takes_a_view(text: str, hit: Hit) -> bool:
    """Whether a sentence of a passage quotes, judges, demands or doubts rather than only tells what is, or is shown."""
    return hit.chunk.kind is not SectionKind.CAPTION and bool(_VIEW.search(text))
