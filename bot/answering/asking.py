"""Is a message that mentions nobody a question which documents may answer? By its endings and first words.

Rules instead of a model: every message of a channel is looked at, at once, and what goes wrong must be
explainable. An answer that nobody asked for annoys more than one that did not come, so in doubt it is none:
chit-chat, proposals ("시작할까요?"), and questions about the readers themselves ("확인하셨나요?") are none.
"""

from __future__ import annotations

import re

from bot.sentences import sentences

LONGEST = 600
"""Characters. What is longer is an announcement or a report, whatever it asks on the way."""


def asks(text: str) -> bool:
    """`text` is what the person wrote themselves, without code, links and what they quote."""
    if len(text) > LONGEST or _OF_NO_QUESTION.search(text):
        return False
    own = _QUOTED.sub(" … ", text)
    return any(_sentence_asks(said) for line in own.splitlines() for said in sentences(line))


def is_courtesy(text: str) -> bool:
    """Thanks, a nod, laughter, an emoji: said under an answer, and nothing to be answered."""
    words = re.findall(r"\w+", re.sub(r":[a-z0-9_+'-]+:", " ", text.lower()))
    return all(_COURTEOUS.fullmatch(word) for word in words)


def _sentence_asks(sentence: str) -> bool:
    has_mark = bool(re.search(r"[?？][\s)~!?？ㅠㅜㅎ]*$", sentence))
    said = _TRAILING.sub("", sentence.strip())
    if not said or re.search("[ㅋ]{2}", sentence):
        return False
    if re.search("[가-힣]", said):
        return _korean_asks(said, has_mark)
    return _english_asks(said.lower().replace("’", "'"), has_mark)


_QUOTED = re.compile(r"[\"“”«][^\"“”»\n]{1,300}[\"”“»]|[‘「『][^’」』\n]{1,300}[’」』]")
_TRAILING = re.compile(r"[\s.!?~…^;:,ㅠㅜㅎ？！)\]]+$")
_OF_NO_QUESTION = re.compile(
    r"^\s*[\[(<]?\s*(?:공지|알림|안내|장애|긴급|공유|fyi|heads[ -]up|announcement|reminder|psa)\b"
    r"|\b(?:lol|lmao|rofl|haha+|hehe+)\b",
    re.IGNORECASE,
)

# --- Korean: the ending decides ---------------------------------------------------------------------------

# "아시는 분 계실까요", "알려주실 분", "아는 사람": who knows? Unlike "커피 드실 분", "우산 보신 분".
_WHO_KNOWS = re.compile(
    r"(?:아시는|아는|아실|알고 ?계신|알고 ?있는|알려 ?주실|가르쳐 ?주실|도와 ?주실"
    r"|해 ?보신|써 ?보신|경험 ?있으신)\s?(?:분|사람)[가-힣\s]{0,14}$"
)
_WHO_ELSE = re.compile(r"[가-힣]\s?분들?[이은]?\s?(?:\S{0,3}\s)?(?:$|있|계|없)")
_REQUEST = re.compile(
    r"(?:알려|가르쳐|도와|설명해|안내해)\s?(?:주세요|주십시오|주시겠|주실|주시면|줘|줄래|달라|주라|부탁)"
    r"|(?:문의|질문|여쭤)\s?(?:드립니다|드려요|드릴게요|드려봅니다|봅니다|봐요|있습니다|있어요|남깁니다)$"
    r"|여쭙니다$"
    r"|궁금(?:합니다|해요|하네요|한데요?|해서요)$"
)
# "끝나면 알려주세요" wants to be told of something, not to have something explained
_ONCE = re.compile(r"(?:[가-힣]면|는 ?대로|[을를할될] ?때)은?\s(?!.*(?:되|될|어떻게|뭐부터))")
_SHALL_IT = re.compile(r"(?:될|있을|없을|계실|가능할|필요할|맞을|좋을|아실|주실|일)까요?$")
_SELF_ASKED = re.compile(r"(?:(?:야|도|면)\s?(?:하|되)|있|없|되|맞|[인은는]가|가능하)나$|[인은는]가$|였더라$")
_UNSTATED = re.compile(r"(?:요|해|돼|야|어|아|냐|니|지|죠|여|임|까)$")
_STATED = re.compile(
    r"(?:[게네군]요?|거든요|고요|구요|잖아요|더라고요|겠어요|겠다|니다|같아요?|려고요|니까요?"
    r"|데요|으세요|하세요|주세요|보세요|시죠|[았었했됐였렸냈갔왔](?:어요?|다))$"
)
_WH = re.compile(r"며칠|몇|언제|어디|어딜|어딘|어떻게|어떤|어느|무엇|무슨|뭐|뭘|뭔|누구|누가|얼마|얼만")
_ABOUT_READERS = re.compile(
    r"(?:^|\s)(?:다들|모두|여러분)|셨(?:나요|어요|죠|습니까|을까요|는지요)$"
    r"|잘\s?(?:지내|보내|쉬|주무)|궁금한\s?(?:점|게|것|거|사항)"
)
_SMALL_TALK = re.compile(r"점심|저녁\s?(?:뭐|먹|같이)|커피|회식|날씨|맥주|간식")


def _korean_asks(said: str, has_mark: bool) -> bool:
    if _ABOUT_READERS.search(said) or _SMALL_TALK.search(said):
        return False
    if _WHO_KNOWS.search(said):
        return True
    if _WHO_ELSE.search(said):
        return False
    if _REQUEST.search(said) and not _ONCE.search(said):
        return True
    if said.endswith(("까", "까요")) and not _is_formal(said):
        return _SHALL_IT.search(said) is not None  # any other proposes: "시작할까요"
    if has_mark or _is_interrogative(said) or _SELF_ASKED.search(said):
        return True
    if _STATED.search(said) or _has_indirect_question(said):
        return False
    return _WH.search(said) is not None and (said.endswith("나") or _UNSTATED.search(said) is not None)


def _is_formal(said: str) -> bool:
    """됩니까; but not the reason in 되니까."""
    return said.endswith("니까") and _final(said[-3:-2]) == "ㅂ"


def _is_interrogative(said: str) -> bool:
    """나요, 인가요, 되는지요, 됩니까: endings that nothing else has (집에 가요, 그렇지요)."""
    if said.endswith("나요") or _is_formal(said):
        return True
    before = _final(said[-3:-2])
    return (said.endswith("가요") and before == "ㄴ") or (said.endswith("지요") and before in ("ㄴ", "ㄹ"))


def _has_indirect_question(said: str) -> bool:
    """어떻게 하는지 알았어요: what is asked inside is not asked of anybody."""
    return any(_final(found[1]) in ("ㄴ", "ㄹ") for found in _WHETHER.finditer(said))


_WHETHER = re.compile(r"([가-힣])지[는도를가]?\s+[가-힣]")
_FINALS = {4: "ㄴ", 8: "ㄹ", 17: "ㅂ"}


def _final(syllable: str) -> str:
    """The consonant at its end, if it is one of those above."""
    if not "가" <= syllable <= "힣":
        return ""
    return _FINALS.get((ord(syllable) - ord("가")) % 28, "")


# --- English: the first words decide ----------------------------------------------------------------------

_AUX = r"(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|may|must)"
_OPENING = re.compile(
    r"^(?:(?:hi|hey|hello|good (?:morning|afternoon|evening)|morning|all|everyone|everybody|team|folks|guys"
    r"|there|so|and|also|btw|ok|okay|sorry|please|(?:(?:quick|one) )?question|just|but|then|um|hmm)"
    r"\b[\s,:!.\-–]*)+"
)
_WHO_KNOWS_EN = re.compile(
    r"\bany(?:one|body)\b(?: \w+)? (?:knows?|have|has|tell|point|explain|help|share|remember|aware)\b"
    r"|\b(?:wondering|curious|need to know|(?:can't|cannot) (?:find|figure)) (?:out )?"
    r"(?:if|how|what|when|where|whether|who|which|about)\b"
    r"|\bneed (?:some )?help (?:with|finding|to)\b|\bany (?:ideas?|pointers|tips|clue)\b"
    r"|(?:^|[,:;\-–] )how (?:do|can|should|would) (?:i|we|one|you)\b"
)
_WH_FIRST = re.compile(
    rf"^(?:(?:what|where|when|who|which|how|why)(?:'s|'re|'d)?\s{_AUX}\b"
    r"|(?:what|where|who|how|when)'?s\b"
    r"|(?:in|on|at|for|to|by|with|from|under|of) (?:what|whom)\b"
    r"|how (?:much|many|long|often|far|soon|early|late|to)\b"
    r"|(?:what|which|whose) (?!(?:i|we|you|he|she|they|it|a|an|the|this|that|there)\b)"
    rf"(?:\S+ ){{1,4}}{_AUX}\b"
    r"|who \w+(?:s|ed)\b|where to\b|who to\b)"
)
_AUX_FIRST = re.compile(
    r"^(?:(?:is|are|was|were) (?:there|it|this|that|the|we|my|our)\b|am i\b"
    r"|(?:do|does|did) (?!not\b|n't|it\b|the\b|this\b|that\b|what\b|so\b|you (?!know|have))\S+ \S+"
    r"|(?:can|could|should|may|will|would) (?:i|we|it|they|the|any\w+|some\w+|our|my)\b"
    r"|(?:has|have) (?:i|we|any\w+|some\w+)\b)"
)
# behind "when we rank topics, ..."; "..., which is" and "..., who has" only go on telling
_THEN_ASKED = re.compile(
    r"(?:[,;:–—]| -) (?:how (?:many|much|long|often|do|does|can)"
    r"|(?:do|does|can|am|should|is|are|may) (?:i|we|there|it)"
    r"|(?:what|where|when) (?:is|are|do|does|can|should) (?:i|we|the|there|our|my))\b"
)
_STATED_EN = re.compile(
    r"^(?:which is why|how about|what a |what an |who would have|how \w+ is (?:that|this)$)"
)
_ABOUT_READERS_EN = re.compile(
    r"\bhow (?:are|is|was|were) (?:you|everyone|it going)|how's (?:it|everyone|everything)"
    r"|^(?:did|have|has|are|were|will|would|can|could) (?:you|everyone|everybody|y'all)\b"
    r"(?! (?:tell|explain|point|help me))"
    r"|\b(?:do you think|you all|you guys)\b"
    r"|^(?:should|shall|can|could) we (?:meet|move|start|postpone|do|go)\b"
    r"|\bshould we meet\b|^are we (?:still|on|meeting|ready|good)\b"
)
_SMALL_TALK_EN = re.compile(
    r"\b(?:lunch|coffee|dinner|beers?|drinks|pizza|(?:nice|good|great|your) weekend)\b"
    r"|\bwho(?:'s| is) (?:in|up)\b"
)


def _english_asks(said: str, has_mark: bool) -> bool:
    said = _OPENING.sub("", said)
    if _ABOUT_READERS_EN.search(said) or _SMALL_TALK_EN.search(said) or _STATED_EN.search(said):
        return False
    if _WHO_KNOWS_EN.search(said):
        return True
    if _WH_FIRST.search(said) or _AUX_FIRST.search(said) or _THEN_ASKED.search(said):
        return True
    return has_mark and len(said.split()) >= 3


_COURTEOUS = re.compile(
    r"네+|넵+|넹|예|아하?|오+|와+|ㅇㅋ+|ㅇㅇ+|ㄱㅅ|[ㅋㅎㅠㅜ]+|굿|좋아요|좋네요|오케이|정말|너무|다들|덕분에"
    r"|(?:감사|고마|고맙|수고)\S*|(?:확인|이해|해결)(?:했|됐|하겠)\S*|알겠\S*|그렇군요|그렇구나"
    r"|thanks?|thx|ty|you|so|very|much|a|lot|got|it|ok(?:ay)?|k|great|nice|cool|perfect|awesome|sounds|good|will|do"
    r"|sure|yes|yep|yeah|no|wow|super|that|helps|lol|haha+"
)
