import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));

async function bench(...args: string[]): Promise<unknown> {
  const argv = [main, ...args, '--rounds', '1', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout);
}

const figure = {
  median: expect.any(Number) as unknown,
  min: expect.any(Number) as unknown,
  max: expect.any(Number) as unknown,
};
const side = { wallMs: figure, cpuMs: figure, peakMb: figure };

it.each(['layered', 'chain', 'wide'])('measures a %s graph of commands', async (shape) => {
  const found = await bench('dag', '--tasks', '20', '--shape', shape);
  expect(found).toStrictEqual({
    bench: 'dag',
    tasks: 20,
    shape,
    slots: 8,
    rounds: 1,
    tutti: side,
    node: side,
    make: side,
    ratios: {
      wall: expect.any(Number) as unknown,
      cpu: expect.any(Number) as unknown,
      peak: expect.any(Number) as unknown,
      wallOfMake: expect.any(Number) as unknown,
    },
  });
});

it('measures how deciding grows with the tasks of a run', async () => {
  const found = await bench('growth', '--tasks', '200');
  expect(found).toStrictEqual({
    bench: 'growth',
    tasks: 200,
    shape: 'layered',
    rounds: 1,
    smaller: figure,
    larger: figure,
    ratios: { growth: expect.any(Number) as unknown },
  });
});

it('measures a queue of tasks', async () => {
  const found = await bench('queue', '--tasks', '40');
  expect(found).toStrictEqual({
    bench: 'queue',
    tasks: 40,
    rounds: 1,
    store: { cyclesPerSecond: figure },
    withDecisions: { cyclesPerSecond: figure },
    raw: { cyclesPerSecond: figure },
    ratios: {
      store: expect.any(Number) as unknown,
      withDecisions: expect.any(Number) as unknown,
    },
  });
});

it('measures the conflicts among branches, and finds the same as plain merges', async () => {
  const found = await bench('conflicts', '--files', '200', '--branches', '7');
  expect(found).toStrictEqual({
    bench: 'conflicts',
    branches: 7,
    files: 200,
    pairs: 21,
    conflicts: expect.any(Number) as unknown,
    same: true,
    predicted: { wallMs: figure },
    nothingNew: { wallMs: figure },
    plain: { wallMs: figure },
    ratios: { predicted: expect.any(Number) as unknown },
  });
});

it('measures a look at a full store', async () => {
  const found = await bench('status', '--tasks', '40');
  expect(found).toStrictEqual({
    bench: 'status',
    tasks: 40,
    rounds: 1,
    status: side,
    node: side,
    metrics: side,
    version: side,
    emptyModule: side,
    ratios: {
      status: expect.any(Number) as unknown,
      metrics: expect.any(Number) as unknown,
      version: expect.any(Number) as unknown,
    },
  });
});

it('measures how workspaces are made and removed', async () => {
  const found = await bench('workspace', '--files', '1100');
  expect(found).toMatchObject({
    bench: 'workspace',
    files: 1100,
    git: side,
    cold: side,
    warm: side,
    moved: side,
    removal: { blocksMs: figure, deletedMs: figure },
  });
});

it('measures a recovery, in which nothing is repeated, lost or left', async () => {
  const found = await bench('recover', '--tasks', '3');
  expect(found).toStrictEqual({
    bench: 'recover',
    tasks: 3,
    rounds: 1,
    seconds: figure,
    goal: 30,
    repeated: 0,
    lost: 0,
    left: 0,
  });
});

it('measures the order on graphs of a file', async () => {
  const file = fileURLToPath(new URL('../fixtures/graphs.jsonl', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    'schedule',
    file,
    '--json',
  ]);
  const ratios = { mean: expect.any(Number) as unknown, max: expect.any(Number) as unknown };
  expect(JSON.parse(stdout)).toStrictEqual({
    sets: [
      {
        set: 'graphs',
        base: 'optimum',
        count: 2,
        mean: 1,
        max: 1,
        meanPerturbed: expect.any(Number) as unknown,
        maxPerturbed: expect.any(Number) as unknown,
        firstComeFirstServed: ratios,
        levelByLevel: ratios,
      },
    ],
  });
});

it('measures a prompt', async () => {
  const found = await bench('prompt', '--tasks', '2');
  expect(found).toMatchObject({
    bench: 'prompt',
    tasks: 2,
    rounds: 1,
    ms: { tutti: figure, bare: figure },
    chars: { tutti: expect.any(Number) as unknown, bare: expect.any(Number) as unknown },
    budget: 16_384,
  });
});
