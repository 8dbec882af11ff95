"""The weekly digest of whoever looks after documents."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "digest_title": ("이번 주 문서 소식", "This week's documents"),
    "digest_days": ("{since}부터 {until}까지", "{since} to {until}"),
    "digest_questions": ("답하지 못한 질문", "Unanswered questions"),
    "digest_nearest": ("가장 가까운 문서: {title}", "Nearest document: {title}"),
    "digest_unshown_questions": (
        "따로 물어봤거나 다른 곳에서 물어본 질문 {count}개는 여기서 보여 드리지 않아요.",
        "{count} more question{s}, asked in private or elsewhere: not shown here.",
    ),
    "digest_outdated": ("오래된 내용이라는 의견을 받은 문서", "Documents said to be out of date"),
    "digest_stale": (
        "답에 쓰였지만 {days}일 넘게 고치지 않은 문서",
        "Documents that answers cite, unchanged for more than {days} days",
    ),
    "digest_changed": (" · {day} 수정", " · changed {day}"),
    "digest_cited": (" · 답 {times}개에 쓰임", " · in {times} answer{s}"),
    "digest_votes_of": (" · 의견 {times}개", " · {times} vote{s}"),
    "digest_unshown_documents": (
        "모두가 볼 수 있지는 않은 문서 {count}개는 여기서 제목을 보여 드리지 않아요.",
        "{count} more document{s} that not everybody may read: not named here.",
    ),
    "digest_sources": ("살펴봐야 할 커넥터", "Connectors that need a look"),
    "digest_paused": ("멈춰 있어요", "paused"),
    "digest_failing": ("읽지 못하고 있어요", "cannot be read"),
    "digest_read": ("{age}에 마지막으로 읽었어요", "last read {age}"),
    "digest_never": ("아직 읽은 적이 없어요", "never read yet"),
    "digest_aside": ("읽지 못한 문서 {count}개", "{count} set aside, could not be read"),
    "digest_missing": (
        "원본에서 사라진 문서 {count}개는 관리자가 정해야 해요",
        "{count} missing from the source, for an admin to decide",
    ),
    "digest_waiting": (
        "사람에게 물어보고 아직 해결되지 않은 질문: {count}개",
        "Questions to people that are still open: {count}",
    ),
    "digest_refused": (
        "담당 채널에 올리지 못해서 여기로 보내요. 채널에 저를 초대하거나 owner_channel을 고쳐 주세요:",
        "Sent here since I cannot post in the owners' channel: invite me there, or mend owner_channel.",
    ),
}
