-- The queue's order, its retries, and what is known of documents and upkeep between jobs.

-- 0 is waited for by somebody, 1 is bulk.
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority IN (0, 1));
-- A job to be tried again waits until then.
ALTER TABLE jobs ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;

CREATE INDEX jobs_queued ON jobs (priority, seq) WHERE state = 'queued';
CREATE INDEX jobs_unfinished ON jobs (document_id, seq) WHERE state IN ('queued', 'running');

-- Why the newest bytes of a document could not replace these.
ALTER TABLE documents ADD COLUMN stale TEXT;

CREATE INDEX documents_by_content ON documents (content_sha256);

-- The last run of each step of the upkeep.
CREATE TABLE upkeep (
    step    TEXT PRIMARY KEY,
    ran_at  INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    failed  INTEGER NOT NULL CHECK (failed IN (0, 1))
) STRICT;
