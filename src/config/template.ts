/** What was found out about a project, to begin its configuration with. */
export interface Detected {
  readonly projectKey: string;
  readonly baseBranch: string;
  readonly runtime: string;
  readonly checks: readonly { readonly name: string; readonly run: string }[];
  /** Commands that prepare a fresh copy, such as `npm ci`. */
  readonly setup: readonly string[];
}

/**
 * Writes the configuration of a project that has none.
 *
 * @param detected - What was found out.
 * @returns The text of `.tutti/config.yaml`.
 */
export function configTemplate(detected: Detected): string {
  const checks = detected.checks.map(
    ({ name, run }) => `  - { name: ${scalar(name)}, run: ${scalar(run)} }\n`,
  );
  return `# tutti: what this project wants. Every key is optional: \`tutti config show\` prints all of
# them with their values, \`tutti config schema\` says what is allowed.

project:
  key: ${detected.projectKey} # runs are called ${detected.projectKey}-1, ${detected.projectKey}-2, …
  base_branch: ${scalar(detected.baseBranch)}

orchestration:
  max_parallel: 4 # agents at once
  confirm_before_execute: true # show the plan and ask before anything runs

runtimes:
  default: ${scalar(detected.runtime)}

# Commands whose exit code 0 proves that a change is good.
${checks.length === 0 ? `checks: [] # none was found, such as { name: tests, run: "npm test" }\n` : `checks:\n${checks.join('')}`}
workspace:
  setup: [${detected.setup.map(scalar).join(', ')}] # run in every fresh copy of the project
`;
}

/**
 * Writes a text so that YAML reads it back as that text, whatever it holds.
 *
 * @param text - Any text.
 * @returns A quoted scalar, or the text itself where it is a plain word.
 */
function scalar(text: string): string {
  // A word such as `no` or `1e3` would be read as something else by one YAML version or another.
  if (/^[a-z]{4,}(?:[/-][a-z]{2,})*$/u.test(text) && !/^(?:true|null|false)$/u.test(text))
    return text;
  return JSON.stringify(text).replace(/[^\u0020-\u007e]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
