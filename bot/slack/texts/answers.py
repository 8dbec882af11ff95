"""While an answer is made, below it, and where there is none."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
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
    # --- an answer for the asker alone, and sharing it ---
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
}
