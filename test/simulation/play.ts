// Plays a story in a simulated world, to the end of every run.

import { runOf } from '../../src/model/key.ts';
import type { RunKey } from '../../src/model/key.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import { samplePlanTask } from '../sample-run.ts';
import { SimulatedWorld, mayRest } from '../simulated-world.ts';
import type { Core } from '../simulated-world.ts';
import { waitsWithWork } from './limits.ts';
import type { Doing } from './outside.ts';
import { commandsOf } from './person.ts';
import { VERBS } from './story.ts';
import type { Step, Story } from './story.ts';
import { Watch } from './watch.ts';
import type { Invariant } from './watch.ts';

/** How a story is played. */
export interface Staging {
  /** The core that is tried. */
  readonly core?: Core;
  /** What is not looked at. */
  readonly without?: readonly Invariant[];
}

/**
 * Plays a story; what must always hold is checked after every step.
 *
 * @param story - The story.
 * @param staging - How.
 * @returns The world when every run is over.
 * @throws {Broken} When something does not hold.
 */
export function play(story: Story, { core, without = [] }: Staging = {}): SimulatedWorld {
  const watch = new Watch(new Set(without));
  const sim = new SimulatedWorld(story.slots, {
    watch,
    lazy: true,
    ...(core !== undefined && { core }),
  });
  sim.planned = [samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })];
  sim.quarrels = story.quarrels === true;
  for (const run of story.runs) sim.command(run);
  for (const run of sim.world.runs.keys()) sim.drive(run);
  for (const step of story.steps) take(sim, watch, step, story.patient === true);
  while (sim.stale.length > 0) sim.wake(0, 'well');
  help(sim, watch, story);
  if (regret(sim, story.regrets ?? 0)) help(sim, watch, story);
  sim.crash();
  sim.checkLog();
  watch.insist('ends', sim.doing.length === 0, () => `still doing ${sim.doings.join(', ')}`);
  for (const run of sim.world.runs.values()) {
    const at = sim.refs.get(run.key) ?? run.baseCommit;
    watch.insist('branch', at === run.head, () => `${run.key} is at ${at}, not at ${run.head}`);
    const lost = sim.branches.lost(run.key);
    watch.insist('kept', lost === null, () => `${lost ?? ''} is not on the branch of ${run.key}`);
  }
  return sim;
}

function take(sim: SimulatedWorld, watch: Watch, step: Step, patient: boolean): void {
  const { pick, outcome } = step;
  const runs = [...sim.world.runs.values()];
  switch (step.act) {
    case 'go-on': {
      const all = choiceOf(sim.doing, patient);
      const doing = all[pick % Math.max(1, all.length)];
      if (doing !== undefined) sim.goOn(doing, outcome);
      return;
    }
    case 'command':
      sim.commands(...commandsOf(runs, step));
      return;
    case 'batch':
      sim.commands(...commandsOf(runs, step), ...commandsOf(runs, second(step)));
      return;
    case 'time':
      sim.pass(pick * 1000);
      return;
    case 'clock':
      sim.setClock(Math.max(0, sim.now + (pick - 500) * 3000));
      return;
    case 'late':
      hearAgain(sim, watch, pick);
      return;
    case 'crash':
      sim.crash();
      return;
    case 'suspend':
      sim.suspend();
      return;
    case 'wake':
      sim.wake(pick, outcome);
      return;
    case 'drain':
      drain(sim, step);
      return;
    default:
      touchOutside(sim, step, runs[pick % Math.max(1, runs.length)]?.key ?? '');
  }
}

/** What people do with branches, that somebody looks at them, and what happens to the disk. */
function touchOutside(sim: SimulatedWorld, { act, choice }: Step, run: RunKey): void {
  const { branches } = sim;
  if (act === 'full') sim.hear({ type: 'no-room', run: 'SHOP-1', message: '' });
  else if (act === 'no-space') sim.store.full = true;
  else if (act === 'poll') sim.poll();
  else if (act === 'base-moves') branches.baseMoves();
  else if (act === 'commits') branches.commits(run);
  else if (choice === 0) branches.rewrites(run);
  else if (choice === 1) branches.deletes(run);
  else if (choice === 2) branches.putBack(run);
  else branches.checkOut(run);
}

/** What is said in the same breath; some people say everything twice. */
function second(step: Step): Step {
  const { pick, verb } = step;
  return pick % 5 === 0 ? step : { ...step, verb: VERBS[pick % VERBS.length] ?? verb };
}

/** Who is patient lets the merge queue wait until nothing else goes on. */
function choiceOf(doing: readonly Doing[], patient: boolean): readonly Doing[] {
  const others = patient ? doing.filter(({ effect }) => effect.kind !== 'integrate') : [];
  return others.length > 0 ? others : doing;
}

function drain(sim: SimulatedWorld, { pick, outcome }: Step): void {
  const { driven } = sim.world.desk;
  sim.hear({ type: 'drain', now: pick % 2 === 0 });
  for (const doing of sim.doing) if (pick % 3 === 0) sim.goOn(doing, outcome);
  sim.crash(driven);
}

/** What was heard before changes nothing when it is heard again. */
function hearAgain(sim: SimulatedWorld, watch: Watch, pick: number): void {
  const report = sim.reports[pick % Math.max(1, sim.reports.length)];
  if (report === undefined) return;
  // What the time alone brings about happens whoever speaks.
  sim.hear();
  // A merge with what is still the head is none the worse for being told again.
  if (report.type === 'gated') {
    const { head } = sim.run(runOf(report.attempt));
    if (report.stack[0]?.publication.old === head) return;
  }
  const { events } = sim.hear({ type: 'report', report });
  watch.insist('late', events.length === 0, () => `${report.type} is heard twice`);
}

/** A person takes changes out of what is finished. */
function regret(sim: SimulatedWorld, regrets: number): boolean {
  if (regrets === 0) return false;
  const runs = [...sim.world.runs.values()];
  const step = { verb: 'undo', choice: regrets } as const;
  for (const [pick] of runs.entries()) sim.commands(...commandsOf(runs, { ...step, pick }));
  return true;
}

/** A person who is there does what is to be done, until every run is over. */
function help(sim: SimulatedWorld, watch: Watch, { after = [], patient = false }: Story): void {
  const outcomes = after.values();
  for (let rounds = 0; rounds < 200; rounds += 1) {
    sim.settle({
      next: (doing) => choiceOf(doing, patient)[0],
      outcome: () => outcomes.next().value ?? 'well',
    });
    const resting = [...sim.world.runs.values()].filter(({ status }) => !RUN_OVER[status.state]);
    // Its locks may be held by a task of another run that waits for a person, or whose run does.
    const held = resting.some(
      (run) => run.tasks.some(waitsWithWork) || (run.queue.length > 0 && mayRest(run)),
    );
    const lost = held ? undefined : resting.find((run) => !mayRest(run));
    watch.insist('ends', lost === undefined, () => `${lost?.key ?? ''} rests`);
    const run = resting.find(mayRest);
    if (run === undefined) return;
    const by = 'me';
    const ask = run.asks.find(({ status }) => status.state === 'open');
    if (run.paused !== null) sim.command({ type: 'resume', run: run.key, by });
    else if (ask === undefined) sim.command({ type: 'approve-plan', run: run.key, by });
    else {
      const answer = ask.choices[0] ?? 'yes';
      if (ask.kind === 'base') sim.branches.putBack(run.key);
      sim.command({ type: 'answer', ask: ask.key, answer, by });
    }
  }
  watch.insist('ends', false, () => 'it never ends, whatever the person does');
}
