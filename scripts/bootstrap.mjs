// Makes `npm test`, `npm run demo` and the like work from a fresh clone: installs what the lock
// file names and builds, each only when it is out of date, then runs the command. Needs Node only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {Record<string, string[][]>} */
const commands = {
  bench: [['node', 'bench/main.mjs']],
  demo: [['node', 'dist/cli/main.js', 'demo']],
  test: [['node', 'node_modules/vitest/vitest.mjs', 'run']],
  soak: [['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.soak.config.ts']],
  runtimes: [
    ['npm', 'ci', '--ignore-scripts', '--prefix', 'test/runtimes'],
    ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.runtimes.config.ts'],
  ],
};

/** @param {string} path @returns {number} Milliseconds, 0 where there is no such file. */
function changedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** @param {string} folder @returns {number} When the newest file in the folder was changed. */
function newest(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return Math.max(0, ...entries.map((entry) => changedAt(join(entry.parentPath, entry.name))));
}

/** @param {string[]} argv */
function run(argv) {
  const [name = '', ...args] = argv;
  // `npm` is a script on Windows, which needs a shell to start.
  const shell = process.platform === 'win32' && name === 'npm';
  const { status, error } = spawnSync(name === 'node' ? process.execPath : name, args, {
    cwd: root,
    stdio: 'inherit',
    shell,
  });
  if (error !== undefined) console.error(`cannot start ${name}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const [what = '', ...rest] = process.argv.slice(2);
const steps = commands[what];
if (steps === undefined) {
  console.error(`usage: node scripts/bootstrap.mjs ${Object.keys(commands).join(' | ')}`);
  process.exit(2);
}

// npm writes this file at the end of an install: its age tells whether the lock file is newer.
const installed = changedAt(join(root, 'node_modules/.package-lock.json'));
if (installed < changedAt(join(root, 'package-lock.json'))) run(['npm', 'ci', '--ignore-scripts']);

const built = changedAt(join(root, 'dist/cli/main.js'));
const source = Math.max(newest(join(root, 'src')), changedAt(join(root, 'package.json')));
if (built <= source) run(['node', 'scripts/build.mjs']);

for (const step of steps.slice(0, -1)) run(step);
run([...(steps.at(-1) ?? []), ...rest]);
