// The patterns of `agent_routing`, such as "*ui*|*frontend*". A pattern's word is met where a word of
// the title begins, never in the middle of one: `*auth*` is about authentication, not about OAuth.

import type { TitleWords } from './title-words.ts';

const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/**
 * Looks for a pattern in a title.
 *
 * @param pattern - Alternatives, separated by `|`; `*` stands for anything.
 * @param title - The title, taken apart.
 * @returns The word it matched with the most weight, or `null`.
 */
export function matchGlob(
  pattern: string,
  title: TitleWords,
): { readonly word: string; readonly weight: number } | null {
  let best: { word: string; weight: number } | null = null;
  for (const alternative of pattern.toLowerCase().split('|')) {
    for (const start of matchesOf(alternative.trim(), title.text)) {
      const word = title.words.findLast((each) => each.start <= start);
      if (word !== undefined && word.weight > (best?.weight ?? 0)) {
        best = { word: word.text, weight: word.weight };
      }
    }
  }
  return best;
}

/**
 * Finds where an alternative matches.
 *
 * @param glob - One alternative, lower case.
 * @param text - The title, lower case.
 * @returns Where the last literal piece of it begins, for every way to match it.
 */
function matchesOf(glob: string, text: string): readonly number[] {
  const pieces = glob.split(/\*+/u);
  const last = pieces.findLastIndex((piece) => piece !== '');
  if (last === -1) return [];
  let from = 0;
  for (const [index, piece] of pieces.slice(0, last).entries()) {
    if (piece === '') continue;
    const [first] = placesOf(piece, text, { from, anchored: index === 0, closed: false });
    if (first === undefined) return [];
    from = first + piece.length;
  }
  return placesOf(pieces[last] ?? '', text, {
    from,
    anchored: last === 0,
    closed: last === pieces.length - 1,
  });
}

function placesOf(
  piece: string,
  text: string,
  where: { readonly from: number; readonly anchored: boolean; readonly closed: boolean },
): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(piece, where.from); at !== -1; at = text.indexOf(piece, at + 1)) {
    const inWord =
      at > 0 && WORD_CHARACTER.test(text.charAt(at - 1)) && WORD_CHARACTER.test(piece.charAt(0));
    if (inWord || (where.anchored && at > 0)) continue;
    if (where.closed && at + piece.length !== text.length) continue;
    places.push(at);
  }
  return places;
}
