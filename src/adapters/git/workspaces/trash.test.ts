import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { discard, Trash } from './trash.ts';

function folder(parent: string = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'tutti-trash-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function fill(path: string): string {
  mkdirSync(join(path, 'deep', 'er'), { recursive: true });
  writeFileSync(join(path, 'deep', 'er', 'file'), 'x');
  return path;
}

it('is brought down to what may be left, before more is made', async () => {
  const dir = folder();
  const trash = new Trash(join(dir, 'trash'));
  const paths = Array.from({ length: 250 }, (_, at) => fill(join(dir, String(at))));
  await Promise.all(paths.map((path) => discard(path, trash)));
  expect(paths.filter((path) => existsSync(path))).toEqual([]);
  await trash.downTo(160);
  expect((await trash.list()).length).toBeLessThanOrEqual(160);
  await trash.downTo(0);
  expect(await trash.list()).toEqual([]);
  // It goes on with what comes later.
  await discard(fill(join(dir, 'late')), trash);
  await trash.rest();
  expect(await trash.list()).toEqual([]);
});

it('deletes what is beside something that is closed, and that too', async () => {
  const dir = folder();
  const trash = new Trash(join(dir, 'trash'));
  const paths = ['one', 'closed', 'two'].map((name) => fill(join(dir, name)));
  chmodSync(join(dir, 'closed', 'deep'), 0o000);
  await Promise.all(paths.map((path) => discard(path, trash)));
  await trash.rest();
  expect(await trash.list()).toEqual([]);
});

// Linux has one; elsewhere there is mostly no second disk to be had.
const OTHER_DISK = '/dev/shm';
const isThere = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;

it.skipIf(!isThere)('finds what had to stay on another disk, and deletes it', async () => {
  const [dir, other] = [folder(), folder(OTHER_DISK)];
  const trash = new Trash(join(dir, 'trash'));
  await discard(fill(join(other, 'one')), trash);
  await trash.rest();
  expect([readdirSync(other), readdirSync(join(dir, 'trash'))]).toEqual([[], []]);
  // Cut short: somebody else goes on with it.
  const put = await trash.putAway(fill(join(other, 'two')));
  const next = new Trash(join(dir, 'trash'));
  expect(await next.list()).toEqual([put]);
  await next.empty();
  expect([readdirSync(other), readdirSync(join(dir, 'trash'))]).toEqual([[], []]);
  expect(await discard(join(other, 'none'), next)).toBe(true);
  expect(await discard(fill(join(other, 'stays')), next, () => Promise.resolve(false))).toBe(false);
  expect([readdirSync(other), await next.list()]).toEqual([['stays'], []]);
});
