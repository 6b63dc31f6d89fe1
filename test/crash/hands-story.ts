// Stories in which many agents work on one repository: who does what, after whom, and what of it has
// to be there in the end. Made by rule from a seed, so the same seed is the same story.

import type { ScriptStep } from '../../src/testing/index.ts';

/** How much there is of it. */
export interface Size {
  /** In the repository, before anybody begins. */
  readonly files: number;
  readonly tasks: number;
  /** At once. */
  readonly agents: number;
}

/** One task of a story. */
export interface Hand {
  readonly id: string;
  readonly title: string;
  readonly dependsOn: readonly string[];
  /** What others touch as well is not among them: nobody has foreseen it. */
  readonly files: readonly string[];
  readonly steps: readonly ScriptStep[];
  /** Lines that nobody else writes. */
  readonly lines: readonly string[];
  /** What it does with files of others; `null` = it has its own. */
  readonly shares: Sharing | null;
}

/** What a task does to files that others change too. */
type Sharing =
  /** Writes at the same place at the same time as others: a conflict that its agent puts right. */
  | 'collides'
  /** The same, but its agent drops what the others wrote: another task has to put it right. */
  | 'drops'
  /** Writes at another place of the same file. */
  | 'apart'
  /** Renames the file in which another one writes. */
  | 'moves';

/** A story. */
export interface Story {
  readonly size: Size;
  readonly hands: readonly Hand[];
}

/** Random numbers from a seed (mulberry32): from 0 to below `below`. */
export type Draw = (below: number) => number;

/**
 * Makes a source of random numbers.
 *
 * @param seed - The same seed gives the same numbers.
 * @returns The source.
 */
export function drawFrom(seed: number): Draw {
  let state = Math.imul(seed + 1, 0x9e_37_79_b1);
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Where agents tell one another that they have begun; `HOME` stands for the folder of the test. */
const STARTED = 'HOME/started';
/** Files with which a task begins to be alone. */
const OWN_FILES = 3;
const FOLDER = 100;

/**
 * Names a file of the repository.
 *
 * @param index - Its number.
 * @returns Its path.
 */
export function fileName(index: number): string {
  return `src/part-${Math.floor(index / FOLDER)}/file-${index}.txt`;
}

/**
 * Lists the files that several tasks change.
 *
 * @param story - The story.
 * @returns Their paths, and what they hold before anybody begins: no two are alike, so that git knows
 *   which one was renamed.
 */
export function sharedFiles({ hands }: Story): readonly { path: string; text: string }[] {
  const count = hands.filter(({ shares }) => shares !== null).length;
  return Array.from({ length: count }, (_, group) => ({
    path: sharedFile(group),
    text: Array.from({ length: 40 }, (__, at) => `line ${at} of ${group}\n`).join(''),
  }));
}

function sharedFile(group: number): string {
  return `shared/list-${group}.txt`;
}

/**
 * Makes a story: as many tasks as agents begin together, a third of all share files, every other task
 * waits for some of those before it.
 *
 * @param seed - Which story.
 * @param size - How much there is of it.
 * @returns The story.
 */
export function storyOf(seed: number, size: Size): Story {
  const draw = drawFrom(seed);
  const names = Array.from({ length: size.tasks }, (_, at) => `t${String(at).padStart(2, '0')}`);
  const roots = names.slice(0, size.agents);
  const parts = groupsOf(names.slice(size.agents), Math.round(size.tasks / 3), draw);
  const hands = names.map((id, at): Hand => {
    if (at < size.agents) return plain(id, at, { dependsOn: [], first: together(roots) });
    const part = parts.get(id);
    // Who shares waits for roots only: whoever it meets can begin at the same time.
    const before = part === undefined ? names.slice(0, at) : roots;
    const dependsOn = some(before, 1 + draw(3), draw);
    return part === undefined
      ? plain(id, at, { dependsOn, first: [] })
      : sharing(id, at, { part, dependsOn });
  });
  return { size, hands };
}

/** A task that meets others in a file. */
interface Part {
  readonly group: number;
  readonly kind: Sharing;
  /** All of them, in the order in which they land. */
  readonly members: readonly string[];
}

const KINDS: readonly Sharing[] = ['collides', 'drops', 'apart', 'moves'];

function groupsOf(names: readonly string[], count: number, draw: Draw): Map<string, Part> {
  const free = [...names];
  const parts = new Map<string, Part>();
  const first = draw(KINDS.length);
  for (let group = 0, left = count; left > 1; group += 1) {
    const kind = KINDS[(first + group) % KINDS.length] ?? 'collides';
    const wanted = Math.min(left, kind === 'collides' ? 3 : 2);
    // Nobody is left without a partner.
    const size = left - wanted === 1 ? 5 - wanted : wanted;
    const members = Array.from({ length: size }, () => free.splice(draw(free.length), 1)).flat();
    for (const id of members) parts.set(id, { group, kind, members });
    left -= size;
  }
  return parts;
}

function some(names: readonly string[], count: number, draw: Draw): readonly string[] {
  return [...new Set(Array.from({ length: count }, () => names[draw(names.length)] ?? ''))];
}

const lineOf = (id: string, what: string): string => `${id} wrote this in ${what}`;
const begun = (id: string): ScriptStep => ({
  run: `touch ${STARTED}/${id}; echo ${id} >> HOME/journal`,
});

/** They wait for one another: so many are at work at the same time. */
function together(ids: readonly string[]): readonly ScriptStep[] {
  return ids.map((id) => ({ wait: { file: `${STARTED}/${id}` } }));
}

function plain(
  id: string,
  at: number,
  { dependsOn, first }: { dependsOn: readonly string[]; first: readonly ScriptStep[] },
): Hand {
  const own = Array.from({ length: OWN_FILES }, (_, n) => fileName(at * OWN_FILES + n));
  const fresh = `hands/${id}.txt`;
  return {
    id,
    title: `Let ${id} do its part`,
    dependsOn,
    files: [...own, fresh],
    lines: [...own.slice(0, 2), fresh].map((path) => lineOf(id, path)),
    shares: null,
    steps: [
      begun(id),
      ...first,
      // What it waited for is where it starts from.
      ...dependsOn.map((other) => ({
        run: `[ -e hands/${other}.txt ] || echo ${id} ${other} >> HOME/missed`,
      })),
      ...own.slice(0, 2).map((path) => ({
        run: `sh HOME/hand.sh append '${path}' '${lineOf(id, path)}'`,
      })),
      { delete: own[2] ?? '' },
      { write: { path: fresh, content: `${lineOf(id, fresh)}\n` } },
    ],
  };
}

function sharing(
  id: string,
  at: number,
  { part, dependsOn }: { part: Part; dependsOn: readonly string[] },
): Hand {
  const { group, kind, members } = part;
  const file = sharedFile(group);
  const place = members.indexOf(id);
  const own = plain(id, at, { dependsOn, first: [] });
  const line = lineOf(id, file);
  const add = (anchor: string): ScriptStep => ({
    run: `sh HOME/hand.sh add '${file}' '${anchor}' '${line}'`,
  });
  const shared = { ...own, shares: kind, lines: [...own.lines, line] };
  if (kind === 'apart')
    return { ...shared, steps: [...own.steps, add(`line ${10 + place * 10} of ${group}`)] };
  if (kind === 'moves') {
    const move: ScriptStep = { run: `[ ! -e ${file} ] || mv ${file} shared/moved-${group}.txt` };
    return place === 0
      ? { ...own, shares: kind, steps: [...own.steps, move] }
      : { ...shared, steps: [...own.steps, add(`line ${10 + place * 10} of ${group}`)] };
  }
  const before = members[place - 1];
  const meet: readonly ScriptStep[] =
    before === undefined
      ? together(members)
      : [{ run: `sh HOME/hand.sh landed '${file}' '${lineOf(before, file)}'` }];
  const drop: ScriptStep = {
    if_prompt: 'holds the branch alone',
    run: `sh HOME/hand.sh alone '${file}' 'line 20 of ${group}' '${line}'`,
  };
  return {
    ...shared,
    steps: [
      ...own.steps,
      add(`line 20 of ${group}`),
      ...(kind === 'drops' && place > 0 ? [drop] : []),
      ...meet,
    ],
  };
}

/** What the agents do with files: always the same in the end, however often they do it. */
export const HAND: string = `
union() { sed -i -e '/^<<<<<<< /d' -e '/^||||||| /,/^=======$/d' -e '/^>>>>>>> /d' "$1"; }
what=$1; shift
case $what in
append) grep -qxF "$2" "$1" || echo "$2" >> "$1" ;;
add) [ -e "$1" ] || set -- "$(echo "$1" | sed s/list/moved/)" "$2" "$3"
  grep -qxF "$3" "$1" || sed -i "s,^$2\\$,&\\n$3," "$1" ;;
alone) sed -i '/wrote this/d' "$1"; sed -i "s,^$2\\$,&\\n$3," "$1" ;;
landed) seen=
  # Git is asked only when the branch has moved.
  while :; do
    read -r now < "$SHOP/.git/refs/tutti/runs/$TUTTI_RUN/head" || now=
    if [ "$now" != "$seen" ]; then
      seen=$now
      git --git-dir="$SHOP/.git" show "$now:$1" | grep -qxF "$2" && break
    fi
    sleep 0.2
  done 2> /dev/null ;;
union) for file in "$@"; do union "$file"; done ;;
esac
`;

/** Whoever has to resolve a conflict keeps both sides. */
export const RESOLVES: readonly ScriptStep[] = [
  { run: 'sh HOME/hand.sh union shared/*' },
  { answer: { status: 'done', summary: 'both sides are there' } },
];
