"""The chats database, migration by migration. A released migration is never edited."""

MIGRATIONS = (
    # 1: chats as trees of messages. `depth` counts a message's ancestors, `child` is the reply
    # last shown under it. Streamed text is appended to `parts` and moved into `messages.content`
    # once, at its end.
    """
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        kind TEXT NOT NULL,
        model TEXT NOT NULL DEFAULT '',
        pinned INTEGER NOT NULL DEFAULT 0,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL,
        leaf INTEGER,
        settings TEXT NOT NULL,
        collections TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX chats_order ON chats (deleted, pinned DESC, updated DESC);
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        parent_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
        child INTEGER,
        depth INTEGER NOT NULL,
        role TEXT NOT NULL,
        content TEXT NOT NULL,
        status TEXT NOT NULL,
        created REAL NOT NULL,
        model TEXT NOT NULL DEFAULT '',
        sources TEXT NOT NULL DEFAULT '[]',
        stats TEXT,
        declined INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX messages_tree ON messages (chat_id, parent_id);
    CREATE INDEX messages_parent ON messages (parent_id);
    CREATE INDEX messages_open ON messages (status) WHERE status = 'streaming';
    CREATE TABLE parts (
        message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (message_id, number)
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5 (content, tokenize = 'unicode61 remove_diacritics 2');
    """,
    # 2: what the person thinks of answers, and answers they wrote themselves in place of one.
    """
    ALTER TABLE messages ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE messages ADD COLUMN rewrites INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX messages_liked ON messages (id) WHERE rating > 0 OR rewrites > 0;
    CREATE INDEX messages_rewrites ON messages (rewrites) WHERE rewrites > 0;
    """,
    # 3: which sentences of an answer its sources say.
    """
    ALTER TABLE messages ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';
    """,
    # How answers came about (packed JSON), and the person's own test cases of the search.
    """
    CREATE TABLE autopsies (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
        record BLOB NOT NULL
    );
    CREATE TABLE cases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        question TEXT NOT NULL,
        query TEXT NOT NULL,
        expected TEXT NOT NULL,
        collections TEXT NOT NULL DEFAULT '[]',
        created REAL NOT NULL,
        deleted REAL
    );
    """,
    # What of the documents an answer was drawn from: 'best' passages or 'everything'.
    """
    ALTER TABLE messages ADD COLUMN over TEXT NOT NULL DEFAULT '';
    """,
    # What the oldest messages of a full chat were summed up to.
    """
    CREATE TABLE summaries (
        chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (chat_id, key)
    );
    """,
    # The tools that a model called for an answer.
    """
    ALTER TABLE messages ADD COLUMN tool_steps TEXT NOT NULL DEFAULT '[]';
    """,
    # The pictures that a person showed with a message.
    """
    ALTER TABLE messages ADD COLUMN pictures TEXT NOT NULL DEFAULT '[]';
    """,
)
