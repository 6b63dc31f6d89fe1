// The words of a title with how much each says about who should do it. In "Write auth tests for the
// API" the tests are what is made (the head), auth says which ones, and the API is an aside.

/** A word of a title. */
export interface TitleWord {
  /** Lower case. */
  readonly text: string;
  /** Where it begins in `TitleWords.text`. */
  readonly start: number;
  readonly weight: number;
}

/** A title, taken apart. */
export interface TitleWords {
  /** Lower case, one space between words. */
  readonly text: string;
  readonly words: readonly TitleWord[];
}

const WEIGHT: Readonly<Record<'verb' | 'deed' | 'head' | 'detail' | 'aside', number>> = {
  verb: 10,
  deed: 6,
  head: 4,
  detail: 2,
  aside: 1,
};
const LONGEST_TITLE = 300;

/** First words that outweigh whatever they are done to. */
const VERBS: ReadonlySet<string> = new Set(['test', 'document', 'example', 'examples']);
/** First words that say as much as what they are done to. */
const DEEDS: ReadonlySet<string> = new Set(['deploy', 'secure', 'harden', 'dockerize', 'style']);
/** Words that end the main phrase: what follows is an aside. */
const PREPOSITIONS: ReadonlySet<string> = new Set(
  'about after against at before between by during for from in inside into of on onto per so that through to under until using via when where which while with within without'.split(
    ' ',
  ),
);
const CONJUNCTIONS: ReadonlySet<string> = new Set(['and', 'or']);
const ENDS_PHRASE = /[(:;[{–—]|\s-\s/u;
const JOINS = /[,&+]/u;

/**
 * Takes a title apart.
 *
 * @param title - The title; only its first 300 characters count.
 * @returns Its words with their weights, in their order.
 */
export function titleWords(title: string): TitleWords {
  const text = title.slice(0, LONGEST_TITLE).toLowerCase().replaceAll(/\s+/gu, ' ').trim();
  const tokens = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({
    text: match[0],
    start: match.index,
    // What stands between this word and the one before it.
    gap: '',
  }));
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    token.gap = text.slice(
      before === undefined ? 0 : before.start + before.text.length,
      token.start,
    );
  }
  const begin = prefixLength(tokens);
  const end = phraseEnd(tokens, begin);
  const words = tokens.map((token, index) => ({
    text: token.text,
    start: token.start,
    weight: weightAt(tokens, index, { begin, end }),
  }));
  return { text, words };
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly gap: string;
}

/**
 * Counts the words before the main phrase: one, in titles such as "API: write the reference".
 *
 * @param tokens - The words.
 * @returns 0 or 1.
 */
function prefixLength(tokens: readonly Token[]): number {
  return tokens[1]?.gap.trim() === ':' ? 1 : 0;
}

function phraseEnd(tokens: readonly Token[], begin: number): number {
  const end = tokens.findIndex(
    ({ text, gap }, index) => index > begin && (PREPOSITIONS.has(text) || ENDS_PHRASE.test(gap)),
  );
  return end === -1 ? tokens.length : end;
}

function weightAt(
  tokens: readonly Token[],
  index: number,
  phrase: { readonly begin: number; readonly end: number },
): number {
  const { text } = tokens[index] ?? { text: '' };
  if (index < phrase.begin) return WEIGHT.detail;
  if (index >= phrase.end) return WEIGHT.aside;
  if (index === phrase.begin && VERBS.has(text)) return WEIGHT.verb;
  if (index === phrase.begin && DEEDS.has(text)) return WEIGHT.deed;
  const next = tokens[index + 1];
  const isHead =
    index + 1 === phrase.end ||
    (next !== undefined && (CONJUNCTIONS.has(next.text) || JOINS.test(next.gap)));
  // "Design" as a first word says what is done, not what is made.
  if (index === phrase.begin && text === 'design' && !isHead) return WEIGHT.aside;
  return isHead ? WEIGHT.head : WEIGHT.detail;
}
