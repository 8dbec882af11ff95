"""Who may see what, for admins."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
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
}
