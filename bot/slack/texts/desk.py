"""The Home tab of admins: connectors, questions without an answer, the audit log."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "home_admin": ("커넥터 관리", "Connectors"),
    "home_no_connectors": ("커넥터가 아직 없어요.", "There is no connector yet."),
    "home_running": ("지금 동기화 중", "Syncing now"),
    "home_active": ("작동 중", "active"),
    "home_held": ("멈춤", "paused"),
    "home_failing": ("오류", "failing"),
    "home_unlisted": ("설정에 없음", "no longer configured"),
    "home_counts": (" – {state} · 문서 {documents}개", " – {state} · {documents} document{s}"),
    "home_aside_count": (" · 읽지 못한 문서 {count}개", " · {count} could not be read"),
    "home_last": ("마지막 동기화: ", "Last sync: "),
    "home_next": (" · 다음 동기화: ", " · next sync: "),
    "home_unplanned": ("예정 없음", "not planned"),
    "home_sync": ("지금 동기화", "Sync now"),
    "home_preview": ("미리 보기", "Dry run"),
    "home_pause": ("멈추기", "Pause"),
    "home_resume": ("다시 시작", "Resume"),
    "home_edit": ("고치기", "Edit"),
    "home_forget": ("문서 모두 지우기", "Forget documents"),
    "home_forget_confirm": (
        "{name}의 문서 {documents}개가 검색과 답변에서 사라져요. 원본은 그대로예요.",
        "{documents} document{s} of {name} will be gone from searches and answers. The source stays.",
    ),
    "home_forget_keeps": (
        "{name}의 문서 {documents}개가 검색과 답변에서 사라져요. 원본은 그대로이고, 커넥터는 설정대로 남아 "
        "멈춰 있어요.",
        "{documents} document{s} of {name} will be gone from searches and answers. The source stays; the "
        "connector stays with its settings, paused.",
    ),
    "home_remove_connector": ("커넥터 없애기", "Remove connector"),
    "home_remove_confirm": (
        "{name} 커넥터를 설정, 비밀 값과 함께 없애고, 그 문서 {documents}개도 검색과 답변에서 지워요. 원본은 "
        "그대로예요.",
        "The connector {name} goes with its settings and secrets, and its {documents} document{s} from "
        "searches and answers. The source stays.",
    ),
    "home_was_removed": (
        "{name}: 커넥터를 없애고 문서 {count}개를 지웠어요.",
        "{name} is removed, and {count} document{s} forgotten.",
    ),
    "home_in_file": ("config.toml {line}번째 줄에서 관리해요", "managed by config.toml, line {line}"),
    "home_added_by": ("{person} 님이 추가했어요", "added by {person}"),
    "home_added_here": ("명령줄에서 추가했어요", "added on the command line"),
    "home_paused_alone": ("멈춘 사람: {person}", "paused by {person}"),
    "home_paused_by": (" (멈춘 사람: {person})", " (paused by {person})"),
    "home_somebody": ("다른 워크스페이스의 관리자", "an admin of another workspace"),
    "home_aside": ("읽지 못한 문서 보기", "Show what could not be read"),
    "home_doubt": (
        "문서 {held}개 중 {gone}개가 원본에서 보이지 않아요. 아무것도 지우지 않았어요.",
        "{gone} of {held} documents are gone from the source. Nothing was removed.",
    ),
    "home_syncing": ("{name}: 문서를 읽고 있어요…", "{name}: reading the documents…"),
    "home_report": (
        "{name}: 추가 {added}, 변경 {changed}, 삭제 {removed}, 그대로 {skipped}, 실패 {failed}",
        "{name}: {added} added, {changed} changed, {removed} removed, {skipped} unchanged, {failed} failed",
    ),
    "home_failed": ("{name}: 읽지 못했어요. {reason}", "{name} could not be read: {reason}"),
    "home_was_paused": (
        "{name}: 멈췄어요. 문서는 그대로 있어요.",
        "{name} is paused. Its documents stay.",
    ),
    "home_was_resumed": ("{name}: 다시 시작했어요.", "{name} is resumed."),
    "home_was_forgotten": ("{name}: 문서 {count}개를 지웠어요.", "{name}: {count} document{s} forgotten."),
    "home_models": ("사용 중인 모델", "Models in use"),
    "home_gaps": ("답하지 못한 질문 (최근 {days}일)", "Unanswered questions (last {days} days)"),
    "home_gap": (" – {times}번", " – {times}×"),
    "home_none": ("없어요.", "None."),
    "home_private": (
        "DM 등에서 따로 물어본 질문 {count}개는 내용을 보여 드리지 않아요.",
        "{count} asked in private: counted, and not shown.",
    ),
    "home_on_terminal": ("{name} (터미널)", "{name} (terminal)"),
    "home_terminal": ("터미널", "terminal"),
    "audit_sync": ("동기화", "sync"),
    "audit_pause": ("멈추기", "pause"),
    "audit_resume": ("다시 시작", "resume"),
    "audit_forget": ("문서 지우기", "forget"),
    "audit_allow_again": ("지운 문서 다시 받기", "allow again"),
    "audit_try_again": ("다시 시도", "try again"),
    "audit_allow_removals": ("사라진 문서 지우기", "allow removals"),
    "audit_keep_paused": ("멈춘 채로 두기", "keep paused"),
    "audit_add_connector": ("커넥터 추가", "add connector"),
    "audit_edit_connector": ("커넥터 고치기", "edit connector"),
    "audit_remove_connector": ("커넥터 없애기", "remove connector"),
    "audit_channel": ("채널 설정", "channel"),
    "audit_resolve_question": ("질문을 해결됨으로 표시", "resolve question"),
    "audit_reopen_question": ("질문 다시 열기", "reopen question"),
    "home_audit": ("변경 기록", "Audit log"),
    "home_only_title": ("관리자만 할 수 있어요", "For admins"),  # Slack takes 24 characters
    "home_only": (
        "관리자만 할 수 있어요. 아무것도 바꾸지 않았어요.",
        "Only admins may do this. Nothing was changed.",
    ),
    "home_aside_title": ("읽지 못한 문서", "Could not be read"),  # Slack takes 24 characters
    "home_aside_none": ("모두 읽었어요.", "Everything was read."),
    "home_tries": (" ({attempts}번 시도)", " (tried {attempts}×)"),
    "home_retry": ("다시 시도", "Try again"),
    "home_preview_title": ("동기화 미리 보기", "Dry run"),  # Slack takes 24 characters
    "home_preview_added": ("추가할 문서: {count}", "To add: {count}"),
    "home_preview_changed": ("바뀐 문서: {count}", "To change: {count}"),
    "home_preview_removed": ("지울 문서: {count}", "To remove: {count}"),
    "home_preview_aside": ("읽지 못해 건너뛸 문서: {count}", "Passed over, could not be read: {count}"),
    "home_preview_unchanged": ("그대로인 문서: {count}", "Unchanged: {count}"),
    "home_preview_doubtful": (
        "지울 문서가 너무 많아서, 동기화하면 먼저 관리자에게 물어볼 거예요.",
        "So much would be removed that an admin would be asked first.",
    ),
    "home_still_paused": (
        "{name}: 저장했어요. 멈춰 둔 커넥터라 지금은 읽지 않아요.",
        "{name} is saved. It is paused, so it is not read now.",
    ),
}
