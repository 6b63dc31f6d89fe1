// Findings as tasks of a plan: one for each file, so that nobody works on the same place at once.

import type { TaskKey } from '../model/key.ts';
import type { PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Finding } from '../model/verdict.ts';
import { emptyTask } from '../plan/empty-task.ts';
import { isSuperseded } from './replans.ts';

/** A finding, and who has it. */
export interface Found {
  readonly finding: Finding;
  readonly task: TaskKey;
  /** The reviewer, or the checks. */
  readonly by: string;
}

/** So many tasks a round; what is left goes with the last of them. */
const MOST_TASKS = 8;
const LONGEST_PLACE = 120;

/**
 * Makes tasks of findings.
 *
 * @param run - The run they join.
 * @param found - What is to be put right.
 * @param round - The round of reviews that has found it.
 * @returns The tasks; they run no command that was not approved with the plan.
 */
export function followUps(run: Run, found: readonly Found[], round: number): readonly PlanTask[] {
  const taken = new Set(run.tasks.map(({ spec }) => spec.id));
  const approved = approvedCommands(run);
  return grouped(found, roomIn(run)).map((group, index) => {
    const id = freeId(`fix-${round}-${index + 1}`, taken);
    taken.add(id);
    return followUp(run, group, { id, round, approved });
  });
}

function followUp(
  run: Run,
  group: readonly Found[],
  { id, round, approved }: { id: string; round: number; approved: ReadonlySet<string> },
): PlanTask {
  const files = [...new Set(group.flatMap(({ finding }) => finding.file ?? []))];
  const commands = [...new Set(group.flatMap(({ finding }) => finding.command ?? []))];
  const fixer = group.find(({ finding }) => finding.fixer !== undefined)?.finding.fixer;
  const [where] = files;
  const names = [...new Set(group.map(({ by }) => by))].join(', ');
  return {
    ...emptyTask(run.settings),
    id,
    title:
      where === undefined
        ? `Fix what ${names} found`
        : `Fix what ${names} found in ${where.slice(0, LONGEST_PLACE)}`,
    description: group.map((one) => described(one)).join('\n\n'),
    agent: fixer?.agent ?? 'general-purpose',
    agentReason: fixer?.reason ?? 'nobody else was found for it',
    runtime: fixer?.runtime ?? null,
    // A file may have to be changed together with others: this is where it begins.
    files: files.map((file) => file.replaceAll(/[*?[\]{}!]/gu, '?')),
    acceptance: [
      ...commands.map((command) => `\`${command}\` exits with 0`),
      'The next review finds none of this any more',
    ],
    checks: commands.filter((command) => approved.has(command)),
    // What turns out to be no fault needs no change: the next review hears why.
    expectChanges: false,
    fixes: round,
  };
}

function described({ finding, task, by }: Found): string {
  const { file, line, severity, message, suggestion, command } = finding;
  const place = file === undefined ? '' : `, ${line === undefined ? file : `${file}:${line}`}`;
  return [
    `${by} (${task}), ${severity}${place}: ${message}`,
    ...(suggestion === undefined ? [] : [`Suggested: ${suggestion}`]),
    ...(command === undefined ? [] : [`Shown by: ${command}`]),
  ].join('\n');
}

/** By file, in the order in which they were named; the same finding of two reviewers counts once. */
function grouped(found: readonly Found[], most: number): readonly (readonly Found[])[] {
  const groups = new Map<string, Found[]>();
  const seen = new Set<string>();
  for (const one of found) {
    const { file, line, message } = one.finding;
    const name = JSON.stringify([file, line, message]);
    if (seen.has(name)) continue;
    seen.add(name);
    const key = file ?? name;
    const room = groups.has(key) || groups.size < most;
    const group = room ? (groups.get(key) ?? []) : ([...groups.values()].at(-1) ?? []);
    group.push(one);
    if (room) groups.set(key, group);
  }
  return [...groups.values()];
}

/** A run has at most `max_tasks` tasks of its plan; one that sees to findings always fits. */
function roomIn(run: Run): number {
  const counted = run.tasks.filter((task) => task.stage === IMPLEMENTATION && !isSuperseded(task));
  return Math.max(1, Math.min(MOST_TASKS, run.settings.maxTasks - counted.length));
}

/** Beside the run's own checks, which judge every change anyway. */
function approvedCommands({ plans }: Run): ReadonlySet<string> {
  const present = plans.findLast(({ state }) => state === 'approved');
  return new Set((present?.tasks ?? []).flatMap(({ checks }) => checks));
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  let name = id;
  for (let number = 2; taken.has(name); number += 1) name = `${id}-${number}`;
  return name;
}
