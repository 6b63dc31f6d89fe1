// A goal, read for what is to be done: without what it only quotes, its first verb, its main phrase.

import { titleWords } from './title-words.ts';

/** A goal, taken apart; all texts in lower case. */
export interface GoalText {
  /** Its first line. */
  readonly title: string;
  /** The title up to the first aside: "add a tooltip" of "add a tooltip to the checkout page". */
  readonly main: string;
  /** The first word of the main phrase. */
  readonly verb: string;
  /** The last words of the main phrase and of what it joins by "and". */
  readonly heads: readonly string[];
  /** How many things the main phrase joins. */
  readonly made: number;
  /** The title, and what is said about it. */
  readonly all: string;
  /** Files that it names. */
  readonly files: ReadonlySet<string>;
}

/** First words of goals that mend something. */
export const FIXES: ReadonlySet<string> = new Set(
  'fix fixes repair correct resolve debug patch hotfix bug bugfix investigate mend prevent avoid handle stop'.split(
    ' ',
  ),
);

const LONGEST = 8000;
const HEAD = 4;
const ASIDE = 1;
const POLITE =
  /^(?:(?:(?:this|it) is )?not (?:just |only |merely )?an? [^:;—]{1,60}[:;—]\s*|(?:please|pls|kindly|can you|could you|we need to|we should|i want to|let's|todo:?|task:?|\[[^\]]{0,40}\]|(?:feat|feature|chore)(?:\([^)]{0,40}\))?:)\s+)/u;
/** What is quoted is spoken of, not asked for. */
const QUOTED =
  /```[^]*?(?:```|$)|`[^`\n]{0,200}`|"[^"\n]{0,200}"|“[^”\n]{0,200}”|«[^»\n]{0,200}»/gu;
/** Lines of a stack trace or a log. */
const TRACE =
  /^\s*(?:at \S+ ?\(.*\)|File ".*", line \d+.*|\d{4}-\d\d-\d\d[T ].*|Traceback.*|\$ .*|> .*)$/gmu;
const FILE =
  /(?<![\w./-])(?:[\w.-]+\/)*[\w.-]*\w\.(?:[cm]?[jt]sx?|vue|svelte|py|go|rs|java|kt|rb|php|cs|swift|c|h|cc|cpp|hpp|ex|exs|sh|css|scss|html|ya?ml|json|toml|ini|env|sql|tf|md|rst|txt|lock|cfg|xml|gradle|proto)(?![\w/-])/giu;
/** Names of libraries that look like files. */
const NOT_FILES =
  /^(?:node|d3|next|vue|nuxt|three|express|react|ember|chart|discord|backbone|angular|alpine|moment|solid|nest|electron|hapi|koa|svelte|web3|ethers|tensorflow|plotly|leaflet|handlebars|socket|date-fns)\.js$/iu;
const BARE_FILE =
  /(?<![\w./-])(?:Dockerfile|Makefile|Jenkinsfile|Gemfile|Rakefile|CODEOWNERS|\.gitignore|\.editorconfig|\.env)(?![\w/-])/gu;

/**
 * Takes a goal apart.
 *
 * @param goal - The goal; its first line is its title.
 * @param description - More about it.
 * @returns What stands in it; of very long texts the beginning.
 */
export function readGoal(goal: string, description: string): GoalText {
  const [line = '', ...rest] = goal.slice(0, LONGEST).trim().split('\n');
  const more = [...rest, description.slice(0, LONGEST)].join('\n').replaceAll(TRACE, '');
  const title = polite(unquoted(line));
  const { words } = titleWords(title);
  const start = words.find(({ weight }) => weight > ASIDE)?.start ?? 0;
  const last = words.findLast(({ weight }) => weight > ASIDE);
  const main = title.slice(start, last === undefined ? 0 : last.start + last.text.length);
  const heads = words.filter(({ weight }) => weight >= HEAD).map(({ text }) => text);
  return {
    title,
    main,
    verb: words[0]?.text === 're' ? `re${words[1]?.text ?? ''}` : (words[0]?.text ?? ''),
    heads,
    made: heads.length,
    all: `${title}\n${unquoted(more)}`,
    files: filesIn(`${line}\n${more}`),
  };
}

function unquoted(text: string): string {
  const left = text.replaceAll(QUOTED, ' … ').toLowerCase().trim();
  return /\p{L}{2}/u.test(left) ? left : text.toLowerCase().trim();
}

function polite(title: string): string {
  const shorter = title.replace(POLITE, '');
  return shorter === title ? title : polite(shorter);
}

function filesIn(text: string): ReadonlySet<string> {
  const found = [...(text.match(FILE) ?? []), ...(text.match(BARE_FILE) ?? [])];
  return new Set(found.filter((name) => !NOT_FILES.test(name)));
}
