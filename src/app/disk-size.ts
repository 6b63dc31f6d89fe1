import { lstat, readdir } from 'node:fs/promises';

/** So many names are looked at together. */
const AT_ONCE = 64;

/**
 * Adds up what a file or folder takes on the disk. What cannot be looked into counts as nothing.
 *
 * @param path - A file or folder; links are not followed.
 * @returns Bytes.
 */
export async function diskSize(path: string): Promise<number> {
  let bytes = 0;
  // A name may be any bytes.
  const left: Buffer[] = [Buffer.from(path)];
  while (left.length > 0) {
    const some = left.splice(-AT_ONCE);
    for (const found of await Promise.all(some.map((one) => look(one)))) {
      bytes += found.bytes;
      left.push(...found.inside);
    }
  }
  return bytes;
}

async function look(at: Buffer): Promise<{ bytes: number; inside: readonly Buffer[] }> {
  const stat = await lstat(at).catch(() => null);
  if (stat === null) return { bytes: 0, inside: [] };
  const bytes = stat.blocks * 512;
  if (!stat.isDirectory()) return { bytes, inside: [] };
  const names = await readdir(at, { encoding: 'buffer' }).catch(() => []);
  return { bytes, inside: names.map((name) => Buffer.concat([at, Buffer.from('/'), name])) };
}
