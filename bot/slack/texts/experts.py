"""Asking people, and what became of it."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "experts_title": ("사람에게 묻기", "Ask a human"),  # Slack takes 24 characters
    "experts_lead": (
        "이 채널에 질문을 올려요. 누가 물었는지와 여기서 찾은 문서도 함께 보여요: ",
        "Your question goes to this channel, with your name and the documents found here: ",
    ),
    "experts_label": ("질문", "Your question"),
    "experts_needed": ("무엇이 궁금한지 적어 주세요.", "Please say what you want to know."),
    "experts_asks": (
        " 님이 도움을 기다려요. 문서에서 답을 찾지 못했어요.",
        " asks for help: the documents gave no answer.",
    ),
    "experts_asks_more": (" 님이 더 알고 싶어 해요.", " would like to know more."),
    "experts_thread": ("질문한 곳 보기", "Where it was asked"),
    "experts_done": ("사람에게 물어봤어요: ", "I have asked people for you: "),
    "experts_link": ("올린 질문 보기", "see the question there"),
    "experts_already": (
        "이 질문은 이미 사람에게 물어봤어요. ",
        "People have been asked about this already: ",
    ),
    "experts_underway": (
        "이 질문은 이미 올리는 중이에요.",
        "This question is on its way to them already.",
    ),
    "experts_failed": (
        "질문을 올리지 못했어요. 관리자에게 봇을 그 채널에 초대해 달라고 하고 다시 눌러 주세요.",
        "The question could not be posted. Please ask an admin to invite the bot to that channel, and click "
        "again.",
    ),
    "experts_archived": (
        "질문을 올릴 채널이 보관돼 있어요. 관리자에게 다른 채널을 정해 달라고 하고 다시 눌러 주세요.",
        "The channel for such questions is archived. Please ask an admin to name another, and click again.",
    ),
    "experts_nowhere": (
        "사람에게 물어볼 채널이 정해져 있지 않아요. 관리자에게 알려 주세요.",
        "No channel is set in which people are asked about this. Please tell an admin.",
    ),
    "experts_resolve_button": ("해결됨", "Resolved"),
    "experts_reopen_button": ("다시 열기", "Reopen"),
    "experts_resolve_title": ("해결됨으로 표시", "Mark as resolved"),
    "experts_resolve_submit": ("해결됨으로 표시", "Mark as resolved"),
    "experts_answer_label": ("올바른 답", "The right answer"),
    "experts_answer_shared": (
        "답을 쓰면 이름과 함께 질문한 스레드에 올라가요: {channel}. 저장해 두었다가 봇을 튜닝할 때 쓸 수도 "
        "있어요. 비워 두면 해결됐다고만 알려요.",
        "What you write goes to the thread in {channel}, with your name. It is kept, and the bot may be "
        "tuned on it. Left empty, the asker only hears that the question is resolved.",
    ),
    "experts_answer_private": (
        "답을 쓰면 이름과 함께 질문한 사람에게만 전해요. 저장해 두지 않아요. 비워 두면 해결됐다고만 알려요.",
        "What you write goes to whoever asked, to nobody else, with your name. It is not kept. Left empty, "
        "they only hear that the question is resolved.",
    ),
    "experts_answer_too_long": (
        "답이 너무 길어요. {limit}자까지 쓸 수 있어요.",
        "The answer is too long: at most {limit} characters.",
    ),
    "experts_resolving": ("표시하는 중이에요…", "One moment…"),
    "experts_resolved_done": ("해결됨으로 표시했어요.", "It is marked as resolved."),
    "experts_resolved_said": (
        "해결됨으로 표시했어요. 답은 질문한 사람에게 바로 전해요.",
        "It is marked as resolved, and your answer is on its way to whoever asked.",
    ),
    "experts_resolved_already": (
        "이미 해결된 질문이에요. 다른 답을 쓰려면 먼저 다시 열어 주세요.",
        "It is resolved already. Reopen it first to give another answer.",
    ),
    "experts_said": ("사람이 쓴 답", "A person's answer"),
    "experts_said_unchecked": (
        "쓴 그대로예요. 문서에서 확인한 답이 아니에요.",
        "In their own words; not checked against the documents.",
    ),
    "experts_said_reopened": (
        "사람에게 물어본 질문이 다시 열려서, 여기 있던 답을 거뒀어요: ",
        "The question that people were asked is open again, and the answer that stood here was taken back: ",
    ),
    "experts_resolved_by": ("✅ 해결됨: ", "✅ Resolved by "),
    "experts_told_resolved": (
        "✅ 사람에게 물어본 질문이 해결됐다고 표시됐어요: ",
        "✅ The question that you asked people is marked as resolved: ",
    ),
    "experts_told_reopened": (
        "사람에게 물어본 질문이 다시 열렸어요: ",
        "The question that you asked people is open again: ",
    ),
    "experts_mark_denied": (
        "손님이나 다른 조직 사람은 이 질문을 해결됨으로 표시하거나 다시 열 수 없어요.",
        "Guests and people of other organizations can neither mark this question as resolved nor reopen it.",
    ),
    "experts_mark_gone": (
        "이 질문의 기록이 더 남아 있지 않아서 표시할 수 없어요.",
        "Nothing is kept of this question any more, so it cannot be marked.",
    ),
}
