// Which commands an agent may run. Where a sandbox holds it, all of them: what they can reach is
// decided there, not by their names. Without one only the approved checks may be run, and nothing that
// a shell would make of them.

/** What may be run. */
export interface CommandPolicy {
  /** Everything: a sandbox, or the person's word, stands behind it. */
  readonly everything: boolean;
  /** Else only these, with more arguments behind them. */
  readonly allowed: readonly string[];
}

/** What a shell does more than start a program with arguments: none of it can be judged by a name. */
const SHELL = /[`$<>(){}\\*?~!#&|;\n\r'"[\]]/u;

/**
 * Judges a command.
 *
 * @param command - A line for a shell.
 * @param policy - What may be run.
 * @returns Why it may not be run; `null` = it may.
 */
export function refusal(command: string, policy: CommandPolicy): string | null {
  if (policy.everything) return null;
  const allowed = policy.allowed.map((each) => each.trim()).filter((each) => each !== '');
  if (isAllowed(command, allowed)) return null;
  if (command.split('&&').every((part) => isAllowed(part, allowed))) return null;
  const known = allowed.length === 0 ? 'there are none' : allowed.join(' | ');
  return `there is no sandbox here, so only the approved checks may be run: ${known}`;
}

/** As it was approved, or with plain arguments behind it. */
function isAllowed(command: string, allowed: readonly string[]): boolean {
  const line = command.trim();
  return allowed.some(
    (each) =>
      line === each || (line.startsWith(`${each} `) && !SHELL.test(line.slice(each.length))),
  );
}
