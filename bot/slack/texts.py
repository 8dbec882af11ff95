"""Every fixed text that people see in Slack, in Korean and English. Markdown; {names} are filled in."""

from __future__ import annotations

import math
import re

KOREAN, ENGLISH = "ko", "en"

_TEXTS: dict[str, tuple[str, str]] = {
    # --- while an answer is made ---
    "searching": ("문서를 찾고 있어요…", "is searching the documents…"),
    "reading": ("{titles} 읽는 중이에요…", "is reading {titles}…"),
    "queued": (
        "앞에 질문이 {ahead}개 있어요. 차례가 되면 바로 답할게요.",
        "is busy: {ahead} ahead of you…",
    ),
    "queued_for": (
        "앞에 질문이 {ahead}개 있어요. 답까지 {time} 걸려요.",
        "is busy: {ahead} ahead of you, {time} until your answer…",
    ),
    "model_busy": (
        "지금 질문이 몰려서 모델이 바빠요. 이 질문은 줄에 남아 있고, 차례가 되면 바로 답할게요.",
        "is busy: many ask at once. Your question keeps its place and is answered when its turn comes…",
    ),
    "found_sources": ("찾은 문서: {titles}", "Found: {titles}"),
    "stopped": ("여기서 멈췄어요.", "Stopped here."),
    # --- an answer ---
    "sources": ("출처", "Sources"),
    "nearest": ("가장 가까운 문서", "The nearest documents"),
    "not_found": (
        "문서에서 답을 찾지 못했어요.",
        "I did not find the answer in the documents.",
    ),
    "same_text": ("같은 글:", "same text:"),
    "withdrawn": (
        "이 답은 거두었어요. 답이 인용한 문서가 지워졌어요.",
        "This answer is withdrawn: a document that it cites was deleted.",
    ),
    "withdrawn_readers": (
        "이 답은 거두었어요. 여기에서 함께 읽는 사람 모두가 볼 수 있는 문서로만 쓴 답이 아니게 되었어요.",
        "This answer is withdrawn: not everyone who reads along here may read its documents any more.",
    ),
    "withdrawn_again": (
        "‘다시 답하기’를 누르면 지금 볼 수 있는 문서로 답해요.",
        "“Answer again” looks anew.",
    ),
    "shortened": ("… (너무 길어서 줄였어요.)", "… (Shortened: it was too long.)"),
    "reused": (
        "{age}에 확인한 답이에요. 그 뒤로 문서가 바뀌지 않았어요.",
        "Answered {age}; the sources have not changed since.",
    ),
    "more_sources": ("그 밖에 {count}개 더", "and {count} more"),
    "helpful": ("도움이 됐어요", "Helpful"),
    "unhelpful": ("도움이 안 됐어요", "Not helpful"),
    "thanks_up": ("의견 고마워요! 👍", "Thank you for telling us! 👍"),
    "thanks_down": (
        "알려 줘서 고마워요. 문서나 답을 고치는 데 쓸게요. 👎",
        "Thank you for telling us. It helps to mend the documents and the answers. 👎",
    ),
    # --- why an answer did not help ---
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
    "send": ("보내기", "Send"),
    "close": ("닫기", "Close"),
    "reason_needed": ("아쉬운 점을 하나 골라 주세요.", "Please choose what was wrong."),
    "comment_needed": (
        "어떤 점이 아쉬웠는지 몇 마디로 적어 주세요.",
        "Please say in a few words what was wrong.",
    ),
    "comment_too_long": (
        "{limit}자까지 적을 수 있는데 {length}자예요. 줄여 주세요.",
        "{limit} characters fit, and this has {length}. Please shorten it.",
    ),
    # --- what cannot be answered ---
    "empty": (
        "무엇을 찾아 드릴까요? 예를 들어 이렇게 물어보세요: *재택근무는 일주일에 며칠까지 할 수 있어?*",
        "What may I look up for you? Ask for example: *How many days a week may I work from home?*",
    ),
    "no_words": (
        "글자로 된 질문이 있어야 찾을 수 있어요. 예를 들면: *휴가는 어떻게 신청해?*",
        "I need a question in words. For example: *How do I request a day off?*",
    ),
    "too_long": (
        "질문이 너무 길어요({length}자). {limit}자까지 읽을 수 있으니 줄여서 다시 물어봐 주세요.",
        "The question is too long ({length} characters). I read up to {limit}: please ask in fewer words.",
    ),
    "model_missing": (
        "답을 쓰는 모델이 아직 설치되지 않았어요. 관리자가 봇이 도는 컴퓨터에서 `footnote models pull`을 "
        "실행하면 답할 수 있어요.",
        "The model that writes answers is not installed yet. An admin has to run `footnote models "
        "pull` on the "
        "machine where the bot runs.",
    ),
    "model_broken": (
        "모델 파일이 온전하지 않아서 답할 수 없어요. 관리자가 `footnote models verify`로 확인하고 다시 "
        "받아야 해요.",
        "A model's file is damaged, so I cannot answer. An admin has to check it with `footnote "
        "models verify` "
        "and pull it again.",
    ),
    "model_unavailable": (
        "모델이 지금 응답하지 않아요. 잠시 뒤에 다시 물어봐 주세요. 계속되면 관리자에게 `footnote "
        "doctor`를 "
        "실행해 달라고 해 주세요.",
        "The model does not respond now. Please ask again in a while; if it goes on, ask an admin to run "
        "`footnote doctor`.",
    ),
    "out_of_time": (
        "너무 오래 걸려서 여기서 멈췄어요. 지금 질문이 많거나 모델이 느려요. 잠시 뒤에 다시 물어봐 주세요. "
        "글은 `/footnote search 낱말`로 바로 찾아볼 수 있어요.",
        "This took too long, so I stopped: many ask now, or the model is slow. Please ask again in a while; "
        "`/footnote search WORDS` shows what the documents say at once.",
    ),
    "failed": (
        "미안해요, 이 질문에 답하다가 문제가 생겼어요. 관리자가 볼 수 있게 기록해 두었어요. 다시 "
        "물어봐 주세요.",
        "I am sorry: something went wrong while answering this. It is in the log for an admin. "
        "Please ask again.",
    ),
    "refused": ("답할 수 없어요: {reason}", "I cannot answer: {reason}"),
    # --- what is offered to somebody who opens the bot ---
    "prompts_title": ("무엇을 찾아 드릴까요?", "What may I look up for you?"),
    "prompt_remote": (
        "재택근무는 일주일에 며칠까지 할 수 있어?",
        "How many days a week may I work from home?",
    ),
    "prompt_leave": ("휴가는 어떻게 신청해?", "How do I request a day off?"),
    "prompt_expenses": ("출장비는 어떻게 정산해?", "How do I claim travel expenses?"),
    # --- commands ---
    "asking": ("“{question}” 찾아볼게요…", "Looking up “{question}”…"),
    "help": (
        "**문서에서 답을 찾아 출처와 함께 알려 드려요.**\n"
        "- 저를 멘션하거나 DM으로 물어보세요. 스레드에서는 멘션 없이 이어서 물어도 돼요.\n"
        "- `/footnote ask 질문` – 나만 보이게 묻기\n"
        "- `/footnote search 낱말` – 답 없이, 찾은 글만 나에게 보여 주기\n"
        "- `/footnote sources` – 어떤 문서를 읽고 있는지\n"
        "- `/footnote status` – 지금 상태\n"
        "- `/footnote channel` – 이 채널에서 언제 답할지(바꾸기는 관리자)\n"
        "- `/footnote language ko|en|auto` – 제가 말하는 언어\n"
        "- `/footnote help` – 이 도움말\n"
        "- 메시지의 ⋮ 메뉴에서 *Ask Footnote about this* – 그 메시지를 나만 보이게 묻기\n\n"
        "**관리자만**\n"
        "- `/footnote connectors` – 커넥터마다 상태, 문서 수, 마지막과 다음 실행\n"
        "- `/footnote schedule` – 다음에 언제 읽는지\n"
        "- `/footnote reindex [커넥터] [dry-run]` – 문서 다시 읽기, 또는 무엇이 바뀔지만 보기. "
        "`/reindex`도 같아요\n"
        "- `/footnote pause 커넥터 [이유]`, `/footnote resume 커넥터` – 정기적으로 읽기를 멈추거나 켜기\n"
        "- `/footnote forget 커넥터[/문서]` – 문서를 검색과 답에서 지우기",
        "**I answer from your documents, with sources.**\n"
        "- Mention me, or ask in a direct message. In a thread you can go on without a mention.\n"
        "- `/footnote ask QUESTION` – ask so that only you see it\n"
        "- `/footnote search WORDS` – only the passages found, without an answer; only you see them\n"
        "- `/footnote sources` – which documents I read\n"
        "- `/footnote status` – how things stand\n"
        "- `/footnote channel` – when I answer in this channel (admins change it)\n"
        "- `/footnote language ko|en|auto` – the language I speak to you\n"
        "- `/footnote help` – this text\n"
        "- *Ask Footnote about this*, in the ⋮ menu of a message – ask it so that only you see it\n\n"
        "**Admins only**\n"
        "- `/footnote connectors` – state, documents, last and next run of each connector\n"
        "- `/footnote schedule` – when each is read next\n"
        "- `/footnote reindex [CONNECTOR] [dry-run]` – read the documents again, or say what would "
        "change; `/reindex` for short\n"
        "- `/footnote pause CONNECTOR [REASON]`, `/footnote resume CONNECTOR` – stop reading it on "
        "schedule, or go on\n"
        "- `/footnote forget CONNECTOR[/DOCUMENT]` – delete documents from search and answers",
    ),
    "usage_language": (
        "지금은 한국어로 말하고 있어요. 바꾸려면: `/footnote language ko`, `en`, 또는 `auto`(Slack 설정대로)."
        " 답은 질문의 언어로 해요.",
        "I speak English to you. To change it: `/footnote language ko`, `en`, or `auto` (as Slack is set). "
        "Answers are in the language of the question.",
    ),
    "language_ko": (
        "이제 한국어로 말할게요. 답은 질문의 언어로 해요.",
        "I speak Korean to you now.",
    ),
    "language_en": (
        "이제 영어로 말할게요.",
        "I speak English to you now. Answers are in the language of the question.",
    ),
    "language_auto": (
        "이제 Slack에 설정된 언어로 말할게요. 답은 질문의 언어로 해요.",
        "I speak the language that Slack is set to now. Answers are in the language of the question.",
    ),
    "shortcut_empty": (
        "이 메시지에는 물어볼 글이 없어요. 글이 있는 메시지에서 다시 해 주세요.",
        "There are no words in this message to ask about. Please use it on one that has some.",
    ),
    "for_admins": (
        "`/footnote {command}`은(는) 관리자만 쓸 수 있어요. 아무것도 바꾸지 않았어요. 워크스페이스 "
        "관리자에게 부탁하거나, config.toml의 `slack.admins`에 추가해 달라고 해 주세요.",
        "`/footnote {command}` is for admins. Nothing changed. Ask a workspace admin, or have yourself added "
        "to `slack.admins` in config.toml.",
    ),
    "usage_search": (
        "무엇을 찾을지 함께 적어 주세요: `/footnote search 육아휴직 신청`",
        "Please say what to look for: `/footnote search parental leave`",
    ),
    "search_found": ("“{words}” – 찾은 글:", "Found for “{words}”:"),
    "search_none": (
        "“{words}”에 맞는 글을 찾지 못했어요. 다른 낱말로 찾아보거나, `/footnote sources`로 어떤 문서가 "
        "있는지 봐 주세요.",
        "Nothing was found for “{words}”. Try other words, or see with `/footnote sources` which documents "
        "there are.",
    ),
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
    "unknown_command": (
        "`{given}`은(는) 모르는 명령이에요. 이렇게 써 주세요:",
        "I do not know the command `{given}`. These are the ones:",
    ),
    "usage_ask": (
        "무엇을 물어볼지 함께 적어 주세요: `/footnote ask 휴가는 어떻게 신청해?`",
        "Please say what to ask: `/footnote ask How do I request a day off?`",
    ),
    "usage_reindex": (
        "커넥터 이름은 하나만 적어 주세요: `/footnote reindex` 또는 `/footnote reindex {example}`",
        "Please name one connector at most: `/footnote reindex` or `/footnote reindex {example}`",
    ),
    "usage_plain": (
        "이 명령 뒤에는 아무것도 적지 않아요: `/footnote {command}`",
        "Nothing follows this command: `/footnote {command}`",
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
    # --- what admins are told of connectors, in a direct message ---
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
    "no_sources": (
        "읽을 수 있는 문서가 아직 없어요. 관리자가 config.toml에 커넥터를 추가하고 `/footnote reindex`를 "
        "실행하면 돼요.",
        "There are no documents for you yet. An admin has to add a connector to config.toml and run "
        "`/footnote reindex`.",
    ),
    "status": (
        "- 기다리는 질문: {waiting}개\n- 읽을 수 있는 문서: {documents}개 (커넥터 {connectors}개), "
        "{freshness}",
        "- Questions waiting: {waiting}\n- Documents you can ask: {documents} ({connectors} "
        "connector{s}), {freshness}",
    ),
    # --- the steps of a sync; another one is shown as it is ---
    "step_starting": ("시작하는 중", "starting"),
    "step_listing": ("{name} 목록을 읽는 중", "listing {name}"),
    "step_reading": ("{name} 문서를 읽는 중", "reading {name}"),
    "step_working": ("동기화하는 중", "working"),
    "status_running": ("- 지금 동기화 중: {what}", "- Syncing now: {what}"),
    "status_chunks": (
        "- 조각 {chunks}개, 벡터를 기다리는 조각 {unembedded}개",
        "- {chunks} pieces, {unembedded} of them still without a vector",
    ),
    "status_trouble": (
        "- **{name}**: 읽지 못한 문서 {failed}개. {reason}",
        "- **{name}**: {failed} document{s} could not be read. {reason}",
    ),
    "source_line": (
        "- **{name}** – 문서 {documents}개, {freshness}",
        "- **{name}** – {documents} document{s}, {freshness}",
    ),
    "source_read": ("{age}에 읽음", "read {age}"),
    "source_never": ("아직 읽지 않음", "not read yet"),
    "source_paused": ("멈춤: {reason}", "paused: {reason}"),
    "command_failed": ("그건 하지 못했어요: {reason}", "That did not work: {reason}"),
    "command_broken": (
        "미안해요, 문제가 생겨서 하지 못했어요. 관리자가 볼 수 있게 기록해 두었어요.",
        "I am sorry, something went wrong. It is in the log for an admin.",
    ),
    # --- below an answer: its quotes, a new answer, a person's help, its trace ---
    "quotes_button": ("근거 보기", "Show quotes"),
    "again_button": ("다시 답하기", "Answer again"),
    "experts_button": ("사람에게 묻기", "Ask a human"),
    "why_option": ("이 답이 나온 과정 (관리자)", "Why this answer? (admins)"),
    "modal_loading": ("불러오는 중이에요…", "One moment…"),
    "modal_failed": (
        "창을 열지 못했어요. 한 번 더 눌러 주세요.",
        "The window could not be opened. Please click once more.",
    ),
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
    "alone_button": ("나에게만 답하기", "Answer for me only"),
    "alone_note": (
        "여기 있는 모두가 볼 수 있는 문서만 찾아봤어요.",
        "I only looked at documents that everyone here may read.",
    ),
    "alone_started": (
        "내가 볼 수 있는 문서에서 다시 찾아볼게요. 답은 이 메시지처럼 나에게만 보여요.",
        "I am looking at what you may read. The answer will be visible to you only, like this message.",
    ),
    "share_button": ("여기에 공유하기", "Share here"),
    "shared_by": (" 님이 받은 답을 공유했어요:", " shared an answer to this question:"),
    "share_denied": (
        "공유하지 않았어요. 이 답이 인용한 문서를 여기 있는 모두가 볼 수 있는 것은 아니에요.",
        "I did not share it: not everyone here may read the documents that this answer cites.",
    ),
    "share_gone": (
        "이 답은 더 남아 있지 않아서 공유할 수 없어요. 새로 물어봐 주세요.",
        "This answer is not kept any more, so it cannot be shared. Please ask anew.",
    ),
    "share_failed": (
        "Slack이 여기에 글을 올리지 못하게 해서 공유하지 못했어요. 저를 이 채널에 초대해 주세요.",
        "Slack did not let me post here, so it is not shared. Please invite me to this channel.",
    ),
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
    "why_title": ("이 답이 나온 과정", "Why this answer?"),  # Slack takes 24 characters
    "why_admins_only": (
        "답이 나온 과정은 관리자만 볼 수 있어요. 어떤 문장에 근거했는지는 ‘근거 보기’에서 볼 수 있어요.",
        "How an answer came about is for admins. Which sentences it stands on is under “Show quotes”.",
    ),
    # --- when the bot speaks in a channel; Slack takes 75 characters of an option ---
    "channel_mention": ("멘션했을 때만 답하기", "Only where I am mentioned"),
    "channel_questions": ("멘션이 없어도 질문이면 답하기", "Any question, also without a mention"),
    "channel_sure": (
        "멘션이 없어도 답을 찾으면 답하기",
        "Questions without a mention, but only with an answer found",
    ),
    "channel_present": ("이 채널에서는: **{speaks}**", "In this channel: **{speaks}**"),
    "channel_choose": ("여기서 바꿀 수 있어요.", "Change it here."),
    "channel_asks_admin": ("관리자가 바꿀 수 있어요.", "An admin can change it."),
    "channel_set": ("바꿨어요.", "Changed."),
    "channel_invite": (
        "저는 아직 이 채널에 없어요. `/invite @footnote`로 초대해 주세요.",
        "I am not in this channel yet: `/invite @footnote`.",
    ),
    "channel_direct": (
        "DM에서는 언제나 답해요. 바꾸려는 채널에서 `/footnote channel`을 써 주세요.",
        "In a direct message I always answer. Say `/footnote channel` in the channel that you mean.",
    ),
    "channel_shared": (
        "다른 회사와 함께 쓰는 채널에서는 멘션했을 때만 답해요. 바꾸지 않았어요.",
        "In a channel shared with another organisation I answer only where I am mentioned. Nothing changed.",
    ),
    "channel_admins_only": (
        "이 설정은 관리자만 바꿀 수 있어요. 바꾸지 않았어요.",
        "Only admins may change this. Nothing changed.",
    ),
    "usage_channel": (
        "이렇게 써 주세요: `/footnote channel`, 또는 뒤에 `mention`, `questions`, `sure` 가운데 하나",
        "Say `/footnote channel`, or with one of `mention`, `questions`, `sure` behind it.",
    ),
    "channels_set": ("멘션이 없어도 답하는 채널:", "Channels in which I also answer without a mention:"),
    # --- the Home tab ---
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
    # --- the Home tab of admins ---
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
    # --- who may see what, for admins ---
    "access_button": ("누가 볼 수 있나", "Who may see what"),
    "access_title": ("누가 볼 수 있나요?", "Who may see what"),  # Slack takes 24 characters
    "access_documents": (" – 문서 {documents}개", " – {documents} document{s}"),
    "access_set": ("문서 {documents}개: ", "{documents} document{s}: "),
    "access_more_sets": (
        "그 밖의 문서 {documents}개: {sets}가지로 더 나뉘어요",
        "{documents} more documents, in {sets} more sets of readers",
    ),
    "access_everyone": ("모두(게스트 제외)", "everyone but guests"),
    "access_nobody": ("아무도 볼 수 없는 문서: {count}개", "Readable by nobody: {count}"),
    "access_nobody_source": (
        "원본에서 볼 수 있는 사람을 아무도 알아내지 못했어요. 원본의 권한과, 커넥터의 계정이 그 권한을 "
        "읽을 수 있는지 확인해 주세요.",
        "The source names nobody whom we can find in Slack. Check the rights there, and whether the account "
        "of the connector may read them.",
    ),
    "access_nobody_switch": (
        "원본에서 볼 수 있는 사람을 아무도 알아내지 못했어요. 원본의 권한을 확인하거나, 모두 봐도 되는 "
        "문서라면 커넥터의 everyone_may_read를 켜 주세요.",
        "The source names nobody whom we can find in Slack. Check the rights there or, if everyone may read "
        "them, switch on everyone_may_read of the connector.",
    ),
    "access_nobody_at_all": ("아무도 볼 수 없어요", "nobody may read it"),
    "access_person": ("이 사람은 무엇을 볼 수 있나요?", "What may this person see?"),
    "access_document": (
        "이 문서를 볼 수 있나요? (문서의 링크나 ID)",
        "This document? (its link or id)",
    ),
    "access_check": ("확인", "Check"),  # Slack takes 24 characters
    "access_no_document": (
        "그런 문서가 없어요. 링크나 ID를 확인해 주세요.",
        "There is no such document. Check the link or the id.",
    ),
    "access_may": (
        " – 혼자 물어볼 때 문서 {documents}개 중 {readable}개를 볼 수 있어요.",
        " may see {readable} of {documents} document{s} when asking in private.",
    ),
    "access_through": ("볼 수 있는 까닭", "Because these may read"),
    "access_missing": ("볼 수 없는 문서와 그 까닭", "What is missing"),
    "access_unnamed": ("(제목은 볼 수 있는 사람에게만 보여요)", "(its title is for those who may read it)"),
    "access_document_may": (" – 혼자 물어볼 때 볼 수 있어요.", " may see it when asking in private."),
    "access_document_may_not": (" – 볼 수 없어요.", " may not see it."),
    "access_left": ("계정이 비활성화됐어요", "their account is deactivated"),
    "access_unknown": ("Slack이 누구인지 알려 주지 않아요", "Slack does not say who this is"),
    "access_stranger": ("다른 조직 사람이에요", "they belong to another organisation"),
    "access_guest": ("게스트예요", "they are a guest"),
    "access_not_in_channel": ("이 채널에 없어요", "they are not in this channel"),
    "access_not_in_group": ("이 그룹에 없어요", "they are not in this group"),
    "access_no_email": ("Slack이 이메일을 알려 주지 않아요", "Slack does not tell their e-mail address"),
    "access_other_email": ("이메일이 달라요", "their e-mail address is another one"),
    "access_other_person": ("다른 사람이에요", "that is somebody else"),
    "access_no_such_reader": ("누구인지 알 수 없어요", "it stands for nobody"),
    # --- the weekly digest of whoever looks after documents ---
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
    # --- adding a connector ---
    "connector_add": ("커넥터 추가", "Add a connector"),
    "connector_title": ("커넥터 추가", "Add a connector"),  # Slack takes 24 characters
    "connector_form_next": ("다음", "Next"),  # Slack takes 24 characters
    "connector_save": ("확인하고 저장", "Check and save"),  # Slack takes 24 characters
    "connector_kind": ("무엇을 읽을까요?", "What is to be read?"),
    "connector_name": ("이름", "Name"),
    "connector_name_hint": (
        "영어 소문자, 숫자, -, _ (40자까지)",
        "Small letters, digits, - and _ (at most 40).",
    ),
    "connector_taken": ("{name}: 이미 있는 이름이에요.", "There is a connector {name} already."),
    "connector_schedule": ("동기화 시각", "Schedule"),
    "connector_schedule_hint": (
        "예: every 2 hours, 30 6 * * * (매일 06:30). 비워 두면 config.toml의 [sync]를 따라요.",
        "For example every 2 hours, or 30 6 * * * (daily at 06:30). Empty: as [sync] of config.toml has it.",
    ),
    "connector_timezone": ("시간대", "Time zone"),
    "connector_timezone_hint": (
        "동기화 시각의 시간대예요. 예: Asia/Seoul. 비워 두면 config.toml의 [sync]를 따라요.",
        "That of the schedule, for example Asia/Seoul. Empty: as [sync] of config.toml has it.",
    ),
    "connector_owner_channel": ("담당 채널", "Channel of its owners"),
    "connector_owner_channel_hint": (
        "이 문서를 잘 아는 사람들의 채널이에요. 저를 먼저 초대해 주세요.",
        "Where those are who know these documents. Invite me there first.",
    ),
    "connector_list_hint": ("한 줄에 하나씩 쓰세요.", "One a line."),
    "connector_default_hint": ("기본값: {default}", "Default: {default}"),
    "connector_secret_hint": (
        "암호화해서 저장하고, 다시 보여 드리지 않아요.",
        "It is stored sealed and never shown again.",
    ),
    "connector_secret_kept": (
        "비워 두면 저장된 값을 그대로 써요. 저장된 값은 보여 드리지 않아요.",
        "Leave it empty to keep the one that is stored, which is never shown.",
    ),
    "connector_secret_moved": (
        "{moved} 설정이 바뀌면 이 값을 보내는 곳도 바뀌어요. 다시 입력해 주세요.",
        "{moved} says where this is sent: enter it again.",
    ),
    "connector_on": ("사용", "On"),
    "connector_checking": (
        "연결을 확인하고 있어요…",
        "Checking the connection…",
    ),
    "connector_wrong": ("저장하지 않았어요. {reason}", "Nothing was saved. {reason}"),
    "connector_secrets_again": ("비밀 값은 다시 입력해 주세요.", "Enter the secrets again."),
    "connector_no_answer": ("원본이 답하지 않아요.", "The source does not answer."),
    "connector_added": (
        "{name}: 추가했어요. {found} 이제 문서를 읽어요. 홈 탭에서 볼 수 있어요.",
        "{name} was added. {found} Its documents are read now; the Home tab shows how far that is.",
    ),
    "connector_edit_title": ("커넥터 고치기", "Edit a connector"),  # Slack takes 24 characters
    "connector_kept": (
        "여기서 고칠 수 없는 설정은 그대로 둬요: {settings}",
        "What cannot be changed here stays as it is: {settings}",
    ),
    "connector_changed": (
        "{name}: 저장했어요. {found} 이어지는 일은 홈 탭에서 볼 수 있어요.",
        "{name} was changed. {found} The Home tab shows how it goes on.",
    ),
    "connector_gone": (
        "{name}: 그런 커넥터가 없거나 그사이 없어졌어요. 아무것도 저장하지 않았어요.",
        "There is no connector {name}, or none any more. Nothing was saved.",
    ),
    "connector_outdated": (
        "{name}: 그사이 누군가 고쳤어요. 아무것도 저장하지 않았어요. 홈 탭에서 다시 열어 지금 설정을 확인해 "
        "주세요.",
        "{name} was changed by somebody meanwhile. Nothing was saved: open it again on the Home tab.",
    ),
    "connector_not_here": (
        "{name}: config.toml에서 관리하는 커넥터라 그 파일에서만 고칠 수 있어요. 아무것도 바꾸지 않았어요.",
        "{name} is managed by config.toml and changed there alone. Nothing was changed.",
    ),
    "home_still_paused": (
        "{name}: 저장했어요. 멈춰 둔 커넥터라 지금은 읽지 않아요.",
        "{name} is saved. It is paused, so it is not read now.",
    ),
    "unknown_age": ("날짜 모름", "date unknown"),
}  # fmt: skip


def text(name: str, language: str, /, **values: object) -> str:
    """One text in "ko" or, for any other language, English."""
    korean, english = _TEXTS[name]
    return (korean if language == KOREAN else english).format(**values)


def plural(count: int) -> str:
    """What {s} is filled in with: the English ending behind so many."""
    return "" if count == 1 else "s"


def both(name: str, /, **values: object) -> str:
    """The text in both languages, for where nobody knows which one is read."""
    return f"{text(name, KOREAN, **values)}\n{text(name, ENGLISH, **values)}"


def names() -> list[str]:
    """The names of all texts."""
    return list(_TEXTS)


def language_of(written: str, locale: str = "") -> str:
    """The language to answer in: that of the text if it has letters, else that of the locale."""
    letters = re.sub(r":[a-z0-9_+'-]+:", "", written)
    if re.search(r"[가-힣ㄱ-ㆎ]", letters):
        return KOREAN
    if re.search(r"[A-Za-z]", letters):
        return ENGLISH
    return KOREAN if locale.lower().startswith("ko") else ENGLISH


def waiting(ahead: int, pace: float | None, language: str) -> str:
    """How many questions go before, and about how long that one's answer takes, if `pace` is known.

    `pace`: seconds that one answer takes of the machine; those in the works together share it (see
    bot.store.pace), so all ahead and this one are done after so many times that.
    """
    if pace is None:
        return text("queued", language, ahead=ahead)
    return text("queued_for", language, ahead=ahead, time=about((ahead + 1) * pace, language))


def about(seconds: float, language: str) -> str:
    """A time to wait as people say it, rounded up to tens of seconds, then minutes, then five minutes."""
    if seconds <= 50:
        count = max(10, math.ceil(seconds / 10) * 10)
        return f"약 {count}초" if language == KOREAN else f"about {count} seconds"
    minutes = math.ceil(seconds / 60)
    if minutes > 10:
        minutes = math.ceil(minutes / 5) * 5
    if language == KOREAN:
        return f"약 {minutes}분"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def age(seconds: float, language: str) -> str:
    """How long ago, in the largest unit that fits: "3일 전", "3 days ago"."""
    for size, korean, english in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count}{korean} 전" if language == KOREAN else f"{count} {english}{plural(count)} ago"
    return "방금 전" if language == KOREAN else "just now"


def ahead(seconds: float, language: str) -> str:
    """How far ahead, in the largest unit that fits: "3일 뒤", "in 3 days"."""
    for size, korean, english in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count}{korean} 뒤" if language == KOREAN else f"in {count} {english}{plural(count)}"
    return "곧" if language == KOREAN else "shortly"


_UNITS = (
    (365 * 86400, "년", "year"),
    (30 * 86400, "개월", "month"),
    (7 * 86400, "주", "week"),
    (86400, "일", "day"),
    (3600, "시간", "hour"),
    (60, "분", "minute"),
)
