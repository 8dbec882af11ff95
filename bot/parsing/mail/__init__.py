"""A mail, in whichever file it came: who wrote it to whom, what it says, and what is attached to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import ParseError
from bot.parsing.parsed import Parsed, Section, assemble, one_line

MAX_DEPTH = 3
"""A mail attached to a mail is read, and so on down to here."""
MAX_ATTACHMENTS = 100


@dataclass(frozen=True)
class Attachment:
    """A file in a mail. `content` is empty where it cannot be had."""

    name: str
    media_type: str
    content: bytes
    read: Callable[[int], Parsed] | None = None
    """For what its kind of mail keeps in a form of its own: reads it, given the depth it lies at."""


@dataclass(frozen=True)
class Mail:
    """What is read of a mail. All texts may be empty."""

    subject: str
    sender: str
    to: str
    copies: str
    date: str
    body: tuple[Section, ...]
    attachments: tuple[Attachment, ...]


def mail_document(mail: Mail, name: str, depth: int) -> Parsed:
    """The mail as a document called as its subject: its head and text, then each attachment that can be read.

    An attachment is a section of its own name. One that cannot be read is named with the reason.
    """
    read: list[Section] = []
    named: list[str] = []
    for attachment in mail.attachments[:MAX_ATTACHMENTS]:
        called = one_line(attachment.name) or "?"
        sections, reason = _read(attachment, called, depth)
        named.append(f"{called} ({reason})" if reason else called)
        read += [replace(section, path=(called, *section.path), page=None, anchor="") for section in sections]
    head = {
        "Subject": mail.subject,
        "From": mail.sender,
        "To": mail.to,
        "Cc": mail.copies,
        "Date": mail.date,
        "Attachments": ", ".join(named),
    }
    lines = [f"{key}: {one_line(value)}" for key, value in head.items() if value.strip()]
    body = list(mail.body)
    begins = body.pop(0).text if body and not body[0].path else ""
    first = Section((), "\n\n".join(filter(None, ("\n".join(lines), begins))))
    return assemble(name, mail.subject, [first, *body, *read])


def _read(attachment: Attachment, called: str, depth: int) -> tuple[tuple[Section, ...], str]:
    """Its sections, or why there are none. What is no document, a picture for one, needs no reason."""
    from bot.parsing.formats import is_read, parse  # they read mails: imported there when one comes

    try:
        if attachment.read is not None or is_mail(attachment):
            if depth + 1 >= MAX_DEPTH:
                return (), "not read: a mail within mails"
            if attachment.read is not None:
                return attachment.read(depth + 1).sections, ""
            return _attached_mail(attachment, called, depth + 1).sections, ""
        if not is_read(called, attachment.media_type):
            return (), ""
        return parse(attachment.content, called, attachment.media_type).sections, ""
    except ParseError as exc:
        return (), f"not read: {exc.message}"


def is_mail(attachment: Attachment) -> bool:
    """Whether it is a file of a mail program."""
    return attachment.name.lower().endswith((".eml", ".msg")) or attachment.media_type in (
        "message/rfc822",
        "application/vnd.ms-outlook",
    )


def _attached_mail(attachment: Attachment, called: str, depth: int) -> Parsed:
    from bot.parsing.mail.eml import parse_eml
    from bot.parsing.mail.msg import parse_msg
    from bot.parsing.office.packages import OLE

    if attachment.content.startswith(OLE):
        return parse_msg(attachment.content, called, depth)
    return parse_eml(attachment.content, called, depth)
