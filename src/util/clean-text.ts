/* eslint-disable no-control-regex, no-misleading-character-class -- unseen characters are what this file is about */

const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/gu;
// Controls, marks of direction, what has no width, annotations, invisible tags and selectors.
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
// Joiners where they join: between emoji, and between letters of scripts that need them.
const JOINER =
  /(?<![\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}])\u200d(?![\u0600-\u0dff])|\u200d(?![\p{Extended_Pictographic}\u2640\u2642\u0600-\u0dff])|(?<![\u0600-\u0dff])\u200c|\u200c(?![\u0600-\u0dff])/gu;
// Selectors of a variant: after an emoji or a keycap's digit, not after letters.
const SELECTOR = /[\ufe00-\ufe0d]|(?<=[\p{L}\p{M}\s<>/-])[\ufe0e\ufe0f]/gu;

/**
 * Makes a text what it looks like: well-formed, with line feeds as its only line ends, without
 * characters that control something or cannot be seen. Emoji and scripts that need joiners survive.
 *
 * @param text - Any text.
 * @returns The text to be read by a model; linear time.
 */
export function cleanText(text: string): string {
  return text
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(LINE_ENDS, '\n')
    .replaceAll(UNSEEN, '')
    .replaceAll(JOINER, '')
    .replaceAll(SELECTOR, '');
}
