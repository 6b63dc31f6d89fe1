/**
 * Tells whether an unknown value is an object with keys: no array, no `null`.
 *
 * @param value - Any value.
 * @returns Whether its keys may be read.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
