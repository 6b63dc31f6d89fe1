// `tutti agents add NAME`: the file of a new agent, for a person to fill in.

import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { readAgentFile } from '../plan/agent-file.ts';
import { nearest } from '../util/nearest.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';
import { specialistNotes } from './specialists.ts';

/** What the new agent's file is to say; `null` = for the person to fill in, or nothing. */
export interface NewAgent {
  readonly name: string;
  readonly description: string | null;
  /** Words with commas between them. */
  readonly tools: string | null;
  readonly model: string | null;
  readonly runtime: string | null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u;

/**
 * Makes the file of a new agent. What a person wrote is never overwritten.
 *
 * @param app - The application.
 * @param wanted - What it is to say.
 * @returns Where it is, and what comes next.
 */
export async function addAgent(app: App, wanted: NewAgent): Promise<Result<Shown>> {
  const { name } = wanted;
  if (!NAME.test(name)) {
    const what = `${JSON.stringify(name.slice(0, 80))} cannot be the name of an agent`;
    return no('usage', what, 'use letters, digits, - and _, such as api-writer');
  }
  const refused = await refuseRuntime(app, wanted.runtime);
  if (refused !== null) return refused;
  const path = join(app.root, '.tutti', 'agents', `${name}.md`);
  const text = template(wanted);
  const read = readAgentFile(text, { path, origin: 'project' });
  // What the flags say may not come out as an agent: an empty name of a tool, a book of a description.
  if (!read.ok) return no('usage', `that makes no agent: ${read.message}`, read.hint);
  const { agents } = await loadAgents(app);
  const known = agents.find((agent) => agent.name === name);
  if (known?.origin === 'project') return there(relative(app.root, known.path));
  const written = await writeNew(app.root, path, text);
  if (!written.ok) return written;
  const notesOf = await specialistNotes(app, [read.agent]);
  const settings = await app.settings();
  const runtime = wanted.runtime ?? (settings.ok ? settings.value.config.runtimes.default : '');
  const notes = notesOf(name, runtime);
  const shown = relative(app.root, path);
  return ok({
    json: { agent: name, path, hides: known?.origin ?? null, notes },
    text: ({ style }) =>
      [
        `${style.green('✓')} made ${shown}`,
        ...(known === undefined ? [] : [overText(known.origin)]),
        ...notes.map((note) => `${style.yellow('!')} ${note}`),
        `Next: write its prompt there${wanted.description === null ? ', and when to use it' : ''}; then see who gets what: tutti agents route "<title>" --explain`,
      ].join('\n'),
  });
}

function overText(origin: string): string {
  return origin === 'person'
    ? 'But your own agent of that name, beside your configuration, counts before it.'
    : `It takes the place of the ${origin === 'claude' ? '.claude/agents' : 'built-in'} one.`;
}

async function refuseRuntime(app: App, runtime: string | null): Promise<Result<never> | null> {
  if (runtime === null) return null;
  const known = [...(await app.runtimes()).keys()];
  if (known.includes(runtime)) return null;
  const near = nearest(runtime, known);
  const hint = near === null ? `there are: ${known.join(', ')}` : `did you mean ${near}?`;
  return no('unknown_runtime', `there is no runtime ${JSON.stringify(runtime.slice(0, 80))}`, hint);
}

function there(shown: string): Result<never> {
  return no('exists', `${shown} is there already`, 'edit that file');
}

async function writeNew(root: string, path: string, text: string): Promise<Result<null>> {
  const folders = [join(root, '.tutti'), join(root, '.tutti', 'agents')];
  const shown = relative(root, path);
  try {
    for (const folder of folders) {
      const kind = await lstat(folder).catch(() => null);
      if (kind?.isDirectory() === true) continue;
      if (kind !== null) {
        // A link that the repository brings would let us write anywhere.
        const what = `${folder} is ${kind.isSymbolicLink() ? 'a link' : 'a file'}, not a folder`;
        return no('unwritable', what, 'move it away, then try again');
      }
      await mkdir(folder);
    }
    // Exclusive: nothing is overwritten, not even by two calls at once.
    await writeFile(path, text, { flag: 'wx' });
    return ok(null);
  } catch (error) {
    if ((await lstat(path).catch(() => null)) !== null) return there(shown);
    const why = error instanceof Error ? error.message : '';
    return no('system', `${shown} cannot be written: ${why}`, 'see that you may write there');
  }
}

/** JSON is YAML on one line, whatever the text holds. */
function field(key: string, value: string): string {
  return `${key}: ${JSON.stringify(value)}`;
}

function template({ name, description, tools, model, runtime }: NewAgent): string {
  return [
    '---',
    // Some names would be read as something else than a text.
    /^(?:true|false|null|yes|no|on|off|\d.*)$/iu.test(name) ? field('name', name) : `name: ${name}`,
    description === null
      ? 'description: Say here when to use this agent; a planner chooses by these words.'
      : field('description', description),
    tools === null ? '# tools: Read, Edit, Bash      (all, when left out)' : field('tools', tools),
    model === null
      ? '# model: sonnet                (the configured one, when left out)'
      : field('model', model),
    runtime === null
      ? '# runtime: claude              (the default one, when left out)'
      : field('runtime', runtime),
    '---',
    '',
    `You are ${name}. Say here what this specialist knows, how it works, and when its work is done.`,
    '',
  ].join('\n');
}
