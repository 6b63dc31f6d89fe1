import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { Reports } from './reports.ts';

const JUNIT = '<testsuite><testcase name="a"/></testsuite>';

/** Reads `out/junit.xml` after a command was run in a checkout that has such a file already. */
async function readAfter(command: string): Promise<number | null> {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-reports-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const root = join(dir, 'checkout');
  for (const folder of [root, join(root, 'out'), join(dir, 'elsewhere')]) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'junit.xml'), JUNIT);
  }
  const reports = await Reports.before(root, ['out/junit.xml']);
  execFileSync('/bin/sh', ['-c', command], { cwd: root });
  return (await reports.read()).tests?.passed ?? null;
}

test.each([
  ['it was written', 'cp junit.xml out/new && mv out/new out/junit.xml', 1],
  ['it was written over', 'cat junit.xml junit.xml > out/junit.xml', 2],
  ['it came with the tree', 'true', null],
  ['it is a link', 'ln -sf ../junit.xml out/junit.xml', null],
  ['it is a link to outside', 'ln -sf ../../elsewhere/junit.xml out/junit.xml', null],
  ['its folder is a link', 'rm -r out; ln -s ../elsewhere out', null],
  ['it is a pipe', 'rm out/junit.xml; mkfifo out/junit.xml', null],
  ['it is a folder', 'rm out/junit.xml; mkdir out/junit.xml', null],
  ['it is a device', 'ln -sf /dev/zero out/junit.xml', null],
  ['it is gone', 'rm out/junit.xml', null],
  ['it is too large', 'head -c 9000000 /dev/zero > out/junit.xml', null],
  ['it is nonsense', 'echo "<a" > out/junit.xml', null],
])('what is read where %s', async (_, command, expected) => {
  expect(await readAfter(command)).toBe(expected);
});
