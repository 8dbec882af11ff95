"""The schema, as steps that are only ever added to. Each step is applied in a transaction of its own.

Times are seconds since the epoch (REAL, UTC). JSON columns hold what no query looks into.
"""

from __future__ import annotations

import sqlite3

import sqlite_utils
from sqlite_utils import Migrations

footnote_schema = Migrations("footnote")


@footnote_schema()
def corpus(db: sqlite_utils.Database) -> None:
    """Documents, their chunks, full text, vectors and readers."""
    _run(
        db,
        """
        CREATE TABLE documents (
            id TEXT PRIMARY KEY,             -- sha256 of connector + item id
            connector TEXT NOT NULL,
            item_id TEXT NOT NULL,           -- the source's own id
            version TEXT NOT NULL,           -- the source's own version
            title TEXT NOT NULL,
            url TEXT NOT NULL,
            language TEXT NOT NULL,          -- 'ko' or 'en'
            updated_at REAL,
            synced_at REAL NOT NULL,
            UNIQUE (connector, item_id)
        );
        CREATE TABLE document_readers (
            document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            reader TEXT NOT NULL,
            PRIMARY KEY (document_id, reader)
        ) WITHOUT ROWID;
        CREATE INDEX document_readers_by_reader ON document_readers(reader);
        CREATE TABLE chunks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice, so a stale mirror cannot mistake one
            document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,       -- 0, 1, 2 ... within the document
            section TEXT NOT NULL,           -- headings above it, joined by ' > '
            anchor TEXT NOT NULL,            -- appended to the document's url to land on the section
            text TEXT NOT NULL,
            language TEXT NOT NULL,
            text_hash BLOB NOT NULL,         -- sha256 of what is embedded: title, section and text
            UNIQUE (document_id, position)
        );
        CREATE INDEX chunks_by_text_hash ON chunks(text_hash);
        -- rowid = chunks.id; the columns hold terms (morphemes, stems), not the text itself
        CREATE VIRTUAL TABLE chunk_terms USING fts5(
            title, section, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '_-.+#@/'"
        );
        -- keyed by what was embedded, so a moved or re-synced text costs nothing
        CREATE TABLE vectors (
            text_hash BLOB NOT NULL,
            model TEXT NOT NULL,
            vector BLOB NOT NULL,            -- little-endian float32, unit length
            PRIMARY KEY (text_hash, model)
        ) WITHOUT ROWID;
        -- one row: raised by every change of documents, chunks, readers or vectors
        CREATE TABLE corpus_epoch (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL);
        INSERT INTO corpus_epoch VALUES (1, 0);
        """,
    )


@footnote_schema()
def sources(db: sqlite_utils.Database) -> None:
    """What is known of each connector between two syncs."""
    _run(
        db,
        """
        CREATE TABLE connectors (
            name TEXT PRIMARY KEY,
            state TEXT NOT NULL DEFAULT 'active',  -- 'active' or 'paused'
            pause_reason TEXT NOT NULL DEFAULT '',
            cursor TEXT,
            started_at REAL,                       -- of the last sync
            finished_at REAL,
            report TEXT                            -- JSON of the last SyncReport
        );
        CREATE TABLE quarantine (
            connector TEXT NOT NULL,
            item_id TEXT NOT NULL,
            version TEXT NOT NULL,
            reason TEXT NOT NULL,
            since REAL NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 1,
            PRIMARY KEY (connector, item_id)
        ) WITHOUT ROWID;
        """,
    )


@footnote_schema()
def conversations(db: sqlite_utils.Database) -> None:
    """What came from Slack, what goes to it, and what was answered."""
    _run(
        db,
        """
        CREATE TABLE inbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            team TEXT NOT NULL,
            kind TEXT NOT NULL,              -- 'question', 'edited', 'deleted', ... see bot.slack.inbox
            channel TEXT NOT NULL,
            ts TEXT NOT NULL,                -- of the message; a command's trigger id
            event_id TEXT NOT NULL,
            payload TEXT NOT NULL,           -- JSON of what the worker needs
            state TEXT NOT NULL DEFAULT 'waiting',  -- 'waiting', 'working', 'done', 'dead'
            attempts INTEGER NOT NULL DEFAULT 0,
            received_at REAL NOT NULL,
            finished_at REAL,
            error TEXT NOT NULL DEFAULT '',
            UNIQUE (team, event_id),
            UNIQUE (team, channel, ts, kind) -- a mention comes as app_mention and as message
        );
        CREATE INDEX inbox_waiting ON inbox(team, state, id);
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY,             -- goes out as metadata.outbox_id
            inbox_id INTEGER NOT NULL UNIQUE REFERENCES inbox(id) ON DELETE CASCADE,
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            thread_ts TEXT NOT NULL,
            ts TEXT NOT NULL DEFAULT '',     -- of our message, once there is one
            payload TEXT NOT NULL,           -- JSON: text, blocks
            state TEXT NOT NULL DEFAULT 'waiting',  -- 'waiting', 'sent', 'dead'
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before REAL NOT NULL DEFAULT 0,
            created_at REAL NOT NULL,
            sent_at REAL,
            error TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX outbox_waiting ON outbox(team, state, not_before);
        CREATE TABLE threads (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            thread_ts TEXT NOT NULL,
            joined_at REAL NOT NULL,
            PRIMARY KEY (team, channel, thread_ts)
        ) WITHOUT ROWID;                     -- where a follow-up needs no mention
        CREATE TABLE answers (
            trace_id TEXT PRIMARY KEY,
            asked_at REAL NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,            -- JSON of the Answer
            trace TEXT NOT NULL,             -- JSON: passages, scores, verdicts, times
            found INTEGER NOT NULL
        );
        CREATE TABLE feedback (
            trace_id TEXT NOT NULL,
            team TEXT NOT NULL,
            user TEXT NOT NULL,
            vote TEXT NOT NULL,              -- 'up' or 'down'
            at REAL NOT NULL,
            PRIMARY KEY (trace_id, team, user)
        ) WITHOUT ROWID;
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            who TEXT NOT NULL,
            what TEXT NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
        CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
        """,
    )


@footnote_schema()
def pauses_and_retries(db: sqlite_utils.Database) -> None:
    """Who paused a connector, and when an item set aside was last tried."""
    _run(
        db,
        """
        ALTER TABLE connectors ADD COLUMN paused_by TEXT NOT NULL DEFAULT '';  -- '' where the sync itself did
        ALTER TABLE quarantine ADD COLUMN tried_at REAL NOT NULL DEFAULT 0;
        """,
    )


@footnote_schema()
def reasons_of_votes(db: sqlite_utils.Database) -> None:
    """Why an answer did not help, where somebody said so."""
    _run(
        db,
        """
        ALTER TABLE feedback ADD COLUMN reason TEXT NOT NULL DEFAULT '';   -- see bot.store.feedback.REASONS
        ALTER TABLE feedback ADD COLUMN comment TEXT NOT NULL DEFAULT '';  -- in the person's own words
        """,
    )


@footnote_schema()
def what_changed(db: sqlite_utils.Database) -> None:
    """What mirrors of the corpus need to catch up without looking at everything: see bot.store.changes."""
    _run(
        db,
        """
        -- new with every change of what a document says, and never used twice
        ALTER TABLE documents ADD COLUMN number INTEGER;
        UPDATE documents SET number = rowid;
        CREATE UNIQUE INDEX documents_by_number ON documents(number);
        UPDATE corpus_epoch SET epoch = max(epoch, (SELECT coalesce(max(number), 0) FROM documents));
        CREATE TABLE corpus_changes (
            epoch INTEGER PRIMARY KEY,       -- that the change led to
            token BLOB NOT NULL,             -- random: tells this history from that of a restored copy
            documents TEXT NOT NULL          -- JSON list of the numbers that came, went or changed
        );
        INSERT INTO corpus_changes SELECT epoch, randomblob(8), '[]' FROM corpus_epoch;
        """,
    )


@footnote_schema()
def terms_by_rules(db: sqlite_utils.Database) -> None:
    """By which rules stored terms were made, and a view of them all to mend typos by."""
    _run(
        db,
        """
        ALTER TABLE documents ADD COLUMN term_rules TEXT NOT NULL DEFAULT '';  -- see Morphology.rules
        CREATE INDEX documents_by_term_rules ON documents(term_rules);
        CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab(chunk_terms, row);
        """,
    )


@footnote_schema()
def windows_of_chunks(db: sqlite_utils.Database) -> None:
    """Vectors of a chunk's windows, beside its own: see bot.index.windows."""
    _run(db, "ALTER TABLE vectors ADD COLUMN windows BLOB;")  # NULL: not made yet; empty: it has none


@footnote_schema()
def terms_to_sweep(db: sqlite_utils.Database) -> None:
    """Whether terms of what is gone are still in the file: see bot.store.terms."""
    _run(
        db,
        """
        -- the epoch of the last change that dropped terms; 0 once they are swept out
        ALTER TABLE corpus_epoch ADD COLUMN terms_dropped_at INTEGER NOT NULL DEFAULT 0;
        UPDATE corpus_epoch SET terms_dropped_at = epoch;
        """,
    )


@footnote_schema()
def documents_of_answers(db: sqlite_utils.Database) -> None:
    """Whose words an answer holds, so that they go with the document: see bot.store.quoted."""
    _run(
        db,
        """
        CREATE TABLE answer_documents (
            document_id TEXT NOT NULL,       -- of what was found for it
            trace_id TEXT NOT NULL REFERENCES answers(trace_id) ON DELETE CASCADE,
            PRIMARY KEY (document_id, trace_id)
        ) WITHOUT ROWID;
        CREATE INDEX answer_documents_by_trace ON answer_documents(trace_id);
        -- what went, or came to say something else, of late: an answer may be on its way that read it before
        CREATE TABLE dropped_documents (document_id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
        ALTER TABLE answers ADD COLUMN is_forgotten INTEGER NOT NULL DEFAULT 0;  -- 1: its words are gone
        INSERT OR IGNORE INTO answer_documents
            SELECT value ->> 'document_id', trace_id FROM answers, json_each(trace, '$.passages')
            WHERE value ->> 'document_id' IS NOT NULL
            UNION SELECT value ->> 'document_id', trace_id FROM answers, json_each(answer, '$.citations')
            UNION SELECT value ->> 'document_id', trace_id FROM answers, json_each(answer, '$.nearest');
        -- those of documents that are gone hold their words since before this was known
        DELETE FROM answers WHERE trace_id IN
            (SELECT trace_id FROM answer_documents WHERE document_id NOT IN (SELECT id FROM documents));
        """,
    )


@footnote_schema()
def settings_of_channels(db: sqlite_utils.Database) -> None:
    """Where questions that mention nobody are answered, and how long answers took of late."""
    _run(
        db,
        """
        CREATE TABLE channels (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            speaks TEXT NOT NULL,            -- see bot.store.channels.Speaks; no row: where mentioned
            set_by TEXT NOT NULL,            -- a principal
            set_at REAL NOT NULL,
            PRIMARY KEY (team, channel)
        ) WITHOUT ROWID;
        CREATE INDEX answers_by_time ON answers(asked_at);
        """,
    )


@footnote_schema()
def answers_given_again(db: sqlite_utils.Database) -> None:
    """Answers kept for the next who asks the same: see bot.store.kept."""
    _run(
        db,
        """
        CREATE TABLE kept_answers (
            audience TEXT NOT NULL,          -- digest of readers, filter and what made it
            wording TEXT NOT NULL,           -- of the question: see bot.answering.wording
            trace_id TEXT NOT NULL REFERENCES answers(trace_id) ON DELETE CASCADE,
            PRIMARY KEY (audience, wording)
        ) WITHOUT ROWID;
        CREATE INDEX kept_answers_by_trace ON kept_answers(trace_id);
        ALTER TABLE answers ADD COLUMN repeats TEXT NOT NULL DEFAULT '';  -- trace_id of the one given again
        CREATE INDEX answers_by_repeats ON answers(repeats) WHERE repeats != '';
        """,
    )


@footnote_schema()
def questions_to_people(db: sqlite_utils.Database) -> None:
    """What people were asked because an answer did not help: see bot.store.escalations."""
    _run(
        db,
        """
        CREATE TABLE escalations (
            team TEXT NOT NULL,
            trace_id TEXT NOT NULL,          -- of the answer; people are asked about it once
            user TEXT NOT NULL,              -- who asks
            channel TEXT NOT NULL,           -- where people are asked
            payload TEXT NOT NULL,           -- JSON: the question, where to confirm; '{}' once posted
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before REAL NOT NULL DEFAULT 0,
            created_at REAL NOT NULL,
            permalink TEXT NOT NULL DEFAULT '',
            is_posted INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (team, trace_id)
        ) WITHOUT ROWID;
        CREATE INDEX outbox_by_trace ON outbox(payload ->> 'trace_id');
        """,
    )


@footnote_schema()
def private_questions(db: sqlite_utils.Database) -> None:
    """Which questions nobody but the asker saw; of those asked before this is known, that is not known."""
    _run(db, "ALTER TABLE answers ADD COLUMN is_private INTEGER NOT NULL DEFAULT 1;")


@footnote_schema()
def deltas_and_doubts(db: sqlite_utils.Database) -> None:
    """What syncs of changes alone need, what a sync did not believe, and what admins are told of all that."""
    _run(
        db,
        """
        ALTER TABLE connectors ADD COLUMN whole_at REAL;  -- when a listing without a cursor last went through
        ALTER TABLE connectors ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;  -- syncs that failed, in a row
        -- what would go by a listing that was not believed: see bot.store.doubts
        CREATE TABLE doubts (
            connector TEXT PRIMARY KEY,
            id TEXT NOT NULL,                -- random: a click on an older question means nothing
            at REAL NOT NULL,
            held INTEGER NOT NULL,           -- documents of the connector then
            gone TEXT NOT NULL               -- JSON list of item ids
        ) WITHOUT ROWID;
        -- what admins are to hear: see bot.store.notices
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            connector TEXT NOT NULL,
            kind TEXT NOT NULL,              -- 'failing', 'recovered', 'doubt'
            detail TEXT NOT NULL,            -- the reason; of a doubt its id
            at REAL NOT NULL
        );
        CREATE INDEX notices_by_connector ON notices(connector, id);
        CREATE TABLE notice_messages (
            notice_id INTEGER NOT NULL REFERENCES notices(id) ON DELETE CASCADE,
            team TEXT NOT NULL,
            user TEXT NOT NULL,              -- an admin
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before REAL NOT NULL DEFAULT 0,
            is_done INTEGER NOT NULL DEFAULT 0,  -- it stands in Slack, or never will
            PRIMARY KEY (notice_id, team, user)
        ) WITHOUT ROWID;
        """,
    )


@footnote_schema()
def forgotten_items(db: sqlite_utils.Database) -> None:
    """What an admin had forgotten: its source may have it for ever, it does not come back."""
    _run(
        db,
        """
        CREATE TABLE forgotten_items (
            connector TEXT NOT NULL,
            item_id TEXT NOT NULL,
            PRIMARY KEY (connector, item_id)
        ) WITHOUT ROWID;
        """,
    )


@footnote_schema()
def connectors_added_at_run_time(db: sqlite_utils.Database) -> None:
    """Connectors that stand in no file: see bot.store.connectors."""
    _run(
        db,
        """
        CREATE TABLE added_connectors (
            name TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            settings TEXT NOT NULL,          -- JSON object, without secrets
            secrets TEXT NOT NULL,           -- JSON object: field -> "env:NAME", or sealed (bot.sealed)
            schedule TEXT NOT NULL,          -- '': that of [sync]
            timezone TEXT NOT NULL,          -- '': that of [sync]
            added_by TEXT NOT NULL,          -- a principal
            added_at REAL NOT NULL,
            changed_by TEXT NOT NULL,
            changed_at REAL NOT NULL
        ) WITHOUT ROWID;
        """,
    )


@footnote_schema()
def person_languages(db: sqlite_utils.Database) -> None:
    """Who wants the bot's own words in which language, whatever Slack says: see bot.store.languages."""
    _run(
        db,
        """
        CREATE TABLE person_languages (
            team TEXT NOT NULL,
            user TEXT NOT NULL,
            language TEXT NOT NULL,          -- 'ko' or 'en'
            PRIMARY KEY (team, user)
        ) WITHOUT ROWID;
        """,
    )


@footnote_schema()
def owner_channels(db: sqlite_utils.Database) -> None:
    """Who looks after the documents of a connector, and what came of questions that people were asked."""
    _run(
        db,
        """
        -- '': none
        ALTER TABLE added_connectors ADD COLUMN owner_channel TEXT NOT NULL DEFAULT '';
        -- whose owner channel it went to; '': that of [slack] experts_channel
        ALTER TABLE escalations ADD COLUMN connector TEXT NOT NULL DEFAULT '';
        ALTER TABLE escalations ADD COLUMN ts TEXT NOT NULL DEFAULT '';  -- of the post
        ALTER TABLE escalations ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';  -- '': open
        ALTER TABLE escalations ADD COLUMN resolved_at REAL;
        -- how often it was resolved or reopened, and up to which of these Slack shows it
        ALTER TABLE escalations ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE escalations ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
        -- the message in which the asker was told that it is resolved
        ALTER TABLE escalations ADD COLUMN told_channel TEXT NOT NULL DEFAULT '';
        ALTER TABLE escalations ADD COLUMN told_ts TEXT NOT NULL DEFAULT '';
        """,
    )


@footnote_schema()
def cited_documents(db: sqlite_utils.Database) -> None:
    """What answers cite, by ids alone, so that it outlives their words: see bot.store.quoted."""
    _run(
        db,
        """
        CREATE TABLE cited_documents (
            trace_id TEXT NOT NULL REFERENCES answers(trace_id) ON DELETE CASCADE,
            citation INTEGER NOT NULL,       -- its number
            document_id TEXT NOT NULL,       -- the cited one, or one that has the same words
            PRIMARY KEY (trace_id, citation, document_id)
        ) WITHOUT ROWID;
        CREATE INDEX cited_documents_by_document ON cited_documents(document_id);
        INSERT OR IGNORE INTO cited_documents
            SELECT trace_id, cited.value ->> 'number', cited.value ->> 'document_id'
            FROM answers, json_each(answer, '$.citations') cited
            UNION SELECT trace_id, cited.value ->> 'number', copy.value ->> 'document_id'
            FROM answers, json_each(answer, '$.citations') cited, json_each(cited.value, '$.copies') copy;
        """,
    )


@footnote_schema()
def weekly_digests(db: sqlite_utils.Database) -> None:
    """Who was told what the documents want, week by week; since when a source that fails is not read."""
    _run(
        db,
        """
        ALTER TABLE connectors ADD COLUMN succeeded_at REAL;  -- end of the last sync without an error
        UPDATE connectors SET succeeded_at = finished_at WHERE failures = 0;
        -- see bot.store.digests
        CREATE TABLE digests (
            team TEXT NOT NULL,
            week TEXT NOT NULL,              -- ISO, of the moment it was due: '2026-W47'
            place TEXT NOT NULL,             -- a channel, a person, or '': that week is over and done
            state TEXT NOT NULL DEFAULT 'waiting',  -- 'waiting', 'sent', 'quiet', 'refused'
            attempts INTEGER NOT NULL DEFAULT 0,
            attempted_at REAL,               -- the first time
            not_before REAL NOT NULL DEFAULT 0,
            PRIMARY KEY (team, week, place)
        ) WITHOUT ROWID;
        CREATE INDEX feedback_by_time ON feedback(at);
        """,
    )


@footnote_schema()
def tuned_adapters(db: sqlite_utils.Database) -> None:
    """Adapters that were tuned here, which answered when, and how they did: see bot.store.adapters."""
    _run(
        db,
        """
        CREATE TABLE adapters (
            name TEXT PRIMARY KEY,           -- that of its run
            file TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            dataset TEXT NOT NULL,
            dataset_hash TEXT NOT NULL,
            base_sha256 TEXT NOT NULL,
            readers TEXT,                    -- JSON list of principals; NULL: everybody may have it
            created_at REAL NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE adapter_documents (
            adapter TEXT NOT NULL REFERENCES adapters(name) ON DELETE CASCADE,
            document_id TEXT NOT NULL,
            version TEXT NOT NULL,           -- the one that it was trained on
            PRIMARY KEY (adapter, document_id)
        ) WITHOUT ROWID;
        CREATE INDEX adapter_documents_by_document ON adapter_documents(document_id);
        CREATE TABLE adapter_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            adapter TEXT NOT NULL,
            what TEXT NOT NULL,              -- 'activated', 'rolled back'
            channel TEXT NOT NULL,           -- its id, where it answers in one alone; else ''
            share REAL NOT NULL,             -- of the questions that it answers, 0..1
            who TEXT NOT NULL,
            why TEXT NOT NULL,
            scorecard_sha256 TEXT NOT NULL   -- of what it was activated by; '' of a roll back
        );
        CREATE TRIGGER adapter_events_are_not_changed BEFORE UPDATE ON adapter_events
            BEGIN SELECT RAISE(ABORT, 'the history of adapters is append-only'); END;
        CREATE TRIGGER adapter_events_are_not_removed BEFORE DELETE ON adapter_events
            BEGIN SELECT RAISE(ABORT, 'the history of adapters is append-only'); END;
        CREATE TABLE answer_figures (
            trace_id TEXT PRIMARY KEY REFERENCES answers(trace_id) ON DELETE CASCADE,
            adapter TEXT NOT NULL,           -- '': none
            sentences INTEGER NOT NULL,      -- of the model, that were checked
            dropped INTEGER NOT NULL         -- of these
        ) WITHOUT ROWID;
        CREATE INDEX answer_figures_by_adapter ON answer_figures(adapter);
        CREATE TABLE tuning_preparations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,              -- of the dataset and the run
            why TEXT NOT NULL,               -- 'schedule', 'answers'
            started_at REAL NOT NULL,
            ended_at REAL,
            outcome TEXT NOT NULL DEFAULT '' -- '': under way, or cut off; 'ready'; else what failed
        );
        """,
    )


@footnote_schema()
def corrections_by_people(db: sqlite_utils.Database) -> None:
    """Right answers that people wrote where the bot's did not help: see bot.store.corrections."""
    _run(
        db,
        """
        CREATE TABLE corrections (
            trace_id TEXT PRIMARY KEY REFERENCES answers(trace_id) ON DELETE CASCADE,
            question TEXT NOT NULL,          -- as people were asked it
            answer TEXT NOT NULL,            -- in the words of who gave it
            who TEXT NOT NULL,               -- a principal
            at REAL NOT NULL,
            readers TEXT NOT NULL            -- JSON list of principals: who could read it where it was given
        ) WITHOUT ROWID;
        CREATE TABLE correction_documents (
            trace_id TEXT NOT NULL REFERENCES corrections(trace_id) ON DELETE CASCADE,
            document_id TEXT NOT NULL,       -- of what had been found for the question
            version TEXT NOT NULL,           -- when the answer was given
            PRIMARY KEY (trace_id, document_id)
        ) WITHOUT ROWID;
        -- the message with a person's answer, where the question was asked
        ALTER TABLE escalations ADD COLUMN said_channel TEXT NOT NULL DEFAULT '';
        ALTER TABLE escalations ADD COLUMN said_ts TEXT NOT NULL DEFAULT '';
        """,
    )


def _run(db: sqlite_utils.Database, script: str) -> None:
    """Run a script inside the migration's transaction; `executescript` would commit it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""
