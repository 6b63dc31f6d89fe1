// The real programs inside of our sandbox: they work in it, see nothing of their person's but what was
// copied for them, and write nowhere else.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import type { AttemptResult, AttemptSpec } from '../../src/ports/agent-runtime.ts';
import type { Confinement } from '../../src/ports/sandbox.ts';
import {
  marker,
  startScriptedModel,
  type ModelMove,
  type ScriptedModel,
} from '../../src/testing/index.ts';
import { plainSpec } from '../conformance/runtime.testsuite.ts';
import { found, sandbox, skipped } from '../sandbox.ts';
import { REAL_CLIS, settingsFor } from './real-clis.ts';

let model: ScriptedModel;

beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

function kept(dir: string, path: string): string {
  return existsSync(join(dir, path)) ? readFileSync(join(dir, path), 'utf8').trim() : '';
}

describe.skipIf(!found.works).each(REAL_CLIS)(`$id${skipped}`, (cli) => {
  /** Lets it work in a place of its own. */
  async function run(
    moves: (dir: string) => readonly ModelMove[],
    more: Partial<AttemptSpec> = {},
  ): Promise<AttemptResult & { readonly dir: string }> {
    const dir = mkdtempSync(join(tmpdir(), `tutti-${cli.id}-`));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
    for (const name of ['work', 'home', 'person']) mkdirSync(join(dir, name));
    const personHome = join(dir, 'person');
    writeFileSync(join(personHome, 'secret.txt'), 'the secret of the day');
    writeFileSync(join(dir, 'work/here.txt'), 'what is here');
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: personHome,
      ...cli.person(personHome, model.url),
    };
    if (!found.works) throw new Error('there is none');
    const confine: Confinement = {
      form: found.form,
      program: found.program,
      home: join(dir, 'home'),
      personHome,
      read: [],
      write: [join(dir, 'work')],
      fixed: [],
      network: 'full',
      endpoints: [],
    };
    const runtime = cli.create(createSupervisor(systemClock, { sandbox }), environment);
    const session = runtime.start(
      plainSpec(dir, {
        env: { PATH: environment.PATH, HOME: personHome },
        settings: settingsFor(cli, model.url),
        model: cli.model,
        confine,
        ...more,
        prompt: `Please. ${marker(...moves(dir))}`,
      }),
    );
    return { ...(await session.result), dir };
  }
  it('works in it, and nowhere else', async () => {
    const result = await run(
      (dir) => [
        { write: { path: 'hello.txt', content: 'hi\n' } },
        { run: `cat ${dir}/person/secret.txt > seen.txt; echo x > ${dir}/outside.txt` },
        { run: 'cat here.txt > copy.txt' },
        { say: 'done' },
      ],
      { fullPermissions: true },
    );
    expect(result).toMatchObject({ failure: null, report: { summary: 'done' } });
    expect(kept(result.dir, 'work/hello.txt')).toBe('hi');
    expect(kept(result.dir, 'work/copy.txt')).toBe('what is here');
    expect(kept(result.dir, 'work/seen.txt')).toBe('');
    expect(existsSync(join(result.dir, 'outside.txt'))).toBe(false);
  });

  it('is held to what its agent may do', async () => {
    const agent = { ...plainSpec('/', {}).agent, tools: ['Read'] };
    // Codex reads by its shell, which the sandbox keeps from writing; the others have no shell.
    const byShell = cli.id === 'codex';
    const write = { write: { path: 'a.txt', content: 'a\n' } };
    const moves = [byShell ? { run: 'cat here.txt; touch b.txt' } : write, write, { say: 'tried' }];
    const result = await run(() => moves, { agent });
    expect(result.failure).toBeNull();
    expect(existsSync(join(result.dir, 'work/a.txt'))).toBe(false);
    expect(existsSync(join(result.dir, 'work/b.txt'))).toBe(false);
    const read = model.requests.some(
      ({ body }) => body.includes(result.dir) && body.includes('what is here'),
    );
    expect(read).toBe(byShell);
  });
});
