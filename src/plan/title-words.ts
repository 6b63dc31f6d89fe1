// The words of a title with how much each says about who should do it. In "Write auth tests for the
// API" the tests are what is made (the head), auth says which ones, and the API is an aside.

/** A word of a title. */
export interface TitleWord {
  /** Lower case. */
  readonly text: string;
  /** Where it begins in `TitleWords.text`. */
  readonly start: number;
  readonly weight: number;
  /** Whether it says what is done: the first word, where it does not read as a thing's name. */
  readonly deed?: boolean;
}

/** A title, taken apart. */
export interface TitleWords {
  /** Lower case, one space between words. */
  readonly text: string;
  readonly words: readonly TitleWord[];
}

const WEIGHT: Readonly<Record<'verb' | 'deed' | 'target' | 'head' | 'detail' | 'aside', number>> = {
  verb: 10,
  deed: 6,
  target: 5,
  head: 4,
  detail: 2,
  aside: 1,
};
const LONGEST_TITLE = 300;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
/** First words that outweigh whatever they are done to. */
const VERBS = words(
  'test document describe explain example examples qa fuzz review evaluate compare decide choose plan outline propose research investigate explore analyze analyse find figure',
);
/** First words that say as much as what they are done to. */
const DEEDS = words(
  'deploy secure harden dockerize containerize style protect sanitize sanitise escape encrypt hash block truncate restrict lock provision animate render show display store send normalise normalize return deduplicate index automate publish verify threat mask redact sign authenticate authorize enforce anonymize anonymise highlight crop align center centre resize collapse expand polish restyle hide translate localize localise prefill autofocus split archive schedule connect sync synchronize seed partition paginate enqueue calculate recalculate compute import ingest throttle poll',
);
/** After these a first word is the name of a thing: "plan page", "document upload", "store locator". */
const NAMED_THINGS = words(
  'page form screen upload uploads viewer selection comparison locator policy model type file app management picker score widget table list',
);
const ARTICLES = words('the a an all every our this');
/** "Load test the search": which kind of test, then the verb. */
const TEST_KINDS = words('unit load smoke stress integration e2e regression performance');
/** What goes somewhere is about where it goes: "move the jobs to Kubernetes". */
const MOVES = words('move migrate switch port convert transition send ship push upload export');
const LOOKS = words('research investigate explore analyze analyse find figure evaluate review');
const CHANGES = words('fix implement add repair resolve remove update replace improve build');
/** Words that end the main phrase: what follows is an aside. */
const PREPOSITIONS = words(
  'about across after against at before between by during for from in inside into of on onto per so that through throughout to under until using via when where which while with within without',
);
const CONJUNCTIONS = words('and or then');
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
  const phrase = { begin, end: phraseEnd(tokens, begin), verb: verbAt(tokens, begin) };
  return {
    text,
    words: tokens.map((_token, index) => wordAt(tokens, index, phrase)),
  };
}

interface Phrase {
  readonly begin: number;
  readonly end: number;
  readonly verb: number;
}

function wordAt(tokens: readonly Token[], index: number, phrase: Phrase): TitleWord {
  const token = tokens[index] ?? { text: '', start: 0, gap: '' };
  // "GET /invoices" is an endpoint.
  const text = isMethod(token, tokens[index + 1]) ? 'endpoint' : token.text;
  const word = { text, start: token.start, weight: weightAt(tokens, index, phrase) };
  return index === phrase.verb ? { ...word, deed: true } : word;
}

function isMethod({ text }: Token, next: Token | undefined): boolean {
  return /^(?:get|post|put|patch|delete)$/u.test(text) && next?.gap.endsWith(' /') === true;
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

/** Where the word stands that says what is done; -1 = the title only names a thing. */
function verbAt(tokens: readonly Token[], begin: number): number {
  const [first, next, third] = tokens.slice(begin, begin + 3).map(({ text }) => text);
  if (first === undefined) return -1;
  if (TEST_KINDS.has(first) && next === 'test' && third !== undefined && !PREPOSITIONS.has(third)) {
    return begin + 1;
  }
  const named = next !== undefined && NAMED_THINGS.has(next) && !ARTICLES.has(third ?? '');
  if (first !== 'test' && named) return -1;
  // Who looks and then changes something is not one who only looks.
  const changes = tokens.some(
    ({ text }, index) => CHANGES.has(text) && CONJUNCTIONS.has(tokens[index - 1]?.text ?? ''),
  );
  return LOOKS.has(first) && changes ? -1 : begin;
}

function phraseEnd(tokens: readonly Token[], begin: number): number {
  const end = tokens.findIndex(
    ({ text, gap }, index) => index > begin && (PREPOSITIONS.has(text) || ENDS_PHRASE.test(gap)),
  );
  return end === -1 ? tokens.length : end;
}

function verbWeight(text: string): number | null {
  if (VERBS.has(text)) return WEIGHT.verb;
  return DEEDS.has(text) ? WEIGHT.deed : null;
}

/** What something is moved to: the words after "to", up to the next aside. */
function isTarget(tokens: readonly Token[], index: number, begin: number): boolean {
  if (!MOVES.has(tokens[begin]?.text ?? '')) return false;
  const before = tokens.slice(begin, index + 1);
  const last = before.findLastIndex(({ text }) => PREPOSITIONS.has(text));
  return before[last]?.text === 'to' && last < before.length - 1;
}

function weightAt(tokens: readonly Token[], index: number, phrase: Phrase): number {
  const { text } = tokens[index] ?? { text: '' };
  if (index < phrase.begin) return WEIGHT.detail;
  if (index >= phrase.end) {
    return isTarget(tokens, index, phrase.begin) ? WEIGHT.target : WEIGHT.aside;
  }
  const said = index === phrase.verb ? verbWeight(text) : null;
  if (said !== null) return said;
  const next = tokens[index + 1];
  const isHead =
    index + 1 === phrase.end ||
    (next !== undefined && (CONJUNCTIONS.has(next.text) || JOINS.test(next.gap)));
  // "Design" as a first word says what is done, not what is made.
  if (index === phrase.begin && text === 'design' && !isHead) return WEIGHT.aside;
  return isHead ? WEIGHT.head : WEIGHT.detail;
}
