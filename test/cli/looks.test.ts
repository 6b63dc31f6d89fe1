// The verbs that look, over a real run of command tasks.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

/** A run of four tasks: two side by side, one that prints oddly, one that is skipped. */
async function finished(): Promise<Project> {
  const at = project({ config: { checks: [{ name: 'tests', run: 'test -f README.md' }] } });
  const tasks = plan(
    command('config', String.raw`printf '\033[31mred\033[0m\n'; echo x > config.js`),
    command('api', 'echo y > api.js', { depends_on: ['config'] }),
    command('ui', 'echo z > ui.js', { depends_on: ['config'] }),
    command('docs', 'exit 7', { depends_on: ['api', 'ui'], on_failure: 'skip' }),
  );
  const path = at.write('plan.yaml', tasks);
  const { code, stderr } = await at.tutti(['run', '--plan', path, '--yes', '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return at;
}

describe('looks at a finished run', () => {
  it('shows it from every side, as JSON', async () => {
    const at = await finished();
    const look = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { code, stdout, stderr } = await at.tutti([...args, '--json']);
      expect([args, code, stderr]).toEqual([args, 0, '']);
      const document: Record<string, unknown> = JSON.parse(stdout);
      return document;
    };
    const key = 'SHOP-1';
    expect(await look('status')).toMatchObject({
      runs: [{ key, state: 'completed' }],
      asks: [],
      workers: [],
    });
    expect(await look('list')).toMatchObject({ runs: [{ key }] });
    expect(await look('list', '--state', 'failed')).toEqual({ runs: [] });
    expect(await look('plan', 'list')).toMatchObject({ runs: [{ key }] });

    const proven = { proof: 'proven' };
    expect(await look('show', key, '--stages')).toMatchObject({
      run: { outcome: 'partial' },
      tasks: [proven, proven, proven, { proof: null }],
      stages: [{ name: 'implementation' }],
    });
    expect(await look('show', `${key}.1`.toLowerCase())).toMatchObject({
      task: { key: `${key}.1` },
      attempts: [{ outcome: 'succeeded' }],
      verdicts: [{ task: `${key}.1`, name: 'tests', ok: true }],
    });
    const diff: unknown = expect.stringContaining('+++ b/api.js');
    expect(await look('show', `${key}.2`, '--diff')).toMatchObject({ diff });
    expect(await look('show', `${key}.1#1`)).toMatchObject({ attempt: { outcome: 'succeeded' } });

    expect(await look('context', key, '--files')).toEqual({
      files: ['api.js', 'config.js', 'ui.js'],
    });
    expect(await look('context', `${key}.3`, '--files')).toEqual({ files: ['ui.js'] });
    expect(await look('context', `${key}.4`)).toMatchObject({
      results: [{ task: `${key}.2` }, { task: `${key}.3` }],
    });
    const { edges, mermaid } = await look('graph', key, '--mermaid');
    expect(edges).toHaveLength(4);
    expect(mermaid).toMatch(/^graph TD/u);
    expect(await look('conflicts')).toEqual({ conflicts: [] });
    expect(await look('report', key)).toMatchObject({ run: { key }, openFindings: [] });
    expect(await look('asks')).toEqual({ asks: [] });
    expect(await look('agents', '--active')).toEqual({ agents: [] });
    const four: unknown = expect.objectContaining({ length: 4 });
    expect(await look('plan', 'show', key)).toMatchObject({ plan: { tasks: four } });
    expect(await look('plan', 'diff', key)).toMatchObject({ added: [], removed: [], changed: [] });
    expect(await look('verify', key)).toMatchObject({ ok: true });

    // Logs come without what a terminal would obey, unless told.
    const { stdout: printed } = await at.tutti(['logs', 'SHOP-1.1', '-f']);
    expect(printed).toBe('red\n');
    const { stdout: raw } = await at.tutti(['logs', 'SHOP-1.1#1', '--raw']);
    expect(raw).toBe('\u001B[31mred\u001B[0m\n');
    const { stdout: lines } = await at.tutti(['logs', 'SHOP-1', '-f', '--jsonl']);
    const events = lines
      .trim()
      .split('\n')
      .map((line) => {
        const event: Record<string, unknown> = JSON.parse(line);
        return event;
      });
    expect(events[0]).toMatchObject({ seq: 1, type: 'run-created' });
    expect(events.at(-1)).toMatchObject({ seq: events.length, type: 'run-completed' });

    // An exported plan gives the same plan again.
    const { stdout } = await at.tutti(['plan', 'export', 'SHOP-1']);
    at.write('again.yaml', stdout);
    const { code } = await at.tutti(['plan', 'export', 'SHOP-1', '-o', 'again.json']);
    expect(code).toBe(0);
    const read = async (file: string, again: string): Promise<unknown> => {
      expect((await at.tutti(['run', '--plan', file])).code).toBe(3);
      const { stdout: shown } = await at.tutti(['plan', 'show', again, '--json']);
      const { plan: planned }: { plan: { tasks: unknown } } = JSON.parse(shown);
      return planned.tasks;
    };
    expect(await read('again.yaml', 'SHOP-2')).toEqual(await read('again.json', 'SHOP-3'));
  });

  it('says 2 to keys that name nothing, with where to look', async () => {
    const at = await finished();
    const wrong = ['SHOP-9', 'SHOP-1.9', 'SHOP-1.1#9', 'SHOP-1?9', 'nonsense', ''];
    for (const key of wrong) {
      const { code, document } = await at.json(['show', key]);
      expect([key, code, document['error']?.['code']]).toEqual([key, 2, 'unknown_key']);
    }
    for (const verb of ['logs', 'context', 'graph', 'report', 'verify', 'conflicts']) {
      const { code, stdout, stderr } = await at.tutti([verb, 'SHOP-9']);
      expect([verb, code, stdout]).toEqual([verb, 2, '']);
      expect(stderr).toContain('tutti list');
    }
  });

  it('makes nothing where there is nothing', async () => {
    const at = project();
    for (const verb of ['status', 'list', 'verify', 'asks', 'conflicts', 'runtimes', 'agents']) {
      const { code, stderr } = await at.tutti([verb]);
      expect([verb, code, stderr]).toEqual([verb, 0, '']);
    }
    expect(at.git('status', '--porcelain', '--ignored')).toBe('');
    expect(() => readFileSync(join(at.dir, '.git/tutti/tutti.db'))).toThrow('ENOENT');
  });
});

describe('status', () => {
  it('loads no schema library, YAML, command parser, git or supervisor', async () => {
    const at = await finished();
    const urls = join(at.dir, 'urls.txt');
    const hook = at.write(
      'hook.mjs',
      `import { appendFileSync } from 'node:fs';
       export const load = (url, context, next) => {
         appendFileSync(${JSON.stringify(urls)}, url + '\\n');
         return next(url, context);
       };`,
    );
    const first = at.write(
      'first.mjs',
      `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(hook).href)});`,
    );
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(first).href}` };
    writeFileSync(urls, '');
    const { code, stdout } = await at.tutti(['status'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('completed in part');
    const loaded = readFileSync(urls, 'utf8');
    const chunks = loaded.split('\n').filter((url) => url.includes('/dist/'));
    // The bundler writes down which modules a chunk is made of.
    const modules = chunks.flatMap((url) =>
      readFileSync(new URL(url), 'utf8').match(/(?<=^\/\/ build)\S+/gmu),
    );
    expect(modules).toContain('/app/status.js');
    expect(`${loaded}\n${modules.join('\n')}`).not.toMatch(
      /\/(?:zod|yaml|commander|picomatch)\/|child_process|adapters\/git|supervis|\/schedule\/|\/config\/(?!secrets)/u,
    );
  });

  it('puts the run that finished last behind those that are unfinished', async () => {
    const at = await finished();
    await at.tutti(['run', '--plan', 'plan.yaml']);
    const { document } = await at.json(['status', '--orchestration']);
    expect(document).toMatchObject({
      runs: [
        { key: 'SHOP-2', state: 'awaiting_approval' },
        { key: 'SHOP-1', state: 'completed' },
      ],
      orchestration: [{ run: 'SHOP-2' }],
    });
  });

  it('streams what happens while it is watched', async () => {
    const at = await finished();
    const watched = at.start(['status', '--watch', '--jsonl']);
    const heard = new Promise<string>((resolve) => {
      watched.child.stdout?.once('data', (text: string) => resolve(text));
    });
    // It may still be starting: events are given until one of them is heard.
    const add = async (): Promise<null> => {
      await at.tutti(['add', 'One more', '--no-orchestrate']);
      return null;
    };
    while ((await Promise.race([heard, add()])) === null);
    expect(JSON.parse((await heard).split('\n')[0] ?? '')).toMatchObject({ type: 'run-created' });
    watched.child.kill('SIGINT');
    expect((await watched.ended).code).toBe(130);
  });
});

describe('a run that goes on', () => {
  it('is seen at work, followed to its end, and its conflicts before they happen', async () => {
    const go = 'while [ ! -e "$GO" ]; do sleep 0.02; done';
    const at = project({ config: { integrate: { parallel: 4 } } });
    const gate = join(at.dir, 'go');
    const check = go.replace('$GO', gate);
    at.write(
      'plan.yaml',
      plan(
        command('one', 'echo one; echo 1 >> same', { checks: [check] }),
        command('two', 'echo two; echo 2 >> same', { checks: [check] }),
      ),
    );
    const run = at.start(['run', '--plan', 'plan.yaml', '--yes']);
    await Promise.all([run.until('SHOP-1.1#1 handed in'), run.until('SHOP-1.2#1 handed in')]);
    expect((await at.json(['conflicts'])).document).toEqual({
      conflicts: [{ a: 'SHOP-1.1#1', b: 'SHOP-1.2#1', files: ['same'], kind: 'change' }],
    });
    const { document } = await at.json(['status']);
    expect(document).toMatchObject({ workers: [{ id: 'pool', pid: run.child.pid }] });
    const followed = at.start(['logs', 'SHOP-1', '-f']);
    const printed = at.start(['logs', 'SHOP-1.2', '-f']);
    writeFileSync(gate, '');
    expect((await run.ended).code).toBe(0);
    expect((await followed.ended).stdout).toMatch(/SHOP-1 completed\n$/u);
    // The second one is tried again on what the first one made.
    expect((await printed.ended).stdout).toMatch(/^two\n--- SHOP-1\.\d#2 ---\ntwo\n$|^two\n$/u);
  });
});

describe('three agents at work', () => {
  it('are seen from another process, with the files they will conflict in', async () => {
    const at = project({});
    const go = join(at.dir, 'go');
    const work = (text: string, file: string): string =>
      `echo ${text} >> ${file}; while [ ! -e ${go} ]; do sleep 0.02; done`;
    at.write(
      'plan.yaml',
      plan(
        command('one', work('1', 'same')),
        command('two', work('2', 'same')),
        command('three', work('3', 'other')),
      ),
    );
    const run = at.start(['run', '--plan', 'plan.yaml', '--yes']);
    let stdout = '';
    while (!stdout.includes('1 conflict among 3 changes')) {
      ({ stdout } = await at.tutti(['conflicts', 'SHOP-1']));
    }
    expect((await at.json(['conflicts'])).document).toEqual({
      conflicts: [{ a: 'SHOP-1.1#1', b: 'SHOP-1.2#1', files: ['same'], kind: 'change' }],
    });
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual(
      expect.arrayContaining([
        '1 conflict among 3 changes not integrated yet',
        ' 1 SHOP-1.1#1   \\  1  at work',
        ' 2 SHOP-1.2#1   1  \\  at work',
        '✗ SHOP-1.1#1 × SHOP-1.2#1  same',
      ]),
    );
    writeFileSync(go, '');
    expect((await run.ended).code).toBe(0);
  });
});

describe('plan edit', () => {
  it('makes a revision of every edit, and tells what changed', async () => {
    const at = await finished();
    const key = 'SHOP-2';
    await at.tutti(['run', '--plan', 'plan.yaml']);
    const edit = (...args: string[]): ReturnType<Project['json']> =>
      at.json(['plan', 'edit', key, ...args]);
    const added = await edit('--add', 'Write the changelog', '--depends-on', 'api');
    expect([added.code, added.document['plan']?.['revision']]).toEqual([0, 2]);
    const both = await edit(
      '--remove',
      'docs',
      '--set',
      'ui.title=Build: the page',
      '--set',
      'api.priority=high',
    );
    expect(both.document['plan']?.['revision']).toBe(3);
    const { document: diff } = await at.json(['plan', 'diff', key, '--from', '1']);
    expect(diff).toMatchObject({
      added: [{ id: 'write-the-changelog', dependsOn: ['api'] }],
      removed: [{ id: 'docs' }],
      changed: [
        { id: 'api', fields: [{ field: 'priority', from: 'medium', to: 'high' }] },
        { id: 'ui', fields: [{ field: 'title', to: 'Build: the page' }] },
      ],
    });
    const refused = await edit('--set', 'api.depends_on=[ui, api]');
    expect([refused.code, refused.document['error']?.['code']]).toEqual([2, 'bad_plan']);
    expect((await edit('--remove', 'nobody')).code).toBe(2);
    expect((await edit()).document['error']?.['code']).toBe('usage');
    const { document } = await at.json(['plan', 'show', key, '--revision', '1']);
    expect(document['plan']).toMatchObject({ revision: 1, state: 'superseded' });
  });
});

describe('agents', () => {
  it('scaffolds an agent once, and never over a file', async () => {
    const at = project();
    const made = await at.json(['agents', 'add', 'api-writer']);
    expect(made.code).toBe(0);
    const path = join(at.dir, '.tutti/agents/api-writer.md');
    expect(made.document['path']).toBe(path);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/description: .*/u, 'description: Mine.'),
    );
    expect((await at.json(['agents', 'add', 'api-writer'])).document['error']?.['code']).toBe(
      'exists',
    );
    expect(readFileSync(path, 'utf8')).toContain('Mine.');
    const { document } = await at.json(['agents']);
    expect(JSON.stringify(document['agents'])).toContain('"description":"Mine."');
    expect(document['problems']).toEqual([]);
    expect((await at.tutti(['agents', 'add', '../evil'])).code).toBe(2);
  });

  it('routes by words and says why', async () => {
    const at = project();
    const { document } = await at.json([
      'agents',
      'route',
      'Build',
      'the',
      'login',
      'form',
      '--explain',
    ]);
    expect(document).toMatchObject({ agent: 'frontend-designer' });
    expect(Object.keys(document['scores'] ?? {})).toContain('frontend-designer');
  });
});

describe('config', () => {
  it('shows values with their sources, secrets masked', async () => {
    const at = project();
    at.write(
      '.tutti/config.yaml',
      'budget: { usd: 5 }\nruntimes: { mine: { binary: mine, env: { API_KEY: sk-verysecret } } }\n',
    );
    const { code, stdout } = await at.tutti(['config', 'show'], {
      env: { TUTTI_MAX_PARALLEL: '2' },
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('verysecret');
    expect(stdout).toMatch(/orchestration\.max_parallel +2 +\(env\)/u);
    expect(stdout).toMatch(/budget\.usd +5 +\(project\)/u);
    const { document } = await at.json(['config', 'check']);
    expect(document).toMatchObject({ ok: true });
    expect((await at.json(['config', 'schema'])).document['title']).toBe('tutti configuration');
    at.write('.tutti/config.yaml', 'budgt: 1\n');
    const wrong = await at.tutti(['config', 'check']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/config\.yaml:1:1: .*budget/su);
  });
});
