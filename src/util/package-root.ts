import { existsSync } from 'node:fs';

/**
 * Finds the folder of this package: what is built lies less deep than its source.
 *
 * @returns Its address, with a slash at the end.
 */
export function packageRoot(): URL {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('../', folder);
  return folder;
}
