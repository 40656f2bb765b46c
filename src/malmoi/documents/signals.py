"""What single lines of scraped pages look like: the words and patterns that tell furniture from text.

Every predicate here reads one stripped line and knows nothing of its surroundings; `page.py` weighs them by position.
"""

from __future__ import annotations

import re

# Words of the page's controls. A line made of these alone is furniture wherever it stands.
_CONTROLS = frozenset(
    """홈 홈으로 메뉴 대메뉴 전체메뉴 마이메뉴 주메뉴 메뉴보기 메뉴열기 메뉴닫기 로그인 로그아웃 회원가입 마이페이지 통합검색
    검색 검색창 새글 새댓글 목록 목록보기 이전글 다음글 이전 다음 이전기사 다음기사 글쓰기 수정 삭제 인쇄 인쇄하기 프린트
    스크랩 공유 공유하기 url url복사 링크복사 링크 주소복사 복사 복사하기 페이스북 트위터 카카오톡 카카오스토리 카카오 네이버밴드
    네이버블로그 핀터레스트 텔레그램 라인 밴드 인스타그램 유튜브 신고 신고하기 구독 구독하기 구독취소 이웃추가 좋아요 싫어요
    공감 비공감 추천 비추천 추천하기 조회 조회수 추천수 댓글수 등록 등록순 최신순 인기순 공감순 과거순 답글순 추천순 취소 닫기
    열기 더보기 접기 펼치기 펴기 본문 바로가기 본문으로 페이지 페이지정보 알림 광고 프리미엄광고 스폰서 배너 플러스업체 이메일
    메일 글자크기 글자 크기 가+ 가- 작게 크게 보통 듣기 기사듣기 음성듣기 고객센터 사이트맵 이용약관 개인정보처리방침
    개인정보취급방침 청소년보호정책 이메일무단수집거부 이메일주소무단수집거부 회사소개 매체소개 제휴문의 제휴안내 광고문의 광고안내
    기사제보 제보하기 독자투고 저작권규약 저작권정책 편집규약 윤리강령 찾아오시는길 오시는길 상단으로 위로 맨위로 맨위 처음 마지막
    처음으로 반응형 댓글쓰기 댓글달기 댓글등록 댓글보기 답글 답글쓰기 답글달기 대댓글 비밀글 비밀번호 닉네임 저장 전체 전체보기
    모두보기 뒤로 뒤로가기 새창 팝업 재생 일시정지 음소거 자막 전체화면 사이트 즐겨찾기 모바일버전 pc버전 방명록 관리 글목록
    전체글 댓글 새로고침 보기 본문보기 댓글닫기 댓글열기 뉴스홈 첨부파일 첨부 다운로드 미리보기 바로보기 파일 답변 접속자 현재접속자 기사원문 원문보기 요약봇 카테고리 구독자 팔로우 팔로잉 이웃 블로그홈 이미지 확대 이미지확대 사진확대 크게보기 원본보기 맨아래 아래로 앱다운로드
    home menu search login logout sign in up out register subscribe subscribed share tweet facebook twitter x instagram
    linkedin pinterest reddit whatsapp telegram youtube tiktok email print save copy link close open more less next prev
    previous back top reply report like dislike follow following unfollow cancel submit post edit delete loading skip to
    content main toggle navigation ad ads advertisement advertisements sponsored promoted rss feed help faq faqs accept
    decline dismiss bookmark comment hide show all cookies cookie settings preferences log flag upvote downvote translate
    listen""".split()
)
# Names of a site's sections: furniture in a row of several or outside the article, an ordinary heading inside one.
_SECTIONS = frozenset(
    """정치 경제 사회 문화 국제 세계 스포츠 연예 오피니언 it 과학 it/과학 생활 라이프 종합 전국 지역 포토 영상 동영상 뉴스 속보
    최신뉴스 칼럼 사설 날씨 운세 만화 부동산 증권 금융 산업 기업 여행 건강 교육 북한 인물 기획 특집 연재 랭킹 이슈 커뮤니티
    게시판 자유게시판 공지사항 공지 이벤트 갤러리 방송 라디오 자동차 게임 카페 블로그 쇼핑 테크 글로벌 사람들 피플 라이프스타일
    질문답변 자료실 오늘 태그 소개 문의 생활정보 벼룩시장 구인구직 업소록 장터 카테고리 분류 전체기사 헤드라인
    news world politics business economy sport sports tech technology science health culture arts opinion lifestyle
    travel weather entertainment video videos photos podcasts podcast live local national us uk asia europe africa
    americas money markets finance style food games puzzles shop store jobs about contact careers press investors
    support community forum forums blog blogs events gallery advertise newsletter newsletters topics tags categories
    archive archives trending latest magazine education climate environment features reviews privacy terms legal policy
    use service of and our the your with for""".split()
)
_NUMBERED = re.compile(r"\d{1,2}[.)]\s")
_EDGES = re.compile(r"^[-.–—+*#▶▼▲›‹'\"“”‘’!?/]+|[-.–—+*#▶▼▲›‹'\"“”‘’!?/\d]+$")
_STOP = frozenset("of and our the your with for to in on up out us use".split())
_TOKEN = re.compile(r"[^\s|·•ㅣ>»<«,:;()\[\]{}]+")
_HAS_WORD = re.compile(r"[^\W\d_]")

_UNIT = r"(?:조회|조회수|추천|추천수|비추천|댓글|댓글수|공감|비공감|좋아요|싫어요|스크랩|답글|의견|공유|읽음|구독자?|방문자?|히트|hits?|views?|likes?|comments?|shares?|replies|votes?|upvotes?|points?|reactions?|claps?)"
_COUNT = r"[\d,.]+\s*(?:[kKmM]\b|[천만])?\+?"
_COUNTER = re.compile(
    rf"(?:(?:{_UNIT}\s*[:：]?\s*[(\[]?\s*{_COUNT}\s*[)\]]?\s*(?:회|개|건|명)?|{_COUNT}\s*(?:회|개|건|명)?\s*{_UNIT}\b)[\s|·•/,ㅣ]*)+",
    re.I,
)
_REACTION = re.compile(
    r"(?:(?:좋아요|훈훈해요|슬퍼요|화나요|후속기사 ?원해요|감동이에요|응원해요|쏠쏠정보|흥미진진|공감백배|분석탁월|후속강추|기뻐요|놀라워요)"
    r"\s*\d*[\s|·]*)+"
)
_NUMBER = re.compile(r"[\d,.\s%+~/:-]+")
_READING_TIME = re.compile(
    r"(?:읽는 ?시간|읽기)?\s*(?:약\s*)?\d+\s*분(?:\s*(?:읽기|소요))?|\d+\s*[- ]?min(?:ute)?s?\s+read", re.I
)
_SYMBOLS = re.compile(r"[\W_]+")

_LIST_HEADER = re.compile(
    r"""[\W_]*(?:
      (?:가장\s*)?(?:많이|가장)\s*(?:본|읽은|찾은|공유한|공유된|댓글이?\s*달린)\s*(?:뉴스|기사|글|게시물|콘텐츠|영상|포스트)?
    | (?:실시간|주간|일간|월간|오늘의?|인기|많이\s*본|랭킹|최신|최근|추천|연관|관련|주요|핫|hot|베스트|best|이\s*시[각간]|섹션별|분야별|지금\s*뜨는|놓치면\s*안\s*될)
      [\s·]*(?:의\s*)?(?:주요|인기|추천|많이\s*본|관련|핫)?\s*
      (?:뉴스|기사|게시물|게시글|콘텐츠|컨텐츠|포스트|포스팅|검색어|랭킹|순위|이슈|키워드|토픽|포토|댓글|글|종목|동영상)
      (?:\s*(?:top\s*\d*|순위|랭킹|목록|모음|더\s*보기|보기|추천))?
    | .{0,30}(?:카테고리|분류|시리즈|게시판)의\s*다른\s*글.{0,12}
    | .{0,14}(?:기자|특파원|필자|저자|작성자|이\s*블로그)의?\s*(?:다른|최신|인기)\s*(?:기사|글|칼럼).{0,8}
    | 다른\s*기사\s*(?:더\s*)?보기
    | (?:함께|같이)\s*(?:보면|읽으면|볼\s*만한)\s*(?:좋[은을])?\s*(?:글|기사|콘텐츠|뉴스)?
    | (?:이|당신이|회원님이|독자가|많은\s*독자가).{0,12}(?:좋아할|관심|선호).{0,8}(?:기사|글|콘텐츠|뉴스)
    | (?:에디터|편집자|편집국)\s*(?:픽|추천|의\s*선택)|hot\s*(?:클릭|뉴스|포토|이슈)|핫\s*클릭|랭킹뉴스|인기글|최신글|최근글|베스트글|공지사항
    | 이\s*블로그.{0,24}(?:카테고리|인기|최신)\s*글 | (?:이전|다음)\s*글\s*(?:과|/|및)\s*(?:이전|다음)\s*글
    | related(?:\s+(?:stories|articles?|posts?|content|news|topics?|reading|links?|coverage|items|videos?))?
    | (?:the\s+)?most\s+(?:read|popular|viewed|shared|commented|watched|discussed|recent)(?:\s+\w+){0,3}
    | trending(?:\s+(?:now|stories|topics|news|on\s+.{1,20}|articles|today))?
    | popular(?:\s+(?:now|posts?|stories|articles|news|tags|topics|in\s+.{1,20}|on\s+.{1,20}))?
    | (?:recommended|suggested|picked)(?:\s+(?:for\s+you|stories|reading|articles|videos|posts|by\s+.{1,20}))?
    | you\s+(?:may|might|could)\s+(?:also\s+)?(?:like|enjoy|be\s+interested(?:\s+in)?)(?:\s+these)?
    | more\s+(?:from|on|in|like|about)\s+.{1,40} | more\s+(?:stories|news|articles|posts|coverage|headlines)
    | (?:read|up|watch|what\s+to\s+read)\s+next | (?:latest|recent|top|featured|breaking)\s+(?:news|stories|posts?|articles?|headlines|comments?|videos?)
    | editor[’']?s?[’']?\s+(?:picks?|choice) | don[’']t\s+miss(?:\s+.{1,20})? | in\s+case\s+you\s+missed\s+it | also\s+(?:on|in)\s+.{1,30}
    | (?:sponsored|promoted|partner)\s+(?:content|stories|links?|posts?) | (?:from\s+)?around\s+the\s+web | from\s+the\s+web
    | explore\s+more(?:\s+.{1,30})? | keep\s+reading | further\s+coverage | \d+\s+(?:related|more)\s+(?:stories|articles)
    )[\W_\d]*""",
    re.I | re.X,
)

_COMMENT_HEADER = re.compile(
    r"""[\W_]*(?:
      (?:전체\s*|총\s*|독자\s*|네티즌\s*|회원\s*|기사\s*|블로그\s*)?(?:댓글|덧글|의견|코멘트|한\s*줄\s*의견)\s*(?:수|목록|창|보기|영역|쓰기|란)?
    | (?:reader\s+|user\s+|view\s+|all\s+|show\s+|read\s+)?(?:comments?|responses?|replies)(?:\s+section)?
    | (?:join\s+the\s+)?(?:discussion|conversation) | leave\s+a\s+(?:comment|reply) | (?:thoughts|comments|responses)\s+on\s+.{1,80}
    )\s*[:：•·|-]?\s*[(\[]?\s*(?P<after>\d[\d,]*)?\s*[)\]]?\s*(?:개|건|명|/\s*\d+\s*페이지)?[\W_]*
    | [\W_]*(?P<before>\d[\d,]*)\s*(?:개의\s*|건의\s*)?(?:댓글|덧글|의견|comments?|responses?|replies|thoughts\s+on\s+.{1,80})(?:이\s*있습니다)?[\W_]*""",
    re.I | re.X,
)

# Labels of a publisher's legal notice. The soft ones also stand in real contact details.
_COMPANY_HARD = (
    "발행인|편집인|발행·편집인|발행인·편집인|편집국장|사업자\\s*등록\\s*번호|사업자\\s*번호|고충\\s*처리인|청소년\\s*보호\\s*책임자|통신\\s*판매업"
    "(?:\\s*신고)?(?:\\s*번호)?|제호|인터넷\\s*신문(?:\\s*등록)?(?:\\s*번호)?|정기\\s*간행물|개인\\s*정보\\s*(?:관리|보호)\\s*책임자|법인명"
    "|(?:신문|언론)\\s*등록\\s*번호|등록\\s*번호|발행\\s*일자|등록\\s*일자|대표이사(?:/발행인)?|발행소|인쇄인|호스팅\\s*(?:제공자|서비스)"
)
_COMPANY_SOFT = (
    "주소|대표\\s*전화|전화(?:\\s*번호)?|대표\\s*번호|팩스|fax|tel|대표\\s*이메일|이메일|e-?mail|등록일|발행일|상호|상호명|대표자|대표|문의|편집"
    "|광고\\s*문의|구독\\s*문의|회사명|본사|창간일?"
)
_COMPANY = re.compile(rf"[\W_]*(?:{_COMPANY_HARD})\s*[:：]\s*\S.*", re.I)
_COMPANY_WEAK = re.compile(rf"[\W_]*(?:{_COMPANY_SOFT})\s*[.:：]\s*\S.*", re.I)
_COMPANY_LABEL = re.compile(rf"(?:{_COMPANY_HARD}|{_COMPANY_SOFT})\s*[:：.]", re.I)

_COPYRIGHT = re.compile(
    r"""[\W_]*(?:copyright\b|ⓒ|©|\(c\)\s).*(?:reserved|금지|\b(?:19|20)\d\d\b|inc\.?|ltd\.?|corp|co\.|https?:|www\.).*
    | .*\ball\s+rights\s+reserved\b.*
    | .*(?:무단\s*(?:전재|복제|배포|도용|사용|게재|수집)).{0,40}(?:금지|금합니다|불허).{0,40}
    | [<\[(〈☞\s]*(?:저작권자|저작권은?\s*ⓒ).* | [\W_]*copyright\s*(?:ⓒ|©|\(c\)|by\b).*""",
    re.I | re.X,
)

_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_ROLE = r"(?:기자|특파원|논설위원|에디터|PD|선임기자|전문기자|인턴기자|객원기자|통신원|편집위원|아나운서|앵커)"
_EMAIL_LINE = re.compile(
    rf"[\W_]*(?:[가-힣]{{2,4}}\s*[가-힣A-Za-z·]{{0,10}}{_ROLE}?\s*[=:/|(]?\s*|[A-Z][\w.'-]+(?:\s+[A-Z][\w.'-]+){{1,3}}\s*[,:|-]?\s*)?"
    rf"(?:e-?mail\s*[:：]?\s*)?[\[(<]?\s*{_EMAIL}\s*[\])>]?[\s.|]*(?:기자|구독)?",
    re.I,
)
_HASHTAGS = re.compile(r"(?:[#＃][^\s#＃]+[\s,]*)+")
_CODE = re.compile(
    r"""[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*')\s*/?>.* | </?\w+(?:\s[^<>]*)?>
    | (?:var|let|const)\s+\w+\s*=.*;? | (?:\(?function\b|window\.|document\.|googletag|dataLayer|\$\(|\(adsbygoogle).*""",
    re.I | re.X,
)

# Whole lines that only ever belong to the page around an article.
_PHRASES = re.compile(
    r"""[\W_]*(?:
      (?:댓글|답글|의견)(?:을|를)?\s*(?:등록|작성|입력|쓰기|달기|남기|더\s*보기|새로고침|운영|정렬|접기|펼치기|창|폼).{0,50}
    | 댓글\s*등록\s*폼 | 비밀(?:로\s*하기|\s*댓글|번호) | 로그인(?:\s*(?:후|하시면|이\s*필요|하고|하셔야)).{0,50} | (?:자동)?등록\s*방지.{0,20}
    | 이?\s*(?:기사|글|게시물|페이지)(?:를|을)?\s*(?:공유|인쇄|스크랩|프린트|추천|신고|저장|구독)(?:합니다|하기|하시겠습니까)?.{0,16}
    | (?:sns|페이스북|트위터|카카오톡|카카오스토리|네이버\s?밴드|밴드|블로그|라인|이메일|메일|x|카톡|url|링크|주소)(?:\(으\)로|으?로|에|을|를)?\s*(?:기사\s*)?(?:공유|보내기|복사|기사보내기)(?:하기)?.{0,12}
    | (?:기사|본문|글|음성)\s*(?:듣기|읽어주기|저장|스크랩|글씨\s*(?:키우기|줄이기)|글자\s*크기.{0,12}|내용을?\s*읽어).{0,16}
    | 글(?:자|씨)\s*(?:크기|키우기|줄이기|작게|크게).{0,20} | 본문\s*(?:바로가기|내용|영역|제목|글씨.{0,12}|듣기|시작|끝) | 메뉴\s*바로가기 | 검색\s*(?:어\s*입력|하기|창).{0,16}
    | (?:페이지|게시물|게시글|글|컨텐츠)\s*(?:정보|네비게이션|옵션|관리|검색|하단|상단|좌측|우측)
    | (?:네이버|구글|다음|카카오|유튜브|채널|뉴스레터|카톡|포털).{0,24}(?:구독|추가|팔로우|친구\s*추가)(?:하기|하세요|해\s*주세요)?[.!\s]*
    | (?:구독|좋아요|알림\s*설정|공감|하트).{0,24}(?:부탁|눌러|힘이\s*됩니다|큰\s*힘).{0,24}
    | .{0,30}(?:제보(?:는|하기|를\s*기다립니다)|카카오톡\s*제보).{0,40} | .{0,30}(?:광고|업체)\s*(?:문의|배너|영역|입니다).{0,12}
    | .{0,40}(?:파트너스|제휴)\s*활동.{0,20}(?:수수료|대가).{0,30} | .{0,20}이\s*(?:포스팅|글|게시물)은.{0,30}(?:수수료|원고료|협찬|제공받).{0,30}
    | 기사의?\s*(?:섹션|카테고리)\s*(?:정보|분류)(?:는|:|은).{0,60} | 이\s*기사는\s*(?:언론사에서|개별\s*주제).{0,60}
    | .{0,40}쿠키(?:를|가)?\s*(?:사용|수집|허용|설정|차단).{0,60} | .{0,40}브라우저(?:에서는|는|가).{0,20}(?:지원하지|지원되지).{0,30}
    | (?:이미지|사진)(?:를|을)?\s*(?:클릭|확대|크게|누르).{0,24} | (?:사진|이미지)\s*(?:크게\s*보기|확대(?:보기)?|닫기|보기) | (?:이미지|사진)\s*없음
    | (?:동영상|영상|비디오)\s*(?:재생|보기|뉴스|플레이어|시작|광고).{0,16} | (?:이전|다음)\s*(?:글|기사|페이지|포스팅|게시물)(?:이\s*없습니다|\s*[:：>▶◀|].{0,80})?
    | (?:좋아요|공감|구독|공유|추천)(?:하기)?\s*(?:공감|공유하기|구독하기|글\s*요소|저장|게시글\s*관리|카카오스토리|트위터|페이스북|신고하기)*
    | (?:홈|home|메인|main|처음)\s*[>›»/].{1,80} | .{0,24}\s?바로\s?가기 | .{0,20}(?:보러|하러)\s?가기 | 본문\s*기타\s*기능 | 화면\s*(?:최상단|상단|위).{0,12} | 기자\s*(?:페이지|구독|홈) | .{0,12}(?:요약봇|음성\s*변환|음성으로\s*듣기).{0,24}
    | 구독하기.{0,24} | 저작자표시.{0,30} | cc\s?by[\w\s.-]{0,20} | (?:분류|카테고리|태그|tags?|tagged|category|categories|filed\s+under|posted\s+in|topics?|keywords?|sections?|키워드)\s*(?:[:：]\s*\S.{0,120}|in\s.{0,60})
    | 분류\s+\S{1,12} | 맞춤\s*(?:광고|추천).{0,16} | 이\s*광고.{0,24} | ad(?:vertisement)?s?\s+by.{0,20} | 광고\s*(?:입니다|닫기|건너뛰기|보기)
    | skip\s+(?:to|advert|ad).{0,30} | (?:jump|go|back|return)\s+to\s+(?:top|content|home|navigation|main|the\s+top|homepage).{0,20}
    | (?:continue|keep)\s+reading(?:\s+(?:the|below|after).{0,30})? | (?:story|article)\s+continues\s+(?:below|after).{0,30} | scroll\s+(?:down|to)\s+.{0,30}
    | (?:read|learn|see|show|view|load|find\s+out)\s+(?:more|all|full\s+(?:article|story|bio))(?:\s*[:»›>→].{0,120}|\s+(?:comments|posts|stories|articles|here|about\s+this|news)|\s+on\s+.{1,30})?
    | (?:also\s+read|read\s+also|see\s+also|related|watch|listen|must\s+read|don[’']t\s+miss)\s*[:|»>].{1,140}
    | click\s+(?:here|to).{0,80} | tap\s+(?:here|to).{0,60} | swipe\s+.{0,30}
    | (?:share|send|email|save|print|bookmark|gift|like|tweet|pin|post|forward|report|download|listen\s+to|copy|cite|rate)\s+(?:this|on|via|to|with|by|article|story|post|page|link|it)\b.{0,40}
    | share\s*(?:options|full\s+article|\d+)?\s*[:：] | follow\s+(?:us|me|@|the\s+author|\w+\s+on|.{1,30}\s+on\s+(?:twitter|facebook|x|instagram|linkedin)).{0,60} | (?:like|join|find)\s+us\s+on\s+.{0,40}
    | (?:sign|log)\s?(?:up|in|out)\b.{0,90} | subscribe\b.{0,90} | (?:create|register\s+for)\s+(?:an?|your|free)\s+.{0,30}account.{0,30} | get\s+(?:the|our|your|daily|more|full).{0,60}(?:newsletter|inbox|email|app|alerts|access).{0,120}
    | (?:enter|your|type)\s+(?:your\s+)?e?-?mail(?:\s+address)?.{0,60} | .{0,60}\bnewsletters?\b.{0,40}(?:sign|subscribe|inbox|delivered|every\s+(?:day|week|morning)).{0,60} | thank(?:s|\s+you)\s+for\s+(?:subscribing|signing|reading|visiting).{0,40}
    | (?:we|this\s+(?:site|website|page)|our\s+(?:site|website|partners)|by\s+(?:using|continuing|clicking|browsing)).{0,60}(?:cookie|privacy\s+policy|terms\s+of|consent|experience).{0,200}
    | (?:accept|reject|manage|allow|decline)\s+(?:all|cookies|preferences|settings|optional|necessary|essential|additional).{0,30} | (?:cookie|privacy|terms|consent|ad)\s+(?:policy|settings|preferences|notice|choices|of\s+(?:use|service)|statement|conditions).{0,60}
    | (?:do\s+not\s+sell|your\s+privacy|your\s+ad).{0,60} | .{0,20}\b(?:enable|disable|turn\s+(?:on|off))\b.{0,20}\b(?:javascript|ad\s?blocker|cookies)\b.{0,60} | please\s+(?:enable|log|sign|subscribe|wait|read\s+our|see\s+our).{0,80}
    | (?:photo|image|picture)\s+gallery.{0,30} | (?:loading|please\s+wait)[.…\s]* | (?:now\s+playing|video\s+player|play\s+video|watch\s+live|watch\s+now|replay|unmute|mute).{0,30}
    | (?:about|contact|advertise|careers|jobs|help|site\s?map|accessibility|terms|privacy|faqs?|rss|press)(?:\s+(?:us|with\s+us|policy|of\s+use|and\s+conditions|centre|center|statement|feeds?|room))?
    | .{0,20}e-?mail\s+address\s+will\s+not\s+be\s+published.{0,60} | required\s+fields.{0,30} | (?:post|add|write|submit|leave)\s+(?:a\s+|your\s+)?(?:comment|reply|response).{0,40} | you\s+must\s+be\s+logged.{0,50} | comments\s+(?:are|have\s+been)\s+(?:closed|disabled|turned).{0,40} | (?:be\s+the\s+)?first\s+to\s+comment.{0,30}
    | (?:posted|filed|tagged|listed)\s+(?:in|under|with|as)\b.{1,80} | (?:previous|next|older|newer)\s+(?:post|article|story|posts|entry|page|stories|articles)s?\b.{0,100} | page\s+\d+(?:\s+of\s+\d+)? | notify\s+me\s+of.{0,60} | save\s+my\s+name.{0,80}
    | powered\s+by\s+.{1,40} | (?:theme|designed|built|hosted)\s+(?:by|with|on)\s*:?\s.{1,40} | designed\s+by\s+.{1,30} | support\s+(?:us|our\s+(?:journalism|work)).{0,80} | donate(?:\s+.{0,30})? | you\s+have\s+\d+\s+free\s+articles?.{0,60}
    )[\W_]*""",
    re.I | re.X,
)
_PHRASE_LIMIT = 260

_RELATED_INLINE = re.compile(
    r"[\s▶▷☞►■\[<【(*-]*(?:관련\s*(?:기사|글|뉴스|포스팅)|함께\s*보기|바로\s*가기|이전\s*기사|더\s*읽기|참고\s*기사|추천\s*기사)\s*[\]>】):：▶☞]\s*.{0,160}"
)
_TRUNCATED = re.compile(r"(?:\.{2,}|…|‥)$")
_SENTENCE_END = re.compile(r"""[.!?。！？][\s"'”’)\]」』》〉]*$|[다요죠음함임][.)\]"'”’]*$""")
_SENTENCE_INSIDE = re.compile(
    r"[가-힣][다요죠]\.(?:\s|$|[\"'”’])|[a-z0-9)”\"'’][.!?](?:\s+[A-Z“\"‘]|[\"'”’]*$)|[。！？]"
)

_CREDIT = re.compile(
    r"""(?:ⓒ|©)\s*\S | [(\[/<=【]?\s*(?:사진|이미지|그래픽|자료|일러스트|영상|캡처|출처)\s*(?:제공|출처|캡처|갈무리|자료)?\s*[=:：]\s*\S{1,40}
    | (?:[(\[/=]|[.…]\s)\s*[^()\[\]\s.]{2,14}(?:\s[^()\[\]\s.]{2,14})?\s*제공\s*[)\]】.]*$ | (?:자료\s?사진|연합뉴스|뉴시스|뉴스1|로이터|AFP|EPA|AP|게티이미지\S*|셔터스톡|픽사베이|언스플래시|캡처|갈무리|합성)\s*(?:제공|자료사진|캡처)?\s*[)\]】.]*$
    | \b(?:Getty\s+Images|Reuters|Shutterstock|AP\s+Photo|Associated\s+Press|AFP|Bloomberg|Unsplash|Pixabay|iStock|Alamy)\b[^.]{0,40}$ | \b(?:photo|image|photograph|picture|illustration|credit|graphic|screenshot)s?\s*(?:by|credit|courtesy(?:\s+of)?)?\s*[:：]\s*\S""",
    re.I | re.X,
)
_CREDIT_START = re.compile(
    r"""(?:본문\s*이미지|사진\s*설명|사진|이미지|그림|그래픽|도표|삽화)\s*[-–=:：]\s*\S | [▲△↑]\s*\S | \[(?:사진|이미지|그래픽|그림|자료)\s*[=:：\]]
    | (?:photo|image|photograph|picture|caption|credit|illustration|figure\s+\d+|fig\.\s*\d+)s?\s*(?:by|credit|courtesy(?:\s+of)?)?\s*[:：]\s*\S | (?:A|An|The)\s+(?:file|handout|undated)\s+(?:photo|image|picture)""",
    re.I | re.X,
)
_WIRE_CAPTION = re.compile(
    rf"(?:자료\s?사진|사진\s*[=제].{{0,24}})[)\]]?$|\d{{4}}\s?[.년]\s?\d{{1,2}}\s?[.월]\s?\d{{1,2}}[.일]?\s*(?:/\S+\s*)?(?:{_EMAIL}|ⓒ.*)$"
)

_CREDIT_ALONE = re.compile(
    r"""[\[(【].{0,40}(?:제공|자료\s?사진|재판매|촬영|캡처|갈무리|=\s?\w{2,8}(?:뉴스|통신|시스|일보|신문)|그래픽|일러스트|DB\s*금지)[^\])]{0,30}[\])】]
    | (?:(?:Getty\s+Images|Reuters|Shutterstock|AP|Associated\s+Press|AFP|EPA|Bloomberg|Unsplash|Alamy|PA(?:\s+Media)?|\w+\s+via)[\s/,&]*)+""",
    re.I | re.X,
)
_NOTE = re.compile(
    r"""[※＊]\s*\S.* | \*{1,3}\s?[^*:：]{1,60}[:：]\s*[^\s*].* | [-–]\s?(?:저자|필자|역자|글쓴이|번역|옮긴이|출처|자료|참고|작성|편집)\s*[:：]\s*\S.*
    | [\[(<【〈]\s*(?:편집자\s*주|역자\s*주|역주|기자\s*주|필자\s*주|정정|알림|바로잡습니다|이후\s*내용|이하\s*(?:내용\s*)?생략|중략|하략|후략|전략|이\s*기사는|이\s*글은|본\s*기사는|끝|계속).{0,200}
    | (?:편집자\s*주|역자\s*주|주\s?\d*\)|각주\s?\d*)\s*[:：)]?\s*\S.* | (?:저자|필자|역자|옮긴이|글쓴이)\s*[:：]\s*\S.* | (?:출처|자료|원문|참고\s*(?:자료|문헌)?)\s*[:：]\s*\S.*
    | [\[(]?(?:이하|이후|나머지)(?:\s*내용)?\s*생략[\])]?
    | (?:[*†‡]|\[\d+\])?\s*(?:editor[’']?s[’']?\s+note|author[’']?s\s+note|translator[’']?s\s+note|note|correction|clarification|disclaimer|disclosure|update|source|sources|footnote)\s*(?:\([^)]*\))?\s*[:：]\s*\S.*
    | [(\[*]?\s*(?:this\s+(?:article|story|post|piece|report)\s+(?:was|has\s+been|originally|is\s+(?:part|based|adapted)|first)|(?:additional\s+)?reporting\s+by|(?:writing|edited|editing|translated)\s+by|.{2,40}\s+contributed\s+(?:to\s+this|reporting)|[A-Z][\w.-]+\s+[A-Z][\w.-]+\s+is\s+(?:an?|the|our)\s+.{0,40}\b(?:reporter|editor|correspondent|staff\s+writer|columnist)\s+(?:at|for|with|based|covering|who)\b).{0,200}""",
    re.I | re.X,
)
_CLOSING_REMARK = re.compile(r"\s[\[(](?:이후|이하|나머지|중략|하략|후략)[^\[\]()]{0,20}[\])]$")
_STAR = re.compile(r"[*＊]\s?\S.*")
_MASKED_IP = re.compile(r"\(?\d{1,3}\.(?:\d{1,3}\.){0,2}[♡*xX×]{1,3}(?:\.(?:\d{1,3}|[♡*xX×]{1,3})){1,2}\)?")
_IP = re.compile(
    r"\(\d{2,3}\.\d{2,3}\)|\(?\b\d{1,3}\.(?:\d{1,3}|[♡*xX×]{1,3})\.(?:\d{1,3}|[♡*xX×]{1,3})\.(?:\d{1,3}|[♡*xX×]{1,3})\b\)?"
)
_PARTICLE = re.compile(r"[가-힣](?:[을를은는의에로와과]|에서|으로)$")
_URL = re.compile(r"(?:https?://|www\.)\S+")


def _tokens(line: str) -> list[str]:
    return [_EDGES.sub("", t) or t for t in _TOKEN.findall(line.casefold())]


def is_controls(line: str) -> bool:
    """True for a line made of nothing but the page's buttons, menus, counters and symbols."""
    if len(line) > 200 or _NUMBERED.match(line):
        return False
    tokens = [t for t in _tokens(line) if _HAS_WORD.search(t)]
    parts = [p for t in tokens for p in (t.split("/") if t not in _CONTROLS and t not in _SECTIONS else [t]) if p]
    if not parts:
        return bool(_SYMBOLS.fullmatch(line))
    known = [p for p in parts if p in _CONTROLS or p in _SECTIONS]
    strong = [p for p in known if p in _CONTROLS and p not in _STOP]
    if len(known) == len(parts):
        if len(parts) > 3:
            return True
        return bool(strong) and (len(parts) == 1 or len(strong) * 2 >= len(parts))
    return len(parts) >= 5 and len(known) * 4 >= len(parts) * 3 and bool(strong) and not _SENTENCE_END.search(line)


def is_section_name(line: str) -> bool:
    """True for a line made of names of site sections; an ordinary heading may look the same."""
    parts = [p for t in _tokens(line) for p in ([t] if t in _SECTIONS else t.split("/")) if p]
    return 0 < len(parts) <= 30 and all(p in _SECTIONS or p in _CONTROLS for p in parts)


def is_counter(line: str) -> bool:
    """True for view, vote, share and comment counters, alone or in a row, and reading times."""
    return len(line) <= 120 and bool(
        _COUNTER.fullmatch(line) or _REACTION.fullmatch(line) or _READING_TIME.fullmatch(line)
    )


def is_number(line: str) -> bool:
    """True for a line of digits and separators only."""
    return bool(_NUMBER.fullmatch(line)) and any(c.isdigit() for c in line)


def is_symbols(line: str) -> bool:
    """True for a line without a letter or digit."""
    return bool(_SYMBOLS.fullmatch(line))


def is_list_header(line: str) -> bool:
    """True for the heading of a ranking, a list of related or other articles."""
    return len(line) <= 60 and bool(_LIST_HEADER.fullmatch(line))


def comment_header(line: str) -> int | None:
    """Return the number a comment area's heading announces, -1 where it gives none, None for another line."""
    match = _COMMENT_HEADER.fullmatch(line) if len(line) <= 110 else None
    if not match:
        return None
    number = match["after"] or match["before"]
    return int(number.replace(",", "")) if number else -1


def is_company(line: str) -> bool:
    """True for a line of a publisher's legal notice (발행인, 사업자등록번호 …)."""
    if len(line) > 400:
        return False
    return bool(_COMPANY.fullmatch(line)) or len(_COMPANY_LABEL.findall(line)) >= 3


def is_contact(line: str) -> bool:
    """True for an address, telephone or e-mail with its label; furniture only beside other furniture."""
    return len(line) <= 160 and bool(_COMPANY_WEAK.fullmatch(line))


def is_copyright(line: str) -> bool:
    """True for a copyright line or a reprint ban."""
    return len(line) <= 400 and bool(_COPYRIGHT.fullmatch(line)) and not (len(line) > 160 and "ⓒ" not in line[:40])


def is_email(line: str) -> bool:
    """True for an e-mail address alone or after a reporter's name."""
    return len(line) <= 80 and bool(_EMAIL_LINE.fullmatch(line))


def is_hashtags(line: str) -> bool:
    """True for a line of hashtags."""
    return bool(_HASHTAGS.fullmatch(line)) and len(line) > 2


def is_code(line: str) -> bool:
    """True for a left-over of markup or a script."""
    return bool(_CODE.fullmatch(line))


def is_phrase(line: str) -> bool:
    """True for a set phrase of the page around an article: share, subscribe, cookies, related, adverts."""
    return len(line) <= _PHRASE_LIMIT and bool(_PHRASES.fullmatch(line) or _RELATED_INLINE.fullmatch(line))


def is_furniture(line: str) -> bool:
    """True for a line that is furniture wherever on a page it stands."""
    return (
        is_controls(line)
        or is_counter(line)
        or is_copyright(line)
        or is_company(line)
        or is_email(line)
        or is_hashtags(line)
        or is_code(line)
        or bool(_MASKED_IP.fullmatch(line))
        or is_phrase(line)
    )


def is_truncated(line: str) -> bool:
    """True for a line cut off with dots, as teasers are."""
    return bool(_TRUNCATED.search(line))


def ends_sentence(line: str) -> bool:
    """True when the line ends like a sentence, not like a title."""
    return bool(_SENTENCE_END.search(line)) and not is_truncated(line)


def is_prose(line: str) -> bool:
    """True for a line that holds at least one whole sentence of running text."""
    hangul = any("가" <= c <= "힣" or "\u3040" <= c <= "\u9fff" for c in line)
    if len(line) < (28 if hangul else 55):
        return False
    if _SENTENCE_INSIDE.search(line):
        return True
    return len(line) >= (60 if hangul else 120) and (ends_sentence(line) or len(line) >= 140) and line.count("|") < 3


def is_caption(line: str) -> bool:
    """True for a photograph's caption or credit."""
    if len(line) > 300 or is_copyright(line):
        return False
    if _CREDIT_START.match(line) and len(line) <= 200:
        return True
    if len(line) <= 160 and _CREDIT.search(line):
        # A credit closes the line; in running text a full sentence goes on after it.
        return not (ends_sentence(line) and "ⓒ" not in line and "©" not in line and not line.endswith((")", "]")))
    return bool(_WIRE_CAPTION.search(line))


def is_credit(line: str) -> bool:
    """True for a photograph's credit that stands on a line of its own, beside the caption."""
    return len(line) <= 90 and bool(_CREDIT_ALONE.fullmatch(line))


def looks_like_menu(line: str) -> bool:
    """True for a row of short nouns with names of site sections among them."""
    tokens = line.split()
    if len(tokens) < 3 or any(len(t) > 8 for t in tokens) or re.search(r"[^\w\s/&·|]", line):
        return False
    return any(t.casefold() in _SECTIONS or t.casefold() in _CONTROLS for t in tokens) and not any(
        _PARTICLE.search(t) or t.casefold() in _STOP for t in tokens
    )


def is_note(line: str) -> bool:
    """True for a footnote, a source note, or a remark of the editor or translator."""
    return bool(_NOTE.fullmatch(line))


def closing_remark(line: str) -> int:
    """Return where an editor's "[the rest is left out]" begins at the end of a paragraph; 0 where there is none."""
    match = _CLOSING_REMARK.search(line)
    return match.start() + 1 if match else 0


def is_starred(line: str) -> bool:
    """True for a line that begins with an asterisk: a footnote, or an item of a list."""
    return bool(_STAR.fullmatch(line))


def is_url(line: str) -> bool:
    """True for a line that is one web address."""
    return bool(_URL.fullmatch(line))


def ip_spans(line: str) -> list[tuple[int, int]]:
    """Return the spans of (masked) IP addresses in the line."""
    return [m.span() for m in _IP.finditer(line)]
