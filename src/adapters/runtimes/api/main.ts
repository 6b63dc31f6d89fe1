// The program of the runtime `api`: one attempt of our own agent, in a process of its own, so that the
// sandbox, the limits and the marker hold for it and for every command it runs as for any other agent.

import { realpathSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import { redactor } from '../../../util/redact.ts';
import { jobSchema } from './job.ts';
import { ALL_KEY_VARIABLES } from './providers.ts';
import type { ApiEnd, Line } from './report.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Its commands are ended and the call is given up; then there is nothing left to wait for.
  process.on(signal, () => stopping.abort());
}
// Whoever read what is said here has gone.
process.stdout.on('error', () => stopping.abort());

const job = jobSchema.parse(JSON.parse(await text(process.stdin)));
const withoutKey = redactor(job.key === '' ? [] : [job.key]);
const say = (line: Line): void => {
  process.stdout.write(`${withoutKey(JSON.stringify(line))}\n`);
};

const env = { ...process.env };
for (const name of ALL_KEY_VARIABLES) delete env[name];
const end = await play();
// Who was stopped in the middle has come to no result, and nobody knows what that call has cost.
if (!stopping.signal.aborted) say({ type: 'result', ...end });
process.exitCode = end.ok ? 0 : 1;

async function play(): Promise<ApiEnd> {
  const { playAgent } = await import('./agent.ts');
  // It writes to the console of its own accord otherwise.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  return playAgent({
    job,
    say,
    bench: {
      root: realpathSync(process.cwd()),
      ...(env['TUTTI_ARTIFACTS'] !== undefined && { artifacts: env['TUTTI_ARTIFACTS'] }),
      ...(env['TUTTI_OUTBOX'] !== undefined && { outbox: env['TUTTI_OUTBOX'] }),
      policy: { everything: job.everyCommand, allowed: job.allowedCommands },
      env,
      signal: stopping.signal,
    },
  });
}
