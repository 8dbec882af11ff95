"""The votes below an answer, and the modal that asks what was wrong."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "helpful": ("도움이 됐어요", "Helpful"),
    "unhelpful": ("도움이 안 됐어요", "Not helpful"),
    "thanks_up": ("의견 고마워요! 👍", "Thank you for telling us! 👍"),
    "thanks_down": (
        "알려 줘서 고마워요. 문서나 답을 고치는 데 쓸게요. 👎",
        "Thank you for telling us. It helps to mend the documents and the answers. 👎",
    ),
    "reason_title": ("어떤 점이 아쉬웠나요?", "What was wrong?"),  # Slack takes 24 characters
    "reason_label": ("이 답의 아쉬운 점", "What was wrong with this answer?"),
    "reason_wrong": ("답이 틀렸어요", "It is wrong"),
    "reason_incomplete": ("빠진 내용이 있어요", "Something is missing"),
    "reason_unsupported": ("출처에 그런 내용이 없어요", "The source does not say this"),
    "reason_outdated": ("오래된 내용이에요", "It is out of date"),
    "reason_missing_source": ("답이 있는 문서를 찾지 못했어요", "A source is missing"),
    "reason_not_for_me": ("제가 보면 안 되는 내용이에요", "It should not have been shown to me"),
    "reason_other": ("그 밖의 이유", "Something else"),
    "comment_label": ("자세히 알려 주세요", "Tell us more"),
    "comment_example": ("예: 올해 규정이 바뀌었어요", "For example: the rule changed this year"),
    "reason_needed": ("아쉬운 점을 하나 골라 주세요.", "Please choose what was wrong."),
    "comment_needed": (
        "어떤 점이 아쉬웠는지 몇 마디로 적어 주세요.",
        "Please say in a few words what was wrong.",
    ),
    "comment_too_long": (
        "{limit}자까지 적을 수 있는데 {length}자예요. 줄여 주세요.",
        "{limit} characters fit, and this has {length}. Please shorten it.",
    ),
}
