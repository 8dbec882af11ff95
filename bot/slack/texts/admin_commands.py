"""/footnote, as admins use it."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "connectors_none": (
        "커넥터가 아직 없어요. config.toml에 추가해 주세요.",
        "There are no connectors yet. Add one to config.toml.",
    ),
    "connector_works": ("잘 읽고 있음", "works"),
    "connector_paused": ("멈춤", "paused"),
    "connector_fails": ("읽지 못함", "fails"),
    "connector_new": ("아직 읽지 않음", "not read yet"),
    "connector_documents": ("문서 {documents}개", "{documents} document{s}"),
    "connector_next": ("다음: {time}", "next: {time}"),
    "connector_in_file": ("config.toml {line}번째 줄에서 관리", "managed by config.toml, line {line}"),
    "connector_in_list": ("Slack이나 명령줄에서 추가", "added in Slack or on the command line"),
    "connectors_hint": (
        "추가한 커넥터는 제 홈 탭에서 고치거나 없앨 수 있어요. config.toml에 있는 커넥터는 그 파일에서 고쳐 "
        "주세요.",
        "What was added is edited and removed on my Home tab; what config.toml has, in that file.",
    ),
    "connector_failures": ("읽지 못한 문서 {count}개", "{count} could not be read"),
    "schedule_none": ("정해진 때가 없어요.", "not on a schedule"),
    "usage_pause": (
        "멈출 커넥터를 적어 주세요. 이유를 덧붙여도 돼요: `/footnote pause handbook 서버 점검`",
        "Please name the connector to pause, and why if you like: `/footnote pause handbook maintenance`",
    ),
    "usage_resume": (
        "다시 켤 커넥터를 하나만 적어 주세요: `/footnote resume handbook`",
        "Please name the one connector to resume: `/footnote resume handbook`",
    ),
    "pause_reason": ("관리자가 멈춤", "an admin paused it"),
    "forget_reason": ("문서를 지우고 멈춤", "its documents were forgotten"),
    "pause_done": (
        "**{name}**: 이제 정기적으로 읽지 않아요. 문서는 그대로 찾을 수 있어요. 다시 켜려면: "
        "`/footnote resume {name}`",
        "**{name}** is not read on schedule any more; its documents stay. To go on: "
        "`/footnote resume {name}`",
    ),
    "resume_done": (
        "**{name}**: 다시 정기적으로 읽어요. 지금 바로 읽으려면: `/footnote reindex {name}`",
        "**{name}** is read on schedule again. To read it now: `/footnote reindex {name}`",
    ),
    "usage_forget": (
        "무엇을 지울지 적어 주세요: `/footnote forget handbook`(커넥터의 모든 문서) 또는 "
        "`/footnote forget handbook/hr/leave.md`(문서 하나)",
        "Please say what to delete: `/footnote forget handbook` (all documents of a connector) or "
        "`/footnote forget handbook/hr/leave.md` (one document)",
    ),
    "forget_connector": (
        "커넥터 **{name}**의 문서 {documents}개를 모두 지울까요? 검색과 답, 기록에서 바로 사라져요. 커넥터는 "
        "멈춰 둘게요.",
        "Delete all {documents} document{s} of the connector **{name}**? They go from searches, answers and "
        "traces at once, and the connector is paused.",
    ),
    "forget_document": (
        "커넥터 **{name}**의 문서 `{document}`를 지울까요? 검색과 답, 기록에서 바로 사라지고, 원본에 "
        "남아 있어도 다시 들어오지 않아요.",
        "Delete the document `{document}` of the connector **{name}**? It goes from searches, answers and "
        "traces at once, and does not come back though its source still has it.",
    ),
    "forget_yes": ("지우기", "Delete"),
    "forget_no": ("그만두기", "Cancel"),
    "forget_kept": ("아무것도 지우지 않았어요.", "Nothing was deleted."),
    "forget_stale": (
        "이 확인은 더 쓸 수 없어서 아무것도 지우지 않았어요. `/footnote forget`을 다시 써 주세요.",
        "This confirmation does not count any more, so nothing was deleted. Please say `/footnote forget` "
        "again.",
    ),
    "forgot_connector": (
        "커넥터 **{name}**의 문서 {documents}개를 지우고, 커넥터를 멈췄어요. 다시 켜려면: "
        "`/footnote resume {name}`",
        "Deleted {documents} document{s} of the connector **{name}**, which is paused now. To go on: "
        "`/footnote resume {name}`",
    ),
    "forgot_document": (
        "커넥터 **{name}**의 문서 `{document}`를 지웠어요.",
        "Deleted the document `{document}` of the connector **{name}**.",
    ),
    "forgot_ahead": (
        "커넥터 **{name}**에 문서 `{document}`는 없었어요. 앞으로도 들어오지 않아요.",
        "The connector **{name}** had no document `{document}`. It will not come in either.",
    ),
    "forget_learned_runs": (
        "⚠️ {names}: 지운 문서로 학습해서 그 내용을 아직 기억할 수 있어요. 답하고 있다면 제 홈 탭의 튜닝에서 "
        "되돌리고(명령줄: `footnote tune rollback`), 그 문서 없이 다시 학습해 주세요.",
        "⚠️ Learned from it, and may still know its words: {names}. Roll back what answers, under Tuning on "
        "my Home tab (or `footnote tune rollback`), and train anew without it.",
    ),
    "forget_learned_data": (
        "⚠️ 데이터 {names}: 지운 문서의 내용이 들어 있어요. `footnote tune data`로 새로 만들고 그 폴더를 지워 "
        "주세요.",
        "⚠️ Data that quotes it: {names}. Make it anew with `footnote tune data`, and delete those folders.",
    ),
    "forget_learned_runs_short": (
        "{names}: 지운 문서로 학습했어요. 답하고 있다면 아래 튜닝에서 되돌리고, 다시 학습해 주세요.",
        "Learned from it: {names}. Roll back what answers, below, and train anew.",
    ),
    "forget_learned_data_short": (
        "데이터 {names}: 그 내용이 들어 있으니 지워 주세요.",
        "Data that quotes it: {names}. Delete it.",
    ),
    "forget_learned_unknown": (
        "⚠️ 지운 문서로 무엇을 학습했는지 알 수 없어요: {reason}",
        "⚠️ What was tuned on it cannot be told: {reason}",
    ),
    "usage_reindex": (
        "커넥터 이름은 하나만 적어 주세요: `/footnote reindex` 또는 `/footnote reindex {example}`",
        "Please name one connector at most: `/footnote reindex` or `/footnote reindex {example}`",
    ),
    "admins_only": (
        "문서를 다시 읽는 일은 관리자만 할 수 있어요. 워크스페이스 관리자에게 부탁하거나, config.toml의 "
        "`slack.admins`에 추가해 달라고 해 주세요.",
        "Only admins may have the documents read again. Ask a workspace admin, or have yourself added to "
        "`slack.admins` in config.toml.",
    ),
    "reindex_started": ("문서를 다시 읽을게요…", "Reading the documents again…"),
    "reindex_progress": ("문서를 다시 읽는 중: {what}", "Reading the documents again: {what}"),
    "reindex_done": ("다시 읽었어요.", "Done."),
    "reindex_report": (
        "- **{name}**: 추가 {added}, 변경 {changed}, 삭제 {removed}, 그대로 {skipped}, 실패 {failed} "
        "({seconds}초)",
        "- **{name}**: {added} added, {changed} changed, {removed} removed, {skipped} unchanged, "
        "{failed} failed "
        "({seconds} s)",
    ),
    "reindex_failed": (
        "- **{name}**: 읽지 못했어요. {reason}",
        "- **{name}**: could not be read. {reason}",
    ),
    "reindex_left": (" · {time} 남음", " · {time} left"),
    "reindex_elsewhere": (
        "문서를 다시 읽는 중이에요. 진행 상황은 다이렉트 메시지에서 볼 수 있어요.",
        "Reading the documents again. How far it is stands in your direct messages.",
    ),
    "preview_line": (
        "- **{name}**: 추가할 문서 {added}, 바뀐 문서 {changed}, 지울 문서 {removed}, 그대로 {unchanged}",
        "- **{name}**: {added} to add, {changed} to change, {removed} to remove, {unchanged} unchanged",
    ),
    "preview_doubtful": (
        "  - 지울 문서가 너무 많아서, 다시 읽으면 먼저 관리자에게 물어볼 거예요.",
        "  - So much would be removed that an admin would be asked first.",
    ),
    "preview_done": ("아무것도 바꾸지 않았어요.", "Nothing was changed."),
    # --- the steps of a sync; another one is shown as it is ---
    "step_starting": ("시작하는 중", "starting"),
    "step_listing": ("{name} 목록을 읽는 중", "listing {name}"),
    "step_reading": ("{name} 문서를 읽는 중", "reading {name}"),
    "step_working": ("동기화하는 중", "working"),
}
