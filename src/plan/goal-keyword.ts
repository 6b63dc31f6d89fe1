// Keywords that speak for orchestration: as what is to be done, not as a thing that has the same name
// ("fix the build", "build fails on Windows", "do not build it").

import { readGoal } from './goal-text.ts';

/** Words that are a thing's name as often as a deed. */
const BOTH: ReadonlySet<string> = new Set(['build', 'design', 'test', 'deploy', 'release', 'plan']);
/** After these a deed follows, or a list of deeds goes on. */
const LEADS_TO_DEED =
  /(?:^|[.;:,!?\n…–—(*•-]|\b(?:to|and|then|please|must|should|will|shall|can|could|would|also|let's|let us|we|i|or|you|help|us|me|now|want|need))\s*$/u;
const NEGATED = /\b(?:not|n't|never|without|no|dont|instead of|rather than)\s+(?:\w+\s+)?$/u;
/** What follows a name: "build fails", "build errors", "build time". */
const FOLLOWS_NAME =
  /^\s+(?:fails?|failed|failing|failure|failures|errors?|is|are|was|breaks?|broken|broke|times?|scripts?|artifacts?|artefacts?|cache|number|output|warnings?|step|steps|job|jobs|logs?|folder|directory|files?|status|badge|process|takes|took|hangs|does|doesn|on|in|with)\b/u;

/** A keyword, and where it stands. */
interface FoundKeyword {
  readonly word: string;
  readonly place: 'goal' | 'description';
}

/**
 * Looks for a keyword.
 *
 * @param goal - The goal and what is said about it.
 * @param goal.goal - Its first line is its title.
 * @param goal.description - More about it.
 * @param keywords - One or more words each.
 * @returns The first one that is there, the title before the rest; or `null`.
 */
export function keywordIn(
  { goal, description }: { readonly goal: string; readonly description: string },
  keywords: readonly string[],
): FoundKeyword | null {
  const { title, all } = readGoal(goal, description);
  const inTitle = keywords.find((word) => stands(word, title));
  if (inTitle !== undefined) return { word: inTitle, place: 'goal' };
  const inRest = keywords.find((word) => stands(word, all));
  return inRest === undefined ? null : { word: inRest, place: 'description' };
}

function stands(keyword: string, text: string): boolean {
  const pieces = keyword.toLowerCase().split(/\s+/u).filter(Boolean);
  if (pieces.length === 0) return false;
  const body = pieces.map((piece) => escaped(piece)).join('\\s+(?:(?:an?|the|our|this)\\s+)?');
  const isSpaced = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u.test(keyword);
  const pattern = isSpaced ? `(?<![\\p{L}\\p{N}_-])${body}(?![\\p{L}\\p{N}_-])` : body;
  for (const match of text.matchAll(new RegExp(pattern, 'gu'))) {
    const before = text.slice(0, match.index);
    const after = text.slice(match.index + match[0].length);
    if (NEGATED.test(before.slice(-40))) continue;
    const isName =
      BOTH.has(match[0]) && (!LEADS_TO_DEED.test(before.slice(-40)) || FOLLOWS_NAME.test(after));
    if (!isName) return true;
  }
  return false;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}
