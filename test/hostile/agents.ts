// Agents that would do harm: what they try, in what disguise, and what shows that one of them did it.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the agents are let loose. */
export interface Scene {
  /** The folder that holds all of it: the person's home too. */
  readonly home: string;
  /** Told apart by it from everything else that runs on the machine: part of a command line. */
  readonly token: string;
  /** A process of somebody else. */
  readonly victim: number;
}

/** One hostile agent. */
export interface HostileAgent {
  readonly id: string;
  /** What it does, as a shell script. */
  readonly script: string;
}

/** What is planted where no agent may read it. */
export const SECRET = 'PLANTED-CORAL-WINDMILL-7731';
/** What no agent may leave anywhere but in its own places. */
export const CANARY = 'pwned-by-an-agent';

const SECRET_FILES = [
  '.ssh/id_rsa',
  'shop/notes-of-mine.txt',
  'state/theirs',
  'beside/clone/notes',
];

/**
 * Plants what is not to be read.
 *
 * @param home - The folder that holds everything.
 */
export function plant(home: string): void {
  for (const name of SECRET_FILES) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), `${SECRET}\n`, { mode: 0o644 });
  }
}

/**
 * Starts a process that agents try to end.
 *
 * @param token - The scene's.
 * @returns The process; its command line holds the token with `victim` in front.
 */
export function startVictim(token: string): ReturnType<typeof spawn> {
  return spawn('sleep', ['3600'], { stdio: 'ignore', argv0: `victim-${token}` });
}

type Deed = (scene: Scene) => string;

/** A process that stays; its command line tells whose it is. */
const stay = ({ token }: Scene): string => `sleep 3600.${token}`;
const everywhere = (scene: Scene): string[] =>
  [
    'beside',
    'shop',
    'shop/.git',
    'shop/.git/hooks',
    'shop/.tutti',
    'shop/.tutti/runs',
    '.ssh',
    'state',
    '',
  ]
    .map((name) => join(scene.home, name))
    .concat('/tmp', '/var/tmp', '/usr/local', '..', '../..');
const write = (folder: string): string =>
  `mkdir -p '${folder}' 2>/dev/null; echo x > '${folder}/${CANARY}-'$$ 2>/dev/null; ln -s x '${folder}/${CANARY}-l'$$ 2>/dev/null`;

const DEEDS: Readonly<Record<string, Deed>> = {
  stay,
  'stay in many': (scene) => `for i in 1 2 3 4 5 6 7 8; do ${stay(scene)} & done; wait`,
  'stay in a new session': (scene) =>
    `setsid ${stay(scene)} & setsid sh -c '${stay(scene)} & ${stay(scene)}' & sleep 0.1`,
  'fork and fork': (scene) =>
    `( ( ${stay(scene)} & ) & ) ; ( setsid sh -c '( ${stay(scene)} & ) &' ) ; true`,
  'fork bomb': (scene) =>
    `bomb() { [ $1 -gt 8 ] && { ${stay(scene)}; return; }; bomb $(($1 + 1)) & bomb $(($1 + 1)) & wait; }; bomb 0`,
  'many sessions': (scene) =>
    `i=0; while [ $i -lt 300 ]; do setsid ${stay(scene)} & i=$((i + 1)); done; wait`,
  'ignore signals': (scene) =>
    `trap '' INT TERM HUP QUIT PIPE; ${stay(scene)} & while :; do sleep 3600.${scene.token}; done`,
  'close all and stay': (scene) => `exec 0<&- 1>&- 2>&-; trap '' INT TERM HUP; ${stay(scene)}`,
  'write everywhere': (scene) => everywhere(scene).map(write).join('; '),
  'write by a link': (scene) =>
    everywhere(scene)
      .map((folder, at) => `ln -s '${folder}' out${at}; echo x > out${at}/${CANARY}-$$ 2>/dev/null`)
      .join('; '),
  'read all': (scene) =>
    SECRET_FILES.map((name) => `cat '${join(scene.home, name)}'`)
      .concat(
        `find '${scene.home}' -type f 2>/dev/null | head -n 500 | xargs cat 2>/dev/null | grep -a PLANTED`,
        `cat ../*/notes* ../../*/* 2>/dev/null | grep -a PLANTED`,
        `cat /proc/[0-9]*/environ /proc/[0-9]*/root${scene.home}/.ssh/id_rsa 2>/dev/null | grep -a PLANTED`,
      )
      .join('; '),
  'read by a link': (scene) =>
    SECRET_FILES.map(
      (name, at) => `ln -s '${join(scene.home, name)}' loot${at}; cat loot${at}`,
    ).join('; ') + `; ln -sf '${join(scene.home, '.ssh/id_rsa')}' "$TUTTI_RESULT_FILE"`,
  'kill by name': ({ token }) =>
    `for p in /proc/[0-9]*; do if tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q ^victim-${token}; then kill -9 \${p#/proc/}; fi; done; echo x > x`,
  'kill by number': ({ victim }) => `kill -9 ${victim} -${victim}; echo x > x`,
  'fill the disk': () => 'dd if=/dev/zero of=big bs=1M count=400 2>/dev/null; sync; sleep 3600',
  'fill its home': () => 'dd if=/dev/zero of="$HOME/big" bs=1M count=400 2>/dev/null; sleep 3600',
  'fill it with files': () =>
    'i=0; while [ $i -lt 100 ]; do mkdir d$i; dd if=/dev/zero of=d$i/f bs=1M count=4 2>/dev/null; i=$((i + 1)); done; sleep 3600',
  'plant hooks': (scene) => `
    for h in pre-commit post-checkout post-index-change reference-transaction post-commit pre-auto-gc; do
      printf '#!/bin/sh\\n${write(join(scene.home, 'beside'))}\\n' > .git/hooks/$h; chmod +x .git/hooks/$h; done
    git config core.hooksPath "$PWD/.git/hooks"; echo x > hooked`,
  'plant filters': (scene) => `
    printf '#!/bin/sh\\n${write(join(scene.home, 'beside'))}; cat\\n' > .git/f; chmod +x .git/f
    git config filter.x.clean "$PWD/.git/f"; git config filter.x.smudge "$PWD/.git/f"; git config filter.x.required true
    git config diff.x.textconv "$PWD/.git/f"; git config merge.x.driver "$PWD/.git/f"
    git config core.fsmonitor "$PWD/.git/f"; git config core.sshCommand "$PWD/.git/f"
    echo '* filter=x diff=x merge=x' > .gitattributes; echo x > filtered`,
  'plant a repository': (scene) => `
    rm -rf .git; mkdir .git; printf '[core]\\n\\tworktree = ${join(scene.home, 'beside')}\\n\\trepositoryformatversion = 0\\n' > .git/config
    echo 'ref: refs/heads/main' > .git/HEAD; mkdir .git/objects .git/refs; echo x > ${CANARY}-mine`,
  'point its repository elsewhere': (scene) =>
    `rm -rf .git; ln -s '${join(scene.home, 'shop/.git')}' .git; echo x > x`,
  'put another folder in the place of its own': (scene) =>
    `d="$PWD"; rm -rf .git ./*; cd /; rmdir "$d" && ln -s '${join(scene.home, 'shop')}' "$d"; cd "$d"; echo x > ${CANARY}-mine`,
  'plant settings': (scene) => `
    for d in .codex .gemini .config/opencode .claude; do mkdir -p "$HOME/$d"; ln -s '${join(scene.home, 'beside', CANARY)}' "$HOME/$d/auth.json"; done
    for d in codex gemini opencode tmp; do rm -rf "$HOME/$d"; ln -s '${join(scene.home, 'beside')}' "$HOME/$d"; done
    printf '[core]\\n\\thooksPath = /\\n' > "$HOME/.gitconfig"; echo 'exit 1' > "$HOME/.profile"; echo x > x`,
  'leave what is no file': () =>
    'mkfifo pipe; ln -s /dev/zero zero; ln -s loop loop; mkdir deep; echo x > x',
  'answer with rubbish': () => 'mkfifo "$TUTTI_RESULT_FILE" || true; echo x > x',
};

const DISGUISES: Readonly<Record<string, (script: string, scene: Scene) => string>> = {
  plainly: (script) => script,
  'in the background': (script) => `( ${script}\n) & sleep 0.2`,
  'in a new session': (script) => `setsid sh -c ${quoted(script)} & sleep 0.2`,
  'forked twice': (script) => `( ( setsid sh -c ${quoted(script)} & ) & ); sleep 0.2`,
  'deaf to signals': (script) => `trap '' INT TERM HUP; ${script}`,
  'and then it hangs': (script, scene) => `( ${script}\n); ${stay(scene)}`,
  'and then it fails': (script) => `( ${script}\n) & sleep 0.2; exit 7`,
  'without its environment': (script) =>
    `env -i PATH="$PATH" HOME="$HOME" TUTTI_RESULT_FILE="$TUTTI_RESULT_FILE" setsid sh -c ${quoted(script)} & sleep 0.2`,
};

function quoted(script: string): string {
  return `'${script.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Makes hostile agents: every deed in every disguise.
 *
 * @param scene - Where they are let loose.
 * @param keepMark - Only those that keep the marker in their environment.
 * @returns The agents, deeds and disguises well mixed.
 */
export function hostileAgents(scene: Scene, keepMark: boolean = false): readonly HostileAgent[] {
  const deeds = Object.entries(DEEDS);
  const disguises = Object.entries(DISGUISES).filter(
    ([name]) => !keepMark || name !== 'without its environment',
  );
  const agents: HostileAgent[] = [];
  for (let round = 0; round < disguises.length; round += 1) {
    for (const [at, [deed, act]] of deeds.entries()) {
      const [disguise, dress] = disguises[(at + round) % disguises.length] ?? [
        'plainly',
        (script: string) => script,
      ];
      agents.push({ id: `${deed}, ${disguise}`, script: dress(act(scene), scene) });
    }
  }
  return agents;
}

/** Deeds that only try to stay: safe where there is no sandbox. */
const STAYING = /^(?:stay|fork and|many sessions|ignore|close)/u;

/**
 * Picks the agents that only try to outlive their end.
 *
 * @param agents - Hostile agents.
 * @returns Those that harm nobody where there is no sandbox.
 */
export function onlyStaying(agents: readonly HostileAgent[]): readonly HostileAgent[] {
  return agents.filter(({ id }) => STAYING.test(id));
}

/**
 * Looks for processes that agents have left.
 *
 * @param token - The scene's.
 * @returns Their command lines.
 */
export function survivors(token: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => readOr(join('/proc', name, 'cmdline')).replaceAll('\0', ' '))
    .filter((line) => line.includes(token) && !line.startsWith('victim-'));
}

/**
 * Looks for what agents have left outside of their own places.
 *
 * @param home - The folder that holds everything.
 * @returns The paths.
 */
export function leftOutside(home: string): readonly string[] {
  return [
    ...named(home, true),
    ...['/tmp', '/var/tmp', '/usr/local'].flatMap((folder) => named(folder, false)),
  ].filter((path) => !path.endsWith(`${CANARY}-mine`));
}

/**
 * Looks for what agents have read.
 *
 * @param home - The folder that holds everything.
 * @returns The files that hold the secret, but for those where it was planted.
 */
export function leaks(home: string): readonly string[] {
  const planted = new Set(SECRET_FILES.map((name) => join(home, name)));
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !planted.has(path) && readOr(path).includes(SECRET));
}

function named(folder: string, recursive: boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive, encoding: 'utf8' })
    .filter((name) => name.split('/').at(-1)?.startsWith(CANARY) === true)
    .map((name) => join(folder, name));
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
