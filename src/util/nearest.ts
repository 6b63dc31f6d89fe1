/**
 * Counts the single-character edits (insert, delete, replace) between two texts (Levenshtein).
 *
 * @param a - One text.
 * @param b - The other.
 * @returns The distance, 0 for equal texts.
 */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * Finds the word that somebody most likely meant. A word counts only when fewer than half of its
 * letters differ, so that a stranger gets no far-fetched proposal.
 *
 * @param text - What was written.
 * @param words - What could have been meant.
 * @returns The nearest word, or `null` when none is near.
 */
export function nearest(text: string, words: readonly string[]): string | null {
  // A name of any length could come from outside; nobody misspells a word into a hundred letters.
  if (text.length > 100) return null;
  const written = text.toLowerCase();
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const edits = distance(written, word.toLowerCase());
    if (edits < least && edits * 2 < Math.max(written.length, word.length)) {
      best = word;
      least = edits;
    }
  }
  return best;
}
