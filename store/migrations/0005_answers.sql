-- Versions of the chunks table that answers were read from. Their files are kept for replays
-- while there is a row; upkeep removes rows that are too old or too many.
CREATE TABLE read_versions (
    version      INTEGER PRIMARY KEY,
    -- How the vectors were indexed then, as JSON; NULL when every vector was compared.
    vector_index TEXT,
    last_read_at INTEGER NOT NULL
) STRICT;

-- NULL in receipts that were written before versions were kept.
ALTER TABLE receipts ADD COLUMN version INTEGER;

CREATE INDEX receipts_by_time ON receipts (created_at);

-- What people said of answers. A receipt somebody said something of is not removed.
CREATE TABLE feedback (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id  TEXT NOT NULL REFERENCES receipts (answer_id),
    verdict    TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    note       TEXT,
    expected   TEXT,
    created_at INTEGER NOT NULL
) STRICT;
