// What well-known keys look like. A shape is data: one entry a kind of key.

/** What keys of one kind look like. */
export interface SecretShape {
  readonly name: string;
  /** The four letters that a key may begin with; looking goes by them. */
  readonly begins: readonly string[];
  /** What is matched from there on. What its one group captures stays in the text. */
  readonly pattern: string;
  /** Whether it begins where a word does: `task-…` is no `sk-…`. */
  readonly apart: boolean;
  /** Nothing but a key looks like this: enough to refuse a change that brings one. */
  readonly strong: boolean;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.split('');
const SK: readonly string[] = LETTERS.map((letter) => `sk-${letter}`);

/** A private key as a whole, or as much of it as is there. */
const PRIVATE_KEY: string =
  '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----' +
  '(?:(?:[^-]|-(?!----)){0,16000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----' +
  '|(?:(?:\\\\[nr]|\\s)*[A-Za-z0-9+/=]{16,})*)';

const TELLING = { apart: false, strong: true };
const APART = { apart: true, strong: true };
const WEAK = { apart: true, strong: false };

/** The shapes. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  { name: 'a private key', begins: ['----'], pattern: PRIVATE_KEY, ...TELLING },
  {
    name: 'an API key',
    begins: SK,
    pattern: 'sk-(?:(?:ant|proj|svcacct|admin|or|lf)-[\\w-]{16,}|[A-Za-z0-9]{32,})',
    ...APART,
  },
  { name: 'an API key', begins: SK, pattern: 'sk-(?=[A-Za-z_-]{0,64}\\d)[\\w-]{20,}', ...WEAK },
  {
    name: 'a payment key',
    begins: ['sk_l', 'sk_t', 'rk_l', 'rk_t'],
    pattern: '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
    ...APART,
  },
  {
    name: 'a GitHub token',
    begins: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'gith'],
    pattern: '(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\\w{20,})',
    ...TELLING,
  },
  {
    name: 'a GitLab token',
    begins: ['glpa', 'gldt', 'glrt', 'glcb', 'glpt'],
    pattern: 'gl(?:pat|dt|rt|cbt|ptt)-[\\w-]{16,}',
    ...TELLING,
  },
  {
    name: 'an AWS key',
    begins: ['AKIA', 'ASIA'],
    pattern: 'A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])',
    ...APART,
  },
  {
    name: 'an AWS secret',
    begins: ['s_ke', 'S_KE', 's_Ke', 'sKey'],
    pattern:
      '(s_?key["\'\\\\]{0,2}\\s{0,3}[=:]\\s{0,3}["\'\\\\]{0,2})(?=[a-z0-9]{0,40}[A-Z/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])',
    apart: false,
    strong: false,
  },
  { name: 'a Google key', begins: ['AIza'], pattern: 'AIza[\\w-]{30,}', ...TELLING },
  { name: 'a Google token', begins: ['ya29'], pattern: 'ya29\\.[\\w-]{20,}', ...APART },
  {
    name: 'a Slack token',
    begins: ['xoxa', 'xoxb', 'xoxc', 'xoxe', 'xoxo', 'xoxp', 'xoxr', 'xoxs', 'xapp'],
    pattern: '(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,}',
    ...TELLING,
  },
  { name: 'an npm token', begins: ['npm_'], pattern: 'npm_[A-Za-z0-9]{30,}', ...TELLING },
  { name: 'a PyPI token', begins: ['pypi'], pattern: 'pypi-[\\w-]{40,}', ...APART },
  {
    name: 'a Hugging Face token',
    begins: LETTERS.map((letter) => `hf_${letter}`),
    pattern: 'hf_[A-Za-z0-9]{30,}',
    ...APART,
  },
  {
    name: 'a JSON web token',
    begins: LETTERS.map((letter) => `eyJ${letter}`),
    pattern: 'eyJ[\\w-]{6,600}\\.eyJ[\\w-]{6,8000}\\.[\\w-]{6,}',
    ...WEAK,
  },
  {
    name: 'a bearer token',
    begins: ['eare', 'EARE'],
    pattern: '(earer\\s{1,2})[A-Za-z0-9._~+/-]{20,}',
    apart: false,
    strong: false,
  },
];

/** What stands right before a secret that only its surroundings give away. */
export const TELLING_WORDS: RegExp =
  /(?:earer\s{1,2}|s_?key["'\\]{0,2}\s{0,3}[=:]?\s{0,3}["'\\]{0,2})$/iu;
