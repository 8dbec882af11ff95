"""The forms that add and edit a connector."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
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
}
