-- name: begin_run
INSERT INTO runs (run_id, started_at, status, host, pid, born, version, kind)
VALUES (:run_id, :at, 'running', :host, :pid, :born, :version, :kind);

-- name: finish_run
UPDATE runs SET finished_at = :at, status = :status, manifest = :manifest WHERE run_id = :run_id;

-- name: begin_resource
INSERT INTO resource_runs (run_id, resource, definition, status, started_at)
VALUES (:run_id, :resource, :definition, 'running', :at);

-- name: finish_resource
UPDATE resource_runs SET status = :status, finished_at = :at, error_code = :error_code, error = :error
WHERE run_id = :run_id AND resource = :resource;

-- name: unfinished_runs
-- What nobody has taken up, oldest first: what other runs did to a resource that never said how they ended, and
-- commits that were believed to have failed and had landed, an earlier attempt's of the same run among them. A replay
-- has marked its rejects by landing, and leaves nothing to take up.
SELECT r.run_id, r.definition, runs.status, runs.host, runs.pid, runs.born,
       (SELECT max(beat) FROM leases WHERE leases.run_id = runs.run_id) AS beat
FROM resource_runs r JOIN runs USING (run_id)
WHERE r.resource = :resource AND r.settled_by IS NULL AND runs.kind = 'load'
  AND ((runs.status IN ('running', 'interrupted') AND r.run_id <> :run_id)
       OR EXISTS (SELECT 1 FROM epochs e WHERE e.run_id = r.run_id AND e.resource = r.resource AND e.found = 1))
ORDER BY r.started_at;

-- name: settle_resource
UPDATE resource_runs SET settled_by = :by WHERE run_id = :run_id AND resource = :resource;

-- name: running_runs
SELECT run_id, host, pid, born, (SELECT max(beat) FROM leases WHERE leases.run_id = runs.run_id) AS beat
FROM runs WHERE status = 'running';

-- name: interrupt_run
UPDATE runs SET status = 'interrupted', finished_at = :at WHERE run_id = :run_id AND status = 'running';

-- name: interrupt_resources
UPDATE resource_runs SET status = 'interrupted', finished_at = :at WHERE run_id = :run_id AND status = 'running';

-- name: begin_epoch
INSERT INTO epochs (token, run_id, resource, fence, state, job, fingerprint, dlq, accounting, positions, accepts, withheld,
                    begun_at)
VALUES (:token, :run_id, :resource, :fence, 'staging', :job, :fingerprint, :dlq, :accounting, :positions, :accepts, :withheld,
        :at);

-- name: intend
UPDATE epochs SET state = 'intended', accounting = :accounting, positions = :positions, intended_at = :at
WHERE token = :token AND state = 'staging';

-- name: settle
UPDATE epochs SET state = :state, found = :found, settled_at = :at WHERE token = :token AND state IN ('staging', 'intended');

-- name: open_epochs
SELECT * FROM epochs WHERE resource = :resource AND state IN ('staging', 'intended') ORDER BY begun_at;

-- name: confirmed_of_run
SELECT * FROM epochs WHERE run_id = :run_id AND resource = :resource AND state = 'confirmed' ORDER BY settled_at DESC LIMIT 1;

-- name: rows_written_before
-- What the last run of a resource that succeeded wrote, whoever saw it land; rejects sent again are no load of their own.
SELECT sum(json_extract(e.accounting, '$.written')) AS rows
FROM epochs e JOIN runs USING (run_id)
WHERE e.resource = :resource AND e.state = 'confirmed' AND e.run_id <> :run_id AND runs.kind = 'load'
GROUP BY e.run_id ORDER BY max(e.settled_at) DESC LIMIT 1;

-- name: lease
SELECT * FROM leases WHERE resource = :resource;

-- name: take_lease
INSERT INTO leases (resource, fence, run_id, host, pid, born, since, beat)
VALUES (:resource, 1, :run_id, :host, :pid, :born, :at, :at)
ON CONFLICT (resource) DO UPDATE SET
    fence = fence + 1, run_id = excluded.run_id, host = excluded.host, pid = excluded.pid, born = excluded.born,
    since = excluded.since, beat = excluded.beat
RETURNING fence;

-- name: free_lease
UPDATE leases SET run_id = NULL WHERE resource = :resource AND fence = :fence;

-- name: beat_lease
UPDATE leases SET beat = :at WHERE resource = :resource AND fence = :fence AND run_id IS NOT NULL;

-- name: run_history
SELECT run_id, started_at, finished_at, status, manifest FROM runs ORDER BY started_at DESC LIMIT :limit;

-- name: record_replay
INSERT INTO replayed_rejects (token, file, length, count, rows) VALUES (:token, :file, :length, :count, :rows);

-- name: replayed_rejects
SELECT file, length, rows FROM replayed_rejects JOIN epochs USING (token) WHERE epochs.state = 'confirmed';

-- name: record_reject_job
INSERT INTO reject_jobs (token, destination, job) VALUES (:token, :destination, :job);

-- name: reject_job
SELECT destination, job FROM reject_jobs WHERE token = :token;

-- name: accepts_of
SELECT resource, run_id, accepts FROM epochs
WHERE token = :token AND state = 'confirmed' AND accepts IS NOT NULL AND schema_version IS NULL;

-- name: accept_schema
INSERT INTO schemas (resource, version, schema, run_id, token, at)
VALUES (:resource, :version, :schema, :run_id, :token, :at);

-- name: epoch_had_schema
UPDATE epochs SET schema_version = :version WHERE token = :token;

-- name: last_schema
SELECT * FROM schemas WHERE resource = :resource ORDER BY version DESC LIMIT 1;

-- name: schema_of_run
-- The version that a run's last commit had, brought by that run or by an earlier one.
SELECT schemas.* FROM schemas
JOIN epochs ON epochs.resource = schemas.resource AND epochs.schema_version = schemas.version
WHERE epochs.resource = :resource AND epochs.run_id = :run_id ORDER BY epochs.settled_at DESC LIMIT 1;

-- name: schema_versions
SELECT * FROM schemas WHERE resource = :resource ORDER BY version;

-- name: manifests_of
-- Of the last good loads of a resource, or of one run of it, what the manifest says.
SELECT runs.manifest FROM resource_runs r JOIN runs USING (run_id)
WHERE r.resource = :resource AND r.status IN ('ok', 'recovered') AND runs.kind = 'load' AND runs.manifest IS NOT NULL
  AND (:run_id IS NULL OR r.run_id = :run_id)
ORDER BY r.started_at DESC LIMIT 3;

-- name: runs_with_schema
-- Runs of a resource that loaded a known structure, by how their id begins, the latest first.
SELECT DISTINCT run_id FROM epochs
WHERE resource = :resource AND schema_version IS NOT NULL AND substr(run_id, 1, length(:beginning)) = :beginning
ORDER BY run_id DESC LIMIT 5;
