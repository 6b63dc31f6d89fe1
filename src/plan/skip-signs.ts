// Signs that a goal is for one agent, whatever its type and its words: a typo, documentation, a
// setting, a small tweak, one endpoint, a bug in one place, one file.

import type { Complexity } from '../model/complexity.ts';
import { FIXES, readGoal } from './goal-text.ts';
import type { GoalText } from './goal-text.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const TYPO =
  /\b(?:typos?|misspell(?:ing|ings|ed)?|spelling (?:mistakes?|errors?|fix(?:es)?))\b(?!-)/u;
const TYPO_TYPES = set('typo spelling');
const DOCS_TYPES = set('docs doc documentation');
const CONFIG_TYPES = set('config configuration settings');
const SMALL_TYPES = set('tweak trivial minor');
const DOCS = set(
  'doc docs documentation readme guide guides changelog tutorial tutorials faq docstring docstrings jsdoc comment comments handbook manual contributing runbook license licence',
);
const WRITES = set(
  'add update write fix correct improve extend rewrite expand clarify document polish proofread edit refresh create translate review complete finish remove reword describe explain docs doc sync amend build',
);
const DOCUMENTS = set('document docs explain describe proofread');
const SETTING = set(
  'config configs configuration configurations setting settings env timeout timeouts flag variable variables threshold limit limits default defaults level port ttl',
);
const SETS = set(
  'change update set adjust tune increase decrease raise lower reduce enable disable fix edit modify switch toggle add remove turn configure create use make bump correct tweak extend shorten',
);
const TWEAKS = set(
  'tweak rename bump reword reformat realign nudge recolor recolour capitalise capitalize',
);
const LOOKS = set(
  'color colour colors colours padding margin margins spacing font fonts label labels caption tooltip placeholder icon favicon alignment border title text wording copy heading year size width height shadow background logo indentation version link url name',
);
const SMALL =
  /\b(?<!not an? |not just an? |not a very |no |not only an? |more than an? )(?:(?:minor|tiny|small|trivial|quick|little|cosmetic) (?:[\w-]+ )?(?:fix|fixes|tweaks?|changes?|edits?|adjustments?|corrections?|cleanups?|updates?|improvements?|nits?|bumps?|bugs?)|tweaks?|nit|one[- ]liner)$/u;
const TIDIES =
  /^(?:fix|clean up|cleanup|remove|run|apply|correct|strip|sort|delete) (?:the |all |some |trailing |unused |dead |extra )*(?:[\w-]+ )?(?:lint|linter|linting|whitespace|formatting|format|prettier|eslint|imports?|indentation|copyright|semicolons?|console\.logs?|variables?|warnings?)\b/u;
const BUG_TYPES = set('bug bugfix bug_fix bug-fix fix hotfix');
/** Who mends and then builds does not only mend. */
const BUILDS_TOO = /\b(?:and|then) (?:build|implement|create|redesign|introduce)\b/u;
const ENDPOINT =
  /^(?:add|create|implement|expose|build|introduce|write|provide|make|support) (?:an? |one |the |new |single |simple |missing |http |rest |api |public |private |internal |admin |json |get |post |put |patch |delete |[\w{}/:.-]*\/[\w{}/:.-]* |health |status )*(?:[\w-]+ ){0,4}endpoint$/u;
const MANY = /\b(?:all|every|each|entire|whole|across|everywhere|several|multiple|many|both)\b/u;
/** Names of files that are spoken of, not where the work is. */
const REFERS =
  /\b(?:see|per|follow|following|according to|described in|as in|from|like|spec in|details in|based on|using|with|read|reads|parse|parses|into|to|out of|split|instead of)\s+[`"']?$/iu;

/**
 * Looks for a sign that a goal is for one agent.
 *
 * @param goal - The goal and what is said about it.
 * @param goal.goal - Its first line is its title.
 * @param goal.description - More about it.
 * @param goal.type - The type of the task.
 * @param complexity - How much work the rules take it for.
 * @returns The sign in words, or `null`.
 */
export function signToSkip(
  goal: { readonly goal: string; readonly description: string; readonly type: string | null },
  complexity: Complexity,
): string | null {
  const text = readGoal(goal.goal, goal.description);
  const type = goal.type?.trim().toLowerCase() ?? '';
  const isLarge = complexity === 'high';
  return (
    typo(text, type) ??
    docs(text, type, isLarge) ??
    (isLarge
      ? null
      : (setting(text, type) ??
        tweak(text, type) ??
        endpoint(text) ??
        oneFile(text, goal) ??
        bug(text, type, complexity)))
  );
}

function typo({ verb, main, heads }: GoalText, type: string): string | null {
  if (TYPO_TYPES.has(type)) return `a sign to skip: tasks of type ${type}`;
  const word = TYPO.exec(main)?.[0];
  if (word === undefined) return null;
  const isHead = heads.some(
    (head) => word.includes(head) || /^(?:fix|fixes|corrections?)$/u.test(head),
  );
  return isHead || FIXES.has(verb) ? `a sign to skip: a ${word}` : null;
}

function docs(
  { verb, heads, main, title }: GoalText,
  type: string,
  isLarge: boolean,
): string | null {
  if (DOCS_TYPES.has(type)) return `a sign to skip: tasks of type ${type}`;
  if (DOCUMENTS.has(verb)) return `a sign to skip: documentation ("${verb}")`;
  const only = heads.length > 0 && heads.every((head) => DOCS.has(head));
  if (!only || (isLarge && !WRITES.has(verb))) return null;
  // Comments that people leave under an article are no documentation.
  const isTalk =
    /\bcomments?\b/u.test(main) &&
    !/\b(?:code|function|class|method|module|docstring|source|file|header|regex|block)/u.test(
      title,
    );
  const isProse = WRITES.has(verb) || heads.length === main.split(' ').length;
  return isTalk || !isProse ? null : `a sign to skip: documentation ("${heads[0] ?? ''}")`;
}

function setting({ verb, heads, title, main }: GoalText, type: string): string | null {
  if (CONFIG_TYPES.has(type)) return `a sign to skip: tasks of type ${type}`;
  const [head] = heads;
  if (head === undefined || heads.length > 1 || MANY.test(title) || !SETS.has(verb)) return null;
  if (
    !SETTING.has(head) ||
    /\b(?:page|screen|panel|dialog|rate|system|user|feature|profile|account)\s+\w+$/u.test(main)
  )
    return null;
  return `a sign to skip: a change of configuration ("${head}")`;
}

function tweak({ verb, heads, main, title }: GoalText, type: string): string | null {
  if (SMALL_TYPES.has(type)) return `a sign to skip: tasks of type ${type}`;
  const small = SMALL.exec(main)?.[0];
  if (small !== undefined) return `a sign to skip: a minor change ("${small}")`;
  if (MANY.test(title) && !TIDIES.test(title)) return null;
  if (TWEAKS.has(verb)) return `a sign to skip: a minor change ("${verb}")`;
  const tidied = TIDIES.exec(title)?.[0];
  if (tidied !== undefined) return `a sign to skip: a minor change ("${tidied}")`;
  const [head] = heads;
  const isLook = head !== undefined && heads.length === 1 && LOOKS.has(head) && SETS.has(verb);
  return isLook ? `a sign to skip: a minor change ("${head}")` : null;
}

function endpoint({ main, title }: GoalText): string | null {
  return ENDPOINT.test(main) && !MANY.test(title) ? 'a sign to skip: a single endpoint' : null;
}

/** A file that is only referred to is none that is worked in. */
function oneFile(
  { files, title }: GoalText,
  { goal, description }: { readonly goal: string; readonly description: string },
): string | null {
  const [file, second] = files;
  if (file === undefined || second !== undefined || MANY.test(title)) return null;
  const whole = `${goal}\n${description}`;
  const before = whole.slice(0, whole.indexOf(file));
  return REFERS.test(before) ? null : `a sign to skip: one file is named (${file})`;
}

function bug({ verb, title }: GoalText, type: string, complexity: Complexity): string | null {
  if (complexity !== 'low' || MANY.test(title) || BUILDS_TOO.test(title)) return null;
  if (BUG_TYPES.has(type)) return `a sign to skip: a bug in one place (type ${type})`;
  return FIXES.has(verb) ? `a sign to skip: a bug in one place ("${verb}")` : null;
}
