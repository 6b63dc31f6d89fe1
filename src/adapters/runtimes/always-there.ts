import type { RuntimeFeatures, RuntimeProbe } from '../../ports/agent-runtime.ts';

/**
 * The probe of a runtime that comes with tutti: it is always there and needs no login.
 *
 * @param id - The runtime's name.
 * @param features - What it can do.
 * @param path - Its program, where it has one of its own.
 * @returns The probe.
 */
export function alwaysThere(
  id: string,
  features: RuntimeFeatures,
  path: string | null,
): RuntimeProbe {
  return { id, found: true, version: null, path, loggedIn: true, features, hint: null };
}
