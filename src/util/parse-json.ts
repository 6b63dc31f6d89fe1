/**
 * Reads a text that may be JSON.
 *
 * @param text - The text.
 * @returns The value; `undefined`, which no JSON says, where it is none.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
