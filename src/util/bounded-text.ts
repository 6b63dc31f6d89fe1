/**
 * Makes text of any origin fit to be stored and passed on: well-formed, without NULs, cut to a length
 * without splitting a character.
 *
 * @param text - The text.
 * @param maxChars - How much of its beginning is kept, in UTF-16 units.
 * @returns The text, with `…` as its last character where it was cut.
 */
export function boundedText(text: string, maxChars: number): string {
  const short = text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
  return wellFormed(short);
}

/**
 * Keeps the end of a text, where programs say why they failed; fit to be stored like `boundedText`.
 *
 * @param text - The text.
 * @param maxChars - How much of its end is kept, in UTF-16 units.
 * @returns The text, with `…` as its first character where it was cut.
 */
export function textTail(text: string, maxChars: number): string {
  const short = text.length > maxChars ? `…${text.slice(text.length - maxChars + 1)}` : text;
  return wellFormed(short);
}

// A lone half of a character, from the input or from the cut, becomes U+FFFD by going through UTF-8.
function wellFormed(text: string): string {
  return Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');
}
