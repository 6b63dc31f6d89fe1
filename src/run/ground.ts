// What a task stands on beside its dependencies, gathered for its prompt. Everything is read up to a
// bound, however much there is of it.

import { ancestorsOf } from '../graph/ancestors.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import type { FencedPart } from '../prompt/fence.ts';
import type { Ground } from '../prompt/ground.ts';
import type { DependencyResult } from '../prompt/work-prompt.ts';
import { findingsOf } from '../stages/output.ts';
import type { Bench, Job } from './bench.ts';
import { accumulate } from './hand-on.ts';

/** Files in which repositories say how things are done, the most telling first. */
const CONVENTIONS = [
  'AGENTS.md',
  'CLAUDE.md',
  'CONTRIBUTING.md',
  '.github/copilot-instructions.md',
  'GEMINI.md',
];
const CONVENTION_BYTES = 262_144;
/** Most of a note is never told: its beginning is enough. */
const NOTE_BYTES = 16_384;
const MOST_NOTES = 20;

/**
 * Gathers what a task stands on.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param home - The private folder of its task, where others' files are laid out.
 * @returns The ground for its prompt.
 */
export async function groundOf(bench: Bench, { run, task }: Job, home: string): Promise<Ground> {
  const { workshop } = bench;
  const { exchange, repository } = workshop;
  await accumulate(workshop, run);
  const ancestors = ancestorsOf(run.tasks, task).map((one) => one.task);
  const [notes, conventions, files] = await Promise.all([
    notesFor(bench, run, ancestors),
    conventionsAt(repository, run.head),
    publishedBy(bench, ancestors),
  ]);
  const hasContext = run.tasks.some(
    ({ status, spec }) => status.state === 'completed' && spec.kind !== 'plan',
  );
  return {
    ...beforeOf(run, task),
    notes,
    conventions,
    contextPath: hasContext ? exchange.contextPath(run.key) : null,
    artifacts: files.length === 0 ? null : { folder: exchange.artifacts(home), files },
    outbox: exchange.outbox(home),
  };
}

/**
 * Lists what the tasks came to that a task builds on.
 *
 * @param run - The run.
 * @param task - The task.
 * @returns Their results, the nearest first; what the stages found out is told elsewhere.
 */
export function dependencyResults(run: Run, task: Task): DependencyResult[] {
  return ancestorsOf(run.tasks, task)
    .filter((one) => one.task.spec.kind !== 'plan' && stageOutput(run, one.task) === 'none')
    .map(({ task: { key, spec, attempts }, distance }) => {
      const last = attempts.at(-1);
      const done = last?.status.state === 'ended' ? last.status : null;
      return {
        key,
        title: spec.title,
        agent: last?.agent ?? spec.agent,
        summary: done?.report?.summary ?? '',
        files: done?.change?.files ?? [],
        distance,
      };
    });
}

/**
 * Tells what the person gave with the goal, and what stages found out: their results go into the
 * prompts of later tasks where they are configured to.
 *
 * @param run - The run.
 * @param task - The task that is told.
 * @returns Both.
 */
export function beforeOf(run: Run, task: Task): Pick<Ground, 'given' | 'research'> {
  return { given: run.settings.givenContext ?? '', research: researchOf(run, task) };
}

function researchOf(run: Run, task: Task): FencedPart[] {
  return findingsOf(run)
    .filter((one) => one.task !== task.key)
    .map(({ task: key, title, text }) => ({ heading: `${key} ${title.slice(0, 300)}`, text }));
}

/** Whether a task is one of a stage whose output is told, kept back, or of the work itself. */
function stageOutput({ settings }: Run, { stage, spec }: Task): 'told' | 'kept' | 'none' {
  if (spec.kind !== 'research' && spec.kind !== 'custom') return 'none';
  const found = settings.stages.list.find(({ name }) => name === stage);
  if (found === undefined) return 'none';
  return found.outputToContext ? 'told' : 'kept';
}

/** Of those it builds on first, then the newest of all others. */
async function notesFor(
  { workshop }: Bench,
  run: Run,
  ancestors: readonly Task[],
): Promise<FencedPart[]> {
  const near = new Set(ancestors);
  const others = run.tasks
    .filter((one) => one.status.state === 'completed' && !near.has(one))
    .toSorted((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0));
  const notes: FencedPart[] = [];
  for (const one of [...ancestors, ...others]) {
    if (notes.length >= MOST_NOTES) break;
    const published = await workshop.exchange.published(one.key);
    if (published?.note !== true) continue;
    const text = await workshop.exchange.note(one.key, NOTE_BYTES);
    const heading = `${one.key} ${one.spec.title.slice(0, 300)}`;
    notes.push({ heading, text, tier: near.has(one) ? 1 : 2 });
  }
  return notes;
}

async function publishedBy({ workshop }: Bench, tasks: readonly Task[]): Promise<string[]> {
  const names: string[] = [];
  for (const { key } of tasks) {
    const published = await workshop.exchange.published(key);
    for (const { path, bytes } of published?.files ?? []) names.push(`${key}/${path} (${bytes} B)`);
  }
  return names;
}

/** What a repository said the last time: tasks that start from the same head share it. */
const lastRead = new WeakMap<Repository, { readonly commit: string; readonly parts: Told }>();
type Told = Promise<FencedPart[]>;

function conventionsAt(repository: Repository, commit: string): Told {
  const last = lastRead.get(repository);
  if (last?.commit === commit) return last.parts;
  const parts = readConventions(repository, commit);
  lastRead.set(repository, { commit, parts });
  return parts;
}

async function readConventions(repository: Repository, commit: string): Told {
  const read = await Promise.all(
    CONVENTIONS.map(async (path) => {
      const text = await repository.readFile(commit, path, CONVENTION_BYTES);
      return { heading: path, text: text ?? '' };
    }),
  );
  // The same words under two names are said once.
  const seen = new Set<string>();
  return read.filter(({ text }) => {
    const isNew = text.trim() !== '' && !seen.has(text.trim());
    seen.add(text.trim());
    return isNew;
  });
}
