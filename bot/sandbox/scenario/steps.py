"""The steps a scenario is made of, and what each takes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.sandbox.faults.catalogue import CATALOGUE

LAST = "last"
"""The message that a step before this one was about."""
DIRECT = "dm"
"""As a channel: somebody's direct messages with the app."""

_FAULTS = {fault.name: {parameter.name for parameter in fault.parameters} for fault in CATALOGUE}


class Step(BaseModel):
    """What every step may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = ""
    """What later steps call the message that this one is about."""


class Act(Step):
    """What somebody does."""

    person: str = Field(alias="as")


class Place(Act):
    """Where it happens: a channel, or the thread of a message."""

    channel: str = Field("", alias="in")
    thread: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Place:
        if bool(self.channel) == bool(self.thread):
            raise ValueError("either `in` or `thread` must say where")
        return self


class Say(Place):
    """Somebody sends a message."""

    do: Literal["say"]
    text: str
    broadcast: bool = False


class Edit(Act):
    """Somebody edits a message of theirs."""

    do: Literal["edit"]
    message: str = LAST
    text: str


class Delete(Act):
    """Somebody deletes a message of theirs."""

    do: Literal["delete"]
    message: str = LAST


class React(Act):
    """Somebody adds a reaction."""

    do: Literal["react"]
    message: str = LAST
    name: str


class Upload(Place):
    """Somebody shares a file: `content`, or what stands in `path` (seen from the scenario)."""

    do: Literal["upload"]
    name: str = ""
    content: str = ""
    path: str = ""
    comment: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Upload:
        if bool(self.path) == bool(self.content) or not (self.path or self.name):
            raise ValueError("either `path`, or `name` and `content`, must say what")
        return self


class RunCommand(Act):
    """Somebody runs a slash command: `/name` and what follows."""

    do: Literal["command"]
    channel: str = Field(alias="in")
    text: str = Field(pattern="^/")


class UseShortcut(Act):
    """Somebody uses a global shortcut, or that of a `message`."""

    do: Literal["shortcut"]
    callback_id: str
    message: str = ""


class Click(Act):
    """Somebody uses a button or a select, found by its action_id (`action`) or by what it says (`button`)."""

    do: Literal["click"]
    on: Literal["message", "modal", "home"] = "message"
    message: str = LAST
    action: str = ""
    button: str = ""
    value: str | list[str] | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Click:
        if bool(self.action) == bool(self.button):
            raise ValueError("either `action` or `button` must say which")
        return self


class Submit(Act):
    """Somebody submits the open modal, `filled` by action_id; `refused` says whether errors must come."""

    do: Literal["submit"]
    filled: dict[str, str | list[str] | None] = {}
    refused: bool = False


class Close(Act):
    """Somebody closes the open modal."""

    do: Literal["close"]


class OpenApp(Act):
    """Somebody opens the app's messages or its Home tab."""

    do: Literal["open_app"]
    tab: Literal["messages", "home"] = "messages"


class Stop(Act):
    """Somebody clicks Stop on an answer that is being written."""

    do: Literal["stop"]
    thread: str = LAST


class Join(Act):
    """Somebody, or the app, becomes a member."""

    do: Literal["join"]
    channel: str = Field(alias="in")


class Leave(Act):
    """Somebody, or the app, leaves a channel."""

    do: Literal["leave"]
    channel: str = Field(alias="in")


class Seen(Step):
    """What must, and must not, be read in something."""

    contains: str | list[str] = []
    lacks: str | list[str] = []
    blocks_contain: str | list[str] = []


class WaitFor(Seen):
    """Wait until something is there.

    reply: a finished message of the app, later than the message that `thread` names, in its thread or under
    it. text: a message in the channel `in`. status: what the app says it is doing in `thread`.
    ephemeral, modal, home: shown to `as`; an ephemeral message since the last step that did something.
    connection: the app is connected.
    """

    do: Literal["wait_for"]
    what: Literal["reply", "text", "status", "ephemeral", "modal", "home", "connection"]
    person: str = Field("", alias="as")
    channel: str = Field("", alias="in")
    thread: str = LAST
    timeout: float = Field(60.0, gt=0, le=3600)
    """Seconds."""

    @model_validator(mode="after")
    def _enough(self) -> WaitFor:
        if self.what in ("ephemeral", "modal", "home") and not self.person:
            raise ValueError(f"`as` must say who sees the {self.what}")
        if self.what == "text" and not self.channel:
            raise ValueError("`in` must say in which channel")
        return self


class Expect(Seen):
    """Something must stand there now.

    Looked at is the message, or with `count` how many messages of the app stand in its thread.
    """

    do: Literal["expect"]
    message: str = LAST
    count: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _something(self) -> Expect:
        if self.count is None and not (self.contains or self.lacks or self.blocks_contain):
            raise ValueError("one of `contains`, `lacks`, `blocks_contain`, `count` must say what")
        return self


class TriggerFault(Step):
    """Something goes wrong: docs/sandbox.md lists the faults and what they take."""

    do: Literal["fault"]
    name: str
    parameters: dict[str, int | float | str] = {}

    @model_validator(mode="after")
    def _known(self) -> TriggerFault:
        if self.name not in _FAULTS:
            raise ValueError(f"there is no fault {self.name!r}; there are {', '.join(_FAULTS)}")
        if unknown := self.parameters.keys() - _FAULTS[self.name]:
            taken = ", ".join(sorted(_FAULTS[self.name])) or "no parameters"
            raise ValueError(f"{self.name} takes no {min(unknown)}; it takes {taken}")
        return self


class Lift(Step):
    """A fault is over; without a `name` all are."""

    do: Literal["lift"]
    name: str = ""

    @model_validator(mode="after")
    def _known(self) -> Lift:
        if self.name and self.name not in _FAULTS:
            raise ValueError(f"there is no fault {self.name!r}; there are {', '.join(_FAULTS)}")
        return self


class Pause(Step):
    """Nothing is done for a while."""

    do: Literal["pause"]
    seconds: float = Field(gt=0, le=3600)


class Note(Step):
    """Words for whoever reads along."""

    do: Literal["note"]
    text: str


AnyStep = (
    Say | Edit | Delete | React | Upload | RunCommand | UseShortcut | Click | Submit | Close | OpenApp | Stop
    | Join | Leave | WaitFor | Expect | TriggerFault | Lift | Pause | Note
)  # fmt: skip
STEPS: dict[str, type[Step]] = {
    kind.model_fields["do"].annotation.__args__[0]: kind for kind in AnyStep.__args__
}
"""Every kind of step, by what it does."""


def keys_of(kind: type[Step]) -> dict[str, bool]:
    """The keys of a step as they are written, and whether each is needed."""
    return {
        field.alias or name: field.is_required()
        for name, field in kind.model_fields.items()
        if name not in ("do", "id")
    }
