// Preloaded into a process of tutti (`node --import`): somebody sets the wall clock as soon as a file
// is there. The monotonic clock goes on as ever, as it does on a real machine.
//
// TUTTI_CLOCK = <milliseconds>:<file>

import { existsSync } from 'node:fs';

const [by = '0', file = ''] = (process.env['TUTTI_CLOCK'] ?? '').split(':');
const real = Date.now;

/** @returns {number} What the wall clock says. */
function now() {
  return existsSync(file) ? real() + Number(by) : real();
}

globalThis.Date = class extends Date {
  /** @param {[] | ConstructorParameters<DateConstructor>} given - As for any date. */
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }

  static now() {
    return now();
  }
};
