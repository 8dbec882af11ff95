"""Which faults there are, in words for a panel: what each is called, what it takes, what people would see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Text = dict[str, str]
"""By language: "en" and "ko"."""

DISCONNECT_REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
EVERY_METHOD = "*"


@dataclass(frozen=True)
class Parameter:
    """One thing to choose before a fault is triggered."""

    name: str
    kind: Literal["int", "float", "choice", "method", "text"]
    """`method` is the name of a Web API method, or "*" for every one."""
    default: int | float | str
    title: Text
    choices: tuple[str, ...] = ()
    """With `choice` the only values; with `text` proposals."""
    least: float | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that can go wrong."""

    name: str
    title: Text
    explanation: Text
    """What somebody in the workspace would notice."""
    parameters: tuple[Parameter, ...] = ()
    is_standing: bool = False
    """True: it stands until it is lifted. Otherwise it happens at once, or spends itself."""
    needs_socket_mode: bool = False
    """True: it happens to Socket Mode connections, so there is nothing it could do over HTTP."""

    @property
    def happens_at_once(self) -> bool:
        """Neither standing nor armed for later."""
        return not self.is_standing and all(parameter.name != "times" for parameter in self.parameters)


def _times(en: str, ko: str) -> Parameter:
    return Parameter("times", "int", 1, {"en": en, "ko": ko}, least=1)


_EVENTS = _times("How many events", "이벤트 수")
_ACKS = _times("How many acks", "ack 수")
_CALLS = _times("How many calls", "호출 수")
_METHOD = Parameter("method", "method", "chat.postMessage", {"en": "Method", "ko": "메서드"})


def _seconds(default: float, least: float | None = 0.0) -> Parameter:
    return Parameter("seconds", "float", default, {"en": "Seconds", "ko": "초"}, least=least)


CATALOGUE: tuple[Fault, ...] = (
    Fault(
        "retry",
        {"en": "Lose acks", "ko": "ack 유실"},
        {
            "en": "The bot's next acks are lost, so Slack sends the events again. The bot must answer once.",
            "ko": "봇의 다음 ack가 유실되어 Slack이 같은 이벤트를 다시 보내요. 봇은 한 번만 답해야 해요.",
        },
        (_ACKS,),
    ),
    Fault(
        "ignore_acks",
        {"en": "Lose every ack", "ko": "모든 ack 유실"},
        {
            "en": "No ack arrives: events are repeated until Slack gives up, and commands time out.",
            "ko": "ack가 하나도 오지 않아요. Slack은 포기할 때까지 이벤트를 반복하고, 명령은"
            " 시간 초과가 돼요.",
        },
        is_standing=True,
    ),
    Fault(
        "slow_ack",
        {"en": "Slow acks", "ko": "늦은 ack"},
        {
            "en": "The next acks take this long. Past 3 seconds an event is repeated, and a command is said"
            " to have failed although the bot did its work.",
            "ko": "다음 ack가 이만큼 늦게 도착해요. 3초가 지나면 이벤트는 반복되고, 명령은 봇이 일을 했어도"
            " 실패했다고 나와요.",
        },
        (_seconds(5.0), _ACKS),
    ),
    Fault(
        "duplicate",
        {"en": "Duplicate an event", "ko": "이벤트 중복"},
        {
            "en": "The next event arrives this many times more. There must be no second answer.",
            "ko": "다음 이벤트가 이 횟수만큼 더 도착해요. 답이 두 번 달리면 안 돼요.",
        },
        (_times("How many times more", "추가 횟수"),),
    ),
    Fault(
        "reorder",
        {"en": "Swap two events", "ko": "이벤트 순서 바꾸기"},
        {
            "en": "The next event waits until another one has overtaken it (10 seconds at most).",
            "ko": "다음 이벤트가 그 뒤의 이벤트보다 늦게 도착해요(길어야 10초).",
        },
        (_times("How many pairs", "쌍의 수"),),
    ),
    Fault(
        "delay",
        {"en": "Delay events", "ko": "이벤트 지연"},
        {
            "en": "The next events arrive late; the answer comes that much later.",
            "ko": "다음 이벤트가 늦게 도착해서 답도 그만큼 늦어져요.",
        },
        (_seconds(10.0), _EVENTS),
    ),
    Fault(
        "disconnect",
        {"en": "Slack closes the connection", "ko": "Slack이 연결 종료"},
        {
            "en": "Slack tells every connection to go. The bot must come back and miss nothing; after"
            " link_disabled it should say what to do.",
            "ko": "Slack이 모든 연결을 끊으라고 알려요. 봇은 다시 연결해서 아무것도 놓치지 않아야 하고,"
            " link_disabled 뒤에는 할 일을 알려야 해요.",
        },
        (
            Parameter(
                "reason", "choice", "refresh_requested", {"en": "Reason", "ko": "이유"}, DISCONNECT_REASONS
            ),
        ),
        needs_socket_mode=True,
    ),
    Fault(
        "drop",
        {"en": "Cut the connection", "ko": "연결 끊기"},
        {
            "en": "Every connection breaks without a word. What is said meanwhile must still be answered.",
            "ko": "모든 연결이 예고 없이 끊겨요. 그동안의 메시지에도 답이 와야 해요.",
        },
        needs_socket_mode=True,
    ),
    Fault(
        "half_open",
        {"en": "Dead but open connection", "ko": "열려 있지만 죽은 연결"},
        {
            "en": "Every connection stays up and carries nothing any more. Only the bot's pings can tell it.",
            "ko": "연결은 열려 있지만 아무것도 오가지 않아요. 봇은 핑으로만 알아챌 수 있어요.",
        },
        needs_socket_mode=True,
    ),
    Fault(
        "rate_limit",
        {"en": "Rate limit (429)", "ko": "호출 제한 (429)"},
        {
            "en": "The next calls of the method answer 429. The bot must wait as long as it is told.",
            "ko": "이 메서드의 다음 호출이 429로 거절돼요. 봇은 알려 준 시간만큼 기다려야 해요.",
        },
        (
            _METHOD,
            Parameter(
                "retry_after", "int", 5, {"en": "Retry-After, seconds", "ko": "Retry-After(초)"}, least=1
            ),
            _CALLS,
        ),
    ),
    Fault(
        "lose_reply",
        {"en": "Lose the reply after success", "ko": "성공 뒤 응답 유실"},
        {
            "en": "The next calls do their work, and the connection breaks before the bot hears of it."
            " There must be no second message.",
            "ko": "다음 호출은 처리되지만 봇이 응답을 받기 전에 연결이 끊겨요. 메시지가 두 번"
            " 올라오면 안 돼요.",
        },
        (_METHOD, _CALLS),
    ),
    Fault(
        "api_error",
        {"en": "Error from the Web API", "ko": "Web API 오류"},
        {
            "en": "The next calls of the method are refused with this error and do nothing.",
            "ko": "이 메서드의 다음 호출이 이 오류로 거절되고 아무 일도 하지 않아요.",
        },
        (
            _METHOD,
            Parameter(
                "error",
                "text",
                "internal_error",
                {"en": "Error", "ko": "오류"},
                (
                    "internal_error",
                    "fatal_error",
                    "channel_not_found",
                    "not_in_channel",
                    "is_archived",
                    "msg_blocks_too_long",
                    "invalid_blocks",
                    "unknown_method",
                ),
            ),
            _CALLS,
        ),
    ),
    Fault(
        "server_error",
        {"en": "Slack breaks down (5xx)", "ko": "Slack 장애 (5xx)"},
        {
            "en": "The next calls of the method answer with an HTTP error and do nothing.",
            "ko": "이 메서드의 다음 호출이 HTTP 오류로 끝나고 아무 일도 하지 않아요.",
        },
        (
            _METHOD,
            Parameter("status", "int", 503, {"en": "HTTP status", "ko": "HTTP 상태"}, least=400),
            _CALLS,
        ),
    ),
    Fault(
        "expire_streams",
        {"en": "Streams run out", "ko": "스트림 만료"},
        {
            "en": "Every answer that is being streamed ends now, as Slack ends it after five minutes. The bot"
            " must finish it in another way.",
            "ko": "지금 스트리밍 중인 답이 모두 끝나요. Slack은 5분이 지나면 이렇게 해요. 봇은 다른 방법으로"
            " 답을 마쳐야 해요.",
        },
    ),
    Fault(
        "token_revoked",
        {"en": "Revoke the bot token", "ko": "봇 토큰 폐기"},
        {
            "en": "Every call of the bot answers token_revoked: it hears, but cannot speak.",
            "ko": "봇의 모든 호출이 token_revoked로 거절돼요. 봇은 들을 수는 있지만 말할 수 없어요.",
        },
        is_standing=True,
    ),
    Fault(
        "clock_skew",
        {"en": "Wrong clock", "ko": "어긋난 시계"},
        {
            "en": "What Slack stamps is off by this much. Over HTTP, a bot refuses what is signed more than"
            " five minutes away from its own clock.",
            "ko": "Slack이 찍는 시각이 이만큼 어긋나요. HTTP에서는 5분 넘게 어긋난 서명을 봇이 거절해요.",
        },
        (_seconds(600.0, least=None),),
        is_standing=True,
    ),
)
