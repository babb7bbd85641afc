"""Tables of the library, as numbered migrations: a script is never changed once released.

`words` holds no text of its own: it indexes what the view `indexed` shows, the heading path twice
and then the passage, so that a word of a heading weighs more. Rows must leave `words` with the
very text they entered with.
"""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO facts VALUES ('identity', lower(hex(randomblob(8)))), ('embedder', '');
    CREATE TABLE collections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE
    );
    CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        size INTEGER NOT NULL DEFAULT 0,
        modified INTEGER NOT NULL DEFAULT 0,
        sha256 TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT '',
        UNIQUE (collection_id, path)
    );
    CREATE INDEX files_state ON files (state);
    CREATE TABLE texts (
        file_id INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    );
    CREATE TABLE pages (
        file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        number INTEGER,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (file_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
        collection_id INTEGER NOT NULL,
        page INTEGER,
        heading TEXT NOT NULL,
        prefix TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        key BLOB NOT NULL,
        vector BLOB NOT NULL
    );
    CREATE INDEX chunks_file ON chunks (file_id);
    CREATE INDEX chunks_collection ON chunks (collection_id);
    CREATE INDEX chunks_key ON chunks (key);
    CREATE VIEW indexed AS
        SELECT c.id AS id, c.prefix || char(10) || c.prefix || char(10)
            || substr(t.text, c.start + 1, c."end" - c.start) AS body
        FROM chunks c JOIN texts t ON t.file_id = c.file_id;
    CREATE VIRTUAL TABLE words USING fts5 (
        body, content = 'indexed', content_rowid = 'id',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    # The reader shows headings as such.
    """
    CREATE TABLE headings (
        file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        level INTEGER NOT NULL,
        PRIMARY KEY (file_id, start)
    ) WITHOUT ROWID
    """,
    # Files that are left out of searches; pages that were read from pictures, in which languages;
    # folders that a collection follows.
    """
    ALTER TABLE files ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE files ADD COLUMN languages TEXT NOT NULL DEFAULT '';
    ALTER TABLE pages ADD COLUMN recognised INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX files_excluded ON files (id) WHERE excluded;
    CREATE TABLE watches (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        device INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'following',
        UNIQUE (collection_id, path)
    )
    """,
    # Vectors that no passage has now, by the hash of model and text; never a text.
    """
    CREATE TABLE embedders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE kept (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key BLOB NOT NULL UNIQUE,
        embedder INTEGER NOT NULL REFERENCES embedders (id),
        collection_id INTEGER NOT NULL,
        vector BLOB NOT NULL
    );
    CREATE INDEX kept_embedder ON kept (embedder);
    CREATE INDEX kept_collection ON kept (collection_id)
    """,
)


def body(prefix: str, passage: str) -> str:
    """What `indexed` shows for a passage, made without SQLite's slow slices of long texts."""
    return f"{prefix}\n{prefix}\n{passage}"
