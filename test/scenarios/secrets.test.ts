// Secrets that are planted wherever an agent or a person can put a text: none of them may be found in
// anything that tutti keeps or prints.

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { project } from '../cli/tutti.ts';
import type { Project } from '../cli/tutti.ts';

/** So many letters without a pattern that would be the same for two secrets. */
function letters(seed: number, length: number): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  let state = seed * 2_654_435_761 + 12_345;
  let text = '';
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += alphabet[Math.floor(state / 65_536) % alphabet.length] ?? 'x';
  }
  return text;
}

const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const upper = (seed: number): string => letters(seed, 16).toUpperCase();

/** Twenty that the environment holds, of twenty kinds of name. */
const NAMES = [
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'GEMINI_API_KEY',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'NPM_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'DB_PASSWORD',
  'PGPASSWORD',
  'MY_SECRET',
  'SIGNING_SECRET',
  'SLACK_BOT_TOKEN',
  'AUTH_TOKEN',
  'STRIPE_SECRET_KEY',
  'JWT_SECRET',
  'SENTRY_AUTH_TOKEN',
  'DOCKER_PASSWORD',
  'CI_JOB_TOKEN',
  'API_KEY',
  'ADMIN_PASSWD',
];
const ODD = ['"quo/ted" & <b>', 'wörd + ünd', 'a b=c%20d', "it's; $HOME\\n"];
const ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.map((name, at) => [name, `${letters(at + 1, 24)}${ODD[at] ?? ''}`]),
);

/** Twenty that nobody told tutti about: they look like what they are. */
const SHAPES: readonly string[] = [
  `sk-ant-api03-${letters(31, 80)}-AA`,
  `sk-proj-${letters(32, 40)}`,
  `sk-${letters(33, 48)}`,
  `ghp_${letters(34, 36)}`,
  `gho_${letters(35, 36)}`,
  `ghs_${letters(36, 36)}`,
  `github_pat_11${letters(37, 60)}`,
  `glpat-${letters(38, 20)}`,
  `AKIA${upper(39)}`,
  `ASIA${upper(40)}`,
  `AIza${letters(41, 35)}`,
  `xoxb-123456789012-${letters(42, 24)}`,
  `xoxp-123456789012-${letters(43, 24)}`,
  `npm_${letters(44, 36)}`,
  `pypi-${letters(45, 60)}`,
  `hf_${letters(46, 34)}`,
  `sk_live_${letters(47, 24)}`,
  `ya29.${letters(48, 60)}`,
  `rk_test_${letters(49, 24)}`,
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${letters(50, 64)}\n${letters(51, 40)}\n-----END OPENSSH PRIVATE KEY-----`,
];
const KNOWN = Object.values(ENVIRONMENT).join('\n');
const SECRETS: readonly string[] = [...Object.values(ENVIRONMENT), ...SHAPES];

/** What must not be found: of those that are known, no encoding either. */
const FORMS: readonly string[] = [
  ...Object.values(ENVIRONMENT).flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]),
  ...SHAPES.flatMap((shape) => shape.split('\n').filter((line) => !line.startsWith('-----'))),
];

/** A place where text is kept, and what is there. */
interface Kept {
  readonly name: string;
  readonly text: string;
}

/** Everything that is in these folders: names, contents, and where links lead. */
function everythingIn(folders: readonly string[]): Kept[] {
  const kept: Kept[] = [];
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stat = lstatSync(path);
      kept.push({ name: path, text: name });
      if (stat.isSymbolicLink()) kept.push({ name: path, text: readlinkSync(path) });
      else if (stat.isDirectory()) kept.push(...everythingIn([path]));
      else if (stat.isFile()) kept.push({ name: path, text: readFileSync(path, 'utf8') });
    }
  }
  return kept;
}

/** Every git object there is, reachable or not, as text. */
function everyObject({ dir, env }: Project): Kept[] {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: dir, env, encoding: 'utf8', maxBuffer: 1e9 });
  const ids = git('cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)');
  return ids
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([id = '', type = '']) => ({
      name: id,
      text: git('cat-file', type === 'tree' ? '-p' : type, id),
    }));
}

function hits(places: readonly Kept[]): string[] {
  return places.flatMap(({ name, text }) =>
    FORMS.filter((form) => text.includes(form)).map((form) => `${name}: ${form}`),
  );
}

test(
  '40 planted secrets are nowhere in what is kept or printed',
  { timeout: 300_000 },
  async () => {
    const all = SECRETS.join('\n');
    const json = JSON.stringify(SECRETS);
    const at = project({
      script: {
        tasks: {
          // In all that it says, and what it prints beside it, in one piece and in many.
          says: [
            { run: `printf %s ${shell(all)}; printf %s ${shell(all)} >&2` },
            {
              run: `for part in ${SHAPES.slice(0, 19)
                .map((one) => shell(one))
                .join(
                  ' ',
                )}; do printf %s "$part" | fold -w 7 | while read -r p; do printf %s "$p"; done; echo; done`,
            },
            { run: `printf %s ${shell(Buffer.from(KNOWN).toString('base64'))}` },
            { say: all },
            { write: { path: 'fine.txt', content: 'fine' } },
            {
              answer: {
                status: 'done',
                summary: `it is ${all}`,
                notes: json,
                followUps: [{ title: all, description: json }],
              },
            },
          ],
          asks: [{ answer: { status: 'blocked', summary: json, question: `Is it ${all}?` } }],
          fails: [{ fail: { message: `no: ${json}` } }],
          // In its change: content, a name, a link. And after that without.
          leaks: {
            attempts: [
              [
                { write: { path: 'keys/all.txt', content: `first\n${all}\n` } },
                { write: { path: `keys/${SHAPES[3]}.txt`, content: 'a name' } },
                { write: { path: 'keys/bundle.json', content: json } },
                {
                  run: `ln -s ${shell(SHAPES[7] ?? '')} link; git add -A; git -c user.name=a -c user.email=a@b commit -qm ${shell(json)}`,
                },
                { write: { path: 'work.txt', content: 'work' } },
              ],
              [{ write: { path: 'done.txt', content: 'done' } }],
            ],
          },
        },
      },
    });
    const call = { env: ENVIRONMENT };
    const task = (id: string, more: object = {}): object => ({
      id,
      title: `Does ${id}`,
      description: `about ${all}`,
      runtime: 'scripted',
      max_attempts: 1,
      on_failure: 'skip',
      ...more,
    });
    const printed: Kept[] = [];
    const tutti = async (...args: string[]): Promise<number | null> => {
      const { code, stdout, stderr } = await at.tutti(args, call);
      printed.push({ name: args.join(' '), text: `${stdout}\n${stderr}` });
      return code;
    };
    at.write(
      '../plan.json',
      JSON.stringify({
        goal: `A goal with ${json}`,
        tasks: [
          task('says'),
          task('asks'),
          task('fails'),
          task('leaks', { max_attempts: 2, on_failure: 'retry' }),
          task('command', {
            runtime: 'command',
            command: [
              '/bin/sh',
              '-c',
              `printf %s ${shell(all)} >&2; printf %s ${shell(all)}; exit 3`,
            ],
          }),
        ],
      }),
    );
    await tutti('run', '--plan', '../plan.json', '--yes');
    await tutti('answer', 'SHOP-1.2', all);
    await tutti('add', `A goal: ${json}`, '--no-orchestrate');
    for (const [verb = '', ...more] of [
      ['status'],
      ['show', 'SHOP-1'],
      ['report', 'SHOP-1'],
      ['asks'],
      ['list'],
      ['diff', 'SHOP-1'],
      ['show', 'SHOP-1.1'],
      ['show', 'SHOP-1.4', '--attempts'],
      ['logs', 'SHOP-1.1'],
      ['logs', 'SHOP-1'],
      ['context', 'SHOP-1.1'],
      ['answer', all, 'x'],
      ['show', json],
    ]) {
      await tutti(verb, ...more);
      await tutti(verb, ...more, '--json');
    }
    const shown = await at.tutti(['show', 'SHOP-1', '--json'], call);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      tasks: [{ state: 'completed' }, {}, { state: 'failed' }, { state: 'completed' }, {}],
    });
    const leaked = await at.tutti(['show', 'SHOP-1.4', '--json'], call);
    const message: unknown = expect.stringMatching(/keys\/all\.txt:2 holds/u);
    const failed = { failure: { reason: 'secret', message } };
    expect(JSON.parse(leaked.stdout)).toMatchObject({ attempts: [failed, {}] });

    const home = join(at.dir, '..');
    const kept = everythingIn([join(at.dir, '.tutti'), join(at.dir, '.git'), join(home, 'state')]);
    const found = [...kept, ...everyObject(at), ...printed];
    expect(found.length).toBeGreaterThan(100);
    // The search finds what is there: the agent's words are, and a secret would be.
    expect(found.some(({ text }) => text.includes('[redacted]'))).toBe(true);
    expect(
      hits(everythingIn([home]).filter(({ name }) => name.endsWith('script.json'))),
    ).not.toEqual([]);
    expect([...new Set(hits(found))]).toEqual([]);
  },
);

test('nor what stands in names, messages, files and settings of the repository', async () => {
  const known = ENVIRONMENT['DB_PASSWORD'] ?? '';
  const shape = SHAPES[3] ?? '';
  const both = `${known} ${shape}`;
  const address = `https://me:${letters(60, 20)}@registry.example/`;
  const at = project({
    script: { default: [{ write: { path: 'a.txt', content: 'a' } }, { say: 'ok' }] },
    config: {
      workspace: { env: ['DB_PASSWORD'], setup: [`: ${shape}; echo "$DB_PASSWORD" > .npmrc`] },
      checks: [{ name: 'loud', run: `echo "$DB_PASSWORD ${shape}"; env; exit 1` }],
      forge: { api_url: address },
      notify: { webhooks: [{ url: address, events: [] }] },
    },
  });
  at.write(
    '.tutti/agents/talker.md',
    `---\nname: talker\ndescription: ${both}\n---\nSay ${both}.\n`,
  );
  at.git('checkout', '-q', '-b', `work/${shape}`);
  at.git('add', '.');
  at.git('commit', '-q', '-m', `Say ${both}`);
  const runtime = { agent: 'talker', runtime: 'scripted', max_attempts: 1, on_failure: 'skip' };
  const plan = (title: string): string =>
    JSON.stringify({
      goal: title,
      tasks: [{ id: 'a', title, description: both, ...runtime, checks: [`echo ${both}; false`] }],
    });
  at.write(`../${shape}.json`, plan(`Do ${both}`));
  at.write('../bad.json', plan(both).replace('"tasks"', `"${shape}"`));
  const env = { DB_PASSWORD: known };
  const printed: Kept[] = [];
  const calls = [
    ['run', '--plan', `../${shape}.json`, '--yes'],
    ['run', '--plan', '../bad.json', '--yes'],
    ['run', '--plan', `../missing-${known}.json`],
    ['config', 'show'],
    ['agents'],
    ['status'],
    ['doctor'],
    ['show', 'SHOP-1'],
    ['show', 'SHOP-1.1', '--attempts'],
    ['report', 'SHOP-1'],
    ['logs', 'SHOP-1.1'],
    ['diff', 'SHOP-1'],
    ['run', `--${known}`],
    [known],
    ['-C', `/${known}`, 'status'],
    ['run', 'A goal', '--priority', shape],
    ['run', 'A goal', '--max-parallel', shape],
    ['add', 'A goal', '--agent', known],
  ];
  for (const args of calls) {
    for (const call of [args, [...args, '--json']]) {
      const { stdout, stderr } = await at.tutti(call, { env });
      printed.push({ name: call.join(' '), text: `${stdout}\n${stderr}` });
    }
  }
  // The check was run and printed it, and so was the set-up command.
  expect(printed[0]?.text).toContain('SHOP-1.1 failed for good: check_failed');
  at.git('checkout', '-q', '--detach');
  at.write('.tutti/config.yaml', `project: { base_branch: "gone/${shape}" }\nchecks: [${known}]\n`);
  for (const args of [
    ['run', 'A goal', '--yes'],
    ['config', 'check'],
  ]) {
    const { stdout, stderr } = await at.tutti(args, { env });
    printed.push({ name: args.join(' '), text: `${stdout}\n${stderr}` });
  }
  const kept = everythingIn([
    join(at.dir, '.tutti', 'runs'),
    join(at.dir, '.git', 'tutti'),
    join(at.dir, '..', 'state'),
  ]);
  expect(kept.length).toBeGreaterThan(5);
  const found = [...kept, ...printed];
  expect(found.filter(({ text }) => text.includes('[redacted]')).length).toBeGreaterThan(10);
  expect([...new Set(hits(found))]).toEqual([]);
  expect(found.filter(({ text }) => text.includes(letters(60, 20)))).toEqual([]);
});
