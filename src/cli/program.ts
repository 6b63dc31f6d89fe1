// Reads the arguments: which verb, with what. The help is made of the same words.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import type { Problem } from '../app/result.ts';
import { createSecrets } from '../util/secrets.ts';
import type { Exit, Given, OptionSpec, Outside, VerbGroup, VerbSpec } from './context.ts';
import { COMMON_OPTIONS, commonFlags } from './flags.ts';
import { sayProblem } from './problem.ts';
import { runVerb } from './run-verb.ts';
import { demoVerbs } from './verbs-demo.ts';
import { finishVerbs } from './verbs-finish.ts';
import { lookVerbs } from './verbs-look.ts';
import { runVerbs } from './verbs-run.ts';
import { steerVerbs } from './verbs-steer.ts';

const ABOUT = 'One goal in, one proven branch out: plans, runs, checks and merges agents’ work.';
const UNKNOWN_HELP = 'tutti.unknownHelp';
const GROUPS: readonly VerbGroup[] = [
  'Start:',
  'Ask for work:',
  'Plan:',
  'Watch:',
  'Steer:',
  'Finish:',
  'Look around:',
];

/**
 * Reads the arguments and carries the verb out.
 *
 * @param args - The arguments.
 * @param outside - The outside of the program.
 * @returns The exit code.
 */
export async function runProgram(args: readonly string[], outside: Outside): Promise<Exit> {
  const chosen: { spec: VerbSpec; command: Command }[] = [];
  const program = programOf(outside, (spec, command) => chosen.push({ spec, command }));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0; // help was shown
    return refuse(outside, args, usageProblem(error, args));
  }
  const call = chosen[0];
  if (call === undefined) return 0;
  const { spec, command } = call;
  const flags = commonFlags(program.opts());
  if (flags.jsonl && spec.jsonl !== true) {
    const message = `--jsonl means nothing to "${spec.name}"`;
    return refuse(outside, args, usage(message, 'use --json'));
  }
  const given: Given = { words: command.args, options: command.opts() };
  const { place, load, starts = false } = spec;
  const config = spec.config?.(given) ?? {};
  return runVerb(outside, { flags, given, config, load, starts, ...(place && { place }) });
}

type Choose = (spec: VerbSpec, command: Command) => void;

function programOf(outside: Outside, choose: Choose): Command {
  const program = new Command('tutti')
    .description(ABOUT)
    .helpOption('-h, --help', 'show this help, or that of a verb')
    .usage('<verb> [KEY] [flags]')
    .helpCommand(false) // the library's own knows no verbs of two words
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => outside.stdout.write(text),
      writeErr: (text) => outside.stderr.write(text),
      outputError: () => {}, // said in our own way
    })
    .option('-V, --version', 'show the version');
  for (const [flags, about] of COMMON_OPTIONS) program.option(flags, about);
  program.addHelpText(
    'after',
    "\nA KEY names a run (SHOP-12), a task (SHOP-12.3), an attempt ('SHOP-12.3#2') or an ask ('SHOP-12?1').\nMore: tutti help <verb>",
  );
  const verbs = [...demoVerbs, ...runVerbs, ...steerVerbs, ...lookVerbs, ...finishVerbs];
  // The help keeps this order; and a verb that others are below must be there before them.
  for (const group of GROUPS) {
    const own = verbs.filter((spec) => spec.group === group);
    for (const spec of own.toSorted((a, b) => depth(a) - depth(b))) addVerb(program, spec, choose);
  }
  program
    .command('help [verb...]')
    .description('show this help, or that of a verb')
    .helpGroup('Look around:')
    .action((words: readonly string[]) => helpOn(program, words));
  return program;
}

function helpOn(program: Command, words: readonly string[]): never {
  let command = program;
  for (const word of words) {
    const below = command.commands.find((each) => each.name() === word);
    if (below === undefined) {
      const message = `there is no verb "${words.join(' ').slice(0, 80)}"`;
      throw new CommanderError(2, UNKNOWN_HELP, message);
    }
    command = below;
  }
  return command.help();
}

function depth({ name }: VerbSpec): number {
  return name.split(' ').length;
}

function addVerb(program: Command, spec: VerbSpec, choose: Choose): void {
  const names = spec.name.split(' ');
  let parent = program;
  for (const name of names.slice(0, -1)) parent = childOf(parent, name, spec);
  const command = childOf(parent, names.at(-1) ?? '', spec).description(spec.summary);
  for (const [name, about] of spec.args ?? []) command.argument(name, about);
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  const examples = spec.examples.map((line) => `  $ ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${examples}`);
  command.action(() => choose(spec, command));
}

function optionOf([flags, about, values]: OptionSpec): Option {
  const option = new Option(flags, about);
  if (values === 'number') {
    return option.argParser((text) => {
      if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text);
      throw new InvalidArgumentError('A whole number from 1 on is needed.');
    });
  }
  if (values === 'many') {
    return option.default([]).argParser((text, before: readonly string[]) => [...before, text]);
  }
  return values === undefined ? option : option.choices(values);
}

/** A command below another one; made where it is missing (`agents` of `agents route`). */
function childOf(parent: Command, name: string, { group, summary }: VerbSpec): Command {
  const known = parent.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const made = parent.command(name).description(summary).helpCommand(false);
  if (parent.parent === null) made.helpGroup(group);
  return made;
}

// ---- wrong usage ----

function refuse(outside: Outside, args: readonly string[], problem: Problem): Exit {
  const secrets = createSecrets(outside.environment);
  sayProblem(outside, { problem, secrets }, { json: args.includes('--json') });
  return problem.exit;
}

function usage(message: string, hint: string): Problem {
  return { code: 'usage', message, hint, exit: 2 };
}

/** The library's message has the nearest word on a line of its own. */
function usageProblem(error: CommanderError, args: readonly string[]): Problem {
  const [first = '', second = ''] = error.message.replace(/^error: /u, '').split('\n');
  const near = /^\(Did you mean (?:one of )?(?<words>.+)\?\)$/u.exec(second)?.groups?.['words'];
  const verb = args.find((word) => !word.startsWith('-')) ?? '';
  if (error.code === 'commander.unknownCommand') {
    const message = `there is no verb "${verb.slice(0, 80)}"`;
    if (near !== undefined) return usage(message, `did you mean: tutti ${near}`);
    const goal = verb.includes(' ') ? 'to have it done: tutti run "…"' : 'tutti help lists all';
    return usage(message, goal);
  }
  if (error.code === UNKNOWN_HELP) return usage(first, 'tutti help lists all');
  if (near !== undefined) return usage(first, `did you mean ${near}?`);
  return usage(first, verb === '' ? 'see: tutti help' : `see: tutti help ${verb}`);
}
