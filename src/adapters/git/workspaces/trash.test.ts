import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { discard, Trash } from './trash.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-trash-'));
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
  expect(readdirSync(trash.folder).length).toBeLessThanOrEqual(160);
  await trash.downTo(0);
  expect(readdirSync(trash.folder)).toEqual([]);
  // It goes on with what comes later.
  await discard(fill(join(dir, 'late')), trash);
  await trash.rest();
  expect(readdirSync(trash.folder)).toEqual([]);
});

it('deletes what is beside something that is closed, and that too', async () => {
  const dir = folder();
  const trash = new Trash(join(dir, 'trash'));
  const paths = ['one', 'closed', 'two'].map((name) => fill(join(dir, name)));
  chmodSync(join(dir, 'closed', 'deep'), 0o000);
  await Promise.all(paths.map((path) => discard(path, trash)));
  await trash.rest();
  expect(readdirSync(trash.folder)).toEqual([]);
});
