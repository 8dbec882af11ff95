"""A question put into the other language, so that documents in that language are found by their own words.

The small chat model translates well enough to search by, if not to be read: names and numbers it may get
wrong, and the search still has the question as it was asked. docs/retrieval.md has what it earns and costs.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.answering import prompts
from bot.answering.language import Language, language_of
from bot.contracts import ChatModel, Sampling

MOST_TOKENS = 64
LONGEST_TRANSLATED = 300
"""Characters. What is longer tells a story; its own words and its meaning have to do."""
_KEPT = 256


class Translator:
    """Translates questions with a chat model, and remembers the last few hundred."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._known: OrderedDict[str, str] = OrderedDict()

    async def translated(self, question: str, user: str = "") -> str:
        """The question in Korean if it is in English, in English if it is in Korean; "" where the model gave
        nothing that could be that. Raises ModelError."""
        question = " ".join(question.split())
        if not question or len(question) > LONGEST_TRANSLATED:
            return ""
        if question in self._known:
            self._known.move_to_end(question)
            return self._known[question]
        language = language_of(question)
        into: Language = "en" if language == "ko" else "ko"
        sampling = Sampling(max_tokens=MOST_TOKENS, stop=("\n",))
        reply = ""
        async for piece in self._model.stream(prompts.translation(question, into), sampling, user):
            reply += piece
        reply = reply.strip().strip('"')
        # a small model now and then repeats the question, or explains it at length
        translation = reply if language_of(reply) == into and len(reply) <= 4 * len(question) + 40 else ""
        self._known[question] = translation
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return translation
