import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { createPortRanges } from './port-ranges.ts';

async function firsts(ranges: ReturnType<typeof createPortRanges>, count: number) {
  const taken = await Promise.all(Array.from({ length: count }, () => ranges.take()));
  return taken.map((range) => range?.first ?? 0);
}

async function occupied(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}

test('ranges never overlap, whoever hands them out', async () => {
  const [ours, others] = [createPortRanges(() => 0), createPortRanges(() => 0)];
  const all = [...(await firsts(ours, 5)), ...(await firsts(others, 5))].toSorted((a, b) => a - b);
  expect(all[0]).toBeGreaterThan(0);
  expect(all.every((first, at) => at === 0 || first >= (all[at - 1] ?? 0) + 10)).toBe(true);
});

test('a port that somebody uses is in no range, and one that is given back serves again', async () => {
  let now = 0;
  const ranges = createPortRanges(() => now);
  const one = await ranges.take();
  if (one === null) throw new Error('none');
  one.release();
  one.release();
  const [again, other] = [await ranges.take(), await ranges.take()];
  expect(again?.first).toBe(one.first);
  expect(other?.first).not.toBe(one.first);
  again?.release();
  await occupied(one.first + 9);
  now = 60_000;
  const moved = await ranges.take();
  expect(moved?.first).not.toBe(one.first);
  moved?.release();
});
