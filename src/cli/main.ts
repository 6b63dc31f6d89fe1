#!/usr/bin/env node
// Where the program begins. Nothing is loaded before it is known to be needed.

import { packageVersion } from '../util/package-version.ts';
import { hearClosing } from './closing.ts';

const args = process.argv.slice(2);
const deaf = hearClosing(process);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const [{ compose, demoStage, rehearsalModel }, { start }] = await Promise.all([
    import('../compose.ts'),
    import('./start.ts'),
  ]);
  process.exitCode = await start(args, {
    stdout: process.stdout,
    stderr: process.stderr,
    // To make it takes longer than most calls: only for those who read it.
    get stdin() {
      return process.stdin;
    },
    deaf,
    environment: process.env,
    cwd: process.cwd(),
    compose,
    demoStage,
    rehearsalModel,
  });
}
