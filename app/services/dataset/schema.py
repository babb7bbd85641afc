"""The datasets file, migration by migration. A released migration is never edited."""

MIGRATIONS = (
    # 1: `hidden` rows are deleted or undone. `changes` is the undo stack; a change that adds rows
    # owns them by `added_by`, all others keep the columns before and after in `changed_rows`.
    # `imports` says how far a file was read, so that a killed import goes on where it was.
    """
    CREATE TABLE datasets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL,
        split_seed INTEGER NOT NULL DEFAULT 0,
        split_fraction REAL NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX datasets_name ON datasets (name) WHERE deleted IS NULL;
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        what TEXT NOT NULL,
        made REAL NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0,
        settings_before TEXT,
        settings_after TEXT
    );
    CREATE INDEX changes_order ON changes (dataset_id, undone);
    CREATE TABLE rows (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        added_by INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
        hidden INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'new',
        split TEXT NOT NULL DEFAULT '',
        origin TEXT NOT NULL,
        label TEXT NOT NULL DEFAULT '',
        created REAL NOT NULL,
        edited REAL NOT NULL,
        family TEXT NOT NULL DEFAULT '',
        source TEXT NOT NULL,
        spans TEXT NOT NULL DEFAULT '[]',
        turns TEXT NOT NULL
    );
    CREATE INDEX rows_order ON rows (dataset_id, hidden);
    CREATE INDEX rows_facets ON rows (dataset_id, hidden, state, split, origin, label);
    CREATE INDEX rows_added ON rows (added_by);
    CREATE TABLE changed_rows (
        change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
        row_id INTEGER NOT NULL REFERENCES rows (id) ON DELETE CASCADE,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        PRIMARY KEY (change_id, row_id)
    ) WITHOUT ROWID;
    CREATE INDEX changed_by_row ON changed_rows (row_id);
    CREATE TABLE imports (
        change_id INTEGER PRIMARY KEY REFERENCES changes (id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        reading TEXT NOT NULL,
        records INTEGER NOT NULL DEFAULT 0,
        finished INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE turned_away (
        change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
        line INTEGER NOT NULL,
        reason TEXT NOT NULL,
        name TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX turned_away_by ON turned_away (change_id, line);
    CREATE TABLE findings (
        row_id INTEGER NOT NULL REFERENCES rows (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        detail TEXT NOT NULL,
        turn INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        related INTEGER NOT NULL
    );
    CREATE INDEX findings_row ON findings (row_id, kind);
    CREATE VIRTUAL TABLE words USING fts5 (content, tokenize = 'unicode61 remove_diacritics 2');
    CREATE TRIGGER rows_gone AFTER DELETE ON rows BEGIN
        DELETE FROM words WHERE rowid = old.id;
    END;
    """,
)
