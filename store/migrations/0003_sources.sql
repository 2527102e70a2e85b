-- Watched folders, and what was last seen of each of their files.

CREATE TABLE sources (
    id              TEXT PRIMARY KEY,
    path            TEXT NOT NULL,
    collection      TEXT NOT NULL REFERENCES collections (name),
    include         TEXT NOT NULL,
    exclude         TEXT NOT NULL,
    follow_symlinks INTEGER NOT NULL CHECK (follow_symlinks IN (0, 1)),
    state           TEXT NOT NULL CHECK (state IN ('watched', 'unavailable', 'removing')),
    reason          TEXT,
    -- Which folder the path led to when it last had files, as the file system names it.
    root            TEXT,
    last_sweep      INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;

-- A row that is owned claims its document for the source, whether or not the document is
-- there yet; one that is not says that somebody else put another document under that name.
-- Without size and times the file is looked at again.
CREATE TABLE source_files (
    document_id    TEXT PRIMARY KEY,
    source_id      TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    uri            TEXT NOT NULL,
    owned          INTEGER NOT NULL CHECK (owned IN (0, 1)),
    size           INTEGER,
    mtime_ns       INTEGER,
    ctime_ns       INTEGER,
    content_sha256 TEXT,
    problem        TEXT
) STRICT;

CREATE INDEX source_files_by_source ON source_files (source_id, uri);
CREATE INDEX jobs_by_document ON jobs (document_id, seq);
