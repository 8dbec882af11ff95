"""/footnote, as everybody may use it, and the message shortcut."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
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
    "unknown_command": (
        "`{given}`은(는) 모르는 명령이에요. 이렇게 써 주세요:",
        "I do not know the command `{given}`. These are the ones:",
    ),
    "usage_ask": (
        "무엇을 물어볼지 함께 적어 주세요: `/footnote ask 휴가는 어떻게 신청해?`",
        "Please say what to ask: `/footnote ask How do I request a day off?`",
    ),
    "usage_plain": (
        "이 명령 뒤에는 아무것도 적지 않아요: `/footnote {command}`",
        "Nothing follows this command: `/footnote {command}`",
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
}
