/**
 * Writes JSON in which equal values have equal texts: the keys of every object are sorted.
 *
 * @param value - What to write; it consists of plain data.
 * @returns The JSON.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isPlain(part) ? sorted(part) : part));
}

function isPlain(part: unknown): part is object {
  return typeof part === 'object' && part !== null && !Array.isArray(part);
}

// By UTF-16 code units, the same everywhere; fromEntries() makes even `__proto__` a plain key.
function sorted(part: object): object {
  return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
