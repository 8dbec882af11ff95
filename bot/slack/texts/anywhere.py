"""What is said on more than one surface."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "more_sources": ("그 밖에 {count}개 더", "and {count} more"),
    "send": ("보내기", "Send"),
    "close": ("닫기", "Close"),
    "command_failed": ("그건 하지 못했어요: {reason}", "That did not work: {reason}"),
    "command_broken": (
        "미안해요, 문제가 생겨서 하지 못했어요. 관리자가 볼 수 있게 기록해 두었어요.",
        "I am sorry, something went wrong. It is in the log for an admin.",
    ),
    "modal_loading": ("불러오는 중이에요…", "One moment…"),
    "modal_failed": (
        "창을 열지 못했어요. 한 번 더 눌러 주세요.",
        "The window could not be opened. Please click once more.",
    ),
}
