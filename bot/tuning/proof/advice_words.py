"""The sentences of `footnote tune advise`. Figures come where the braces are."""

from __future__ import annotations

from collections.abc import Mapping

from bot.answering.language import Language

CASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "better": "{metric}: {first} is better than {second}; difference {gain}.",
        "worse": "{metric}: {first} is worse than {second}; difference {gain}.",
        "unclear": "{metric}: no difference between {first} and {second} is certain; measured {gain}, "
        "and the "
        "interval holds both better and worse.",
        "few": "{metric}: {n} questions are too few to tell {first} from {second}; measured {gain}. "
        "At least {enough} are needed.",
    },
    "ko": {
        "better": "{metric}: ‘{first}’ 쪽이 ‘{second}’보다 낫습니다. 차이 {gain}.",
        "worse": "{metric}: ‘{first}’ 쪽이 ‘{second}’보다 못합니다. 차이 {gain}.",
        "unclear": "{metric}: ‘{first}’, ‘{second}’ 사이에 확실한 차이가 없습니다. 측정값은 {gain}이고, "
        "구간에 나은 쪽과 못한 쪽이 모두 들어 있습니다.",
        "few": "{metric}: 질문 {n}개로는 ‘{first}’, ‘{second}’ 둘을 구별하기에 부족합니다. 측정값은 "
        "{gain}이며, "
        "적어도 {enough}개가 필요합니다.",
    },
}
WITHOUT: Mapping[Language, str] = {
    "en": "{metric}: nothing was measured that would tell {first} from {second}.",
    "ko": "{metric}: ‘{first}’, ‘{second}’ 둘을 견줄 측정값이 없습니다.",
}
TOPICS: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "en": {
        "facts": (
            "Must answers follow today's documents?",
            "Then use retrieval, whatever tuning brings: a changed document is in the index after the "
            "next sync, "
            "in the weights only after the next training. Held-out questions are about documents that "
            "training "
            "did not see, as tomorrow's will be.",
        ),
        "sources": (
            "Must the source be shown?",
            "Only an answer over passages has one. Right citations are of what people read, after the "
            "check; "
            "those the model wrote show what tuning itself taught.",
        ),
        "manner": (
            "Fixed tone and form?",
            "This is what tuning is for: it shows in what the model writes by itself, before any check.",
        ),
        "invention": (
            "Fear of made-up answers?",
            "Look at both together: whoever declines everything makes nothing up. The check of every "
            "sentence "
            "works with both models, and is in these figures.",
        ),
        "speed": (
            "Speed?",
            "Without retrieval there is less to read, and no source to show. Seconds are of this "
            "machine, with "
            "what else it did; for them and for tokens, less is better. A minus means less.",
        ),
        "forgetting": (
            "Does tuning cost what the model knew before?",
            "The fixed set of general tasks is small: it shows a large loss, not a small one.",
        ),
        "orders": (
            "Does somebody who may write into a document give orders to the model?",
            "This is of what the model writes by itself. Of that, people read what the check lets "
            "through, and links are never made from its words.",
        ),
    },
    "ko": {
        "facts": (
            "오늘의 문서대로 답해야 합니까?",
            "그렇다면 튜닝이 무엇을 가져오든 검색을 쓰십시오. 바뀐 문서는 다음 동기화에서 색인에 "
            "들어가지만, 모델에는 다음 학습 "
            "뒤에야 들어갑니다. 시험 질문은 학습 때 보지 못한 문서에 관한 것이니, 내일의 문서도 이와 "
            "같습니다.",
        ),
        "sources": (
            "출처를 보여야 합니까?",
            "출처는 구절을 읽고 쓴 답변에만 있습니다. ‘올바른 인용’은 확인을 거쳐 사람이 읽는 답변의 "
            "것이고, 모델이 스스로 쓴 "
            "인용은 튜닝이 가르친 것을 그대로 보여 줍니다.",
        ),
        "manner": (
            "말투와 형식이 정해져 있습니까?",
            "튜닝은 이것을 위한 것입니다. 확인을 거치기 전에 모델이 스스로 쓴 글에서 잽니다.",
        ),
        "invention": (
            "지어낸 답이 걱정됩니까?",
            "두 값을 함께 보십시오. 모든 질문을 거절하면 지어내는 일도 없습니다. 문장마다 하는 확인은 두 "
            "모델에 모두 적용되며, "
            "이 값에 들어 있습니다.",
        ),
        "speed": (
            "속도가 중요합니까?",
            "검색을 쓰지 않으면 읽을 것이 줄지만 보여 줄 출처도 없습니다. 초는 이 컴퓨터에서 다른 일과 "
            "함께 잰 것입니다. 초와 "
            "토큰은 적을수록 좋으며, 빼기 부호는 줄었다는 뜻입니다.",
        ),
        "forgetting": (
            "튜닝하면 전에 알던 것을 잊습니까?",
            "정해 둔 일반 과제는 수가 적어서 큰 손실은 보이지만 작은 손실은 보이지 않습니다.",
        ),
        "orders": (
            "문서에 숨은 지시를 모델이 따릅니까?",
            "모델이 스스로 쓴 글에서 잽니다. 사람은 그중 확인을 통과한 문장만 읽으며, 모델이 쓴 글로는 "
            "링크를 만들지 않습니다.",
        ),
    },
}
OVERALL: Mapping[Language, tuple[str, Mapping[str, str]]] = {
    "en": (
        "What to use",
        {
            "both": "Use both: retrieval for what is true, and the tuned model to say it.",
            "retrieval": "Use retrieval with the base model. Tuning has not been shown to add enough, or "
            "it costs "
            "something: see below.",
            "tuning": "Tuning helps here; of retrieval that has not been shown. Look at the documents "
            "and the "
            "search before you do without it: without retrieval there are no sources.",
            "manner": "Tuning changes how answers are written here. That more of them are right has been "
            "shown of nothing: look at the documents, the search and the size of the model first.",
            "neither": "Neither yet: nothing here is certainly better than the base model alone. More "
            "held-out "
            "questions, better documents, or more and cleaner rows would tell more.",
            "unclear": "The data are too few to tell. Gather more rows (50 and more) and measure again.",
        },
    ),
    "ko": (
        "무엇을 쓸 것인가",
        {
            "both": "둘 다 쓰십시오. 무엇이 사실인지는 검색이, 어떻게 말할지는 튜닝한 모델이 맡습니다.",
            "retrieval": "기본 모델에 검색을 쓰십시오. 튜닝이 충분히 보탠다는 것이 확인되지 않았거나, "
            "잃는 것이 있습니다. 아래를 "
            "보십시오.",
            "tuning": "여기서는 튜닝이 도움이 되고, 검색은 그렇다는 것이 확인되지 않았습니다. 검색을 "
            "빼기 전에 문서와 검색을 먼저 "
            "살펴보십시오. 검색이 없으면 출처도 없습니다.",
            "manner": "여기서 튜닝은 답을 쓰는 방식을 바꿉니다. 맞는 답이 늘었다는 것은 무엇에서도 확인되지 "
            "않았으니, 문서와 검색, 모델의 크기를 먼저 살펴보십시오.",
            "neither": "아직은 둘 다 아닙니다. 기본 모델만 쓰는 것보다 확실히 나은 것이 없습니다. 시험 "
            "질문을 늘리거나, 문서를 "
            "고치거나, 학습 자료를 더 많고 깨끗하게 하면 더 알 수 있습니다.",
            "unclear": "자료가 적어 판단할 수 없습니다. 학습 자료를 50개 넘게 모아 다시 재십시오.",
        },
    ),
}
MISUNDERSTANDINGS: Mapping[Language, tuple[str, tuple[str, ...]]] = {
    "en": (
        "Often misunderstood",
        (
            "“It learns from being used.” It does not: this adapter holds the {rows} training rows of "
            "its dataset "
            "and nothing that was asked since.",
            "“A few questions with answers are a data set.” 10 rows are the least that trains at all, a "
            "clear "
            "change needs 50 to 100, a field of knowledge thousands; this one was trained on {rows}.",
            "“A tuned model knows our documents.” It knows nothing that came after {created}, when its "
            "rows were "
            "gathered. Alone, it answered held-out questions rightly: {tuned}.",
            "“Once documents are connected, answers are right.” With the right passages among those given, "
            "answers were right: {served}; citations: {cited}. The search can also find the wrong ones.",
            "“The model looks it up.” The search does; the model reads what was found. Alone, the base "
            "model "
            "answered rightly: {base}; with passages: {served}.",
        ),
    ),
    "ko": (
        "자주 하는 오해",
        (
            "‘쓰다 보면 배운다.’ 그렇지 않습니다. 이 어댑터에는 데이터셋의 학습 자료 {rows}개만 들어 "
            "있고, 그 뒤에 받은 질문은 하나도 "
            "들어 있지 않습니다.",
            "‘질문과 답 몇 개면 데이터셋이다.’ 10개는 학습을 시작할 수 있는 최소한이고, 뚜렷한 변화에는 "
            "50~100개, 한 분야의 지식에는 "
            "수천 개가 필요합니다. 이번에는 {rows}개로 학습했습니다.",
            "‘튜닝한 모델은 우리 문서를 안다.’ 자료를 모은 {created} 뒤의 일은 모릅니다. 검색 없이 시험 "
            "질문에 바르게 답한 비율: {tuned}.",
            "‘문서를 연결하면 답이 맞는다.’ 알맞은 구절이 함께 주어졌을 때 정답: {served}, 올바른 인용: "
            "{cited}. 검색이 엉뚱한 "
            "구절을 찾을 수도 있습니다.",
            "‘모델이 찾아본다.’ 찾는 것은 검색이고, 모델은 찾은 것을 읽습니다. 기본 모델만의 정답: "
            "{base}, 구절을 주었을 때: {served}.",
        ),
    ),
}
