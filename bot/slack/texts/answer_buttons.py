"""The buttons below an answer: its quotes, a new answer, how it came about."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "quotes_button": ("근거 보기", "Show quotes"),
    "again_button": ("다시 답하기", "Answer again"),
    "experts_button": ("사람에게 묻기", "Ask a human"),
    "why_option": ("이 답이 나온 과정 (관리자)", "Why this answer? (admins)"),
    "answer_gone": (
        "이 답의 기록이 더 남아 있지 않아요. 그 사이에 문서가 지워졌거나 질문이 바뀌었거나 오래됐어요.",
        "Nothing is kept of this answer any more: a document was removed, or the question changed, or it "
        "is too old.",
    ),
    "quotes_title": ("답의 근거", "What the sources say"),  # Slack takes 24 characters
    "quotes_lead": (
        "답은 이 글에서 나왔어요. 굵은 글씨가 답을 뒷받침하는 부분이에요.",
        "The answer stands on these passages. What supports it is in bold.",
    ),
    "quotes_forgotten": (
        "답한 뒤에 문서가 바뀌거나 지워져서 근거를 보여 드릴 수 없어요. ‘다시 답하기’를 누르면 지금 문서로 "
        "답해요.",
        "A document was changed or removed since I answered, so its words are not kept. “Answer again” "
        "answers from the documents as they are now.",
    ),
    "quote_changed": (
        "그 뒤에 문서가 바뀌었어요. 답할 때는 이렇게 적혀 있었어요:",
        "The document has changed since. When I answered, it said:",
    ),
    "quote_gone": ("이 문서는 이제 없어요.", "This document is gone."),
    "quote_denied": (
        "이 문서를 볼 권한이 없어요.",
        "You may not read this document.",
    ),
    "quotes_none": (
        "문서에서 답을 찾지 못해서 근거가 없어요.",
        "No answer was found in the documents, so there is nothing to quote.",
    ),
    "again_started": ("🔄 다시 답하고 있어요…", "🔄 Answering again…"),
    "again_running": (
        "이미 새로 답하고 있어요. 조금만 기다려 주세요.",
        "A new answer is already on its way. One moment, please.",
    ),
    "again_not_yours": (
        "질문한 사람과 관리자만 다시 답하게 할 수 있어요. 같은 질문을 직접 해 주세요.",
        "Only the person who asked and admins may have it answered again. Please ask it yourself.",
    ),
    "again_gone": (
        "이 질문은 더 남아 있지 않아서 다시 답할 수 없어요. 새로 물어봐 주세요.",
        "This question is not kept any more, so I cannot answer it again. Please ask anew.",
    ),
    "why_title": ("이 답이 나온 과정", "Why this answer?"),  # Slack takes 24 characters
    "why_admins_only": (
        "답이 나온 과정은 관리자만 볼 수 있어요. 어떤 문장에 근거했는지는 ‘근거 보기’에서 볼 수 있어요.",
        "How an answer came about is for admins. Which sentences it stands on is under “Show quotes”.",
    ),
}
