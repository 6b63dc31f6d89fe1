// Finds words in a text as a careless reader would see them: whatever their case, their accents,
// their script, whatever stands between their letters, and after one round of decoding. It works on
// the idea, not on a list of known tricks: only letters and digits count, folded to plain ones; a
// foreign letter that could be any is a joker.

/** A stretch of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const JOKER = '?';
/** Letters that NFKD leaves alone and that are easily taken for Latin ones: theirs, then ours. */
const TWINS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аαａɑᴀꭺᎪꓮ',
    b: 'вЬƄʙᏴꓐβ',
    c: 'сϲᴄꮯᏟꓚⲥƈ¢ᏣС',
    d: 'ԁɗᴅᎠꓓđⅾժ',
    e: 'еєεҽᴇᎬꓰⲉɛℯ℮ё',
    f: 'ƒꓝꜰք',
    g: 'ɡցɢ',
    h: 'һհʜᎻꓧ',
    i: 'іιɩıɪᎥꓲӏⲓ',
    j: 'јʝϳ',
    k: 'кκᴋꓗĸ',
    l: 'ӏłʟᏞꓡⵏｌǀІ',
    m: 'мᴍᎷꓟⲙɱʍ',
    n: 'пηɴꓠոռնŋⲛϖ',
    o: 'оοσօᴏꓳⲟøᎾ०๐໐',
    p: 'рρᴘᏢꓑⲣþϼ',
    q: 'ԛգզ',
    r: 'гʀᴦꭇꓣɾ',
    s: 'ѕꜱᏚꓢʂƽՏ',
    t: 'тτᴛᎢꓔⲧŧƭ',
    u: 'υսᴜꓴцʊ',
    v: 'νѵᴠꓦ',
    w: 'ѡԝᴡաꓪ',
    x: 'хχꓫ᙮',
    y: 'уүγʏꓬყ',
    z: 'ᴢꓜʐ',
  }).flatMap(([plain, twins]) => Array.from(twins, (twin) => [twin, plain] as const)),
);

const ASCII_SIGN = /[a-z0-9]/u;
const LETTER = /[\p{L}\p{N}]/u;
/** What stands for something else: entities, percent and backslash escapes. */
const ESCAPE =
  /&#x0*(?<hex>[0-9a-f]{1,6});?|&#0*(?<decimal>\d{1,7});?|&(?<name>[a-z]{2,24});|&(?:lt|gt|amp|quot|shy|nbsp)|%(?<percent>[0-7][0-9a-f])|%(?:[89a-f][0-9a-f])|\\u\{?0*(?<unicode>[0-9a-f]{2,6})\}?|\\x(?<byte>[0-9a-f]{2})/iuy;
const LETTER_ENTITY = /^(?<letter>[a-z])(?:opf|scr|fr)$/iu;
/** Entities of Cyrillic and Greek letters; others are signs. */
const FOREIGN_ENTITY =
  /cy$|^(?:alpha|beta|chi|delta|epsi|epsilon|eta|iota|imath|inodot|kappa|nu|omicron|rho|sigma|tau|upsi|upsilon)$/iu;

/** A text as it is read: one plain sign after the other, each with the stretch it stands for. */
interface Reading {
  readonly signs: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/**
 * Finds everything in a text that looks like one of some words.
 *
 * @param text - Any text.
 * @param words - The words; only their letters and digits count, at least six of each.
 * @returns Where they are, in order; stretches may touch, but do not overlap.
 */
export function findLookAlikes(text: string, words: readonly string[]): readonly Span[] {
  const patterns = words.map((word) => read(word).signs).filter((signs) => signs.length >= 6);
  const reading = read(text);
  const spans: Span[] = [];
  for (let at = 0; at < reading.signs.length; at += 1) {
    const found = patterns.find((pattern) => matchesAt(reading.signs, at, pattern));
    if (found === undefined) continue;
    const last = at + found.length - 1;
    spans.push({ start: reading.starts[at] ?? 0, end: reading.ends[last] ?? text.length });
    at = last;
  }
  return spans;
}

function matchesAt(signs: string, at: number, pattern: string): boolean {
  if (at + pattern.length > signs.length) return false;
  let certain = 0;
  for (let index = 0; index < pattern.length; index += 1) {
    const sign = signs.charAt(at + index);
    if (sign === pattern.charAt(index)) certain += 1;
    else if (sign !== JOKER) return false;
  }
  // A text in another script is no look-alike: most letters must be plainly the word's.
  return certain * 2 > pattern.length;
}

function read(text: string): Reading {
  const signs: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (let at = 0; at < text.length;) {
    const { plain, length } = signAt(text, at);
    for (const sign of plain) {
      signs.push(sign);
      starts.push(at);
      ends.push(at + length);
    }
    at += length;
  }
  return { signs: signs.join(''), starts, ends };
}

function signAt(text: string, at: number): { plain: string; length: number } {
  const first = text.charAt(at);
  if (first === '&' || first === '%' || first === '\\') {
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(text);
    if (match !== null) return { plain: decoded(match.groups ?? {}), length: match[0].length };
  }
  const code = text.codePointAt(at) ?? 0;
  return { plain: fold(code), length: code > 0xffff ? 2 : 1 };
}

function decoded(groups: Readonly<Record<string, string | undefined>>): string {
  const hex = groups['hex'] ?? groups['percent'] ?? groups['unicode'] ?? groups['byte'];
  const code = hex === undefined ? Number(groups['decimal']) : Number.parseInt(hex, 16);
  if (code >= 0 && code <= 0x10ffff) return fold(code);
  const name = groups['name'] ?? '';
  const letter = LETTER_ENTITY.exec(name)?.groups?.['letter'];
  if (letter !== undefined) return letter.toLowerCase();
  return FOREIGN_ENTITY.test(name) ? JOKER : '';
}

/** The squared and circled letters that have no decomposition, by the first of each alphabet. */
const ALPHABETS: readonly number[] = [0x1f150, 0x1f170, 0x1f1e6, 0xe0041, 0xe0061];

/**
 * Folds a character to plain lower-case letters and digits.
 *
 * @param code - Its code point.
 * @returns Nothing for a sign or a mark, the joker for a letter that cannot be folded.
 */
function fold(code: number): string {
  if (code < 128) {
    const lower = String.fromCharCode(code).toLowerCase();
    return ASCII_SIGN.test(lower) ? lower : '';
  }
  const alphabet = ALPHABETS.find((first) => code >= first && code < first + 26);
  if (alphabet !== undefined) return String.fromCharCode(97 + code - alphabet);
  if (code >= 0xd800 && code <= 0xdfff) return '';
  const character = String.fromCodePoint(code);
  let plain = '';
  for (const part of (TWINS.get(character) ?? character)
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')) {
    const twin = TWINS.get(part) ?? part;
    if (ASCII_SIGN.test(twin)) plain += twin;
    else if (LETTER.test(twin)) plain += JOKER;
  }
  return plain;
}
