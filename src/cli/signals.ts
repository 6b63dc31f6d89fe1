// Ctrl-C and its kin: the first one stops in good order, the second one hurries, the third one goes.

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type Name = keyof typeof CODES;
const NAMES: readonly Name[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What signals have come. */
export interface Signals {
  readonly interrupted: AbortSignal;
  readonly hurried: AbortSignal;
  /** The exit code of the first one; `null` while there was none. */
  code(): 129 | 130 | 143 | null;
  /** Acts as if one had come: in raw mode a terminal sends none. */
  raise(name: Name): void;
  /** Lets signals do what they do by default again. */
  dispose(): void;
}

/**
 * Hears signals.
 *
 * @param onSignal - Told how many have come so far.
 * @returns What has come.
 */
export function hearSignals(onSignal: (count: number) => void): Signals {
  const interrupted = new AbortController();
  const hurried = new AbortController();
  let first: Name | null = null;
  let count = 0;
  const hear = (name: Name): void => {
    first ??= name;
    count += 1;
    onSignal(count);
    if (count === 1) interrupted.abort();
    else if (count === 2) hurried.abort();
    // Everything is on disk; the next run sweeps away what is still alive.
    // oxlint-disable-next-line unicorn/no-process-exit -- a person has asked three times
    else process.exit(CODES[first]);
  };
  for (const name of NAMES) process.on(name, hear);
  return {
    interrupted: interrupted.signal,
    hurried: hurried.signal,
    code: () => (first === null ? null : CODES[first]),
    raise: hear,
    dispose: () => {
      for (const name of NAMES) process.off(name, hear);
    },
  };
}
