// Carries one verb out: makes the application, runs the verb, and turns whatever it ends with into
// words and an exit code.

import { resolve } from 'node:path';

import type { App } from '../app/app.ts';
import type { Result } from '../app/result.ts';
import type { View } from '../app/shown.ts';
import type { PartialConfig } from '../config/config.ts';
import { createSecrets } from '../util/secrets.ts';
import type { Secrets } from '../util/secrets.ts';
import { PLAIN, TERMINAL } from '../util/style.ts';
import type {
  CommonFlags,
  Context,
  Exit,
  Given,
  Outside,
  Place,
  Verb,
  VerbSpec,
} from './context.ts';
import { problemOf, sayProblem } from './problem.ts';

/** Columns where nobody knows how many there are. */
const WIDTH = 100;

/** What is carried out. */
export interface Call {
  readonly flags: CommonFlags;
  readonly given: Given;
  readonly config: PartialConfig;
  readonly place?: VerbSpec['place'];
  readonly starts?: VerbSpec['starts'];
  readonly load: () => Promise<Verb>;
}

/**
 * Carries a verb out.
 *
 * @param outside - The outside of the program.
 * @param call - The verb and what it was given.
 * @returns The exit code.
 */
export async function runVerb(outside: Outside, call: Call): Promise<Exit> {
  const { flags } = call;
  let app: App | null = null;
  let secrets = createSecrets(outside.environment);
  // Whatever nobody waited for is a bug; it is said like one and ends the program.
  process.on('uncaughtException', (error: unknown) => {
    sayProblem(outside, { problem: problemOf(error, outside.environment), secrets }, flags);
    process.exit(1); // nothing can be relied on any more
  });
  try {
    const place = await placeOf(outside, call);
    if (!place.ok) return end(outside, { result: place, secrets }, flags);
    const composed = outside.compose({ ...place.value, flags: call.config });
    if (!composed.ok) return end(outside, { result: composed, secrets }, flags);
    app = composed.value;
    ({ secrets } = app);
    if (call.starts === true) {
      const { askTrust } = await import('./trust.ts');
      const asked = await askTrust(contextOf(outside, { flags, app }));
      if (!asked.ok) return end(outside, { result: asked, secrets }, flags);
      // The configuration is another one from here on.
      if (asked.value) {
        app.close();
        const again = outside.compose({ ...place.value, flags: call.config });
        if (!again.ok) return end(outside, { result: again, secrets }, flags);
        app = again.value;
        ({ secrets } = app);
      }
    }
    const verb = await call.load();
    const result = await verb(contextOf(outside, { flags, app }), call.given);
    return end(outside, { result, secrets }, flags);
  } catch (error) {
    const problem = problemOf(error, outside.environment);
    return end(outside, { result: { ok: false, problem }, secrets }, flags);
  } finally {
    app?.close();
  }
}

async function placeOf(outside: Outside, { flags, given, place }: Call): Promise<Result<Place>> {
  const { cwd, environment } = outside;
  const dir = flags.dir === null ? cwd : resolve(cwd, flags.dir);
  if (place === undefined) return { ok: true, value: { dir, environment } };
  return place({ ...outside, cwd: dir }, given);
}

function end(
  outside: Outside,
  { result, secrets }: { result: Result<Exit>; secrets: Secrets },
  flags: CommonFlags,
): Exit {
  if (result.ok) return result.value;
  sayProblem(outside, { problem: result.problem, secrets }, flags);
  return result.problem.exit;
}

function contextOf(outside: Outside, { flags, app }: { flags: CommonFlags; app: App }): Context {
  const { stdout, stderr, deaf } = outside;
  const view = viewOf(outside, stdout, flags);
  const write = (text: string): void => {
    if (!deaf.aborted) stdout.write(app.secrets.redact(text));
  };
  return {
    flags,
    app,
    view,
    progressView: viewOf(outside, stderr, flags),
    outside,
    // Looked at when it is asked for: see `main.ts` about stdin.
    get interactive() {
      const may = flags.input && outside.environment['TERM'] !== 'dumb';
      return may && isTerminal(stderr) && isTerminal(outside.stdin);
    },
    deaf,
    say: (line) => {
      if (!flags.quiet) stderr.write(`${app.secrets.redact(line)}\n`);
    },
    show: (shown) => {
      if (flags.jsonl) return; // nothing but events
      write(flags.json ? `${JSON.stringify(shown.json, undefined, 2)}\n` : `${shown.text(view)}\n`);
    },
    write,
  };
}

function viewOf({ environment }: Outside, stream: NodeJS.WriteStream, flags: CommonFlags): View {
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  const style = isTerminal(stream) && flags.color && !plain ? TERMINAL : PLAIN;
  return { width: isTerminal(stream) ? Math.max(20, stream.columns) : WIDTH, style };
}

/** Where it is none, the flag is missing, whatever the types say. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}
