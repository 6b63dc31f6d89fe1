// A program that `.git/config` names, as something to be trusted.

import { createHash } from 'node:crypto';

import type { CheckoutProgram } from '../ports/repository.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { spellOut } from '../util/terminal-text.ts';

/**
 * Tells what trust is given to: the key and the value, whatever file they stand in.
 *
 * @param program - The program.
 * @returns Its hash.
 */
export function programId({ key, value }: CheckoutProgram): string {
  return createHash('sha256')
    .update(canonicalJson({ git: { key, value } }))
    .digest('hex');
}

/**
 * Shows a program for a person to judge.
 *
 * @param program - The program.
 * @returns A line with its file.
 */
export function programLine({ key, value, file }: CheckoutProgram): string {
  return spellOut(`${file}: ${key} = ${value}`);
}
