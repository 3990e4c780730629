-- What ran, what each run did to each resource, and which epochs were intended and confirmed.

CREATE TABLE runs (
    run_id      TEXT PRIMARY KEY,
    started_at  REAL NOT NULL,
    finished_at REAL,
    status      TEXT NOT NULL,            -- running | ok | failed | partial | quality | locked | cancelled | interrupted
    host        TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    born        TEXT NOT NULL,            -- when the process began, as the kernel counts
    version     TEXT NOT NULL,
    manifest    TEXT                      -- the whole report as JSON, once the run has finished
) STRICT;
CREATE INDEX runs_by_time ON runs (started_at DESC);

CREATE TABLE resource_runs (
    run_id       TEXT NOT NULL REFERENCES runs,
    resource     TEXT NOT NULL,
    definition   TEXT NOT NULL,           -- digest of source, destination and everything between
    status       TEXT NOT NULL,           -- running | ok | failed | recovered | quality | cancelled | interrupted
    started_at   REAL NOT NULL,
    finished_at  REAL,
    error_code   TEXT,
    error        TEXT,
    settled_by   TEXT,                    -- the later run that took up what this one, cut short, had left
    PRIMARY KEY (run_id, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_runs_by_resource ON resource_runs (resource, started_at DESC);

-- One commit each. `staging` from the first byte that may be left behind, `intended` before the destination is asked
-- to commit, `confirmed` after it has; `aborted` when it provably never will.
CREATE TABLE epochs (
    token        TEXT PRIMARY KEY,
    run_id       TEXT NOT NULL,
    resource     TEXT NOT NULL,
    fence        INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('staging', 'intended', 'confirmed', 'aborted')),
    job          TEXT NOT NULL,           -- JSON: what the destination was given, to begin the same job again
    fingerprint  TEXT,                    -- of the source, as it was scanned
    dlq          TEXT,                    -- the folder of the rejects that belong to this epoch
    accounting   TEXT NOT NULL,           -- JSON
    positions    TEXT NOT NULL,           -- JSON: partition -> position, reached when this epoch is visible
    begun_at     REAL NOT NULL,
    intended_at  REAL,
    settled_at   REAL,
    found        INTEGER NOT NULL DEFAULT 0  -- 1: a later run found it at the destination
) STRICT;
CREATE INDEX epochs_open ON epochs (resource) WHERE state IN ('staging', 'intended');
CREATE INDEX epochs_by_run ON epochs (run_id, resource);

-- Who runs a resource now. `fence` grows with every holder, so that one who was taken for dead cannot confirm.
CREATE TABLE leases (
    resource TEXT PRIMARY KEY,
    fence    INTEGER NOT NULL,
    run_id   TEXT,                        -- NULL: free
    host     TEXT,
    pid      INTEGER,
    born     TEXT,                        -- when the process began, as the kernel counts; pids are used again
    since    REAL,
    beat     REAL
) STRICT, WITHOUT ROWID;
