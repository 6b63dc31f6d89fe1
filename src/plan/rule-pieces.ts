// The pieces of a task that can be told without a model: what its title lists, or what it has to fulfil.

import type { PlanTask } from '../model/plan.ts';

const MOST_PIECES = 8;
/** In front of a task's own words where rules have planned it: `Build the backend: …`. */
const HEADING = /^[^:]{1,40}:\s+/u;
const BETWEEN = /\s*(?:,\s*(?:and\s+)?|;\s*|\s+and\s+|\s+&\s+|\s+\+\s+)/u;

/**
 * Proposes the pieces of a task.
 *
 * @param task - The task.
 * @returns Their titles; fewer than two where nothing tells them.
 */
export function rulePieces({
  title,
  acceptance,
}: Pick<PlanTask, 'title' | 'acceptance'>): string[] {
  const words = title.replace(HEADING, '');
  const parts = words.split(BETWEEN).filter((part) => part.trim() !== '');
  const verb = /^\p{Lu}\p{Ll}+(?=\s)/u.exec(parts[0] ?? '')?.[0];
  const listed = parts.map((part) =>
    verb === undefined || /^\p{Lu}/u.test(part) ? part : `${verb} ${part}`,
  );
  const pieces = listed.length > 1 ? listed : acceptance.map((one) => one.replace(/\.$/u, ''));
  return pieces.length > MOST_PIECES ? [] : [...new Set(pieces)];
}
