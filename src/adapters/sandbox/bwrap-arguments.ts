// What bubblewrap is told. It begins with an empty disk: only what is named here exists inside.

import type { Confinement, PlainCommand } from '../../ports/sandbox.ts';
import type { Disk } from './disk.ts';
import { aboveOf, foldersOf, isWithin } from './visible.ts';

/** Where the system's own programs and settings lie. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt'];
/** What of the running system programs ask for; name resolution is the first of it. */
const RUNNING = ['/nix/store', '/run/current-system', '/run/systemd/resolve', '/sys'];
/** Secrets that root could read there. */
const HIDDEN = ['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-'];
const HIDDEN_FOLDERS = ['/etc/ssh', '/etc/ssl/private', '/etc/sudoers.d'];
/** What keeps processes apart from those outside. */
export const APART: readonly string[] = [
  '--unshare-pid',
  '--unshare-ipc',
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
];
/** Where the socket of the relay lies inside. */
export const RELAY_SOCKET = '/run/tutti/relay';

/**
 * Names the private folder for temporary files.
 *
 * @param confinement - The confinement of a process.
 * @returns Its path, the same inside and outside.
 */
export function temporaryOf({ home }: Pick<Confinement, 'home'>): string {
  return `${home}/tmp`;
}

/** What else the command needs. */
interface Ground {
  readonly disk: Disk;
  /** The installation of tutti itself. */
  readonly own: readonly string[];
  /** The relay's socket outside; `null` = there is none. */
  readonly relay: string | null;
}

/** One thing on the disk inside. */
interface Mount {
  readonly place: string;
  readonly args: readonly string[];
}

/**
 * Makes the arguments of bubblewrap, up to the command itself.
 *
 * @param command - The command.
 * @param confinement - What it may see and do.
 * @param ground - The disk and what is needed of it.
 * @returns The arguments; `--` and the command follow.
 */
export function bwrapArguments(
  command: PlainCommand,
  confinement: Confinement,
  ground: Ground,
): string[] {
  const { disk, own } = ground;
  const { read, write, fixed } = confinement;
  const bound = (paths: readonly string[], flag: string): Mount[] =>
    paths.flatMap((path) => bind(path, { flag, confinement, disk }));
  const needed = [...own, ...foldersOf(command, confinement, disk)];
  const mounts = [
    ...systemMounts(disk),
    ...processMounts(confinement),
    ...homeMounts(confinement),
    ...bound([...needed.filter((path) => !isSeen(path, confinement)), ...read], '--ro-bind'),
    ...bound(write, '--bind'),
    ...bound(fixed, '--ro-bind'),
  ];
  return [
    ...APART,
    ...(confinement.network === 'full' ? [] : ['--unshare-net']),
    ...inOrder(mounts).flatMap(({ args }) => args),
    ...(ground.relay === null ? [] : ['--ro-bind', ground.relay, RELAY_SOCKET]),
    '--remount-ro',
    '/',
    '--chdir',
    command.cwd,
  ];
}

/** What lies deeper comes later, else it would be hidden again; the last word on a path counts. */
function inOrder(mounts: readonly Mount[]): Mount[] {
  const last = new Map(mounts.map((mount) => [mount.place, mount]));
  return [...last.values()].toSorted((a, b) => aboveOf(a.place) - aboveOf(b.place));
}

/** Every mount takes time. */
function isSeen(path: string, { personHome }: Confinement): boolean {
  const isTheirs = personHome !== null && isWithin(path, personHome);
  return !isTheirs && [...SYSTEM, ...RUNNING].some((folder) => isWithin(path, folder));
}

function systemMounts(disk: Disk): Mount[] {
  const there = (paths: readonly string[]): string[] => paths.filter((path) => disk.exists(path));
  const mounts = there([...SYSTEM, ...RUNNING]).map((place): Mount => {
    const link = disk.linkOf(place);
    return link === null ? asItIs(place) : { place, args: ['--symlink', link, place] };
  });
  if (!disk.isRoot) return mounts;
  const hidden = there(HIDDEN).map((place) => ({ place, args: ['--ro-bind', '/dev/null', place] }));
  return [...mounts, ...hidden, ...there(HIDDEN_FOLDERS).map(inMemory)];
}

function processMounts({ form }: Confinement): Mount[] {
  const own = { place: '/proc', args: ['--proc', '/proc'] };
  return [
    form === 'shared-proc' ? asItIs('/proc') : own,
    { place: '/dev', args: ['--dev', '/dev'] },
  ];
}

/**
 * Programs that know no other folder for temporary files than `/tmp` find the private one there. A
 * person's home in a place that is visible otherwise is not.
 */
function homeMounts(confinement: Confinement): Mount[] {
  const { personHome, home } = confinement;
  const temporary = temporaryOf(confinement);
  const seen = [...SYSTEM, ...RUNNING].some((path) => isWithin(personHome ?? '/', path));
  const masked = personHome !== null && seen ? [inMemory(personHome)] : [];
  const shared = ['/tmp', '/var/tmp', home];
  return [
    ...masked,
    ...shared.map((place) => {
      return { place, args: ['--bind', place === home ? home : temporary, place] };
    }),
  ];
}

/** At its own place, where links lead to, and in the private home as it lies in the person's. */
function bind(
  path: string,
  how: { readonly flag: string; readonly confinement: Confinement; readonly disk: Disk },
): Mount[] {
  const { flag, confinement, disk } = how;
  const real = disk.realPath(path);
  if (real === null) return [];
  const places = new Set([real, path]);
  const { personHome, home } = confinement;
  const isTheirs = personHome !== null && personHome !== '/' && path !== personHome;
  if (isTheirs && isWithin(path, personHome) && !isWithin(path, home)) {
    places.add(`${home}${path.slice(personHome.length)}`);
  }
  return [...places].map((place) => ({ place, args: [flag, real, place] }));
}

function asItIs(place: string): Mount {
  return { place, args: ['--ro-bind', place, place] };
}

function inMemory(place: string): Mount {
  return { place, args: ['--tmpfs', place] };
}
