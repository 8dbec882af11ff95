"""Every error Footnote raises on purpose.

FootnoteError                   a sentence for a person: what happened, where, and what to do
├── ConfigError                 config.toml or the environment is wrong (key, line, what was expected)
├── StoreError                  the database cannot be read or written
├── ModelError                  a model cannot be used
│   ├── ModelMissing            its file is not on this machine: `footnote models pull`
│   ├── ModelBroken             its file is not what the catalogue (or the GGUF format) says
│   └── ModelUnavailable        its process died or does not answer; asking again may help
│       └── ModelBusy           it works for others, and too many wait already; asking again later will help
├── TuningError                 a training run cannot be done, or went wrong
├── ChildDied                   a child process ended before it answered; the next call starts it or says when
├── ParseError                  one document cannot be read; it is set aside, the rest goes on
├── NotAllowed                  this person may not do this
├── Busy                        the queue is full, or the thing is already running
├── Outdated                    what was to be changed was changed by somebody else meanwhile
└── NotFound                    there is no connector, model, answer ... of that name

The errors of a source (SourceUnavailable, CredentialsRejected, ItemUnreadable) live in
`connectors.base`, because connectors import nothing of this package.

The message of a FootnoteError may be shown to a person as it is: it never holds a secret, the text of a
document, or a traceback.
"""


class FootnoteError(Exception):
    """What happened, and in `mend` the next step for the person who reads it."""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class ConfigError(FootnoteError):
    """A setting is unknown, missing or of the wrong kind."""


class StoreError(FootnoteError):
    """The database cannot be read or written."""


class ModelError(FootnoteError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """The file of a model is not on this machine."""


class ModelBroken(ModelError):
    """The file of a model is not what it should be."""


class ModelUnavailable(ModelError):
    """The process that serves a model died or does not answer."""


class ModelBusy(ModelUnavailable):
    """The model is there and works for others: too many wait, or it did not come to this in time."""


class TuningError(FootnoteError):
    """A training run cannot be done as asked, or went wrong."""


class ChildDied(FootnoteError):
    """A child process ended, or was ended, before it answered."""


class ParseError(FootnoteError):
    """One document cannot be read."""


class NotAllowed(FootnoteError):
    """This person may not do this."""


class Busy(FootnoteError):
    """Too much is waiting already, or the same thing is running now."""


class Outdated(FootnoteError):
    """What was to be changed is not any more what it was when this began."""


class NotFound(FootnoteError):
    """Nothing of that name."""
