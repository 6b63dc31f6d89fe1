// `tutti rehearse` as a person calls it, with our own agent: it needs no program. The real programs
// are rehearsed in test/runtimes.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

interface Rehearsed {
  readonly rehearsal: {
    readonly ok: boolean;
    readonly steps: readonly { readonly name: string; readonly state: string }[];
    readonly real: object;
    readonly kept: string | null;
  };
}

async function rehearse(
  shop: Project,
  ...args: readonly string[]
): Promise<Rehearsed['rehearsal'] & { readonly code: number | null }> {
  const { code, stdout, stderr } = await shop.tutti(['rehearse', '--json', ...args]);
  expect(stdout, stderr).not.toBe('');
  const { rehearsal }: Rehearsed = JSON.parse(stdout);
  return { ...rehearsal, code };
}

const statesOf = ({ steps }: Pick<Rehearsed['rehearsal'], 'steps'>): Record<string, string> =>
  Object.fromEntries(steps.map(({ name, state }) => [name, state]));

const ALL_WELL = {
  found: 'ok',
  started: 'ok',
  answered: 'ok',
  resumed: 'ok',
  wrote: 'ok',
  stopped: 'ok',
};

it('rehearses the whole set-up without a key, and leaves nothing behind', async () => {
  const shop = project({ config: { checks: [{ name: 'reads', run: 'grep -q Shop README.md' }] } });
  shop.write('.tutti/config.yaml', 'project: { key: SHOP }\n');
  const before = [shop.git('status', '--porcelain'), shop.git('for-each-ref')];
  const plain = await rehearse(shop, '--runtime', 'api');
  expect(plain).toMatchObject({
    code: 0,
    ok: true,
    kept: null,
    real: { found: false, loggedIn: null, model: null, sandbox: expect.stringContaining('off') },
  });
  expect(statesOf(plain)).toEqual({ ...ALL_WELL, checks: 'note' });
  const checked = await rehearse(shop, '--runtime', 'api', '--checks');
  expect(statesOf(checked)).toEqual({ ...ALL_WELL, checks: 'ok' });
  expect([shop.git('status', '--porcelain'), shop.git('for-each-ref')]).toEqual(before);
  expect(existsSync(join(shop.dir, '.git/tutti'))).toBe(false);
  expect(readdirSync(join(shop.dir, '../state/tutti/rehearsals'))).toEqual([]);
  const { stdout } = await shop.tutti(['rehearse', '--runtime', 'api']);
  expect(stdout).toContain('The set-up works.');
  expect(stdout).toContain('For real it would use:');
});

it('says what does not work, and keeps what it left', async () => {
  const shop = project({ config: { checks: [{ name: 'never', run: 'exit 1' }] } });
  const result = await rehearse(shop, '--runtime', 'api', '--checks');
  expect(result).toMatchObject({ code: 1, ok: false });
  expect(statesOf(result)).toMatchObject({ answered: 'ok', checks: 'failed', stopped: 'ok' });
  expect(existsSync(result.kept ?? '')).toBe(true);
});

it.each([
  [['--runtime', 'scripted'], 'cannot_rehearse', /asks no model/u],
  [['--runtime', 'mine'], 'cannot_rehearse', /only "mine" itself knows/u],
  [['--runtime', 'codex'], 'runtime_missing', /not installed/u],
])('refuses %j', async (args, code, words) => {
  const mine = { binary: 'sh' };
  const shop = project({ config: { runtimes: { mine, codex: { binary: '/nonexistent' } } } });
  const ended = await shop.tutti(['rehearse', ...args, '--json']);
  expect(ended.code).toBe(2);
  const { error }: { error: { code: string; message: string } } = JSON.parse(ended.stdout);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
});
