-- Everything operational. Times are microseconds since 1970 UTC, the unit the chunks table
-- uses too. Ids are derived texts; booleans are 0 or 1.

CREATE TABLE generations (
    fingerprint        TEXT PRIMARY KEY,
    embedder           TEXT NOT NULL,
    dimension          INTEGER NOT NULL,
    chunker            TEXT NOT NULL,
    schema             INTEGER NOT NULL,
    active             INTEGER NOT NULL CHECK (active IN (0, 1)),
    -- Version of the chunks table that maintenance left behind; any other version needs it.
    maintained_version INTEGER,
    created_at         INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX generations_one_active ON generations (active) WHERE active = 1;

CREATE TABLE collections (
    name        TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

INSERT INTO collections (name, description, created_at) VALUES ('default', '', 0);

CREATE TABLE documents (
    document_id    TEXT PRIMARY KEY,
    collection     TEXT NOT NULL REFERENCES collections (name),
    uri            TEXT NOT NULL,
    version        TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    bytes          INTEGER NOT NULL,
    text_sha256    TEXT NOT NULL,
    title          TEXT NOT NULL,
    media_type     TEXT NOT NULL,
    language       TEXT,
    pages          INTEGER,
    chunks         INTEGER NOT NULL,
    warnings       TEXT NOT NULL,
    metadata       TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (collection, uri)
) STRICT;

-- seq is never used twice, so a job id derived from it is not either.
CREATE TABLE jobs (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    op             TEXT NOT NULL CHECK (op IN ('put', 'delete')),
    document_id    TEXT NOT NULL,
    collection     TEXT NOT NULL,
    uri            TEXT NOT NULL,
    content_sha256 TEXT,
    media_type     TEXT,
    metadata       TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'dead')),
    stage          TEXT,
    attempt        INTEGER NOT NULL,
    error_code     TEXT,
    error_message  TEXT,
    error_hint     TEXT,
    timings        TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_by_state ON jobs (state, seq);

CREATE TABLE receipts (
    answer_id  TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;
