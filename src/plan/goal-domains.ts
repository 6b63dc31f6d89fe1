// Which fields of work a goal is about, by its words.

import type { Domain } from './repository-map.ts';

/** What a goal's words say. */
export interface GoalDomains {
  /** Fields that the goal names. */
  readonly named: ReadonlySet<Domain>;
  /** Fields that such a goal usually reaches into, where a repository has them. */
  readonly implied: ReadonlySet<Domain>;
  /** So small that one agent does it. */
  readonly trivial: boolean;
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const NAMED: ReadonlyMap<Domain, ReadonlySet<string>> = new Map([
  ['database', set('database db sql schema migration table postgres sqlite mysql index')],
  [
    'backend',
    set(
      'api backend server endpoint route rest graphql webhook service handler middleware cli command subcommand flag',
    ),
  ],
  [
    'security',
    set(
      'security auth authentication authorization oauth permission role encryption token secret csrf rbac jwt sso password',
    ),
  ],
  [
    'frontend',
    set(
      'ui ux frontend page component form button css style dashboard layout screen modal theme dark responsive accessibility',
    ),
  ],
  [
    'data',
    set(
      'data etl pipeline ingest ingestion dataset csv parquet dag transform transformation training model warehouse feature-store notebook deduplicate',
    ),
  ],
  [
    'infrastructure',
    set(
      'ci cd deploy deployment docker dockerfile kubernetes helm terraform infrastructure release monitoring workflow',
    ),
  ],
  ['docs', set('docs documentation readme guide tutorial changelog manual')],
  ['tests', set('test tests coverage e2e')],
]);
const IMPLIED: readonly (readonly [ReadonlySet<string>, readonly Domain[]])[] = [
  [
    set('auth authentication oauth login signup signin sign-up account user profile sso password'),
    ['database', 'backend', 'frontend'],
  ],
  [
    set(
      'payment checkout stripe cart order billing invoice subscription coupon discount refund wishlist',
    ),
    ['database', 'backend', 'frontend'],
  ],
  [
    set('search filter comment review rating notification upload message chat booking'),
    ['database', 'backend', 'frontend'],
  ],
  [set('dashboard report analytics chart export import'), ['backend', 'frontend']],
];
const TRIVIAL =
  /\b(?:typos?|spelling|rename|bump|wording|reword|comment out|whitespace|formatting|lint|one[- ]liner|minor|tiny|small fix|copyright)\b/iu;
const FILE =
  /\b[\w-]+(?:\/[\w.-]+)*\.(?:[cm]?[jt]sx?|py|go|rs|java|rb|php|css|html|ya?ml|json|toml|sql)\b/giu;

/**
 * Reads which fields a goal is about.
 *
 * @param goal - The goal; its first 4,000 characters count.
 * @returns The fields.
 */
export function goalDomains(goal: string): GoalDomains {
  const text = goal.slice(0, 4000).toLowerCase();
  const named = new Set<Domain>();
  const implied = new Set<Domain>();
  for (const form of formsIn(text)) {
    for (const [domain, known] of NAMED) if (known.has(form)) named.add(domain);
    const reaches = IMPLIED.filter(([known]) => known.has(form)).flatMap(([, domains]) => domains);
    for (const domain of reaches) implied.add(domain);
  }
  const files = new Set(text.match(FILE));
  return { named, implied, trivial: text.length < 200 && (TRIVIAL.test(text) || files.size === 1) };
}

/** The words of a text, also without a plural's ending and in the parts of compounds. */
function formsIn(text: string): ReadonlySet<string> {
  const words = text.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  const singular = words.map((word) => word.replace(/s$/u, ''));
  return new Set([...words, ...singular, ...words.flatMap((word) => word.split('-'))]);
}
