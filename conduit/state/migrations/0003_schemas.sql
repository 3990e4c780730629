-- The structure of what each resource loads: every version that landed, with the run that brought it.

-- What an epoch brings is accepted when the epoch is confirmed, by whichever process that is; `schema_version` says
-- then which version it was.
ALTER TABLE epochs ADD COLUMN accepts BLOB;              -- an Arrow schema in Arrow's own encoding; NULL: none
ALTER TABLE epochs ADD COLUMN schema_version INTEGER;
-- 1: all of it is rejected and nothing goes to the destination, so it has landed once it is intended.
ALTER TABLE epochs ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;

CREATE TABLE schemas (
    resource TEXT NOT NULL,
    version  INTEGER NOT NULL,            -- 1, 2, 3, ... of the resource
    schema   BLOB NOT NULL,               -- an Arrow schema in Arrow's own encoding
    run_id   TEXT NOT NULL,               -- the run that brought it
    token    TEXT NOT NULL,               -- and its epoch
    at       REAL NOT NULL,               -- when it was accepted
    PRIMARY KEY (resource, version)
) STRICT, WITHOUT ROWID;
