// The profile for the sandbox of macOS. Everything that is not allowed is denied; it begins with what
// any program needs. Written from Apple's own profiles; it was never tried on a Mac.

import type { Confinement, PlainCommand } from '../../ports/sandbox.ts';
import type { Disk } from './disk.ts';
import { foldersOf } from './visible.ts';

const SYSTEM = [
  '/System',
  '/Library',
  '/usr',
  '/bin',
  '/sbin',
  '/opt',
  '/etc',
  '/private/etc',
  '/dev',
  '/private/var/db/timezone',
  '/private/var/db/dyld',
  '/Applications/Xcode.app',
];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/tty', '/dev/dtracehelper'];
const ALWAYS = [
  '(version 1)',
  '(deny default)',
  '(allow process-fork)',
  '(allow process-exec)',
  '(allow signal (target same-sandbox))',
  '(allow process-info* (target same-sandbox))',
  '(allow sysctl-read)',
  '(allow mach-lookup)',
  '(allow ipc-posix-shm)',
  '(allow ipc-posix-sem)',
  '(allow file-read-metadata)',
  '(allow file-read-data (literal "/"))',
];

/**
 * Makes the profile of a command.
 *
 * @param command - The command.
 * @param confinement - What it may see and do.
 * @param ground - What is needed of the disk.
 * @param ground.disk - The disk.
 * @param ground.own - The installation of tutti itself.
 * @returns The text of the profile, for `sandbox-exec -p`.
 */
export function seatbeltProfile(
  command: PlainCommand,
  confinement: Confinement,
  ground: { readonly disk: Disk; readonly own: readonly string[] },
): string {
  const { disk, own } = ground;
  const { home, read, write, fixed } = confinement;
  const real = (paths: readonly string[]): string[] =>
    [...new Set(paths.flatMap((path) => [path, disk.realPath(path) ?? path]))].toSorted();
  const writable = real([home, ...write]);
  const readable = real([...SYSTEM, ...own, ...foldersOf(command, confinement, disk), ...read]);
  return [
    ...ALWAYS,
    rule('allow file-read*', 'subpath', [...readable, ...writable]),
    rule('allow file-write*', 'subpath', writable),
    rule('allow file-write*', 'literal', DEVICES),
    ...(fixed.length === 0 ? [] : [rule('deny file-write*', 'subpath', real(fixed))]),
    ...networkRules(confinement),
    '',
  ].join('\n');
}

function rule(verb: string, match: 'literal' | 'subpath', paths: readonly string[]): string {
  return `(${[verb, ...paths.map((path) => `(${match} ${quoted(path)})`)].join(' ')})`;
}

/** The loopback is the machine's own: a program that has to be kept from it has none at all. */
function networkRules({ network, endpoints }: Confinement): string[] {
  if (network === 'full') return ['(allow network*)', '(allow system-socket)'];
  const ports = endpoints.map((endpoint) => endpoint.slice(endpoint.lastIndexOf(':') + 1));
  const reached = ports.map((port) => `(allow network-outbound (remote tcp "*:${port}"))`);
  if (network === 'none') return reached;
  const local = ['(allow network* (local ip "localhost:*"))'];
  return [...local, '(allow network-outbound (remote ip "localhost:*"))', ...reached];
}

function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;
}
