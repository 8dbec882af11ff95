"""What answers hold of documents, and that it goes when the documents do.

An answer quotes what was found for it, and its trace holds what the model read. None of that may outlive a
document that was removed, nor the words of one that now says something else. What a person wrote in the
place of such an answer may say it too, and goes as well. That a question was asked, when, of whom the
documents were and whether an answer was found stays, for statistics and gaps.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable

_LONGEST_ANSWER_SECONDS = 86_400.0  # nothing that is being answered now was asked earlier than this

_THESE = "(SELECT value FROM json_each(?))"
_NO_WORDS = "json_set(payload, '$.text', '', '$.said', '', '$.blocks', json('[]'))"


def note_documents(connection: sqlite3.Connection, trace_id: str, document_ids: Iterable[str]) -> None:
    """Within the transaction that records an answer: it holds words of these documents, and of no others."""
    connection.execute("DELETE FROM answer_documents WHERE trace_id = ?", [trace_id])
    connection.executemany(
        "INSERT OR IGNORE INTO answer_documents VALUES (?, ?)",
        [(document_id, trace_id) for document_id in document_ids],
    )


def dropped_since(connection: sqlite3.Connection, document_ids: Collection[str], since: float) -> bool:
    """Whether one of these documents went, or came to say something else, at that time or later."""
    row = connection.execute(
        f"SELECT 1 FROM dropped_documents WHERE at >= ? AND document_id IN {_THESE} LIMIT 1",  # noqa: S608
        [since, json.dumps([*document_ids])],
    ).fetchone()
    return row is not None


def forget_documents(connection: sqlite3.Connection, document_ids: Collection[str]) -> None:
    """Within the transaction that drops documents: no answer holds their words any more."""
    now = time.time()
    connection.execute("DELETE FROM dropped_documents WHERE at < ?", [now - _LONGEST_ANSWER_SECONDS])
    connection.executemany(
        "INSERT OR REPLACE INTO dropped_documents VALUES (?, ?)", [(one, now) for one in document_ids]
    )
    rows = connection.execute(
        f"SELECT DISTINCT trace_id FROM answer_documents WHERE document_id IN {_THESE}",  # noqa: S608
        [json.dumps([*document_ids])],
    ).fetchall()
    if rows:
        forget_words(connection, [row[0] for row in rows])


def note_cited(connection: sqlite3.Connection, trace_id: str, cited: Iterable[tuple[int, str]]) -> None:
    """Within the transaction that records an answer: (number of a citation, a document that holds its words).

    Only ids, so it stays when the words are forgotten, and a reply can be taken back whatever happened since.
    """
    connection.execute("DELETE FROM cited_documents WHERE trace_id = ?", [trace_id])
    connection.executemany(
        "INSERT OR IGNORE INTO cited_documents (trace_id, citation, document_id) VALUES (?, ?, ?)",
        [(trace_id, number, document_id) for number, document_id in cited],
    )


def withdraw_replies(connection: sqlite3.Connection, document_ids: Collection[str]) -> None:
    """Within the transaction that removes documents, before they go: every reply in Slack that cites one of
    them is to say, in its place, that it is withdrawn.

    A document whose every text other ones have too has moved: what it was cited for still stands, in those.
    """
    these = json.dumps([*document_ids])
    connection.execute(
        f"""INSERT OR IGNORE INTO cited_documents (trace_id, citation, document_id)
        SELECT cited.trace_id, cited.citation, o.document_id FROM cited_documents cited
        JOIN chunks c ON c.document_id = cited.document_id JOIN chunks o ON o.text_hash = c.text_hash
        WHERE cited.document_id IN {_THESE} AND o.document_id NOT IN {_THESE}
        AND NOT EXISTS (SELECT 1 FROM chunks own WHERE own.document_id = cited.document_id AND NOT EXISTS
            (SELECT 1 FROM chunks held
             WHERE held.text_hash = own.text_hash AND held.document_id NOT IN {_THESE}))""",  # noqa: S608
        [these, these, these],
    )
    rows = connection.execute(
        f"""SELECT DISTINCT trace_id FROM cited_documents cited WHERE document_id IN {_THESE} AND NOT EXISTS
            (SELECT 1 FROM cited_documents o JOIN documents d ON d.id = o.document_id
             WHERE o.trace_id = cited.trace_id AND o.citation = cited.citation
             AND o.document_id NOT IN {_THESE})""",  # noqa: S608 - a constant, as above
        [these, these],
    ).fetchall()
    _withdraw(connection, [row[0] for row in rows], "deleted")


def withdraw_unreadable(connection: sqlite3.Connection, document_id: str) -> None:
    """Within the transaction that changes who may read a document: the replies in channels that cite it are
    withdrawn where it is given neither to that channel nor to everyone any more.

    What only one person saw is not: what their groups may read is known to Slack, and they have seen it.
    """
    rows = connection.execute(
        """SELECT DISTINCT outbox.id FROM cited_documents cited
        JOIN outbox ON outbox.payload ->> 'trace_id' = cited.trace_id
        WHERE cited.document_id = ? AND outbox.channel NOT LIKE 'D%' AND NOT EXISTS
            (SELECT 1 FROM document_readers r WHERE r.document_id = cited.document_id
             AND r.reader IN ('everyone', 'channel:' || outbox.team || '/' || outbox.channel))""",
        [document_id],
    ).fetchall()
    _withdraw_rows(connection, [row[0] for row in rows], "readers")


def _withdraw(connection: sqlite3.Connection, trace_ids: Collection[str], reason: str) -> None:
    rows = connection.execute(
        f"SELECT id FROM outbox WHERE payload ->> 'trace_id' IN {_THESE}",  # noqa: S608
        [json.dumps([*trace_ids])],
    ).fetchall()
    _withdraw_rows(connection, [row[0] for row in rows], reason)


def _withdraw_rows(connection: sqlite3.Connection, outbox_ids: Collection[str], reason: str) -> None:
    connection.execute(
        f"""UPDATE outbox SET state = 'waiting', not_before = 0, error = '', payload = (
            SELECT json_object('trace_id', a.trace_id, 'withdrawn', a.answer ->> '$.language',
                'reason', ?, 'shared', coalesce(outbox.payload ->> 'shared', 0), 'text', '')
            FROM answers a WHERE a.trace_id = outbox.payload ->> 'trace_id')
        WHERE id IN {_THESE} AND (state = 'waiting' OR (state = 'sent' AND ts != ''))
        AND coalesce(payload ->> 'response_url', '') = '' AND coalesce(payload ->> 'withdrawn', '') = ''
        AND EXISTS (SELECT 1 FROM answers a WHERE a.trace_id = outbox.payload ->> 'trace_id' AND a.found)""",  # noqa: S608
        [reason, json.dumps([*outbox_ids])],
    )


def forget_words(connection: sqlite3.Connection, trace_ids: Collection[str]) -> None:
    """Take out of these answers, their traces and their replies that were sent what documents said, and what
    people wrote in their place.

    A reply that waits keeps its words until Slack has it: see `forget_sent`. What was found stays by its id.
    """
    these = [json.dumps([*trace_ids])]
    connection.execute(
        f"""
        UPDATE answers SET
            answer = json_set(answer, '$.text', iif(found, '', answer ->> '$.text'),
                              '$.citations', json('[]'), '$.nearest', json('[]')),
            trace = json_object('passages', (
                SELECT json_group_array(json_object(
                    'chunk_id', value ->> 'chunk_id',
                    'document_id', value ->> 'document_id',
                    'score', value ->> 'score'))
                FROM json_each(trace, '$.passages'))),
            is_forgotten = 1
        WHERE trace_id IN {_THESE}
        """,  # noqa: S608 - a constant, as below
        these,
    )
    connection.execute(
        f"""UPDATE outbox SET payload = {_NO_WORDS}
        WHERE state IN ('sent', 'dead') AND payload ->> 'trace_id' IN {_THESE}""",  # noqa: S608
        these,
    )
    connection.execute(f"DELETE FROM answer_documents WHERE trace_id IN {_THESE}", these)  # noqa: S608
    connection.execute(f"DELETE FROM corrections WHERE trace_id IN {_THESE}", these)  # noqa: S608


def forget_sent(connection: sqlite3.Connection, outbox_id: str) -> None:
    """Within the transaction that notes a reply as sent: it is not kept where its answer was forgotten."""
    connection.execute(
        f"""UPDATE outbox SET payload = {_NO_WORDS} WHERE id = ? AND EXISTS
            (SELECT 1 FROM answers WHERE trace_id = payload ->> 'trace_id' AND is_forgotten)""",  # noqa: S608
        [outbox_id],
    )
