// Whether a goal is planned, as a person sees it: flags, configuration, what is said and recorded.

import { describe, expect, it, test } from 'vitest';

import { project } from './tutti.ts';

const NO_STAGES = { research: { enabled: false }, review: { enabled: false } };

interface Decided {
  readonly key: string;
  readonly orchestrate: boolean;
  readonly reasons: readonly string[];
  readonly type: string;
}

async function add(at: ReturnType<typeof project>, ...args: readonly string[]): Promise<Decided> {
  const { code, stdout } = await at.tutti(['add', ...args, '--json']);
  expect(code).toBe(0);
  const { run }: { run: Decided } = JSON.parse(stdout);
  return run;
}

test('a bug in one file goes to one agent without a plan, and says why everywhere', async () => {
  const script = { tasks: { '*': [{ write: { 'src/date.ts': 'ok\n' }, answer: 'done' }] } };
  const at = project({ script });
  const ran = await at.tutti([
    'run',
    'Fix the crash in src/date.ts',
    '--type',
    'feature',
    '--json',
  ]);
  const { run, tasks }: { run: Decided; tasks: { kind: string; agent: string }[] } = JSON.parse(
    ran.stdout,
  );
  expect(run).toMatchObject({ orchestrate: false, type: 'feature' });
  expect(run.reasons[0]).toBe('a sign to skip: one file is named (src/date.ts)');
  expect(tasks).toMatchObject([{ kind: 'work' }]);
  expect(ran.stderr).toContain('without a plan: a sign to skip: one file is named');
  const shown = await at.tutti(['show', 'SHOP-1']);
  expect(shown.stdout).toContain('without a plan: a sign to skip: one file is named (src/date.ts)');
});

test('type, keyword and complexity ask for a plan, the flags before all of them', async () => {
  const at = project();
  expect(await add(at, 'Add a logout button', '--type', 'feature')).toMatchObject({
    orchestrate: true,
    reasons: ['tasks of type feature', expect.stringContaining('planned by')],
  });
  const built = await add(at, 'Build payment system');
  expect([built.orchestrate, built.reasons[0]]).toEqual([true, '"build" in the goal']);
  const large = await add(at, 'Add user authentication with OAuth');
  expect([large.orchestrate, large.reasons[0]]).toEqual([
    true,
    'complexity high (by rules; high is planned)',
  ]);
  expect(await add(at, 'Build payment system', '--no-orchestrate')).toMatchObject({
    orchestrate: false,
    reasons: ['told not to orchestrate', expect.stringContaining('one task, done by')],
  });
  expect(await add(at, 'Fix typo', '--orchestrate')).toMatchObject({ orchestrate: true });
  const said = await at.tutti(['add', 'Fix typo in README']);
  expect(said.stdout).toContain('without a plan: a sign to skip: a typo');
  expect((await at.tutti(['status'])).stdout).toContain('with a plan: "build" in the goal');
});

test('where it is disabled nothing is planned, and a plan is refused', async () => {
  const at = project({ config: { orchestration: { auto_decompose: 'disabled' } } });
  expect(await add(at, 'Build payment system', '--type', 'epic')).toMatchObject({
    orchestrate: false,
    reasons: ['orchestration is disabled', expect.any(String)],
  });
  for (const call of [
    ['add', 'Build payment system', '--orchestrate', '--json'],
    ['plan', 'Build payment system', '--json'],
  ]) {
    const { code, stdout } = await at.tutti(call);
    expect(code).toBe(2);
    expect(stdout).toContain('orchestration is disabled (orchestration.auto_decompose: disabled)');
  }
});

test('the configured types, keywords and complexity count, and are said to be in force', async () => {
  const detection = { task_types: ['chore'], keywords: ['entwickle'], min_complexity: 'medium' };
  const at = project({ config: { orchestration: { enabled: true, detection } } });
  expect((await add(at, 'Sweep', '--type', 'chore')).orchestrate).toBe(true);
  expect((await add(at, 'Entwickle ein Portal')).orchestrate).toBe(true);
  expect((await add(at, 'Build a shed')).reasons[0]).toContain('complexity');
  expect((await add(at, 'Restructure the date picker')).orchestrate).toBe(true);
  const explicit = project({ config: { orchestration: { auto_decompose: 'explicit' } } });
  expect((await add(explicit, 'Build payment system')).orchestrate).toBe(false);
  expect((await add(explicit, 'Build payment system', '--orchestrate')).orchestrate).toBe(true);
});

describe('detection.method: model', () => {
  const config = { orchestration: { detection: { method: 'model' }, stages: NO_STAGES } };
  const work = { write: { path: 'a.txt', content: 'a\n' } };
  const plan = { answer: { tasks: [{ id: 'one', title: 'Write one', description: 'Write it.' }] } };

  it.each([
    ['low', 'without a plan', 1],
    ['high', 'with a plan', 2],
  ])('a model says %s: it goes on %s', async (complexity, how, later) => {
    const summary = [
      { answer: { complexity, reasons: ['as I see it'] } },
      { usage: { usd: 0.01 } },
    ];
    const at = project({ config, script: { summary, plan: [plan], default: [work] } });
    const ran = await at.tutti(['run', 'Speed up the date picker', '--yes', '--json']);
    const { run, tasks }: { run: Decided; tasks: { kind: string; stage: string }[] } = JSON.parse(
      ran.stdout,
    );
    expect([ran.code, run.orchestrate, tasks[0]?.stage, tasks.length]).toEqual([
      0,
      complexity === 'high',
      'detection',
      1 + later,
    ]);
    expect(run.reasons.slice(0, 2)).toEqual([
      `complexity ${complexity} (by a model; high is planned)`,
      'as I see it',
    ]);
    expect(ran.stderr).toContain(`SHOP-1 goes on ${how}: complexity ${complexity}`);
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  it.each([
    ['has no answer', [{ say: 'Hard to tell' }], ''],
    ['uses a tool', [work, { answer: { complexity: 'high', reasons: [] } }], ' it used a tool'],
  ])('goes by the rules where the model %s, and says so', async (_what, summary, why) => {
    const at = project({ config, script: { summary, default: [work] } });
    const ran = await at.tutti(['run', 'Speed up the date picker', '--yes', '--json']);
    const { run }: { run: Decided } = JSON.parse(ran.stdout);
    expect([ran.code, run.orchestrate]).toEqual([0, false]);
    expect(run.reasons[0]).toBe('complexity low (by rules; high is planned)');
    expect(run.reasons.join()).toContain(`no model has estimated it:${why}`);
  });

  it('asks nobody where something else decides', async () => {
    const at = project({ config });
    expect((await add(at, 'Fix typo in README')).reasons[0]).toBe('a sign to skip: a typo');
    expect((await add(at, 'Build payment system')).reasons[0]).toBe('"build" in the goal');
    expect((await add(at, 'Speed up the date picker')).reasons[0]).toContain('a model estimates');
  });
});
