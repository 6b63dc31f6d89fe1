// A graph of tasks carried out by the real decisions in simulated time: nothing is started, a task
// ends when its duration has passed.

/** @typedef {import('../src/model/world.ts').World} World */
/** @typedef {import('../src/model/settings.ts').RunSettings} RunSettings */
/** @typedef {import('../src/model/plan.ts').PlanTask} PlanTask */
/** @typedef {import('../src/schedule/input.ts').Input} Input */

/** @type {typeof import('../src/schedule/decide.ts')} */
const { decide } = await import(new URL('../build/schedule/decide.js', import.meta.url).href);

const DONE = /** @type {const} */ ({ status: 'done', summary: '', question: null, followUps: [] });
const SPENT = { keptRef: null, costUsd: 0, tokens: { input: 0, output: 0, cached: 0 } };
/** When it begins; any moment will do. */
const START = 1_000_000_000_000;

/**
 * Carries a graph out.
 *
 * @param {{ settings: RunSettings, spec: PlanTask }} template What runs and tasks are like.
 * @param {{ expected: readonly number[], real: readonly number[], edges: readonly (readonly number[])[], slots: number }} graph
 *   What the plan says that each task takes, what it takes, who waits for whom.
 * @returns {number} When the last task ends, in the unit of the durations.
 */
export function makespanOf({ settings, spec }, { expected, real, edges, slots }) {
  /** @type {string[][]} */
  const before = real.map(() => []);
  for (const [from = 0, to = 0] of edges) before[to]?.push(`t${from}`);
  const tasks = real.map((_, node) => ({
    ...spec,
    id: `t${node}`,
    title: `t${node}`,
    dependsOn: before[node] ?? [],
    estimate: { minutes: expected[node] ?? null, usd: null },
  }));
  /** @type {World} */
  let world = {
    runs: new Map(),
    lastNumber: 0,
    desk: {
      epoch: 1,
      seed: 's',
      driven: new Set(['B-1']),
      slots,
      history: new Map(),
      draining: false,
    },
  };
  /** @type {{ end: number, attempt: string }[]} */
  let running = [];
  let now = 0;
  /** @param {readonly Input[]} inputs */
  const hear = (inputs) => {
    // Durations are far below the day after which the longest waiting goes first.
    const decision = decide(world, inputs, START);
    world = decision.world;
    for (const { event } of decision.events) {
      if (event.type !== 'attempt-leased') continue;
      const node = Number(/\.(\d+)#/u.exec(event.attempt)?.[1]) - 1;
      running.push({ end: now + (real[node] ?? 0), attempt: event.attempt });
    }
  };
  hear([{ type: 'command', id: null, command: addRun(settings, tasks, slots) }]);
  hear([{ type: 'command', id: null, command: { type: 'drive', run: 'B-1' } }]);
  while (running.length > 0) {
    now = Math.min(...running.map(({ end }) => end));
    const ended = running.filter(({ end }) => end <= now);
    running = running.filter(({ end }) => end > now);
    hear(
      ended.flatMap(({ attempt }) => {
        const on = { attempt, fence: 1 };
        return [
          { type: 'report', report: { ...on, type: 'started', process: null } },
          {
            type: 'report',
            report: { ...on, type: 'handed-in', change: null, report: DONE, spent: SPENT },
          },
        ];
      }),
    );
  }
  const state = world.runs.get('B-1')?.status.state;
  if (state !== 'completed') throw new Error(`the run is ${state}`);
  return now;
}

/**
 * @param {RunSettings} settings
 * @param {readonly PlanTask[]} tasks
 * @param {number} slots
 * @returns {import('../src/model/command.ts').AddRun}
 */
function addRun(settings, tasks, slots) {
  return {
    type: 'add-run',
    projectKey: 'B',
    goal: 'Carry a graph out',
    title: 'graph',
    kind: 'task',
    priority: 'medium',
    source: 'file',
    reasons: [],
    settings: {
      ...settings,
      checks: [],
      maxParallel: slots,
      maxConcurrent: slots,
      // There is no branch that could be looked at.
      integrate: { ...settings.integrate, baseUpdates: 'never' },
    },
    baseBranch: 'main',
    baseCommit: 'base',
    plan: { by: 'file', tasks, warnings: [] },
    planner: null,
    preapproved: true,
    above: 0,
  };
}
