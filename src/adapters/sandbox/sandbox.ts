// The sandbox of this system: bubblewrap on Linux, the system's own on macOS.

import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type {
  ConfinedCommand,
  Confinement,
  Network,
  PlainCommand,
  Sandbox,
  SandboxProbe,
} from '../../ports/sandbox.ts';
import { findProgram } from '../../util/find-program.ts';
import { packageRoot } from '../../util/package-root.ts';
import { bwrapArguments, RELAY_SOCKET, temporaryOf } from './bwrap-arguments.ts';
import { systemDisk } from './disk.ts';
import { probeBwrap } from './probe.ts';
import { openRelay } from './relay.ts';
import { seatbeltProfile } from './seatbelt.ts';

const SEATBELT = '/usr/bin/sandbox-exec';
const ROOT = fileURLToPath(packageRoot());
/** By way of dist/, so that it is the built program also when this file is run from its source. */
const RELAY_INSIDE = join(ROOT, 'dist/adapters/sandbox/relay-inside.js');

/**
 * Opens the sandbox of this system.
 *
 * @param environment - tutti's own: its PATH tells where bubblewrap is.
 * @returns The port.
 */
export function createSandbox(environment: Readonly<Record<string, string | undefined>>): Sandbox {
  const probes = new Map<Network, Promise<SandboxProbe>>();
  return {
    probe: (network) => {
      const probe = probes.get(network) ?? look(environment['PATH'] ?? '', network);
      probes.set(network, probe);
      return probe;
    },
    confine,
  };
}

async function look(path: string, network: Network): Promise<SandboxProbe> {
  switch (process.platform) {
    case 'linux':
      return probeBwrap(findProgram('bwrap', path), network);
    case 'darwin':
      return existsSync(SEATBELT)
        ? { works: true, form: 'seatbelt', program: SEATBELT, weaker: null }
        : { works: false, cause: `${SEATBELT} is not there`, remedy: 'it is a part of macOS' };
    default: {
      const cause = `there is no sandbox for ${process.platform}`;
      return { works: false, cause, remedy: 'run tutti in a container or a virtual machine' };
    }
  }
}

/** What of tutti itself programs inside run: scripted agents, the relay. */
function installation(): string[] {
  const at = ROOT.lastIndexOf('/node_modules/');
  const around = at < 0 ? [] : [ROOT.slice(0, at + '/node_modules'.length)];
  return [
    ...around,
    ...['dist', 'agents', 'node_modules', 'package.json'].map((name) => join(ROOT, name)),
    dirname(process.execPath),
  ];
}

function confine(command: PlainCommand, confinement: Confinement): ConfinedCommand {
  makeOwn(temporaryOf(confinement));
  const env = { ...command.env, ...ownVariables(command, confinement) };
  const own = installation();
  const ground = { disk: systemDisk, own };
  if (confinement.form === 'seatbelt') {
    const profile = seatbeltProfile(command, confinement, ground);
    const args = ['-p', profile, command.program, ...command.args];
    return { program: confinement.program, args, env, close: () => {} };
  }
  const { endpoints } = confinement;
  const isCut = confinement.network !== 'full' && endpoints.length > 0;
  const relay = isCut ? openRelay(endpoints) : null;
  const path = relay?.path ?? null;
  const inner = [command.program, ...command.args];
  const led =
    relay === null
      ? inner
      : [process.execPath, RELAY_INSIDE, RELAY_SOCKET, endpoints.join(','), ...inner];
  const args = bwrapArguments(command, confinement, { ...ground, relay: path });
  return {
    program: confinement.program,
    args: [...args, '--', ...led],
    env,
    close: () => relay?.close(),
  };
}

/** Whoever was at work in there before may have put a link in its place, to have that opened. */
function makeOwn(folder: string): void {
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return;
  rmSync(folder, { force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** A runtime may have put its home deeper into the private one. */
function ownVariables({ env }: PlainCommand, confinement: Confinement): Record<string, string> {
  const { home } = confinement;
  const given = env['HOME'];
  const isInside = given !== undefined && given.startsWith(`${home}/`);
  const temporary = temporaryOf(confinement);
  return { HOME: isInside ? given : home, TMPDIR: temporary, TMP: temporary, TEMP: temporary };
}
