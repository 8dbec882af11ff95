"""footnote ask"""

from __future__ import annotations

import click

from bot.app import App
from bot.cli import Invocation, as_json, terminal
from bot.cli.documents import TERMINAL_READERS
from bot.cli.narrowing import narrowing
from bot.contracts import Answer, Filter, Finished, Question, SourcesFound, TextAdded

_REUSED = {
    "ko": "{when:%Y-%m-%d %H:%M}에 확인한 답입니다. 그 뒤로 문서가 바뀌지 않았습니다. (새로 답하기: --fresh)",
    "en": "Answered {when:%Y-%m-%d %H:%M}; the sources have not changed since. (Anew: --fresh)",
}


@click.command()
@click.argument("question")
@click.option("--fresh", is_flag=True, help="Answer anew, also where a checked answer is at hand.")
@as_json
@click.pass_obj
@narrowing
def ask(invocation: Invocation, question: str, fresh: bool, as_json: bool, *, narrowed: Filter) -> None:
    """Answer a QUESTION from the documents, with sources.

    Every sentence is checked against the passage it cites before it is shown; where the documents do not
    carry an answer, it says so. Who asks the same again gets the same answer at once, as long as what it
    stands on has not changed.
    """

    async def work(app: App) -> Answer:
        answer: Answer | None = None
        asked = Question(question, TERMINAL_READERS, narrowed=narrowed, fresh=fresh)
        async for event in app.answering.answer(asked):
            match event:
                case SourcesFound(passages) if not as_json:
                    titles = dict.fromkeys(passage.title for passage in passages)
                    terminal.err.print(
                        f"found: {', '.join(titles) or 'nothing'}\n", style="dim", markup=False
                    )
                case TextAdded(text) if not as_json:
                    terminal.out.print(text, end="", markup=False)
                case Finished(answer):
                    pass
        if answer is None:
            raise AssertionError("an answer always ends with Finished")
        return answer

    answer = invocation.run(work)
    if as_json:
        terminal.print_json(
            {
                "answer": answer.text,
                "found": answer.found,
                "citations": [
                    {
                        "number": c.number,
                        "document_id": c.document_id,
                        "title": c.title,
                        "url": c.url,
                        "section": c.section,
                        "quote": c.quote,
                        "copies": [{"title": copy.title, "url": copy.url} for copy in c.copies],
                    }
                    for c in answer.citations
                ],
                "nearest": [
                    {"document_id": p.document_id, "title": p.title, "url": p.url, "words": p.text}
                    for p in answer.nearest
                ],
                "timings": answer.timings,
                "reused_from": answer.reused_from,
                "trace_id": answer.trace_id,
            }
        )
        return
    if not answer.found:
        terminal.out.print(answer.text, markup=False)
        for passage in answer.nearest:
            terminal.out.print(f"  · {passage.title}  {passage.url}", style="dim", markup=False)
            if passage.text:
                terminal.out.print(f"    “{passage.text}”", markup=False)
    else:
        terminal.out.print("\n")
        for citation in answer.citations:
            where = f"{citation.title} > {citation.section}" if citation.section else citation.title
            terminal.out.print(f"[{citation.number}] {where}", style="bold", markup=False)
            terminal.out.print(f"    “{citation.quote}”", markup=False)
            for url in (citation.url, *(copy.url for copy in citation.copies)):
                terminal.out.print(f"    {url}", style="dim", markup=False)
    if answer.reused_from is not None:
        said = _REUSED.get(answer.language, _REUSED["en"])
        terminal.err.print(said.format(when=answer.reused_from.astimezone()), style="dim", markup=False)
    terminal.err.print(
        f"({answer.timings.total_s:.1f} s; why: footnote trace {answer.trace_id})", style="dim", markup=False
    )


VERBS = (ask,)
