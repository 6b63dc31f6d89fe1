/** An error that the system, or Node, names by a code such as `ENOENT`. */
export interface SystemError extends Error {
  readonly code: string;
}

/**
 * Tells whether the system refused something, which is nobody's bug.
 *
 * @param error - What was thrown.
 * @returns Whether it has a code.
 */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/**
 * Tells by which code the system names an error.
 *
 * @param error - What was thrown.
 * @returns Such as `ENOENT`; `null` where it has none.
 */
export function errorCode(error: unknown): string | null {
  return isSystemError(error) ? error.code : null;
}
