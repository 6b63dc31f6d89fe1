import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { getuid } from 'node:process';

/** What has to be known of the disk to say what of it is visible. */
export interface Disk {
  /** Whether root asks. */
  readonly isRoot: boolean;
  exists(path: string): boolean;
  /** Where it leads when it is a symbolic link, as it is written there; else `null`. */
  linkOf(path: string): string | null;
  /** The path without links; `null` = there is no such file. */
  realPath(path: string): string | null;
}

function orNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** The disk of this machine. */
export const systemDisk: Disk = {
  isRoot: getuid?.() === 0,
  exists: existsSync,
  linkOf: (path) => orNull(() => readlinkSync(path)),
  realPath: (path) => orNull(() => realpathSync(path)),
};
