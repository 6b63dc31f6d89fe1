/**
 * Puts a text on one line, as the subject of a commit or a title wants it.
 *
 * @param text - The text.
 * @returns Its words with one space between them.
 */
export function singleLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}
