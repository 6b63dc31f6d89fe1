// The tools as a model uses them: one that was talked into leaving its clone, and one that is careless.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CommandPolicy } from './command-policy.ts';
import { TOOLS } from './tool-set.ts';
import type { ToolEnd } from './tool-set.ts';

const SECRET = 'the secret of somebody else';

let dir: string;
let root: string;
let outside: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-tools-')));
  root = join(dir, 'work');
  outside = join(dir, 'outside');
  for (const folder of [root, outside, join(root, 'src'), join(root, '.git')]) mkdirSync(folder);
  writeFileSync(join(outside, 'secret'), SECRET);
  writeFileSync(join(root, '.git', 'config'), '[core]\n');
  writeFileSync(join(root, 'src', 'a.txt'), 'one\ntwo\nthree\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const EVERYTHING: CommandPolicy = { everything: true, allowed: [] };

function use(name: string, input: object, policy: CommandPolicy = EVERYTHING): Promise<ToolEnd> {
  const tool = TOOLS.find((each) => each.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  const { signal } = new AbortController();
  return tool.use(input, { root, policy, env: { PATH: process.env['PATH'] }, signal });
}

/** Everything below a folder with what is in it. */
function snapshot(folder: string): string {
  return execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + -o -print | sort'], {
    cwd: folder,
    encoding: 'utf8',
  });
}

/** Each tool, told to act on a path. */
const ON_PATH: readonly (readonly [name: string, input: (path: string) => object])[] = [
  ['read', (path) => ({ path })],
  ['list', (path) => ({ path })],
  ['search', (path) => ({ path, pattern: '.' })],
  ['write', (path) => ({ path, content: 'owned' })],
  ['edit', (path) => ({ path, old: 'e', new: 'X', all: true })],
];

describe('what is outside', () => {
  const links: Readonly<Record<string, string>> = {
    'to-folder': '../outside',
    'to-file': '../outside/secret',
    'to-nowhere': '../outside/new-file',
    'to-root': '/',
    'to-git': '.git',
    'to-git-config': '.git/config',
    'to-proc': '/proc/self/cwd',
    'to-link': 'to-folder',
    'to-itself': 'to-itself',
  };
  const paths = [
    '..',
    '../outside/secret',
    'src/../../outside/secret',
    './/src/./../..//outside/secret',
    '../work-2/x',
    '/etc/passwd',
    '/',
    '//etc/passwd',
    'to-folder',
    'to-folder/secret',
    'to-folder/new/deep/file',
    'to-file',
    'to-nowhere',
    'to-nowhere/deep',
    'to-root/etc/passwd',
    'to-link/secret',
    'to-itself',
    'to-itself/x',
    'to-proc/secret',
    'src/\0/etc/passwd',
    '',
    ' ',
    `${'a/'.repeat(3_000)}b`,
    'x'.repeat(300),
  ];
  const git = [
    '.git',
    '.git/config',
    '.git/hooks/pre-commit',
    '.GIT/config',
    '.Git/new',
    'src/../.git/config',
    'to-git/config',
    'to-git/hooks/new',
    'to-git-config',
    'src/.git/config',
    'git~1/config',
    '.git /config',
    '.git./config',
    '.g\u200cit/config',
  ];

  it.each(ON_PATH)('stays untouched and unread by %s', async (name, input) => {
    for (const [link, target] of Object.entries(links)) symlinkSync(target, join(root, link));
    const [before, inside] = [snapshot(outside), snapshot(root)];
    for (const path of [...paths, ...git, join(outside, 'secret')]) {
      const { ok, text } = await use(name, input(path));
      expect(text, `${name} ${path}`).not.toContain(SECRET);
      expect(text, `${name} ${path}`).not.toContain('[core]');
      expect(text, `${name} ${path}`).not.toContain('root:');
      // A search of what is no file finds nothing, which is an answer as well.
      if (name !== 'search') expect(ok, `${name} ${path}: ${text}`).toBe(false);
    }
    expect(snapshot(outside)).toBe(before);
    expect(snapshot(root)).toBe(inside);
  });

  it('is not shown by going through the whole clone', async () => {
    for (const [link, target] of Object.entries(links)) symlinkSync(target, join(root, link));
    const found = await use('search', { pattern: 'secret|core|root:' });
    expect(found).toEqual({ ok: true, text: '(nothing found)' });
    const { text } = await use('list', { depth: 9 });
    expect(text.split('\n').toSorted()).toEqual(
      ['src/', 'src/a.txt', ...Object.keys(links).map((link) => `${link}@`)].toSorted(),
    );
  });

  it('is not reached through another name of the same file', async () => {
    linkSync(join(outside, 'secret'), join(root, 'twin'));
    expect(await use('write', { path: 'twin', content: 'mine' })).toMatchObject({ ok: true });
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(SECRET);
    expect(readFileSync(join(root, 'twin'), 'utf8')).toBe('mine');
  });

  it('is not reached by who swaps a folder for a link while a tool is at work', async () => {
    mkdirSync(join(root, 'swap'));
    writeFileSync(join(root, 'swap', 'secret'), 'harmless');
    // As fast as it can: most of the time it is one of both, at times neither.
    const swapper = spawn(
      process.execPath,
      [
        '-e',
        `const { renameSync, rmSync, symlinkSync } = require('node:fs');
         const swap = (from, to) => {
           try { renameSync(from, to); return; } catch {}
           try { rmSync(to, { recursive: true, force: true }); } catch {}
         };
         symlinkSync('../outside', 'link');
         process.stdout.write('ready');
         for (;;) {
           swap('swap', 'kept'); swap('link', 'swap');
           swap('swap', 'link'); swap('kept', 'swap');
         }`,
      ],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(swapper.stdout, 'data');
    const before = snapshot(outside);
    try {
      for (let round = 0; round < 150; round += 1) {
        const read = await use('read', { path: 'swap/secret' });
        expect(read.text).not.toContain(SECRET);
        await use('write', { path: `swap/new-${round}`, content: 'owned' });
        await use('write', { path: `swap/deep-${round}/file`, content: 'owned' });
        await use('edit', { path: 'swap/secret', old: 's', new: 's!', all: true });
        const listed = await use('list', { path: 'swap' });
        expect(listed.ok && listed.text.includes('outside')).toBe(false);
      }
    } finally {
      swapper.kill('SIGKILL');
    }
    expect(snapshot(outside)).toBe(before);
  });
});

it('reads what others published, and publishes', async () => {
  const [artifacts, outbox] = [join(dir, 'artifacts'), join(dir, 'outbox')];
  mkdirSync(artifacts);
  mkdirSync(outbox);
  writeFileSync(join(artifacts, 'api.txt'), 'GET /');
  symlinkSync(join(outside, 'secret'), join(artifacts, 'link'));
  const { signal } = new AbortController();
  const bench = { root, artifacts, outbox, policy: EVERYTHING, env: {}, signal };
  const at = (name: string, input: object): Promise<ToolEnd> | undefined =>
    TOOLS.find((each) => each.name === name)?.use(input, bench);
  expect(await at('read', { path: join(artifacts, 'api.txt') })).toMatchObject({ ok: true });
  expect(await at('list', { path: artifacts })).toMatchObject({ ok: true });
  const made = await at('write', { path: join(outbox, 'deep/mine'), content: 'x' });
  expect(made).toMatchObject({ ok: true });
  expect(readFileSync(join(outbox, 'deep/mine'), 'utf8')).toBe('x');
  for (const [name, input] of [
    ['write', { path: join(artifacts, 'mine'), content: 'x' }],
    ['write', { path: join(outbox, '../mine'), content: 'x' }],
    ['read', { path: join(artifacts, '../outside/secret') }],
    ['read', { path: join(artifacts, 'link') }],
  ] as const) {
    expect(await at(name, input)).toMatchObject({ ok: false });
  }
  expect(readdirSync(artifacts).toSorted()).toEqual(['api.txt', 'link']);
});

describe('links that stay inside', () => {
  it('are followed', async () => {
    symlinkSync('src', join(root, 'alias'));
    expect(await use('read', { path: 'alias/a.txt', count: 1 })).toMatchObject({
      ok: true,
      text: expect.stringContaining('1\tone'),
    });
    await use('write', { path: 'alias/b.txt', content: 'b' });
    expect(readFileSync(join(root, 'src', 'b.txt'), 'utf8')).toBe('b');
    // The working directory by another name.
    symlinkSync(root, join(dir, 'other-name'));
    const read = await use('read', { path: join(dir, 'other-name', 'src', 'a.txt') });
    expect(read.ok).toBe(true);
    expect((await use('read', { path: join(root, 'src', 'a.txt') })).ok).toBe(true);
  });
});

describe('files that are none', () => {
  it('do not hold anybody up', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    symlinkSync('pipe', join(root, 'to-pipe'));
    for (const path of ['pipe', 'to-pipe']) {
      for (const [name, input] of ON_PATH) {
        const { ok, text } = await use(name, input(path));
        expect(name === 'search' || !ok, `${name}: ${text}`).toBe(true);
      }
    }
    expect(statSync(join(root, 'pipe')).isFIFO()).toBe(true);
    expect((await use('search', { pattern: 'two' })).text).toBe('src/a.txt:2: two');
  });

  it('are said to be folders, or not to be there', async () => {
    expect(await use('read', { path: 'src' })).toEqual({
      ok: false,
      text: 'src is a folder: list it',
    });
    expect(await use('read', { path: 'src/none' })).toEqual({
      ok: false,
      text: 'src/none does not exist',
    });
    expect((await use('read', { path: 'src/a.txt/deep' })).ok).toBe(false);
    expect((await use('write', { path: 'src', content: '' })).ok).toBe(false);
    expect((await use('write', { path: 'src/a.txt/deep', content: '' })).ok).toBe(false);
    expect((await use('write', { path: '.', content: '' })).ok).toBe(false);
    expect((await use('list', { path: 'none' })).text).toBe('none does not exist');
  });
});

describe('reading', () => {
  it('takes a range of lines', async () => {
    const { text } = await use('read', { path: 'src/a.txt', from: 2, count: 1 });
    expect(text).toBe('2\ttwo\n(there is more: go on from line 3)');
    expect((await use('read', { path: 'src/a.txt', from: 9 })).text).toBe('(no such lines)');
    writeFileSync(join(root, 'empty'), '');
    expect((await use('read', { path: 'empty' })).text).toBe('(empty)');
  });

  it('does not take in what is huge, or no text', async () => {
    writeFileSync(join(root, 'huge'), 'x\n');
    truncateSync(join(root, 'huge'), 64 * 2 ** 30);
    expect(await use('read', { path: 'huge' })).toEqual({
      ok: false,
      text: `huge is no text (${64 * 2 ** 30} bytes)`,
    });
    expect((await use('edit', { path: 'huge', old: 'x', new: 'y' })).text).toContain('too large');
    expect((await use('search', { path: 'huge', pattern: 'x' })).text).not.toContain('huge:1');
    writeFileSync(join(root, 'long'), `${'y'.repeat(5_000_000)}\nend\n`);
    const { text } = await use('read', { path: 'long' });
    expect(text.length).toBeLessThan(3_000);
    expect(text).toContain('2\tend');
    writeFileSync(join(root, 'many'), 'line\n'.repeat(1_000_000));
    expect((await use('read', { path: 'many' })).text.length).toBeLessThan(70_000);
  });

  it('keeps a letter whole that is cut by the buffer', async () => {
    const line = `${'a'.repeat(65_535 - 1_000)}\n`;
    writeFileSync(join(root, 'odd'), `${line}${'b'.repeat(999)}ä\n`);
    expect((await use('read', { path: 'odd', from: 2 })).text).toBe(`2\t${'b'.repeat(999)}ä`);
  });
});

describe('writing', () => {
  it('makes folders, keeps the mode, and leaves nothing else behind', async () => {
    expect((await use('write', { path: 'new/deep/file', content: 'ä' })).text).toContain('new');
    expect(readFileSync(join(root, 'new/deep/file'), 'utf8')).toBe('ä');
    chmodSync(join(root, 'src/a.txt'), 0o755);
    await use('write', { path: 'src/a.txt', content: 'x' });
    expect(statSync(join(root, 'src/a.txt')).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(root, 'src'))).toEqual(['a.txt']);
    const much = 'z'.repeat(9 << 20);
    expect((await use('write', { path: 'much', content: much })).ok).toBe(false);
    expect(existsSync(join(root, 'much'))).toBe(false);
  });

  it('replaces only what is meant', async () => {
    const path = 'src/a.txt';
    expect((await use('edit', { path, old: 'two', new: '$& 2' })).ok).toBe(true);
    expect(readFileSync(join(root, path), 'utf8')).toBe('one\n$& 2\nthree\n');
    expect((await use('edit', { path, old: 'none', new: 'x' })).text).toContain('read it again');
    expect((await use('edit', { path, old: 'e', new: 'x' })).text).toContain('3 times');
    expect((await use('edit', { path, old: '', new: 'x' })).ok).toBe(false);
    expect((await use('edit', { path, old: 'e', new: 'E', all: true })).text).toContain('3 times');
    writeFileSync(join(root, 'latin'), Buffer.from([0x61, 0xe4, 0x0a]));
    expect((await use('edit', { path: 'latin', old: 'a', new: 'b' })).text).toContain('no UTF-8');
    expect(readFileSync(join(root, 'latin'))).toEqual(Buffer.from([0x61, 0xe4, 0x0a]));
  });

  it.each([
    ['read', {}],
    ['read', { path: 7 }],
    ['write', { path: 'x' }],
    ['write', { path: ['x'], content: {} }],
    ['edit', { path: 'x', old: 'a' }],
    ['run', { command: '' }],
    ['run', { command: 'true', timeout: -1 }],
    ['list', { depth: 1e9 }],
  ])('tells what is wrong with the input of %s: %j', async (name, input) => {
    const { ok, text } = await use(name, input);
    expect(ok).toBe(false);
    expect(text).toContain('wrong input');
  });
});

describe('looking around', () => {
  it('finds by patterns of paths and of lines', async () => {
    mkdirSync(join(root, 'node_modules/dep'), { recursive: true });
    writeFileSync(join(root, 'node_modules/dep/b.txt'), 'two');
    writeFileSync(join(root, 'src/b.md'), 'two');
    expect((await use('list', { glob: '**/*.txt' })).text).toBe('src/a.txt');
    expect((await use('list', { glob: '*.{txt,md}' })).text).toBe('src/a.txt\nsrc/b.md');
    expect((await use('search', { pattern: '^t(wo|hree)$', glob: '*.txt' })).text).toBe(
      'src/a.txt:2: two\nsrc/a.txt:3: three',
    );
    expect((await use('search', { pattern: 'two', path: 'src/b.md' })).text).toBe(
      'src/b.md:1: two',
    );
    expect((await use('search', { pattern: '(' })).text).toContain('no regular expression');
    expect((await use('list', { glob: '{a' })).ok).toBe(false);
  });

  it('gives up on an expression that never ends', async () => {
    writeFileSync(join(root, 'evil'), `${'a'.repeat(60)}b\n`);
    const { ok, text } = await use('search', { pattern: '^(a+)+$' });
    expect(ok).toBe(false);
    expect(text).toContain('too long');
  });
});

describe('running commands', () => {
  it('gives what they print, and how they ended', async () => {
    expect(await use('run', { command: 'echo out; echo err >&2; exit 3' })).toEqual({
      ok: false,
      text: 'out\nerr\n(exit 3)',
    });
    expect((await use('run', { command: 'true' })).text).toBe('(exit 0, no output)');
    expect((await use('run', { command: 'pwd' })).text).toBe(`${root}\n(exit 0)`);
  });

  it('keeps the beginning and the end of a flood', async () => {
    const command = 'echo begin; head -c 50000000 /dev/zero | tr "\\0" x; echo; echo end';
    const { text } = await use('run', { command });
    expect(text.length).toBeLessThan(40_000);
    expect(text).toMatch(/^begin\n[^]*bytes left out[^]*\nend\n\(exit 0\)$/u);
  });

  it('ends what takes too long, and does not wait for what was left in the background', async () => {
    const slow = await use('run', { command: 'sleep 600', timeout: 1 });
    expect(slow).toEqual({ ok: false, text: '(ended after 1 s, no output)' });
    const left = await use('run', { command: 'sleep 5 & echo started' });
    expect(left.text).toBe('started\n(exit 0)');
  });

  it('runs only the approved checks where nothing else protects', async () => {
    const policy = { everything: false, allowed: ['echo checked', 'echo a; echo b'] };
    const fine = ['echo checked', ' echo checked more -x=1 ', 'echo a; echo b'];
    for (const command of [...fine, 'echo checked && echo checked twice']) {
      expect(await use('run', { command }, policy), command).toMatchObject({ ok: true });
    }
    const not = [
      'touch x',
      'echo checked; touch x',
      'echo checked & touch x',
      'echo checked | tee x',
      'echo checked > x',
      'echo checked $(touch x)',
      'echo checked `touch x`',
      'echo checked && touch x',
      'echo checked || touch x',
      'echo checked\ntouch x',
      'echo checked "$(touch x)"',
      'echo checkedx',
      'X=1 echo checked',
      'echo  checked',
      '',
    ];
    for (const command of not) {
      const { ok } = await use('run', { command }, policy);
      expect(ok, command).toBe(false);
    }
    expect(await use('run', { command: 'touch x' }, policy)).toMatchObject({
      denied: true,
      text: expect.stringContaining('echo checked'),
    });
    expect(readdirSync(root).toSorted()).toEqual(['.git', 'src']);
  });
});
