// Many agents on one repository, while now the coordinator, now an agent, a keeper or a check is killed,
// by chance, several times a run. What was acknowledged has to be there after each of the kills.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect } from 'vitest';

import { lookAtCheckout } from './checkout.ts';
import { drawFrom, storyOf } from './hands-story.ts';
import type { Draw } from './hands-story.ts';
import { expectAcknowledged, expectStory, landed, makeStage, told } from './hands.ts';
import type { Stage, Told } from './hands.ts';
import { counted, tutti } from './kill.ts';
import type { Ended, Project } from './kill.ts';

const RUN = ['run', '--plan', '../plan.yaml', '--yes', '--jsonl'];
const RESUME = ['resume', '--jsonl'];
/** A run of ten tasks has some 200 events, and some 2,000 calls by which it changes something. */
const MOST_EVENTS = 70;
const MOST_POINTS = 900;

/** Programs that a run starts, by a word of their command line: agents, keepers, the watchdog, checks. */
const CHILDREN = /scripted-agent|hand\.sh|checks\/whole\.sh|^(?:\/bin\/)?sh -c/u;
/** What tutti has done for itself. */
export const TOOLS: RegExp = /^(?:git|rm) /u;

/**
 * Plays a story; kills whoever is at work again and again; lets it come to its end.
 *
 * @param seed - Which story, and which kills: they come after so many events, not after a time.
 * @param victims - Whose command lines are those of programs that may be killed, beside tutti itself.
 * @returns The run at its end.
 */
export async function playKilled(seed: number, victims: RegExp = CHILDREN): Promise<Told> {
  const draw = drawFrom(seed);
  const killing: Killing = { draw, victims };
  const size = { files: 200, tasks: 8 + draw(5), agents: 3 + draw(2) };
  const integrate = { batch: 1 + draw(8), parallel: 1 + draw(3) };
  const stage = makeStage(storyOf(seed, size), { integrate, coordinator: { lease_secs: 1 } });
  const { project } = stage;
  const course = [`seed ${seed} in ${project.home}: ${JSON.stringify({ ...size, ...integrate })}`];
  const legs = 2 + draw(4);
  for (let leg = 0; leg < legs; leg += 1) {
    const before = await told(project);
    const journal = project.journal();
    course.push(await killOnce(project, before.length === 0 ? RUN : RESUME, killing));
    await expectSafe(stage, { before, journal }, course.join('\n'));
  }
  const before = await told(project);
  const journal = project.journal();
  const end = await tutti(project, before.length === 0 ? RUN : RESUME);
  const about = [...course, ''].join('\n');
  expect(end.code, [about, end.stdout.slice(-2000), ...end.lines].join('\n')).toBe(0);
  await expectSafe(stage, { before, journal }, about);
  const whole = await expectStory(stage, about);
  project.remove();
  return whole;
}

/** What was acknowledged before is still so, is on the branch, and was not done again. */
async function expectSafe(
  stage: Stage,
  { before, journal }: { before: readonly Told[]; journal: readonly string[] },
  about: string,
): Promise<void> {
  const { project } = stage;
  const [was] = before;
  const [now] = await told(project);
  expect(lookAtCheckout(project), about).toEqual(stage.before);
  if (now === undefined) {
    expect(was, about).toBe(undefined);
    return;
  }
  expectAcknowledged(stage, now, about);
  if (was === undefined) return;
  const ids = landed(was);
  expect(landed(now).slice(0, ids.length), about).toEqual(ids);
  expect(now.events.slice(0, was.events.length), about).toEqual(was.events);
  const news = new Set(project.journal().slice(journal.length));
  expect(
    ids.filter((id) => news.has(id)),
    about,
  ).toEqual([]);
}

/** Who is killed, and by which chance. */
interface Killing {
  readonly draw: Draw;
  readonly victims: RegExp;
}

/** Lets tutti work until it is killed, in one of the ways there are; tells which. */
async function killOnce(
  project: Project,
  args: readonly string[],
  killing: Killing,
): Promise<string> {
  const { draw } = killing;
  const way = draw(4);
  if (way === 0) {
    const at = 1 + draw(MOST_POINTS);
    const { signal, code } = await counted(project, args, { at, signal: 'SIGKILL' }).ended;
    return `killed at point ${at}: ${signal ?? code}`;
  }
  const kills = drawKills(killing);
  const first = working(project, args, kills);
  // Another one stands by, and takes over; it is killed too, later.
  const others = way === 1 && args === RESUME ? [working(project, args, drawKills(killing))] : [];
  const ended = await Promise.all([first.ended, ...others.map(({ ended: other }) => other)]);
  return [first, ...others]
    .map(({ course }, at) => [...course, `${ended[at]?.signal ?? ended[at]?.code}`].join(', '))
    .join('; beside it: ');
}

/** After how many events what is killed: somebody whom it has started, and at last tutti itself. */
interface Kills {
  readonly children: readonly number[];
  readonly itself: number;
  readonly killing: Killing;
}

function drawKills({ draw, victims }: Killing): Kills {
  const itself = 1 + draw(MOST_EVENTS);
  const children = Array.from({ length: draw(3) }, () => 1 + draw(itself)).toSorted(
    (a, b) => a - b,
  );
  return { children, itself, killing: { draw: drawFrom(draw(1 << 30)), victims } };
}

function working(
  project: Project,
  args: readonly string[],
  { children, itself, killing: { draw, victims } }: Kills,
): { readonly ended: Promise<Ended>; readonly course: readonly string[] } {
  const open = [...children];
  const course: string[] = [];
  let events = 0;
  let end = 0;
  const ended = tutti(project, args, (stdout) => {
    for (let at = stdout.indexOf('\n', end); at >= 0; at = stdout.indexOf('\n', end)) {
      events += 1;
      end = at + 1;
    }
    if (events >= (open[0] ?? Infinity)) {
      const at = open.shift() ?? 0;
      course.push(`after ${at} ${killChild(project, draw, victims)}`);
    }
    return events >= itself;
  });
  course.push(`after ${itself} itself`);
  return { ended, course };
}

function killChild({ home }: Project, draw: Draw, victims: RegExp): string {
  const pids = execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).split('\n');
  const found = pids.flatMap((text) => {
    const pid = Number(text);
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(home);
      return isOurs && victims.test(line) ? [{ pid, line }] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
  const victim = found[draw(found.length)];
  if (victim === undefined) return 'nobody';
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch {
    return 'somebody who had ended';
  }
  return `\`${victim.line.replaceAll('\n', ' ').slice(0, 60)}\``;
}
