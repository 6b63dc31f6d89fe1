// Where the forge of a remote is: told by its address, unless the configuration says otherwise.

/** The forges that tutti speaks with. */
export type ForgeKind = 'github' | 'gitlab' | 'gitea' | 'forgejo';

/** A repository of a forge, as a remote's address names it. */
export interface RemoteAddress {
  readonly host: string;
  /** Whether it is reached by HTTP, where a token opens it. */
  readonly http: boolean;
  /** `owner/name`; of GitLab also deeper. */
  readonly repository: string;
}

/** Where a repository of a forge is, and who asks. */
export interface ForgePlace {
  readonly kind: ForgeKind;
  readonly host: string;
  /** The root of its API, without a slash at its end. */
  readonly api: string;
  readonly repository: string;
  /** Where its branches are pushed to: the same, or a fork of it. */
  readonly from: string;
  readonly token: string;
  readonly tokenNames: readonly string[];
  /** Whether git may be told the token too: of its host somebody has said so. */
  readonly tellsGit: boolean;
}

/** A forge by its kind. */
interface ForgeFacts {
  /** Variables that may hold a token, the first that is set counts. */
  readonly tokenNames: readonly string[];
  /** The variable that says where its API is. */
  readonly apiName: string | null;
  /** What git says its name is, when it has a token. */
  readonly user: string;
  readonly api: (host: string) => string;
}

const FORGEJO: ForgeFacts = {
  tokenNames: ['FORGEJO_TOKEN', 'GITEA_TOKEN'],
  apiName: null,
  user: 'token',
  api: (host) => `https://${host}/api/v1`,
};

/** What is known of each forge. */
export const FORGES: Readonly<Record<ForgeKind, ForgeFacts>> = {
  github: {
    tokenNames: ['GITHUB_TOKEN', 'GH_TOKEN'],
    apiName: 'GITHUB_API_URL',
    user: 'x-access-token',
    api: (host) => (host === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3`),
  },
  gitlab: {
    tokenNames: ['GITLAB_TOKEN', 'GL_TOKEN'],
    apiName: 'CI_API_V4_URL',
    user: 'oauth2',
    api: (host) => `https://${host}/api/v4`,
  },
  gitea: { ...FORGEJO, tokenNames: ['GITEA_TOKEN', 'FORGEJO_TOKEN'] },
  forgejo: FORGEJO,
};

const PLAIN = /^https?:\/\/(?:[^@/?#\\\s]*@)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?\//iu;

/**
 * Reads the address of a remote, as git takes it: `https://host/owner/name.git`,
 * `ssh://git@host:22/owner/name`, `git@host:owner/name`.
 *
 * @param url - The address.
 * @returns What it names; `null` when it is no repository of a forge, such as a folder.
 */
export function readRemote(url: string): RemoteAddress | null {
  const scp = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)([^\s]+)$/u.exec(url);
  let [host, path, http] = [scp?.[1], scp?.[2], false];
  if (scp === null) {
    if (!URL.canParse(url)) return null;
    const parsed = new URL(url);
    if (!['http:', 'https:', 'ssh:', 'git+ssh:', 'git:'].includes(parsed.protocol)) return null;
    http = parsed.protocol.startsWith('http');
    // Else git might read another host in it than we do, and tell that one the token.
    if (http && !PLAIN.test(url)) return null;
    // The port of ssh is not the one of its API.
    [host, path] = [http ? parsed.host : parsed.hostname, decodeURI(parsed.pathname)];
  }
  const repository = (path ?? '').replace(/^\/+|\/+$/gu, '').replace(/\.git$/u, '');
  const parts = repository.split('/');
  const odd =
    parts.length < 2 || parts.some((part) => part === '' || part === '.' || part === '..');
  if (host === undefined || host === '' || odd) return null;
  return { host: host.toLowerCase(), http, repository };
}

/** Guessed by its name; GitHub where that says nothing. */
function kindOfHost(host: string): ForgeKind {
  if (/gitlab/u.test(host)) return 'gitlab';
  if (/codeberg\.org$|forgejo/u.test(host)) return 'forgejo';
  return /gitea/u.test(host) ? 'gitea' : 'github';
}

/** Everybody knows what these are. */
const WELL_KNOWN: ReadonlyMap<string, ForgeKind> = new Map([
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
  ['codeberg.org', 'forgejo'],
  ['gitea.com', 'gitea'],
]);

/** What is known of a host. */
export interface KnownHost {
  readonly kind: ForgeKind;
  /** Whether it is only guessed that the person's token is for it: anybody can give a remote. */
  readonly isGuess: boolean;
}

/**
 * Says what kind of forge a host is, and whether that is known.
 *
 * @param host - The host of a remote.
 * @param own - The hosts that the person has named.
 * @param wanted - What the configuration takes any other for.
 * @returns What is known of it.
 */
export function knownHost(
  host: string,
  own: Readonly<Record<string, ForgeKind>>,
  wanted: ForgeKind | null,
): KnownHost {
  const named = Object.entries(own).find(([name]) => name === host)?.[1];
  if (named !== undefined) return { kind: named, isGuess: false };
  const kind = wanted ?? kindOfHost(host);
  const known = host.endsWith('.ghe.com') ? 'github' : WELL_KNOWN.get(host);
  // The tokens of one forge are nothing for another one.
  const isGuess = known === undefined || FORGES[known].user !== FORGES[kind].user;
  return { kind, isGuess };
}

/**
 * Tells whether the API that somebody has named is that of a host.
 *
 * @param api - The address of the API.
 * @param host - The host of a remote.
 * @returns Whether it is there, or at the name for it beside.
 */
export function isApiOf(api: string, host: string): boolean {
  const at = URL.canParse(api) ? new URL(api).host : null;
  return at === host || at === `api.${host}`;
}
