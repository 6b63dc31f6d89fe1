import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { copyAside } from './read-aside.ts';

it('replaces links that lie in its way, and never writes to where they lead', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-aside-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
  put('mine/.bashrc', 'mine');
  put('to/same/stays', 'from the commit');
  put('to/folder/x', 'x');
  for (const name of ['data', 'same/deep']) symlinkSync('../mine/.bashrc', join(dir, 'to', name));
  symlinkSync(join(dir, 'mine/.bashrc'), join(dir, 'to/same/deep2'));
  symlinkSync(join(dir, 'mine'), join(dir, 'to/linked'));
  put('left/linked/in/y', 'y');
  put('left/loop', 'a file');
  put('files/data', 'data');
  put('files/same/deep2', 'deep');
  put('files/linked/.bashrc', 'not mine');
  put('files/folder', 'a file now');
  symlinkSync(join(dir, 'mine'), join(dir, 'files/loop'));
  await copyAside([join(dir, 'left'), join(dir, 'none'), join(dir, 'files')], join(dir, 'to'));
  expect(readdirSync(join(dir, 'mine'))).toEqual(['.bashrc']);
  expect(read('mine/.bashrc')).toBe('mine');
  expect(read('to/data')).toBe('data');
  expect(read('to/same/stays')).toBe('from the commit');
  expect(read('to/same/deep2')).toBe('deep');
  expect(read('to/linked/.bashrc')).toBe('not mine');
  expect(read('to/linked/in/y')).toBe('y');
  expect(read('to/folder')).toBe('a file now');
  expect(lstatSync(join(dir, 'to/loop')).isSymbolicLink()).toBe(true);
});
