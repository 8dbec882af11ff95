"""What admins are told of connectors, in a direct message."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "notice_failing": (
        "커넥터 **{name}**: 지금 문서를 읽지 못하고 있어요. {reason}\n\n다시 읽을 수 있게 되면 알려 드릴게요."
        " 고친 다음 바로 다시 읽으려면: `/footnote reindex {name}`",
        "Connector **{name}** cannot be synced: {reason}\n\nI tell you once it works again. When it is "
        "mended, `/footnote reindex {name}` tries at once.",
    ),
    "notice_recovered": (
        "커넥터 **{name}**: 다시 잘 읽히고 있어요.",
        "Connector **{name}** works again.",
    ),
    "notice_not_for_me": (
        "보면 안 되는 답을 봤다고 누군가 알려 줬어요. 어떤 문서를 읽고 답했는지는 이 명령으로 볼 수 있어요: "
        "`footnote trace {reason}`. 그 문서를 누가 읽을 수 있게 되어 있는지 확인해 주세요.",
        "Somebody says that an answer should not have been shown to them. `footnote trace {reason}` shows "
        "which documents it was made from; look at who may read those.",
    ),
    "notice_adapter_rolled_back": (
        "튜닝한 어댑터 **{name}**: 답변이 기본 모델보다 나빠져서 자동으로 되돌렸어요 ({reason}). 이제 그 전의"
        " 모델이 답해요. 자세히 보려면: `footnote tune list`",
        "The tuned adapter **{name}** was rolled back by itself: its answers were worse than those of the "
        "model without it ({reason}). What answered before answers again. See: `footnote tune list`",
    ),
    "notice_adapter_learned": (
        "튜닝한 어댑터 **{name}**: 지워진 문서로 학습한 어댑터예요 ({reason}개). 문서는 검색에서 사라졌지만, "
        "어댑터에는 그 말이 남아 있을 수 있어요. 남기면 안 되는 내용이면 되돌리고 파일을 지워 주세요: "
        "`footnote tune rollback {name}`",
        "The tuned adapter **{name}** learned from documents that are gone ({reason}). Searches do not find "
        "them any more, but the adapter may still know their words. If it must not, roll it back and delete "
        "its run: `footnote tune rollback {name}`",
    ),
    "notice_adapter_proven": (
        "튜닝한 어댑터 **{name}**: 예정대로 학습하고 평가했어요. 기본 모델보다 나아서 켤 수 있어요. "
        "저절로 켜지지는 않으니, 홈 탭에서 표를 보고 정해 주세요.",
        "The tuned adapter **{name}** was prepared as planned: it is better than the base model on held-out "
        "questions, and may be activated. It is not by itself: see its table on the Home tab, and decide.",
    ),
    "notice_adapter_unproven": (
        "튜닝한 어댑터 **{name}**: 예정대로 학습하고 평가했지만, 켤 수 있을 만큼 나아지지 않았어요. "
        "지금 모델이 그대로 답해요. 이유는 홈 탭의 표에서 볼 수 있어요.",
        "The tuned adapter **{name}** was prepared as planned, and may not be activated: the table on the "
        "Home tab says why. What answers now goes on answering.",
    ),
    "notice_adapter_failed": (
        "튜닝한 어댑터 **{name}**: 예정대로 준비하지 못했어요. 지금 모델이 그대로 답해요. {reason}",
        "The tuned adapter **{name}** could not be prepared as planned. What answers now goes on answering. "
        "{reason}",
    ),
    "doubt": (
        "커넥터 **{name}**: 문서 {held}개 중 {gone}개가 원본에서 보이지 않아요. 아무것도 지우지 않았고, 이 "
        "커넥터는 멈춰 두었어요.",
        "Connector **{name}**: {gone} of {held} documents are gone from the source. Nothing was removed, and "
        "the connector is paused.",
    ),
    "doubt_reason": (
        "문서 {held}개 중 {gone}개가 원본에서 보이지 않아요. 아무것도 지우지 않았어요. 홈 탭에서 "
        "정해 주세요.",
        "{gone} of {held} documents are gone from the source. Nothing was removed; decide on the Home tab.",
    ),
    "doubt_hint": (
        "원본에 문제가 있었다면 고친 다음 `/footnote reindex {name}`을 실행해 주세요.",
        "If the source is at fault, mend it and run `/footnote reindex {name}`.",
    ),
    "doubt_remove": ("지우기", "Remove them"),
    "doubt_keep": ("멈춘 채로 두기", "Keep paused"),
    "doubt_confirm": (
        "문서 {gone}개가 검색과 답변에서 사라져요.",
        "{gone} documents will be gone from searches and answers.",
    ),
    "doubt_removing": (
        "커넥터 **{name}**: 문서 {gone}개를 지우는 중이에요…",
        "Connector **{name}**: removing {gone} documents…",
    ),
    "doubt_kept": (
        "커넥터 **{name}**: 멈춘 채로 두었어요. 문서는 그대로 있어요. 다시 읽으려면: "
        "`/footnote reindex {name}`",
        "Connector **{name}** stays paused, and its documents stay. To read them again: "
        "`/footnote reindex {name}`",
    ),
}
