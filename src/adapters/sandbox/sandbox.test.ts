import { describe, expect, it } from 'vitest';

import type { Confinement, PlainCommand } from '../../ports/sandbox.ts';
import { bwrapArguments } from './bwrap-arguments.ts';
import type { Disk } from './disk.ts';
import { causeOf, probeBwrap } from './probe.ts';
import type { Facts } from './probe.ts';
import { seatbeltProfile } from './seatbelt.ts';
import { foldersOf } from './visible.ts';

const command: PlainCommand = {
  program: '/home/ann/.nvm/v20/lib/node_modules/@openai/codex/bin/codex.js',
  args: ['exec'],
  cwd: '/state/work',
  env: { PATH: '/home/ann/bin:/home/ann/.nvm/v20/bin:/usr/bin:.:/home/ann:/:relative' },
};
const confinement: Confinement = {
  form: 'namespaces',
  program: '/usr/bin/bwrap',
  home: '/state/homes/S-1',
  personHome: '/home/ann',
  read: ['/repo/.git/objects', '/home/ann/.npmrc'],
  write: ['/state/work'],
  fixed: ['/state/work/.git'],
  network: 'full',
  endpoints: [],
};
/** Everything is there, and `/bin` is a link. */
const disk: Disk = {
  isRoot: false,
  exists: () => true,
  linkOf: (path) => (path === '/bin' ? 'usr/bin' : null),
  realPath: (path) => path,
};
const NORMAL: Facts = {
  usernsClone: null,
  maxUserNamespaces: '1000\n',
  apparmorRestricts: null,
  inContainer: false,
  isRoot: false,
};

type Works = (args: readonly string[]) => boolean;

/** A system on which only some forms work. */
function outside(works: Works, stderr: string = 'bwrap: no'): Parameters<typeof probeBwrap>[2] {
  return {
    attempt: (_, args) => Promise.resolve({ ok: works(args), stderr }),
    facts: () => NORMAL,
  };
}

function without(flag: string): Works {
  return (args) => !args.includes(flag);
}

describe('what a program needs', () => {
  it('is its package, the folders of its PATH, and the libraries beside them', () => {
    const folders = foldersOf(command, confinement, disk);
    expect(folders).toContain('/home/ann/.nvm/v20/lib/node_modules');
    expect(folders).toContain('/home/ann/.nvm/v20/bin');
    expect(folders).toContain('/home/ann/.nvm/v20/lib');
    expect(folders).toContain('/home/ann/bin');
  });

  it('is whatever its links lead through', () => {
    const links: Readonly<Record<string, string>> = {
      '/opt/a/claude': '../b/claude',
      '/opt/b/claude': '/opt/tools/current/bin/claude',
    };
    const linked = { ...disk, linkOf: (path: string) => links[path] ?? null };
    const folders = foldersOf({ ...command, program: '/opt/a/claude' }, confinement, linked);
    expect(folders).toEqual(expect.arrayContaining(['/opt/a', '/opt/b', '/opt/tools/current/bin']));
    const round = { ...disk, linkOf: (path: string) => path };
    expect(foldersOf(command, confinement, round).length).toBeGreaterThan(0);
  });

  it('is never the home, what holds it, or what lies beside a folder of the home itself', () => {
    const folders = foldersOf(command, confinement, disk);
    for (const path of ['/', '/home', '/home/ann', '/home/ann/lib', '.', 'relative']) {
      expect(folders).not.toContain(path);
    }
  });
});

describe('the arguments of bubblewrap', () => {
  const args = bwrapArguments(command, confinement, { disk, own: [], relay: null }).join(' ');

  it('begin with nothing, and mount what lies deeper later', () => {
    expect(args).not.toContain('--bind / /');
    expect(args).toContain('--symlink usr/bin /bin');
    const order = ['--bind /state/homes/S-1/tmp /tmp', '--bind /state/work /state/work'];
    const deeper = '--ro-bind /state/work/.git /state/work/.git';
    const places = [...order, deeper].map((part) => args.indexOf(part));
    expect(places.every((at) => at >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('bring what is allowed of the home into the private one', () => {
    expect(args).toContain('--ro-bind /home/ann/.npmrc /state/homes/S-1/.npmrc');
  });

  it('hide a home that lies where all can see', () => {
    const odd = { ...confinement, personHome: '/opt/ann' };
    const hidden = bwrapArguments(command, odd, { disk, own: [], relay: null }).join(' ');
    expect(hidden).toContain('--tmpfs /opt/ann');
  });

  it('cut the network, and keep the process list of the container in the weaker form', () => {
    const weak = { ...confinement, form: 'shared-proc', network: 'none' } as const;
    const other = bwrapArguments(command, weak, { disk, own: [], relay: '/tmp/r' }).join(' ');
    expect(other).toContain('--unshare-net');
    expect(other).toContain('--ro-bind /proc /proc');
    expect(other).toContain('--unshare-pid');
    expect(other).toContain('--ro-bind /tmp/r /run/tutti/relay');
  });
});

describe('looking for bubblewrap', () => {
  it('takes the strongest form that works, and says why not a stronger one', async () => {
    expect(
      await probeBwrap(
        '/b',
        'full',
        outside(() => true),
      ),
    ).toMatchObject({
      form: 'namespaces',
      weaker: null,
    });
    const weaker = await probeBwrap(
      '/b',
      'full',
      outside(without('--proc'), "bwrap: Can't mount proc"),
    );
    expect(weaker).toMatchObject({ works: true, form: 'shared-proc' });
    expect(JSON.stringify(weaker)).toContain("Can't mount proc");
  });

  it('says what is missing', async () => {
    expect(await probeBwrap(null, 'full')).toMatchObject({ works: false });
    const probe = await probeBwrap(
      '/b',
      'none',
      outside(without('--unshare-net'), 'bwrap: loopback: Failed'),
    );
    expect(probe).toMatchObject({ works: false, remedy: expect.stringContaining('network: full') });
  });

  it.each<[string, Partial<Facts>, string]>([
    ['sysctl', { usernsClone: '0\n' }, 'unprivileged_userns_clone=1'],
    ['limit', { maxUserNamespaces: '0\n' }, 'max_user_namespaces'],
    ['AppArmor', { apparmorRestricts: '1\n' }, 'apparmor'],
    ['container', { inContainer: true }, 'seccomp=unconfined'],
    ['anything else', {}, 'bwrap --ro-bind'],
  ])('names the cause and its remedy: %s', (_, facts, remedy) => {
    expect(causeOf('bwrap: No permissions', { ...NORMAL, ...facts }).remedy).toContain(remedy);
  });
});

describe('the profile of macOS', () => {
  it('denies what is not named, and writes nowhere else', () => {
    const profile = seatbeltProfile(
      command,
      { ...confinement, form: 'seatbelt' },
      { disk, own: [] },
    );
    expect(profile).toContain('(deny default)');
    expect(profile).toContain(
      '(allow file-write* (subpath "/state/homes/S-1") (subpath "/state/work"))',
    );
    expect(profile).toContain('(deny file-write* (subpath "/state/work/.git"))');
    expect(profile).not.toContain('(subpath "/home/ann")');
    expect(profile).toContain('(allow network*)');
  });

  it('cuts the network down to the endpoints, and quotes', () => {
    const cut = { ...confinement, network: 'none', endpoints: ['api.example.com:443'] } as const;
    const odd = { ...cut, write: ['/a"b\\c'] };
    const profile = seatbeltProfile(command, odd, { disk, own: [] });
    expect(profile).toContain('(allow network-outbound (remote tcp "*:443"))');
    expect(profile).not.toContain('(allow network*)');
    expect(profile).toContain(String.raw`(subpath "/a\"b\\c")`);
  });
});
