-- Rejects that are sent again, and rejects that are kept by a destination.

ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'load';  -- load | replay

-- The rejects that an epoch sends again. They count as replayed when that epoch is confirmed, and not before.
CREATE TABLE replayed_rejects (
    token    TEXT NOT NULL,               -- of the epoch that sends them again
    file     TEXT NOT NULL,               -- of the rejects, without its ending: the token that rejected them, a number
    length   INTEGER NOT NULL,            -- rows of the file
    count    INTEGER NOT NULL,            -- rows of it that are sent again
    rows     BLOB NOT NULL,               -- which of them: one bit each, the lowest first, deflated
    PRIMARY KEY (token, file)
) STRICT, WITHOUT ROWID;

-- Where the rejects of an epoch go when that is no folder: a write of their own, which follows the epoch's.
CREATE TABLE reject_jobs (
    token       TEXT PRIMARY KEY,         -- of the epoch
    destination TEXT NOT NULL,            -- its name in the configuration
    job         TEXT NOT NULL             -- JSON, as in epochs
) STRICT, WITHOUT ROWID;
