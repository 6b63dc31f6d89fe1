// The first tables. A CHECK ties each state to the columns that it must and must not have, as the
// unions in model/ do; `IS` is used where a column can be null, for a CHECK that comes to null
// passes. Sets that may grow (failure reasons, kinds, agents) are left to the model. Large columns
// come last, so that reading the others does not walk through them. Moments that are computed (backoff)
// may have fractions and are REAL.

/** The SQL that makes them. */
export const SCHEMA_001 = `
CREATE TABLE coordinator (
  id          INTEGER PRIMARY KEY,
  epoch       INTEGER NOT NULL,
  beat        INTEGER NOT NULL,
  pid         INTEGER,
  start_time  TEXT,
  boot_id     TEXT,
  socket      TEXT,
  CONSTRAINT coordinator_is_one CHECK (id = 1),
  CONSTRAINT coordinator_holder_whole CHECK (
    (pid IS NULL) = (start_time IS NULL) AND (pid IS NULL) = (boot_id IS NULL)
    AND (socket IS NULL OR pid IS NOT NULL))
) STRICT;
INSERT INTO coordinator (id, epoch, beat) VALUES (1, 0, 0);

CREATE TABLE inbox (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  type     TEXT NOT NULL,
  answer   TEXT,
  command  TEXT NOT NULL,
  CONSTRAINT inbox_json CHECK (json_valid(command) AND (answer IS NULL OR json_valid(answer)))
) STRICT;
CREATE INDEX inbox_unanswered ON inbox (id) WHERE answer IS NULL;

CREATE TABLE runs (
  key            TEXT PRIMARY KEY,
  number         INTEGER NOT NULL UNIQUE,
  type           TEXT NOT NULL,
  priority       TEXT NOT NULL,
  source         TEXT NOT NULL,
  preapproved    INTEGER NOT NULL,
  state          TEXT NOT NULL,
  outcome        TEXT,
  reason         TEXT,
  message        TEXT,
  retry_at       REAL,
  paused_by      TEXT,
  paused_reason  TEXT,
  base_branch    TEXT NOT NULL,
  base_commit    TEXT NOT NULL,
  branch         TEXT NOT NULL,
  head           TEXT NOT NULL,
  same_reason    TEXT NOT NULL,
  same_count     INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  event_count    INTEGER NOT NULL DEFAULT 0,
  event_hash     TEXT NOT NULL DEFAULT '',
  title          TEXT NOT NULL,
  queue          TEXT NOT NULL,
  reasons        TEXT NOT NULL,
  goal           TEXT NOT NULL,
  settings       TEXT NOT NULL,
  CONSTRAINT run_number_positive CHECK (number > 0),
  CONSTRAINT run_preapproved_flag CHECK (preapproved IN (0, 1)),
  CONSTRAINT run_state_known CHECK (state IN ('queued', 'planning', 'awaiting_approval',
    'approved', 'running', 'canceling', 'completed', 'failed', 'canceled')),
  CONSTRAINT run_finished_when_over CHECK (
    (state IN ('completed', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
  CONSTRAINT run_outcome_when_completed CHECK (
    (state = 'completed') = (outcome IS NOT NULL)
    AND (outcome IS NULL OR outcome IN ('full', 'partial'))),
  CONSTRAINT run_failure_when_failed CHECK (
    (state = 'failed') = (reason IS NOT NULL) AND (reason IS NULL) = (message IS NULL)
    AND (retry_at IS NULL OR reason IS NOT NULL)),
  CONSTRAINT run_pause_whole CHECK ((paused_by IS NULL) = (paused_reason IS NULL)),
  CONSTRAINT run_log_end CHECK (
    event_count >= 0 AND length(event_hash) = CASE event_count WHEN 0 THEN 0 ELSE 64 END)
) STRICT;
CREATE INDEX runs_by_state ON runs (state, number);

CREATE TABLE plans (
  run         TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  revision    INTEGER NOT NULL,
  state       TEXT NOT NULL,
  made_by     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  warnings    TEXT NOT NULL,
  tasks       TEXT NOT NULL,
  PRIMARY KEY (run, revision),
  CONSTRAINT plan_state_known CHECK (state IN ('draft', 'approved', 'rejected', 'superseded'))
) STRICT;

CREATE TABLE asks (
  key         TEXT PRIMARY KEY,
  run         TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  task        TEXT REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL,
  answer      TEXT,
  answered_by TEXT,
  closed_at   INTEGER,
  free_text   INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  choices     TEXT NOT NULL,
  question    TEXT NOT NULL,
  CONSTRAINT ask_free_text_flag CHECK (free_text IN (0, 1)),
  CONSTRAINT ask_state_known CHECK (state IN ('open', 'answered', 'withdrawn')),
  CONSTRAINT ask_answer_when_answered CHECK (
    (state = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_by IS NULL)),
  CONSTRAINT ask_closed_unless_open CHECK ((state = 'open') = (closed_at IS NULL))
) STRICT;
CREATE INDEX asks_by_run ON asks (run);
CREATE INDEX asks_open ON asks (created_at, run) WHERE state = 'open';

CREATE TABLE tasks (
  key              TEXT PRIMARY KEY,
  run              TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  number           INTEGER NOT NULL,
  stage            TEXT NOT NULL,
  state            TEXT NOT NULL,
  phase            TEXT,
  not_before       REAL,
  ask              TEXT REFERENCES asks DEFERRABLE INITIALLY DEFERRED,
  proof            TEXT,
  commit_id        TEXT,
  tree             TEXT,
  reason           TEXT,
  message          TEXT,
  retry_at         REAL,
  aborts           INTEGER,
  because_reason   TEXT,
  because_task     TEXT,
  because_until    REAL,
  because_text     TEXT,
  failures         INTEGER NOT NULL,
  conflicts        INTEGER NOT NULL,
  lost             INTEGER NOT NULL,
  approved         INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  started_at       INTEGER,
  finished_at      INTEGER,
  instruction      TEXT,
  publication      TEXT,
  depends_on       TEXT NOT NULL,
  spec             TEXT NOT NULL,
  UNIQUE (run, number),
  CONSTRAINT task_number_positive CHECK (number > 0),
  CONSTRAINT task_approved_flag CHECK (approved IN (0, 1)),
  CONSTRAINT task_state_known CHECK (state IN ('pending', 'ready', 'running', 'waiting',
    'completed', 'failed', 'skipped', 'canceled')),
  CONSTRAINT task_phase_when_running CHECK (
    (state = 'running') = (phase IS NOT NULL)
    AND (phase IS NULL OR phase IN ('work', 'verify', 'integrate'))),
  CONSTRAINT task_publication_when_integrating CHECK (
    publication IS NULL OR phase IS 'integrate'),
  CONSTRAINT task_not_before_when_ready CHECK ((state = 'ready') = (not_before IS NOT NULL)),
  CONSTRAINT task_ask_when_waiting CHECK ((state = 'waiting') = (ask IS NOT NULL)),
  CONSTRAINT task_result_when_completed CHECK (
    (state = 'completed' OR (proof IS NULL AND commit_id IS NULL AND tree IS NULL))
    AND (proof IS NULL OR proof IN ('proven', 'unproven'))),
  CONSTRAINT task_failure_when_failed CHECK (
    (state = 'failed') = (reason IS NOT NULL) AND (reason IS NULL) = (message IS NULL)
    AND (reason IS NULL) = (aborts IS NULL) AND (aborts IS NULL OR aborts IN (0, 1))
    AND (retry_at IS NULL OR reason IS NOT NULL)),
  CONSTRAINT task_because_when_skipped_or_canceled CHECK (
    (state IN ('skipped', 'canceled')) = (because_reason IS NOT NULL)
    AND (because_reason IS NOT NULL
      OR (because_task IS NULL AND because_until IS NULL AND because_text IS NULL)))
) STRICT;
CREATE INDEX tasks_by_state ON tasks (run, state);

CREATE TABLE attempts (
  key            TEXT PRIMARY KEY,
  run            TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  task           TEXT NOT NULL REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
  number         INTEGER NOT NULL,
  agent          TEXT NOT NULL,
  runtime        TEXT NOT NULL,
  fence          INTEGER NOT NULL,
  mark           TEXT NOT NULL,
  state          TEXT NOT NULL,
  pid            INTEGER,
  start_time     TEXT,
  boot_id        TEXT,
  outcome        TEXT,
  reason         TEXT,
  message        TEXT,
  retry_at       REAL,
  canceled_for   TEXT,
  session_id     TEXT,
  kept_ref       TEXT,
  cost_usd       REAL NOT NULL,
  tokens_input   INTEGER NOT NULL,
  tokens_output  INTEGER NOT NULL,
  tokens_cached  INTEGER NOT NULL,
  started_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  report         TEXT,
  change         TEXT,
  UNIQUE (task, number),
  CONSTRAINT attempt_number_positive CHECK (number > 0),
  CONSTRAINT attempt_state_known CHECK (state IN ('leased', 'running', 'stopping', 'handed_in',
    'ended')),
  CONSTRAINT attempt_process_while_alive CHECK (
    (pid IS NULL OR state IN ('running', 'stopping'))
    AND (pid IS NULL) = (start_time IS NULL) AND (pid IS NULL) = (boot_id IS NULL)),
  CONSTRAINT attempt_outcome_when_stopping_or_ended CHECK (
    (state IN ('stopping', 'ended')) = (outcome IS NOT NULL)
    AND (outcome IS NULL OR outcome IN ('succeeded', 'failed', 'canceled'))),
  CONSTRAINT attempt_failure_when_failed CHECK (
    (outcome IS 'failed') = (reason IS NOT NULL) AND (reason IS NULL) = (message IS NULL)
    AND (retry_at IS NULL OR reason IS NOT NULL)),
  CONSTRAINT attempt_cause_when_canceled CHECK (
    (outcome IS 'canceled') = (canceled_for IS NOT NULL)),
  CONSTRAINT attempt_work_once_handed_in CHECK (
    (report IS NULL AND change IS NULL OR state IN ('handed_in', 'ended'))
    AND (state <> 'handed_in' OR report IS NOT NULL)),
  CONSTRAINT attempt_finished_when_ended CHECK ((state = 'ended') = (finished_at IS NOT NULL))
) STRICT;
CREATE INDEX attempts_by_cost ON attempts
  (run, cost_usd, tokens_input, tokens_output, tokens_cached);

CREATE TABLE events (
  run    TEXT NOT NULL REFERENCES runs DEFERRABLE INITIALLY DEFERRED,
  seq    INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  type   TEXT NOT NULL,
  hash   TEXT NOT NULL,
  event  TEXT NOT NULL,
  PRIMARY KEY (run, seq),
  CONSTRAINT event_seq_positive CHECK (seq > 0),
  CONSTRAINT event_hash_whole CHECK (length(hash) = 64)
) STRICT;

CREATE TABLE verdicts (
  id           INTEGER PRIMARY KEY,
  run          TEXT NOT NULL,
  seq          INTEGER NOT NULL,
  task         TEXT NOT NULL REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
  attempt      TEXT REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
  at           INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,
  ok           INTEGER NOT NULL,
  command      TEXT,
  exit_code    INTEGER,
  tree         TEXT,
  duration_ms  REAL NOT NULL,
  summary      TEXT NOT NULL,
  findings     TEXT NOT NULL,
  FOREIGN KEY (run, seq) REFERENCES events DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT verdict_kind_known CHECK (kind IN ('check', 'review')),
  CONSTRAINT verdict_ok_flag CHECK (ok IN (0, 1))
) STRICT;
CREATE INDEX verdicts_by_run ON verdicts (run, id);
` as const;
