"""Markdown that nobody vouches for -> Markdown that Slack shows without a link, a mention or an image.

What a model or a document says may hold anything. Here its bold, lists, headings and code survive, while
  - & < > are escaped, so no <!channel>, <@U1> or <url|text> is read as one;
  - [text](url), ![alt](url) and link definitions are broken by an invisible space;
  - URLs, bare domains and mail addresses become code, of which no client is known to make a link and which
    can still be copied as it is (an invisible space inside would break what is pasted into a terminal). An
    answer has lost its URLs before (bot/answering/reply.py): what is left are bare names of hosts;
  - characters that reorder or hide text are removed.
The same is done to every piece of a stream, so each must be whole words: see `whole_words`.
"""

from __future__ import annotations

import re

ZERO_WIDTH = "\u200b"

# C0/C1 controls but tab and newline; zero-width, direction marks, embeddings, overrides, isolates; BOM; tags
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_FENCE = re.compile(r"^ {0,3}(`{3,})[\w+#.-]*[ \t]*$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_TABLE_RULE = re.compile(r"^(?=.*[|:])(?=.*-)[\s|:>+*-]+$")

# Browsers read fullwidth and ideographic marks in an address as the plain ones; some clients may.
_URL = re.compile(
    r"(?:"
    r"[A-Za-zＡ-Ｚａ-ｚ][A-Za-z0-9Ａ-Ｚａ-ｚ+.-]{0,20}[:：][/／\\]{1,}"
    r"[!-_a-~Ａ-Ｚａ-ｚ．／]*"  # up to a space or non-ASCII
    r"|//[!-_a-~]+"
    r"|(?i:mailto|tel|sms|data|javascript|slack|file|xmpp|skype):[!-_a-~]+"
    r"|(?:[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@)?(?:[^\W_][\w-]{0,62}[.．。｡]){1,20}"
    r"(?:[A-Za-z]{2,63}|xn--[a-z0-9-]+|[^\W\d_A-Za-z\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]{2,63})"
    r"(?![A-Za-z0-9])(?::\d+)?(?:[/?#][!-_a-~]*)?"
    r"|[\w.-]{1,100}\.(?:한국|닷컴|닷넷|회사|삼성)(?:[/?#][!-_a-~]*)?"
    r"|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:[/?#][!-_a-~]*)?"
    r")"
)
_TRAILING = ".,;:!?'\")]}*_~|"


def safe_markdown(text: str) -> str:
    """The text as Markdown in which no link, mention, image, table or HTML is left."""
    text = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = text.split("\n")
    safe: list[str] = []
    place = 0
    while place < len(lines):
        end = _fence_end(lines, place)
        if end is None:
            safe.append(_line(lines[place]))
            place += 1
        else:
            safe += ["```", *(escape(line) for line in lines[place + 1 : end]), "```"]
            place = end + 1
    return "\n".join(safe)


def inline(text: str) -> str:
    """A title or a name, as one line to put into a text that is made safe later: none of it is Markdown, and
    no scheme makes an address of it."""
    line = " ".join(_HIDDEN.sub("", text).split())
    line = re.sub(r"[*_~`#\[\]|\\]", lambda found: _LOOKALIKE.get(found[0], found[0]), line)
    return re.sub(r":(?=/)", "∶", line)


def plain(text: str) -> str:
    """One line for places that show no Markdown (notifications, statuses): escaped, and without links."""
    line = " ".join(_HIDDEN.sub("", text).replace("`", "'").split())
    # mrkdwn would make links of bare domains: an invisible space after each dot and colon keeps them text
    line = _URL.sub(lambda found: re.sub(r"([.．。｡:：/／@])", rf"\1{ZERO_WIDTH}", found[0]), line)
    return _no_broadcast(escape(line))


def escape(text: str) -> str:
    """The three characters that Slack reads as control characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def whole_words(text: str) -> int:
    """How much of a text still being written can be shown: up to its last space, so no URL is cut in two."""
    found = max(text.rfind(" "), text.rfind("\n"))
    return found + 1


_LOOKALIKE = {"*": "∗", "_": "_", "~": "∼", "`": "'", "#": "#", "[": "[", "]": "]", "|": "¦", "\\": "⧵"}


def _fence_end(lines: list[str], start: int) -> int | None:
    """The line that closes the code block opened on line `start`; None if none is opened, or never closed."""
    opened = _FENCE.match(lines[start])
    if opened is None:
        return None
    for end in range(start + 1, len(lines)):
        closing = lines[end].strip()
        if set(closing) == {"`"} and len(closing) >= 3:
            return end if len(closing) >= len(opened[1]) else None
    return None


def _line(line: str) -> str:
    """One line outside a code block. Code spans are kept where they open and close on this line."""
    if _TABLE_RULE.match(line):
        return ZERO_WIDTH + escape(line)  # no table: a | inside one would cut a code span in two
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(line):
        pieces += [_prose(line[end : code.start()]), _code(code[2])]
        end = code.end()
    pieces.append(_prose(line[end:]))
    return _bold_mended(_joined(pieces))


def _joined(pieces: list[str]) -> str:
    """Pieces in a row; where two code spans touch, their backticks must not make one longer run."""
    text = ""
    for piece in pieces:
        text += ZERO_WIDTH + piece if text.endswith("`") and piece.startswith("`") else piece
    return text


def _prose(text: str) -> str:
    # a backtick that opens nothing here could open a span with one of ours
    text = text.replace("`", "'").replace("~~~", f"~{ZERO_WIDTH}~~")
    pieces: list[str] = []
    end = 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(_TRAILING)
        if not url:
            continue
        pieces += [_words(text[end : found.start()]), _code(url)]
        end = found.start() + len(url)
    pieces.append(_words(text[end:]))
    return _joined(pieces)


def _words(text: str) -> str:
    text = text.replace("](", f"]{ZERO_WIDTH}(").replace("][", f"]{ZERO_WIDTH}[")
    text = text.replace("]:", f"]{ZERO_WIDTH}:").replace("![", f"!{ZERO_WIDTH}[")
    text = text.replace("](", f"]{ZERO_WIDTH}(")
    # a backslash would take the meaning off the mark that follows it, ours included
    text = text.replace("\\", f"\\{ZERO_WIDTH}")
    return _no_broadcast(escape(text))


def _no_broadcast(text: str) -> str:
    return re.sub(r"[@＠](?=channel|here|everyone|group)", rf"\g<0>{ZERO_WIDTH}", text, flags=re.IGNORECASE)


def _code(text: str) -> str:
    return f"`{escape(text.replace('`', chr(39)))}`"


def _bold_mended(line: str) -> str:
    """CommonMark reads no bold in **연차(年次)**는: punctuation before the closing marks, a letter behind."""
    return re.sub(
        r"\*\*(?=\S)(.+?)(?<=\S)\*\*",
        lambda found: (
            f"**{_mark_at_start(found[1])}{found[1]}{'' if found[1][-1].isalnum() else ZERO_WIDTH}**"
        ),
        line,
    )


def _mark_at_start(inner: str) -> str:
    return "" if inner[0].isalnum() else ZERO_WIDTH
