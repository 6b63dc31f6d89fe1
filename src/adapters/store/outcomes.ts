// What runs came to, for figures over many of them. Large columns are looked into by SQLite, so that
// ten thousand tasks are read in a moment. A text out of them that anybody may have chosen is taken as
// JSON (`->`): bare, it could pass for one that the driver has marked.

import type {
  Moment,
  OutcomeAttempt,
  OutcomeReview,
  OutcomeRun,
  OutcomeTask,
  OutcomeWish,
  Reassignment,
} from '../../model/outcome.ts';
import { snapshot } from './driver.ts';
import type { Database, Row } from './driver.ts';
import { flag, json, jsonOrNull, number, numberOrNull, text, textOrNull } from './row.ts';

/** The chosen runs. */
const CHOSEN = `FROM runs WHERE coalesce(finished_at, ?) >= ? ORDER BY number DESC LIMIT ?`;

const RUNS = `SELECT key, type, source, goal, state, outcome, created_at, finished_at,
    settings ->> 'maxParallel' AS slots ${CHOSEN}`;

/** When results got into their base branches, here and at a forge. */
const MERGES = `SELECT run, type, min(coalesce(event ->> '$.offeredAs.mergedAt', at)) AS at
  FROM events WHERE run IN (SELECT key ${CHOSEN}) AND (type = 'run-merged'
    OR type = 'pull-request-seen' AND event ->> '$.offeredAs.mergedAt' IS NOT NULL)
  GROUP BY run, type`;

/** What a newer plan has replaced counts in no outcome. */
const tasksOf = (
  condition: string,
): string => `SELECT key, run, stage, state, finished_at, depends_on,
    commit_id IS NOT NULL AS integrated, spec ->> 'kind' AS kind, spec -> 'title' AS title,
    spec -> 'agent' AS agent, spec ->> 'fixes' IS NOT NULL AS fixes
  FROM tasks WHERE because_reason IS NOT 'superseded' AND run IN (SELECT key ${CHOSEN})
    ${condition} ORDER BY run, number`;

const attemptsOf = (
  condition: string,
): string => `SELECT task, agent, runtime, outcome, reason, started_at, finished_at, cost_usd,
    tokens_input, tokens_output, tokens_cached, change IS NOT NULL AS changed
  FROM attempts WHERE run IN (SELECT key ${CHOSEN}) ${condition} ORDER BY task, number`;

/** Nearly everything of a large run of commands is left unread. */
const TRIED_BY_AGENTS = `IN (SELECT task FROM attempts WHERE runtime <> 'command')`;

const REVIEWS = `SELECT v.task AS task, v.at AS at, v.ok AS ok,
    (SELECT count(*) FROM json_each(v.findings) AS f
     WHERE f.value ->> 'severity' IN ('blocking', 'major')
       AND f.value ->> 'unconfirmed' IS NULL) AS findings
  FROM verdicts AS v WHERE v.kind = 'review' AND v.run IN (SELECT key ${CHOSEN}) ORDER BY v.id`;

/** What makes a task ready, ends that, or takes and gives back a slot. */
const MOMENTS = `SELECT run, at, type, event ->> 'notBefore' AS not_before,
    coalesce(event ->> 'task', event ->> 'attempt') AS task
  FROM events WHERE run IN (SELECT key ${CHOSEN})
    AND type IN ('task-ready', 'task-retried', 'task-unblocked',
      'task-waiting', 'task-failed', 'task-skipped', 'task-canceled', 'attempt-leased',
      'attempt-handed-in', 'attempt-ended', 'run-paused', 'run-resumed')
  ORDER BY run, seq`;

/**
 * Reads what runs came to.
 *
 * @param database - The database.
 * @param wish - Which runs, and whether with all that happened to their tasks.
 * @returns The runs, the newest first.
 */
export function readOutcomes(database: Database, wish: OutcomeWish): readonly OutcomeRun[] {
  return snapshot(database, () => {
    const chosen = [wish.since, wish.since, wish.newest];
    const runs = database.all(RUNS, chosen);
    const only = (column: string): string =>
      wish.byAgents === true ? `AND ${column} ${TRIED_BY_AGENTS}` : '';
    const attempts = grouped(database.all(attemptsOf(only('task')), chosen), 'task', attemptFrom);
    const reviews = grouped(database.all(REVIEWS, chosen), 'task', reviewFrom);
    const tasks = grouped(database.all(tasksOf(only('key')), chosen), 'run', (row): OutcomeTask => {
      const key = text(row, 'key');
      return { ...taskFrom(row, key), attempts: attempts(key), reviews: reviews(key) };
    });
    const merged = wish.moments ? database.all(MERGES, chosen) : [];
    const merges = grouped(merged, 'run', (row) => ({
      type: text(row, 'type'),
      at: number(row, 'at'),
    }));
    const told = wish.moments ? database.all(MOMENTS, chosen) : [];
    const moments = grouped(told, 'run', momentFrom);
    return runs.map((row) => {
      const key = text(row, 'key');
      const mergedAt = (type: string): number | null =>
        merges(key).find((one) => one.type === type)?.at ?? null;
      return runFrom(row, {
        tasks: tasks(key),
        moments: moments(key),
        mergedAt: mergedAt('run-merged'),
        offerMergedAt: mergedAt('pull-request-seen'),
      });
    });
  });
}

/** What no person has made is a revision by one of three names; a run of one task is the person's own. */
const REASSIGNED = `SELECT p.rowid AS at, new.value -> 'title' AS title,
    old.value -> 'agent' AS before, new.value -> 'agent' AS after
  FROM plans AS p JOIN plans AS q ON q.run = p.run AND q.revision = p.revision - 1,
    json_each(p.tasks) AS new, json_each(q.tasks) AS old
  WHERE p.made_by NOT IN ('file', 'rules', 'model') AND p.tasks <> q.tasks
    AND new.value ->> 'id' = old.value ->> 'id'
    AND new.value ->> 'agent' <> old.value ->> 'agent'
    AND new.value ->> 'command' IS NULL AND old.value ->> 'command' IS NULL
  UNION ALL
  SELECT p.rowid, new.value -> 'title', NULL, new.value -> 'agent'
  FROM plans AS p JOIN runs AS r ON r.key = p.run, json_each(p.tasks) AS new
  WHERE r.source = 'direct' AND p.revision = 1 AND new.value ->> 'agentReason' = 'named'
  ORDER BY at DESC LIMIT ?`;

/**
 * Reads which tasks of plans persons gave to other agents.
 *
 * @param database - The database.
 * @param newest - At most so many.
 * @returns The newest first.
 */
export function readReassignments(database: Database, newest: number): readonly Reassignment[] {
  return database.all(REASSIGNED, [newest]).map((row) => ({
    title: json(row, 'title'),
    from: jsonOrNull(row, 'before'),
    to: json(row, 'after'),
  }));
}

/** Rows by one of their columns, each list in the order of the rows. */
function grouped<T>(
  rows: readonly Row[],
  column: string,
  read: (row: Row) => T,
): (key: string) => readonly T[] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = text(row, column);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [read(row)]);
    else group.push(read(row));
  }
  return (key) => groups.get(key) ?? [];
}

type Inside = Pick<OutcomeRun, 'tasks' | 'moments' | 'mergedAt' | 'offerMergedAt'>;

function runFrom(row: Row, inside: Inside): OutcomeRun {
  return {
    ...inside,
    key: text(row, 'key'),
    type: text(row, 'type'),
    source: text(row, 'source'),
    goal: text(row, 'goal'),
    state: text(row, 'state'),
    partial: textOrNull(row, 'outcome') === 'partial',
    createdAt: number(row, 'created_at'),
    finishedAt: numberOrNull(row, 'finished_at'),
    slots: number(row, 'slots'),
  };
}

function taskFrom(row: Row, key: string): Omit<OutcomeTask, 'attempts' | 'reviews'> {
  return {
    key,
    kind: text(row, 'kind'),
    stage: text(row, 'stage'),
    title: json(row, 'title'),
    agent: json(row, 'agent'),
    fixes: flag(row, 'fixes'),
    state: text(row, 'state'),
    integrated: flag(row, 'integrated'),
    dependsOn: json(row, 'depends_on'),
    finishedAt: numberOrNull(row, 'finished_at'),
  };
}

function attemptFrom(row: Row): OutcomeAttempt {
  return {
    agent: text(row, 'agent'),
    runtime: text(row, 'runtime'),
    outcome: textOrNull(row, 'outcome'),
    reason: textOrNull(row, 'reason'),
    startedAt: number(row, 'started_at'),
    finishedAt: numberOrNull(row, 'finished_at'),
    usd: number(row, 'cost_usd'),
    tokens: {
      input: number(row, 'tokens_input'),
      output: number(row, 'tokens_output'),
      cached: number(row, 'tokens_cached'),
    },
    changed: flag(row, 'changed'),
  };
}

function reviewFrom(row: Row): OutcomeReview {
  return { at: number(row, 'at'), ok: flag(row, 'ok'), findings: number(row, 'findings') };
}

function momentFrom(row: Row): Moment {
  return {
    at: number(row, 'at'),
    type: text(row, 'type'),
    task: textOrNull(row, 'task')?.split('#', 1)[0] ?? null,
    notBefore: numberOrNull(row, 'not_before'),
  };
}
