// Whether a person has trusted what a repository's own configuration widens. It is recorded on this
// machine, outside the repository, as hashes of the values: a value that changes is asked about anew.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { commandIds, commandLines, repositoryCommands } from '../config/commands.ts';
import { stateHome } from '../config/find.ts';
import type { Widening } from '../config/trust.ts';
import type { CheckoutProgram } from '../ports/repository.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { isSystemError } from '../util/system-error.ts';
import { spellOut } from '../util/terminal-text.ts';
import type { App, LoadedSettings } from './app.ts';
import { programId, programLine } from './checkout-program.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/** Where trust is recorded. */
interface Place {
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads what is trusted here.
 *
 * @param place - The project and the environment.
 * @returns Tells by a value's hash whether it is trusted.
 */
export async function readTrust(place: Place): Promise<(id: string) => boolean> {
  if (place.environment['TUTTI_TRUST_PROJECT'] === '1') return () => true;
  const recorded = await recordedIn(trustPath(place));
  return (id) => recorded.has(id);
}

/**
 * Says why nothing starts: the repository widens what may happen, and nobody has trusted it.
 *
 * @param app - The application.
 * @param settings - The configuration in force.
 * @returns The problem; `null` when there is none.
 */
export function whyUntrusted(
  app: Pick<App, 'root'>,
  settings: LoadedSettings,
): Result<never> | null {
  const { untrusted } = settings;
  if (untrusted.length === 0) return null;
  const message = [
    'the repository itself widens what may happen, and nobody has trusted that on this machine:',
    ...wideningLines(app, untrusted),
  ].join('\n');
  const hint =
    'if you agree: tutti trust (for automation: TUTTI_TRUST_PROJECT=1); else take them out, or say them in your own configuration';
  return no('untrusted', message, hint, 4);
}

/**
 * Lists values for a person to judge.
 *
 * @param app - The application.
 * @param values - The values.
 * @returns A line each, with file and line.
 */
export function wideningLines({ root }: Pick<App, 'root'>, values: readonly Widening[]): string[] {
  return values.map(({ file, line, path, shown }) =>
    spellOut(`${relative(root, file)}:${line}: ${path}: ${shown}`),
  );
}

/**
 * Records that a person trusts what the repository widens now.
 *
 * @param app - The application.
 * @returns What is trusted from now on.
 */
export async function giveTrust(app: App): Promise<Result<Shown>> {
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const { widening, config, sources } = settings.value;
  const commands = commandIds(repositoryCommands(config, sources));
  const programs = await programsOf(app);
  const ids = [...widening.map(({ id }) => id), ...commands, ...programs.map(programId)];
  const given = await recordTrust(app, ids);
  if (!given.ok) return given;
  return ok(shownTrust(app, { ...settings.value, untrusted: [], programs }, () => true));
}

/**
 * Reads what was recorded on this machine.
 *
 * @param place - The project and the environment.
 * @returns Hashes.
 */
export function recordedTrust(place: Place): Promise<ReadonlySet<string>> {
  return recordedIn(trustPath(place));
}

/**
 * Records what a person has agreed to.
 *
 * @param place - The project and the environment.
 * @param ids - The hashes of it.
 * @returns Why it could not be recorded, if so.
 */
export async function recordTrust(place: Place, ids: readonly string[]): Promise<Result<null>> {
  const path = trustPath(place);
  const recorded = await recordedIn(path);
  if (ids.every((id) => recorded.has(id))) return ok(null);
  for (const id of ids) recorded.add(id);
  const fresh = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(fresh, `${JSON.stringify({ root: place.root, trusted: [...recorded] })}\n`);
    await rename(fresh, path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const hint = 'see that the folder may be written and has some space';
    return no('unwritable', `${path} cannot be written: ${error.message}`, hint);
  }
  return ok(null);
}

/**
 * Takes trust back.
 *
 * @param app - The application.
 * @returns What is not trusted any more.
 */
export async function revokeTrust(app: App): Promise<Result<Shown>> {
  await rm(trustPath(app), { force: true });
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const { widening } = settings.value;
  const programs = await programsOf(app);
  return ok(shownTrust(app, { ...settings.value, untrusted: widening, programs }, () => false));
}

/**
 * Shows what the repository widens, and whether it is trusted.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showTrust(app: App): Promise<Result<Shown>> {
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const isTrusted = await readTrust(app);
  const programs = await programsOf(app);
  return ok(shownTrust(app, { ...settings.value, programs }, isTrusted));
}

/**
 * Lists what of the repository's nobody has agreed to yet, for a person to judge.
 *
 * @param app - The application.
 * @param settings - The configuration in force.
 * @returns A line each: values with file and line, and commands.
 */
export async function untrustedLines(app: App, settings: LoadedSettings): Promise<string[]> {
  const isTrusted = await readTrust(app);
  const commands = commandsIn(settings, isTrusted).filter(({ approved }) => !approved);
  const programs = (await programsOf(app)).filter((one) => !isTrusted(programId(one)));
  const values = [...wideningLines(app, settings.untrusted), ...programs.map(programLine)];
  return [...values, ...commands.map(({ line }) => line)];
}

/** What cannot be opened, the verbs that need it say in their own way. */
async function programsOf(app: App): Promise<readonly CheckoutProgram[]> {
  const repository = await app.repository();
  return repository.ok ? await repository.value.checkoutPrograms() : [];
}

function commandsIn(
  { config, sources }: LoadedSettings,
  isTrusted: (id: string) => boolean,
): { line: string; approved: boolean }[] {
  const commands = repositoryCommands(config, sources);
  const ids = commandIds(commands);
  return commandLines(commands).map((line, at) => ({
    line: spellOut(line),
    approved: isTrusted(ids[at] ?? ''),
  }));
}

function shownTrust(
  app: App,
  settings: LoadedSettings & { readonly programs: readonly CheckoutProgram[] },
  isTrusted: (id: string) => boolean,
): Shown {
  const { widening, untrusted } = settings;
  const programs = settings.programs.map((one) => ({
    line: programLine(one),
    trusted: isTrusted(programId(one)),
    key: one.key,
    value: spellOut(one.value),
    file: spellOut(one.file),
  }));
  const refused = new Set(untrusted);
  const commands = commandsIn(settings, isTrusted);
  return {
    json: {
      trusted: untrusted.length === 0,
      values: widening.map((one) => ({
        path: one.path,
        value: one.shown,
        file: relative(app.root, one.file),
        line: one.line,
        trusted: !refused.has(one),
      })),
      commands: commands.map(({ line, approved }) => ({ command: line, approved })),
      programs: programs.map(({ line: _, ...one }) => one),
    },
    text: ({ style }) => {
      const lines = wideningLines(app, widening);
      const values = widening.map((one, at) =>
        refused.has(one)
          ? `${style.yellow('!')} not trusted: ${lines[at] ?? ''}`
          : `${style.green('✓')} trusted: ${lines[at] ?? ''}`,
      );
      const nothing = 'The repository widens nothing: there is nothing to trust.';
      const named = programs.map(({ line, trusted }) =>
        trusted
          ? `${style.green('✓')} trusted: ${line}`
          : `- asked about when a merge would run it in your checkout: ${line}`,
      );
      return [
        ...(values.length > 0 ? values : [nothing]),
        ...named,
        ...commands.map(({ line, approved }) =>
          approved
            ? `${style.green('✓')} approved: ${line}`
            : `- asked about where no plan shows it: ${line}`,
        ),
      ].join('\n');
    },
  };
}

async function recordedIn(path: string): Promise<Set<string>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const value = parseJson(text);
  const ids: unknown = isRecord(value) ? value['trusted'] : []; // damaged: nothing is trusted
  return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []);
}

/** By the folder the project lies in: another clone of it is asked about by itself. */
function trustPath({ root, environment }: Place): string {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(stateHome(environment), 'tutti', 'trust', `${name}.json`);
}
