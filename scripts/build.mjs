// Builds the package into an empty dist/, so that nothing of a renamed file is ever packed. Types are
// those of the compiler; its JavaScript goes to build/, one file a module, and is put together in few
// files from there: most of the time of a short command was looking for, and reading, hundreds.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

/** What is started or imported from outside. */
const ENTRIES = [
  'index',
  'cli/main',
  'testing/index',
  'testing/scripted-agent',
  'adapters/sandbox/relay-inside',
  'adapters/runtimes/api/main',
];

/** Alone, for `--version` needs nothing else. */
const VERSION = /\/build\/util\/package-(?:root|version)\.js$/u;
/**
 * What a plain `tutti status` needs, in one file with all that it imports: it is asked for so often
 * that looking for three dozen files would be a third of its time.
 */
const LOOK = /\/build\/(?:compose|cli\/start)\.js$/u;

const root = fileURLToPath(new URL('..', import.meta.url));
for (const folder of ['build', 'dist'])
  rmSync(`${root}/${folder}`, { recursive: true, force: true });

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) await bundle();
process.exitCode = status ?? 1;

async function bundle() {
  const bundled = await rolldown({
    input: Object.fromEntries(ENTRIES.map((name) => [name, `${root}/build/${name}.js`])),
    platform: 'node',
    // Dependencies stay what they are: the user's package manager gets, checks and updates them.
    external: /^[^./]/u,
  });
  await bundled.write({
    dir: `${root}/dist`,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: [
        { name: 'version', test: VERSION },
        { name: 'look', test: LOOK },
      ],
    },
  });
  await bundled.close();
  chmodSync(`${root}/dist/cli/main.js`, 0o755);
}
