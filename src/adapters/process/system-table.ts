import { existsSync } from 'node:fs';

import { createProcTable } from './proc-table.ts';
import type { ProcessTable } from './process-table.ts';
import { createPsTable } from './ps-table.ts';

/**
 * Opens the process table of this system.
 *
 * @returns The one in `/proc`, else the one that `ps` prints.
 */
export function systemTable(): ProcessTable {
  return existsSync('/proc/self/stat') ? createProcTable() : createPsTable();
}
