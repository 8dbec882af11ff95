"""The Home tab of everybody, and what is offered to somebody who opens the bot."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "prompts_title": ("무엇을 찾아 드릴까요?", "What may I look up for you?"),
    "prompt_remote": (
        "재택근무는 일주일에 며칠까지 할 수 있어?",
        "How many days a week may I work from home?",
    ),
    "prompt_leave": ("휴가는 어떻게 신청해?", "How do I request a day off?"),
    "prompt_expenses": ("출장비는 어떻게 정산해?", "How do I claim travel expenses?"),
    "home_lead": (
        "문서에서 답을 찾아 출처와 함께 알려 드려요. 메시지 탭에서 묻거나, 채널에서 저를 멘션해 주세요.",
        "I answer from your documents, with sources. Ask in the Messages tab, or mention me in a channel.",
    ),
    "home_ask": ("이런 것을 물어볼 수 있어요", "What you can ask"),
    "home_example": ("“{title}”에 대해 알려 줘", "What does “{title}” say?"),
    "home_sources": ("읽을 수 있는 문서", "What you can read"),
    "home_source": (" – 문서 {documents}개, {freshness}", " – {documents} document{s}, {freshness}"),
    "home_paused": ("지금은 새로 읽지 않아요", "not read anew at present"),
    "home_no_sources": (
        "읽을 수 있는 문서가 아직 없어요. 관리자에게 물어봐 주세요.",
        "There are no documents for you yet. Please ask an admin.",
    ),
}
