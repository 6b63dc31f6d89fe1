/**
 * Writes JSON in which equal values have equal texts: the keys of every object are sorted.
 *
 * @param value - What to write; it consists of plain data.
 * @returns The JSON.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

// By UTF-16 code units, the same everywhere; what has its keys in order already is not made anew.
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => sorted(item));
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]): [string, unknown] => [key, sorted(part)]),
  );
}
