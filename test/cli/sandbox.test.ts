// The sandbox as users get it: scripted agents that try what they must not, through the built program.

import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';

import { found, foundCut, skipped } from '../sandbox.ts';
import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const SECRET = 'planted-secret-4711';
/** Finds it, but not the script that looks for it. */
const PATTERN = 'planted-secret-[4]711';

/** What a scripted agent does, and whether it is refused: each says so in a file of its change. */
async function runHostile(
  tries: Readonly<Record<string, string>>,
  sandbox: object = {},
): Promise<{ shop: Project; said: string; stderr: string }> {
  const steps = Object.entries(tries).map(([name, line]) => ({
    run: `if ${line}; then echo "${name}: did" >> tries; else echo "${name}: refused" >> tries; fi`,
  }));
  const shop = project({ script: { tasks: { h: steps } }, config: { sandbox } });
  const home = join(shop.dir, '..');
  mkdirSync(join(home, '.ssh'));
  writeFileSync(join(home, '.ssh/id'), SECRET);
  writeFileSync(join(home, 'secret'), SECRET);
  shop.write('plan.yaml', stringify({ goal: 'Try', tasks: [{ id: 'h', title: 'Try' }] }));
  const { code, stderr } = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes'], {
    env: { TUTTI_SANDBOX: 'auto' },
  });
  expect(code, stderr).toBe(0);
  const branch = shop.git('branch', '--list', 'SHOP-1/*', '--format=%(refname:short)');
  return { shop, said: shop.git('show', `${branch}:tries`), stderr };
}

/** All of the tries with one outcome. */
function each(names: readonly string[], how: 'did' | 'refused'): string {
  return names.map((name) => `${name}: ${how}`).join('\n');
}

describe.skipIf(!found.works)(`the sandbox${skipped}`, () => {
  it('keeps an agent in its clone', async () => {
    const tries = {
      'read the home':
        'cat "$HOME/../../../secret" || cat $(dirname "$TUTTI_PROMPT_FILE")/../../../../../../secret',
      'find a secret': `grep -rqs ${PATTERN} /home /root /tmp /var /run --exclude-dir=node_modules`,
      'read the checkout': 'ls "$(dirname "$TUTTI_PROMPT_FILE")/../../../../../README.md"',
      'read another clone': 'ls -d "$PWD"/../../../workspaces/*/work | grep -v SHOP-1.1/',
      // There it may look as if it did: what counts is what is outside.
      'write into the home':
        'touch "$(dirname "$TUTTI_PROMPT_FILE")/../../../../../../planted" ../planted && false',
      'write to the system': 'touch /usr/planted',
      'move a ref': 'touch "$(cat .git/objects/info/alternates)/planted"',
      'rewrite what it was told': 'echo x >> "$TUTTI_PROMPT_FILE"',
      'see processes outside': '[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 12 ]',
      'kill by name': 'pkill -f "[c]li/main.js"',
    };
    const { shop, said, stderr } = await runHostile(tries);
    expect(said).toBe(each(Object.keys(tries), 'refused'));
    expect(stderr).not.toContain('without a sandbox');
    expect(existsSync('/usr/planted')).toBe(false);
    expect(existsSync(join(shop.dir, '../planted'))).toBe(false);
    expect(shop.git('status', '--porcelain').split('\n')).toEqual(['?? plan.yaml']);
  });

  it('lets an agent do its work', async () => {
    const tries = {
      'read what it was told': 'grep -q Try "$TUTTI_PROMPT_FILE"',
      'write for a while': 'touch "$TMPDIR/a" /tmp/b',
      'have a home': 'touch ~/c',
      'run node': 'node -e 0',
      'use git': 'git log -1 --format=%s | grep -q Start && git commit -q --allow-empty -m Mine',
      'see itself in the list': 'test -e /proc/self/status',
    };
    const { said } = await runHostile(tries);
    expect(said).toBe(each(Object.keys(tries), 'did'));
  });

  it('ends whoever detaches, forgets the mark and forks twice', async () => {
    const left = '7654321';
    await runHostile({
      detach: `setsid sleep ${left} &`,
      'forget the mark': `env -i setsid sleep ${left} &`,
      'fork twice': `sh -c "setsid sh -c 'env -i sleep ${left} &' &"`,
    });
    expect(running(left)).toBe(false);
  });

  it('shows what the person allows, at its place and in the private home', async () => {
    const folder = '~/allowed';
    const shop = project({
      script: { tasks: { h: [{ run: 'cat ~/allowed/word > word; touch ~/allowed/x' }] } },
      config: { sandbox: { read: [folder] } },
    });
    mkdirSync(join(shop.dir, '../allowed'));
    writeFileSync(join(shop.dir, '../allowed/word'), 'yes');
    shop.write('plan.yaml', stringify({ goal: 'G', tasks: [{ id: 'h', title: 'T' }] }));
    const { code, stderr } = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes'], {
      env: { TUTTI_SANDBOX: 'auto' },
    });
    expect(code, stderr).toBe(0);
    const branch = shop.git('branch', '--list', 'SHOP-1/*', '--format=%(refname:short)');
    expect(shop.git('show', `${branch}:word`)).toBe('yes');
    expect(existsSync(join(shop.dir, '../allowed/x'))).toBe(false);
  });

  it('confines checks and set-up commands as well', async () => {
    const spy = `! grep -qs ${PATTERN} "$(cat .git/objects/info/alternates)/../../../secret"`;
    const shop = project({
      script: { default: [{ write: { path: 'a', content: 'a' } }] },
      config: {
        checks: [{ name: 'spy', run: `${spy} && ! touch /usr/planted` }],
        workspace: { setup: [`${spy} && ! touch /usr/planted`] },
      },
    });
    writeFileSync(join(shop.dir, '../secret'), SECRET);
    shop.write('plan.yaml', stringify({ goal: 'G', tasks: [{ id: 'h', title: 'T' }] }));
    const { code, stderr } = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes'], {
      env: { TUTTI_SANDBOX: 'auto' },
    });
    expect(code, stderr).toBe(0);
  });
});

describe.skipIf(!foundCut.works)(`the network of the sandbox${skipped}`, () => {
  it('is a loopback of its own where it is cut', async () => {
    const server = createServer((_, response) => response.end('outside'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const tries = { 'reach outside': ask(`http://127.0.0.1:${port}/`) };
    const cut = await runHostile(tries, { network: 'none' });
    expect(cut.said).toBe('reach outside: refused');
    const full = await runHostile(tries, { network: 'full' });
    expect(full.said).toBe('reach outside: did');
  });
});

describe('without a sandbox', () => {
  it('scripted agents and commands work, and it is said once', async () => {
    const shop = project({ script: { default: [{ write: { path: 'a', content: 'a' } }] } });
    shop.write('plan.yaml', stringify({ goal: 'G', tasks: [{ id: 'h', title: 'T' }] }));
    const env = bare(shop);
    const { code, stderr } = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes'], { env });
    expect(code, stderr).toBe(0);
    expect(stderr.match(/without a sandbox/gu)).toHaveLength(1);
    expect(stderr).toContain('apt install bubblewrap');
  });

  it('other agents do not start, and the cause and its remedy are named', async () => {
    const shop = project({ config: { runtimes: { default: 'claude' } } });
    const env = bare(shop);
    writeFileSync(join(shop.dir, '../bin/claude'), '#!/bin/sh\necho 2.1.197\n', { mode: 0o755 });
    const { code, stderr } = await shop.tutti(['run', 'Do it', '--no-orchestrate', '--yes'], {
      env: { ...env, ANTHROPIC_API_KEY: 'dummy' },
    });
    expect(code, stderr).toBe(4);
    expect(stderr).toContain('not installed');
    expect(stderr).toContain('TUTTI_SANDBOX=off');
  });

  it('nothing runs where the configuration asks for one', async () => {
    const shop = project({ script: {} });
    shop.write('plan.yaml', stringify({ goal: 'G', tasks: [{ id: 'h', title: 'T' }] }));
    const env = { ...bare(shop), TUTTI_SANDBOX: 'on' };
    const { code } = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes'], { env });
    expect(code).toBe(4);
  });
});

/** Whether a process with this word in its command is alive. */
function running(word: string): boolean {
  const pids = existsSync('/proc') ? listed() : [];
  return pids.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

function listed(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/u.test(name));
}

/** Asks a server; it fails where there is no way to it. */
function ask(url: string): string {
  return `node -e "fetch('${url}').then(()=>process.exit(0),()=>process.exit(1))"`;
}

/** No program at all but what the test needs. */
function bare(shop: Project): Record<string, string> {
  const bin = join(shop.dir, '../bin');
  mkdirSync(bin);
  for (const name of ['git', 'node', 'sh', 'rm', 'cp', 'mkdir', 'cat', 'ls']) {
    const real = (process.env['PATH'] ?? '').split(':').find((one) => existsSync(join(one, name)));
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${join(real ?? '', name)} "$@"\n`, {
      mode: 0o755,
    });
  }
  return { PATH: bin, TUTTI_SANDBOX: 'auto' };
}
