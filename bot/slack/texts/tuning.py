"""Tuned adapters on the Home tab of admins."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "tuning": ("튜닝 (미세조정)", "Tuning"),
    "tuning_none": (
        "아직 튜닝한 모델이 없어요. 시작하는 법은 docs/tuning.ko.md에 있어요.",
        "Nothing was tuned yet. docs/tuning.md shows how to begin.",
    ),
    "tuning_unread": ("튜닝한 것을 읽을 수 없어요. {reason}", "What was tuned cannot be read. {reason}"),
    "tuning_more": (
        "그 밖에 {count}개는 명령줄의 footnote tune list로 볼 수 있어요.",
        "And {count} more: footnote tune list shows them.",
    ),
    # --- how far a run is ---
    "tuning_under_way": ("준비하는 중", "being prepared"),
    "tuning_begun": ("학습하는 중이거나 멈춤", "being trained, or stopped on the way"),
    "tuning_trained": ("학습을 마침, 내보내기 전", "trained, not exported yet"),
    "tuning_exported": ("내보냄, 평가 전", "exported, not measured yet"),
    "tuning_open": ("평가함, 켤 수 있음", "measured, may be activated"),
    "tuning_shut": ("평가함, 켤 수 없음", "measured, may not be activated"),
    "tuning_broken": ("쓸 수 없음: {reason}", "cannot be used: {reason}"),
    "tuning_answers": ("답하는 중", "answers"),
    "tuning_canary": ("일부에만 답하는 중 (카나리)", "answers in part (canary)"),
    "tuning_everywhere": ("모든 질문", "all questions"),
    "tuning_share": ("질문의 {share}%", "{share}% of the questions"),
    "tuning_since": (" ({date}부터)", " (since {date})"),
    "tuning_stale": (
        "학습한 문서가 그때와 달라요: {counts}. 다시 학습하는 게 좋아요.",
        "The documents it learned from are not what they were: {counts}. Train anew.",
    ),
    "tuning_stale_changed": ("바뀐 것 {count}개", "{count} changed"),
    "tuning_stale_gone": ("사라진 것 {count}개", "{count} gone"),
    "tuning_stale_narrowed": ("읽을 수 있는 사람이 줄어든 것 {count}개", "{count} for fewer people"),
    # --- how an active one does ---
    "tuning_down": ("👎를 받은 답", "votes that are 👎"),
    "tuning_dropped": ("확인에서 빠진 문장", "sentences that the check dropped"),
    "tuning_declined": ("답을 찾지 못한 질문", "questions declined"),
    "tuning_compared": (
        " – {rate} (답 {answers}개), 기본 모델 {base} (답 {base_answers}개)",
        " – {rate} of {answers}, base model {base} of {base_answers}",
    ),
    "tuning_worse": (" · 나빠요", " · worse"),
    # --- the schedule ---
    "tuning_step_data": ("자료를 모으는 중", "gathering data"),
    "tuning_step_train": ("학습하는 중", "training"),
    "tuning_step_export": ("내보내는 중", "exporting"),
    "tuning_step_evaluate": ("평가하는 중", "measuring"),
    "tuning_preparing": ("{name} 준비 중: {step}", "Preparing {name}: {step}"),
    "tuning_waiting": (" (사람들이 묻는 동안 기다려요)", " (waits while people ask)"),
    "tuning_next": ("다음 자동 준비: ", "The next one is prepared by itself: "),
    "tuning_approved": (
        "지난번 준비한 뒤로 👍 받거나 사람이 고친 답 {approved}개. {after}개가 모이면 자동으로 준비해요.",
        "Answers approved or corrected since the last one: {approved}. At {after} one is prepared by itself.",
    ),
    # --- buttons and modals; Slack takes 24 characters of a title ---
    "tuning_table": ("표 보기", "Show the table"),
    "tuning_activate": ("켜기", "Activate"),
    "tuning_why_not": ("켤 수 없는 이유", "Why not?"),
    "tuning_widen": ("범위 바꾸기", "Change where"),
    "tuning_roll_back": ("되돌리기", "Roll back"),
    "tuning_roll_back_confirm": (
        "{name} 대신 그 전에 답하던 모델이 바로 답해요. 파일과 기록은 그대로 남아요.",
        "What answered before {name} answers again, at once. Its files and its history stay.",
    ),
    "tuning_table_title": ("평가 결과", "What was measured"),
    "tuning_activate_title": ("튜닝한 모델 켜기", "Activate"),
    "tuning_lead": (
        "{name}: 시험 질문 {questions}개로 쟀어요. 학습에는 쓰지 않은 질문이에요.",
        "{name}: measured on {questions} questions that it did not learn from.",
    ),
    "tuning_with": (
        "봇처럼 문서를 찾아서: 기본 {base} → 튜닝 {tuned}",
        "with documents, as the bot answers: base {base} → tuned {tuned}",
    ),
    "tuning_alone": (
        "질문만으로: 기본 {base} → 튜닝 {tuned}",
        "the question alone: base {base} → tuned {tuned}",
    ),
    "tuning_sides": ("기본 {base} → 튜닝 {tuned}", "base {base} → tuned {tuned}"),
    "tuning_difference": (
        " (차이 {value}%p, 95% 구간 {low}에서 {high}까지)",
        " (difference {value} points, 95 % interval {low} to {high})",
    ),
    "tuning_unmeasured": ("재지 않음", "not measured"),
    "tuning_gate_open": (
        "켤 수 있어요: 더 나아졌고, 잃은 것이 없어요.",
        "It may be activated: it is better, and lost nothing that matters.",
    ),
    "tuning_gate_shut": (
        "{name}: 아직 켤 수 없어요.",
        "{name} may not be activated.",
    ),
    "tuning_rule_scorecard": (
        "지금 파일을 평가한 결과가 없어요. 명령줄에서 footnote tune evaluate로 평가해 주세요.",
        "There is no measurement of this very file, model and dataset. Run footnote tune evaluate.",
    ),
    "tuning_rule_gain": (
        "기본 모델보다 낫다고 할 수 없어요. 정답이나 올바른 인용의 95% 구간이 0보다 커야 해요.",
        "It is not measurably better: the 95 % interval of right answers, or of right citations, has to lie "
        "above zero.",
    ),
    "tuning_rule_few": (
        "시험 질문이 너무 적어요 ({figures}). 도움이 된 답이 더 모이면 다시 학습해 주세요.",
        "Too few held-out questions ({figures}). Train anew once more answers were approved.",
    ),
    "tuning_rule_correct": ("정답이 줄었을 수 있어요.", "It may have lost right answers."),
    "tuning_rule_citation_precision": (
        "올바른 인용이 줄었을 수 있어요.",
        "It may have lost right citations.",
    ),
    "tuning_rule_abstained_when_unanswerable": (
        "답할 수 없는 질문에 답해 버릴 수 있어요.",
        "It may answer more of what cannot be answered.",
    ),
    "tuning_rule_false_refusals": (
        "답할 수 있는 질문에 답하지 않을 수 있어요.",
        "It may decline more of what can be answered.",
    ),
    "tuning_rule_general": (
        "계산이나 지시를 따르는 것 같은 기본 능력이 떨어졌을 수 있어요.",
        "It may have lost general ability, such as arithmetic and following instructions.",
    ),
    "tuning_rule_injection": (
        "문서에 숨은 지시를 따를 수 있어요.",
        "It may follow instructions that stand in documents.",
    ),
    "tuning_where": ("어디에서 답할까요?", "Where is it to answer?"),
    "tuning_where_share": ("질문의 일부에서 먼저", "For a share of the questions, first"),
    "tuning_where_channel": ("채널 하나에서 먼저", "In one channel, first"),
    "tuning_where_everywhere": ("모든 질문에서", "For all questions"),
    "tuning_channel": ("채널", "Channel"),
    "tuning_channel_needed": ("채널을 하나 골라 주세요.", "Please choose the channel."),
    "tuning_percent": ("질문의 몇 %", "Per cent of the questions"),
    "tuning_percent_needed": ("1에서 99까지 적어 주세요.", "Please give 1 to 99."),
    "tuning_promise": (
        "답이 기본 모델보다 나빠지면 저절로 되돌리고 알려 드려요. 언제든 홈 탭에서 되돌릴 수 있어요.",
        "Where its answers turn out worse than those of the base model, it is rolled back by itself, and you "
        "are told. On the Home tab you roll it back at any time.",
    ),
    "tuning_readers": (
        "모두가 볼 수는 없는 문서로 학습했어요. 그 문서를 볼 수 있는 사람만 있는 곳에서만 답해요.",
        "It learned from documents that not everybody may read, and answers only where all who read along "
        "may read them.",
    ),
    "tuning_working": ("켜는 중이에요…", "Activating…"),
    "tuning_was_activated_everywhere": (
        "{name}: 이제 모든 질문에 답해요. 몇 초 안에 시작해요.",
        "{name} answers all questions from now on, within seconds.",
    ),
    "tuning_was_activated_share": (
        "{name}: 이제 질문의 {share}%에 답해요. 몇 초 안에 시작해요.",
        "{name} answers {share}% of the questions from now on, within seconds.",
    ),
    "tuning_was_activated_channel": (
        "{name}: 이제 고른 채널에서 답해요. 몇 초 안에 시작해요.",
        "{name} answers in the channel that you chose from now on, within seconds.",
    ),
    "tuning_was_rolled_back": (
        "{name}: 되돌렸어요. 그 전에 답하던 모델이 답해요.",
        "{name} is rolled back. What answered before answers again.",
    ),
    "tuning_watch": ("자동 감시", "the watch over answers"),
    "audit_activate_adapter": ("튜닝한 모델 켜기", "activate adapter"),
    "audit_roll_back_adapter": ("튜닝한 모델 되돌리기", "roll back adapter"),
}
