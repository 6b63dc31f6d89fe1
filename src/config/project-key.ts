/** Words that say nothing about a project where others follow. */
const FILLERS: ReadonlySet<string> = new Set(['my', 'the', 'our', 'new', 'app', 'project', 'repo']);
const MAX_LETTERS = 10;

/**
 * Makes a project key of a folder's or a package's name: its first telling word in capitals, such as
 * `SHOP` of `my-shop` and `WEB` of `@acme/web-client`.
 *
 * @param name - The name; anything at all.
 * @returns One to ten capital letters and digits, the first one a letter.
 */
export function projectKey(name: string): string {
  const words = (name.split('/').findLast((part) => part !== '') ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z])([A-Z])/gu, '$1 $2')
    .split(/[^A-Za-z0-9]+/u)
    .map((word) => word.replace(/^\d+/u, ''))
    .filter((word) => word.length > 1);
  const word = words.find((each) => !FILLERS.has(each.toLowerCase())) ?? words[0] ?? 'PROJECT';
  return word.slice(0, MAX_LETTERS).toUpperCase();
}
