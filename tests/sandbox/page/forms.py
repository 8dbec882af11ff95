"""Modals and Home tabs for the tests."""

from __future__ import annotations

from tests.sandbox.conftest import Json


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def field(block_id: str, label: str, element: Json, **more: object) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(title: str, *blocks: Json, callback_id: str = "form", **more: object) -> Json:
    shown = {"type": "modal", "callback_id": callback_id, "title": plain(title), "submit": plain("Send")}
    return {**shown, "blocks": list(blocks), **more}


REASON = field(
    "reason",
    "Reason",
    {"type": "static_select", "action_id": "reason", "options": [option("wrong"), option("old")]},
)
WORDS = field(
    "words",
    "Tell us more",
    {"type": "plain_text_input", "action_id": "words", "multiline": True},
    hint=plain("One sentence is enough."),
)
FEEDBACK = modal("Feedback", REASON, WORDS)

EVERY_FIELD = modal(
    "Everything",
    field("people", "People", {"type": "multi_users_select", "action_id": "people", "max_selected_items": 2}),
    field("room", "Room", {"type": "conversations_select", "action_id": "room"}),
    field(
        "document", "Document", {"type": "external_select", "action_id": "document", "min_query_length": 2}
    ),
    field("day", "Day", {"type": "datepicker", "action_id": "day"}),
    field("hour", "Hour", {"type": "timepicker", "action_id": "hour"}),
    field("moment", "Moment", {"type": "datetimepicker", "action_id": "moment"}),
    field("mail", "Mail", {"type": "email_text_input", "action_id": "mail"}),
    field("number", "Number", {"type": "number_input", "action_id": "number", "is_decimal_allowed": False}),
    field("rich", "Rich", {"type": "rich_text_input", "action_id": "rich"}),
    field("pick", "Pick", {"type": "radio_buttons", "action_id": "pick", "options": [option("one")]}),
    field("tick", "Tick", {"type": "checkboxes", "action_id": "tick", "options": [option("two")]}),
    field("proof", "Proof", {"type": "file_input", "action_id": "proof"}, optional=True),
)

HOME: Json = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Documents")},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*870* documents :warning:"},
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [option("reindex"), option("sources")],
            },
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "forget",
                    "text": plain("Forget"),
                    "style": "danger",
                    "confirm": {
                        "title": plain("Forget all?"),
                        "text": plain("This cannot be undone."),
                        "confirm": plain("Forget"),
                        "deny": plain("Keep"),
                    },
                },
                {"type": "users_select", "action_id": "owner", "placeholder": plain("Owner")},
            ],
        },
        {
            "type": "video",
            "title": plain("A film"),
            "video_url": "https://film.example/v",
            "thumbnail_url": "https://film.example/t",
            "alt_text": "a film",
        },
    ],
}
