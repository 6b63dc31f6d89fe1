// `tutti agents`: what there is and where it comes from, who is at work, and what runtimes cannot
// honour of an agent. The runtime is a fake program on PATH; nothing here knows a model.

import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const REVIEWER =
  '---\nname: tidy\ndescription: Tidies up.\ntools: Read, Bash(git log:*)\nmodel: gpt-5.5\npermissionMode: plan\n---\nBe tidy.\n';

/** Claude Code, as far as it is needed: it says what it was called with, and does nothing. */
function fakeClaude(at: Project): string {
  const folder = join(dirname(at.dir), 'bin');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'claude');
  const called = join(folder, 'called');
  writeFileSync(
    path,
    [
      '#!/bin/sh',
      'case "$1" in --version) echo "2.1.197 (Claude Code)"; exit 0;; esac',
      `printf '%s\\n' "$@" > '${called}'`,
      'cat > /dev/null',
      'echo done > tidy.txt',
      `echo '{"type":"system","subtype":"init","session_id":"11111111-1111-1111-1111-111111111111"}'`,
      `echo '{"type":"result","subtype":"success","is_error":false,"result":"done","total_cost_usd":0,"usage":{"input_tokens":1,"output_tokens":1},"structured_output":{"status":"done","summary":"tidied"}}'`,
    ].join('\n'),
  );
  chmodSync(path, 0o755);
  return called;
}

function withFakes(at: Project): Readonly<Record<string, string>> {
  const path = `${join(dirname(at.dir), 'bin')}:${at.env['PATH'] ?? ''}`;
  return { PATH: path, ANTHROPIC_API_KEY: 'test' };
}

describe('tutti agents', () => {
  it('says where each comes from and what takes the place of what', async () => {
    const at = project();
    at.write('.claude/agents/one.md', '---\nname: tech-lead\ndescription: C.\n---\nx\n');
    at.write('.tutti/agents/two.md', '---\nname: tech-lead\ndescription: P.\n---\nx\n');
    const own = join(at.env['XDG_CONFIG_HOME'] ?? '', 'tutti/agents');
    mkdirSync(own, { recursive: true });
    writeFileSync(
      join(own, 'mine.md'),
      '---\nname: mine\ndescription: M.\nruntime: nowhere\n---\nx\n',
    );
    const untrusted = await at.tutti(['agents']);
    expect(untrusted.stdout).toMatch(/one\.md:1: tech-lead judges work, and nobody trusted it/u);
    at.env['TUTTI_TRUST_PROJECT'] = '1';
    const { document } = await at.json(['agents']);
    const agents: { name: string }[] = JSON.parse(JSON.stringify(document['agents']));
    const named = (name: string): unknown => agents.find((agent) => agent.name === name);
    expect(named('tech-lead')).toMatchObject({
      description: 'P.',
      origin: 'project',
      overrides: [{ origin: 'built-in' }, { origin: 'claude' }],
    });
    expect(named('mine')).toMatchObject({ origin: 'person', overrides: [] });
    expect(agents).toHaveLength(11);
    expect(named('mine')).toMatchObject({
      runsBy: 'nowhere',
      notes: ['there is no runtime nowhere'],
    });
    const { stdout } = await at.tutti(['agents']);
    expect(stdout).toContain(
      'P. (.tutti/agents, over the built-in one, over the .claude/agents one)',
    );
    expect(stdout).toContain('M. (yours, nowhere)');
  });

  it('has nine more where the catalogue is on, and their words only then', async () => {
    const at = project();
    const route = (): Promise<unknown> =>
      at.json(['agents', 'route', 'Deploy to AWS']).then(({ document }) => document['agent']);
    expect(await route()).toBe('devops-engineer');
    at.write('.tutti/config.yaml', 'agents: { catalogues: [core, domain] }\n');
    expect(await route()).toBe('aws-cloud-architect');
    const { document } = await at.json(['agents']);
    const origins = JSON.stringify(document['agents']).match(/"origin":"domain"/gu);
    expect(origins).toHaveLength(9);
    expect((await at.tutti(['agents'])).stdout).toMatch(/llm-architect .*\n?.*\(domain\)/u);
  });

  it('names file and line of what it cannot read, and stops at nothing', async () => {
    const at = project();
    at.write('.claude/agents/a.md', '---\nname: a\ndescription: A.\ntools: { Read: 1 }\n---\n');
    at.write('.claude/agents/b.md', '# Just notes\n');
    at.write('.claude/agents/c.md', '---\nname: ../../c\ndescription: C.\n---\n');
    at.write('.claude/agents/d.md', '---\nname: d\ndescription: D.\n');
    at.write('.claude/agents/e.md', '---\nname: e\ndescription: E.\n---\n');
    at.write('.claude/agents/f.md', '---\nname: e\ndescription: F.\n---\n');
    symlinkSync('/dev/zero', join(at.dir, '.claude/agents/z.md'));
    mkdirSync(join(at.dir, '.claude/agents/folder.md'));
    const { code, document } = await at.json(['agents']);
    expect(code).toBe(0);
    const problems = JSON.stringify(document['problems']);
    expect(problems).toMatch(/a\.md:4: tools is not a list of words/u);
    expect(problems).toMatch(/b\.md:1: no front matter/u);
    expect(problems).toMatch(/c\.md:2: the name .*is not safe/u);
    expect(problems).toMatch(/d\.md:1: the front matter has no end/u);
    expect(problems).toMatch(/f\.md:1: the name e is taken by .*e\.md/u);
    expect(problems).toMatch(/z\.md:1: not a file/u);
    expect(problems).toMatch(/folder\.md:1: not a file/u);
    const doctor = await at.json(['doctor']);
    expect(JSON.stringify(doctor.document)).toContain('a.md:4');
  });
});

describe('tutti agents add', () => {
  it('writes what the flags say, and says what comes next', async () => {
    const at = project();
    const made = await at.tutti([
      'agents',
      'add',
      'dba',
      '--description',
      'For "slow": queries\n---',
      '--tools',
      'Read, Bash(psql:*)',
      '--model',
      'opus',
      '--runtime',
      'claude',
    ]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toContain('made .tutti/agents/dba.md');
    expect(made.stdout).toContain('claude cannot keep to Bash(psql:*)');
    expect(made.stdout).toContain('tutti agents route');
    const { document } = await at.json(['agents']);
    expect(document['agents']).toContainEqual(
      expect.objectContaining({
        name: 'dba',
        description: 'For "slow": queries\n---',
        tools: ['Read', 'Bash(psql:*)'],
        model: 'opus',
        runsBy: 'claude',
      }),
    );
  });

  it('refuses names that are paths, runtimes that are none, and what is there', async () => {
    const at = project();
    for (const name of ['../x', 'a/b', '.', '..', '-x', 'a b', 'x\n', '', 'é', 'a'.repeat(65)]) {
      const { code, document } = await at.json(['agents', 'add', '--', name]);
      expect([name, code, document['error']?.['code']]).toEqual([name, 2, 'usage']);
    }
    const wrong = await at.tutti(['agents', 'add', 'x', '--runtime', 'cluade']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean claude')]);
    at.write('.tutti/agents/other.md', '---\nname: taken\ndescription: T.\n---\nx\n');
    const taken = await at.json(['agents', 'add', 'taken']);
    expect(taken.document['error']).toMatchObject({
      code: 'exists',
      message: '.tutti/agents/other.md is there already',
    });
    expect((await at.json(['agents', 'add', 'true'])).code).toBe(0);
  });

  it('follows no link that the repository brings', async () => {
    const at = project();
    const elsewhere = join(dirname(at.dir), 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(at.dir, '.tutti'));
    const { code, document } = await at.json(['agents', 'add', 'x']);
    expect([code, document['error']?.['code']]).toEqual([2, 'unwritable']);
  });
});

describe('an agent on a runtime', () => {
  it('is said to lack what the runtime cannot honour, wherever people look', async () => {
    const at = project({ config: { runtimes: { default: 'claude' }, sandbox: { mode: 'off' } } });
    const called = fakeClaude(at);
    const env = withFakes(at);
    at.write('.claude/agents/tidy.md', REVIEWER);
    at.git('add', '.');
    at.git('commit', '-qm', 'Agents');
    const notes = [
      'claude does not have the model gpt-5.5: it uses sonnet (runtimes.claude.model)',
      'claude cannot keep to Bash(git log:*): the whole tool is allowed',
      'nothing here goes by what its file says of permissionMode',
    ];
    const { document } = await at.json(['agents']);
    expect(document['agents']).toContainEqual(expect.objectContaining({ name: 'tidy', notes }));
    at.write('plan.yaml', plan({ id: 'tidy', title: 'Tidy up', agent: 'tidy' }));
    const ran = await at.tutti(['run', '--plan', 'plan.yaml', '--yes'], { env });
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    for (const note of notes) expect(ran.stderr.split(`tidy: ${note}`)).toHaveLength(2);
    const args = readFileSync(called, 'utf8').split('\n');
    expect(args).toContain('--tools=Read,Bash');
    expect(args).toContain('--append-system-prompt=Be tidy.');
    expect(args.filter((arg) => arg.startsWith('--model'))).toEqual(['--model=sonnet']);
    const shown = await at.tutti(['show', 'SHOP-1.1']);
    for (const note of notes) expect(shown.stdout).toContain(note);
    expect((await at.json(['show', 'SHOP-1.1'])).document['notes']).toEqual(notes);
  });
});

/** A program that says its version, writes down its arguments, and prints these lines. */
function fake(at: Project, name: string, lines: readonly object[]): string {
  const folder = join(dirname(at.dir), 'bin');
  mkdirSync(folder, { recursive: true });
  const called = join(folder, `${name}-called`);
  const said = lines.map((line) => `echo '${JSON.stringify(line)}'`);
  const body = [
    '#!/bin/sh',
    'case "$1" in --version) echo 1.2.3; exit 0;; esac',
    `printf '%s\\n' "$@" > '${called}'`,
    'cat > /dev/null',
    ...said,
  ];
  writeFileSync(join(folder, name), body.join('\n'));
  chmodSync(join(folder, name), 0o755);
  return called;
}

describe('the same file on another runtime', () => {
  const LOOKER =
    '---\nname: looker\ndescription: Looks.\ntools: Read, Grep\nmodel: sonnet\n---\nOnly look.\n';

  it('is what codex can make of it, and the rest is said', async () => {
    const at = project({ config: { runtimes: { default: 'codex' }, sandbox: { mode: 'off' } } });
    const called = fake(at, 'codex', [
      { type: 'thread.started', thread_id: '11111111-1111-1111-1111-111111111111' },
      {
        type: 'item.completed',
        item: { id: 'a', type: 'agent_message', text: '{"status":"done","summary":"seen"}' },
      },
      { type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 1 } },
    ]);
    at.write('.claude/agents/looker.md', LOOKER);
    at.git('add', '.');
    at.git('commit', '-qm', 'Agents');
    const task = { id: 'look', title: 'Look', agent: 'looker', expect_changes: false };
    at.write('plan.yaml', plan(task));
    const env = { ...withFakes(at), CODEX_API_KEY: 'test' };
    const ran = await at.tutti(['run', '--plan', 'plan.yaml', '--yes'], { env });
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(ran.stderr).toContain('looker: codex does not have the model sonnet');
    expect(ran.stderr).toContain('looker: codex reads files by running commands');
    const args = readFileSync(called, 'utf8');
    expect(args).toContain('developer_instructions="Only look.');
    expect(args).toContain('read-only');
    expect(args).toContain('web_search="disabled"');
    expect(args).not.toContain('sonnet');
  });
});

const worker = (id: string, specialization: string): object => ({
  id,
  specialization,
  max_concurrent_issues: 1,
  capabilities: [`${specialization}-tests`],
});
const needs = (id: string, requires: readonly string[]): object => ({ id, title: id, requires });

it('explains a route by its rule and by what each word said', async () => {
  const { tutti, json } = project();
  const route = ['agents', 'route', 'Write auth tests for the API', '--explain'];
  const { stdout } = await tutti(route);
  expect(stdout).toMatch(/^qa-engineer {2}"tests" in the title\n/u);
  expect(stdout).toContain('> [the words, scored] >');
  expect(stdout).toMatch(/^ {2}qa-engineer +12 {2}tests 12$/mu);
  expect(stdout).toMatch(/^ {2}security-engineer +6 {2}auth 6$/mu);
  expect((await json(route)).document).toMatchObject({
    agent: 'qa-engineer',
    rule: 'keyword',
    scores: { 'qa-engineer': 12, 'security-engineer': 6, 'backend-developer': 3 },
  });
  const typed = await json([...route.slice(0, 3), '--type', 'security']);
  expect(typed.document).toMatchObject({
    agent: 'security-engineer',
    reason: 'tasks of type security',
  });
});

describe('tutti agents --active', () => {
  it('shows which worker has what fits it, and so does status', async () => {
    const subagents = [worker('py-1', 'python'), worker('db-1', 'sql')];
    const at = project({ script: { default: [{ hang: true }] }, config: { subagents } });
    at.write(
      'plan.yaml',
      plan(
        needs('one', ['sql']),
        needs('two', ['python', 'python-tests']),
        needs('three', ['sql']),
      ),
    );
    const running = at.start(['run', '--plan', 'plan.yaml', '--yes']);
    await running.until(/SHOP-1\.2#1 started/u);
    const { document: active } = await at.json(['agents', '--active']);
    const { document: status } = await at.json(['status']);
    const said = [
      (await at.tutti(['agents', '--active'])).stdout,
      (await at.tutti(['status'])).stdout,
    ];
    running.child.kill('SIGINT');
    await running.ended;
    expect(active).toMatchObject({
      agents: [
        { attempt: 'SHOP-1.1#1', worker: 'db-1' },
        { attempt: 'SHOP-1.2#1', worker: 'py-1' },
      ],
    });
    expect(status['workers']).toMatchObject([
      { id: 'pool' },
      { id: 'py-1', specialization: 'python', maxConcurrent: 1, atWork: ['SHOP-1.2#1'] },
      { id: 'db-1', atWork: ['SHOP-1.1#1'] },
    ]);
    expect(said[0]).toContain('(scripted, py-1): two');
    expect(said[1]).toContain('worker db-1 (sql) is at work on SHOP-1.1#1, 1 of 1');
    expect(said[1]).toContain('waits for a worker that can do it: sql; db-1 busy');
  });

  it('shows who is at work on what, and what they did last', async () => {
    const at = project({
      script: {
        default: [
          { say: 'Reading the tests' },
          { write: { path: 'src/a.ts', content: 'a' } },
          { hang: true },
        ],
      },
    });
    at.write('plan.yaml', plan({ id: 'work', title: 'Work hard', agent: 'tech-lead' }));
    const running = at.start(['run', '--plan', 'plan.yaml', '--yes']);
    await running.until(/SHOP-1\.1/u);
    let active: unknown = null;
    for (let tries = 0; tries < 200; tries += 1) {
      active = (await at.json(['agents', '--active'])).document;
      if (JSON.stringify(active).includes('src/a.ts')) break;
    }
    running.child.kill('SIGINT');
    await running.ended;
    expect(active).toMatchObject({
      agents: [
        {
          agent: 'tech-lead',
          runtime: 'scripted',
          run: 'SHOP-1',
          task: 'SHOP-1.1',
          attempt: 'SHOP-1.1#1',
          title: 'Work hard',
          state: 'running',
          lastAction: { text: expect.stringContaining('src/a.ts') },
        },
      ],
    });
    expect((await at.tutti(['agents', '--active'])).stdout).toBe('No agent is at work.\n');
  });
});
