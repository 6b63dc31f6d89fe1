// The options of a benchmark, read the same way for all.

import { parseArgs } from 'node:util';

/**
 * Reads options.
 *
 * @param {string[]} args
 * @param {Record<string, number | string>} defaults A number stays one.
 * @returns {{ number: (name: string) => number, word: (name: string) => string }}
 */
export function readOptions(args, defaults) {
  const names = Object.keys(defaults);
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  });
  const given = (/** @type {string} */ name) => values[name] ?? defaults[name];
  return {
    number: (name) => {
      const value = Number(given(name));
      if (!(value > 0)) throw new RangeError(`--${name} takes a positive number`);
      return value;
    },
    word: (name) => String(given(name)),
  };
}
