/**
 * Makes a short name of a text that is safe in a branch, a path and a shell: lower-case ASCII
 * letters, digits and single hyphens.
 *
 * @param text - Any text, hostile ones included.
 * @param max - The longest name, in characters.
 * @returns The name; `task` when nothing of the text is left.
 */
export function slug(text: string, max = 40): string {
  const plain = text
    .slice(0, 500)
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
  const cut = plain.length <= max ? plain : plain.slice(0, max + 1).replace(/-[^-]*$/u, '');
  return cut.slice(0, max).replaceAll(/^-+|-+$/gu, '') || 'task';
}
