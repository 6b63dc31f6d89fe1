// Ends what we have started when we can do it no more: after `kill -9` of tutti no agent works on.
// One small shell for all of them waits at a pipe whose other end only we hold; at its end, which is
// our death, it kills the groups that are still guarded and whatever carries their marks.

import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Ends guarded processes after our death. */
export interface Watchdog {
  /** From now on this process and its tree go with us. */
  guard(pid: number, mark: string): void;
  /** From now on the cgroups whose paths begin so and end in a number go with us. */
  guardAll(prefix: string): void;
  /** It is gone. */
  release(pid: number): void;
}

// A signal that is meant for us must not end it before us. What was started while it looked is found
// in the next round; where there is no /proc the groups have to do.
const SCRIPT = `
trap '' INT TERM HUP
set -f
live=
all=
while IFS=' ' read -r word pid mark; do
  case $word in
    all) all=$pid ;;
    guard) live="$live $pid:$mark" ;;
    release)
      kept=
      for one in $live; do [ "\${one%%:*}" = "$pid" ] || kept="$kept $one"; done
      live=$kept ;;
  esac
done
set +f
if [ -n "$all" ]; then
  for one in "$all"[0-9]*; do echo 1 >"$one/cgroup.kill"; done 2>/dev/null
fi
set -f
for one in $live; do kill -s KILL -- "-\${one%%:*}" 2>/dev/null; done
set +f
[ -z "$all" ] || rmdir "$all"[0-9]* 2>/dev/null
[ -n "$live" ] && [ -d /proc/self ] || exit 0
rounds=20
found=1
while [ "$found" = 1 ] && [ "$rounds" -gt 0 ]; do
  found=0
  rounds=$((rounds - 1))
  for file in $(grep -lsa TUTTI_MARK= /proc/[0-9]*/environ); do
    marks=$(tr '\\0' '\\n' 2>/dev/null <"$file" | grep '^TUTTI_MARK=')
    for one in $live; do
      case ",\${marks#TUTTI_MARK=}," in
        *",\${one#*:},"*)
          pid=\${file#/proc/}
          kill -s KILL "\${pid%/environ}" 2>/dev/null && found=1 ;;
      esac
    done
  done
done
`;

/** Whatever else a mark may be made of cannot be told to a shell in one word. */
const ONE_WORD = /^[\w.#:@%+=/-]+$/u;

/**
 * Makes a watchdog. Its process is started with the first one that it guards.
 *
 * @returns The watchdog.
 */
export function createWatchdog(): Watchdog {
  const live = new Map<number, string>();
  let all: string | null = null;
  let pipe: Writable | null = null;
  const tell = (line: string): void => {
    if (pipe !== null) pipe.write(line);
    else {
      pipe = startShell(() => {
        pipe = null;
      });
      if (all !== null) pipe?.write(`all ${all}\n`);
      for (const [pid, mark] of live) pipe?.write(`guard ${pid} ${mark}\n`);
    }
  };
  return {
    guardAll: (prefix) => {
      // It is told with the first process.
      if (ONE_WORD.test(prefix)) all = prefix;
    },
    guard: (pid, mark) => {
      if (!Number.isInteger(pid) || pid <= 1 || !ONE_WORD.test(mark)) return;
      live.set(pid, mark);
      tell(`guard ${pid} ${mark}\n`);
    },
    release: (pid) => {
      if (live.delete(pid) && pipe !== null) tell(`release ${pid}\n`);
    },
  };
}

/** It has a session of its own, and nothing of ours but the pipe: not even our folder. */
function startShell(onGone: () => void): Writable | null {
  const child = spawn('/bin/sh', ['-c', SCRIPT], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', onGone);
  child.on('exit', onGone);
  child.stdin.on('error', onGone);
  child.unref();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a pipe to a child is a socket
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child.stdin;
}
