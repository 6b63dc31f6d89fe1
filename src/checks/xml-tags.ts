// The tags of an XML text and their attributes, all that reports of tests are read for: no entity is ever
// defined, nothing is loaded, and what is not well-formed is read as far as it goes.

/** A longer tag is none. */
const LONGEST_TAG = 65_536;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** A tag of an XML text. */
interface Tag {
  readonly tag: string;
  readonly attributes: string;
  readonly isEnd: boolean;
}

/**
 * Goes through the tags of an XML text, in one pass: every sign is looked at a few times at most,
 * whatever the text.
 *
 * @param text - The text.
 * @yields The tags in their order, without what is commented out.
 * @returns Nothing.
 */
export function* tagsIn(text: string): Generator<Tag> {
  let at = text.indexOf('<');
  while (at >= 0) {
    const end = endOfTag(text, at);
    if (end < 0) return;
    const [, slash, tag, attributes = ''] =
      /^<(\/?)([A-Za-z][\w:.-]*)([\s\S]*)>$/u.exec(text.slice(at, end)) ?? [];
    if (tag !== undefined) yield { tag, attributes, isEnd: slash === '/' };
    at = text.indexOf('<', end);
  }
}

/** Where a tag is over, a comment or CDATA as a whole; -1 = nowhere. */
function endOfTag(text: string, at: number): number {
  for (const [begin, close] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
  ] as const) {
    if (!text.startsWith(begin, at)) continue;
    const end = text.indexOf(close, at + begin.length);
    return end < 0 ? -1 : end + close.length;
  }
  let quote = '';
  for (let index = at + 1; index < Math.min(text.length, at + LONGEST_TAG); index += 1) {
    const sign = text[index] ?? '';
    if (quote !== '') {
      if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '>') return index + 1;
  }
  return -1;
}

/**
 * Reads an attribute of an XML tag.
 *
 * @param attributes - What stands in the tag after its name.
 * @param name - The attribute.
 * @returns Its value; empty where it is not there.
 */
export function attributeOf(attributes: string, name: string): string {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'u').exec(
    attributes,
  );
  const raw = match?.[1] ?? match?.[2] ?? '';
  return raw.replaceAll(/&(#x?[0-9a-f]+|\w+);/giu, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
    const code = entity[1] === 'x' ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
