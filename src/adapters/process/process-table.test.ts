import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { createProcTable } from './proc-table.ts';
import { isAliveIn, type ProcessTable } from './process-table.ts';
import { createPsTable } from './ps-table.ts';

const tables: [string, () => ProcessTable][] = [['ps', createPsTable]];
if (existsSync('/proc/self/stat')) tables.push(['/proc', createProcTable]);

describe.each(tables)('the table of %s', (name, create) => {
  it('knows this process', () => {
    const table = create();
    const self = table.find(process.pid);
    expect(self).toMatchObject({ pid: process.pid, parent: process.ppid, dead: false });
    expect(table.list(null).find(({ pid }) => pid === process.pid)).toEqual(self);
    expect(table.find(2 ** 22 + 1)).toBeNull();
  });

  it('lists what is younger, with its mark, whatever its name', async () => {
    const table = create();
    const child = spawn('/bin/sh', ['-c', 'echo; read x'], {
      argv0: ') Z 1 (',
      env: { TUTTI_MARK: 'a b', XTUTTI_MARK: 'no' },
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const startTime = table.find(process.pid)?.startTime ?? '';
    const birth = { pid: process.pid, startTime, at: performance.now() };
    expect(table.list(birth).map((entry) => entry.pid)).toContain(pid);
    expect(table.mark(pid)).toBe(name === 'ps' ? '' : 'a b');
    child.stdin.end();
    await once(child, 'exit');
    expect(table.find(pid)).toBeNull();
  });

  it('takes a zombie for dead', async () => {
    const table = create();
    // The shell starts a child and becomes a program that does not know of it; only then may the
    // child end, or the shell would still bury it.
    const child = spawn('/bin/sh', ['-c', '(read x) <&3 & echo $!; exec sleep 100 3<&-'], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const pid = Number(String((await once(child.stdout ?? process.stdin, 'data'))[0]));
    const startTime = table.find(pid)?.startTime ?? '';
    await until(() => readFileSync(`/proc/${child.pid ?? 0}/comm`, 'utf8') === 'sleep\n');
    child.stdio[3]?.destroy();
    await until(() => /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    expect(isAliveIn(table, { pid, startTime, bootId: table.bootId })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
