// How much work a goal is likely to be, by what it says and what the repository is made of: fields of
// work, files, order, research. Signs that speak for many pairs of hands add up.

import type { Estimate } from '../model/complexity.ts';
import { goalDomains } from './goal-domains.ts';
import { FIXES, readGoal } from './goal-text.ts';
import type { GoalText } from './goal-text.ts';
import type { Domain, RepositoryMap } from './repository-map.ts';

/** A sign, and how much it says. */
interface Sign {
  readonly points: 1 | 2 | 3;
  readonly reason: string;
}

const HIGH = 3;
const MANY_FILES = 10;
const SOME_FILES = 4;
const MANY_ITEMS = 3;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const BUILDS = set(
  'add create build implement introduce support integrate set enable make develop write provide allow design launch bring establish roll let give new we i please need want',
);
/** Verbs that turn the whole of something into something else. */
const TURNS = set(
  'migrate rewrite port modernize modernise rearchitect overhaul redesign replatform split decouple refactor restructure convert replace rework unify consolidate',
);
/** Those that are seldom small, whatever they are done to. */
const ALWAYS_LARGE = set(
  'migrate rewrite port modernize modernise rearchitect overhaul redesign replatform',
);
const SMALL_THING =
  /\b(?:function|method|class|helper|script|query|regex|hook|file|variable|test|sentence|paragraph|button|loop|line)\b/u;
const SCALE =
  /\b(?:entire|whole|all|every|everywhere|across|throughout|complete|full|codebase|code base|end[- ]to[- ]end|monolith)\b/u;
const EVERYWHERE =
  /\b(?:across|throughout) (?:the |our )?(?:whole|entire|all|every|codebase|code base|app|application|project|product|site|services)\b|\beverywhere\b/u;
const COUNTED =
  /\b(?<count>\d{1,6})\s+(?:[\w-]+\s+)?(?:files|modules|services|microservices|components|packages|endpoints|pages|screens|tables|repositories|repos|call sites|places|classes|views)\b/gu;
const SYSTEM =
  /\b(?:system|subsystem|platform|engine|framework|marketplace|architecture|infrastructure)$/u;
const PRODUCT =
  /\b(?:service|microservice|app|application|sdk|pipeline|dashboard|portal|website|storefront|backend|frontend)$/u;
const GUARDS =
  /\b(?:authentication|authorization|authorisation|auth|encryption|compliance|sso|single sign-on|rbac|access control|multi-factor|mfa|2fa|oauth2?|gdpr|pci|hipaa|audit log(?:ging)?|user accounts?|permissions?|multi-?tenan(?:cy|t))\b/u;
const INTEGRATES =
  /\b(?:integrate|integrates|integration with|integrations with|third[- ]party|stripe|paypal|twilio|salesforce|hubspot|shopify|quickbooks|zapier|sendgrid|braintree|adyen|plaid|okta|auth0|saml|ldap|elasticsearch)\b/u;
const RESEARCH =
  /\b(?:research|investigate|evaluate|compare|explore|figure out|find out|best practices?|trade-?offs?|proof of concept|feasibility|spike|alternatives|choose between|decide (?:on|which|whether)|compliance|compliant|state of the art)\b/u;
const ORDER =
  /\b(?:first\b[^]{0,300}\bthen|after that|afterwards|depends on|depend on|once (?:this|that|it|the)|followed by|step by step|in stages|in phases|phase \d|prerequisite|blocked by|before we can)\b/u;
const ITEM = /^\s*(?:[-*•]|\d{1,2}[.)]|\[[ x]\])\s+\S/gmu;
const ASIDE: ReadonlySet<Domain> = new Set<Domain>(['docs', 'tests']);

/**
 * Estimates how much work a goal is.
 *
 * @param goal - What is to be done; its first line is its title.
 * @param description - More about it; may be empty.
 * @param map - What the repository is made of; `null` = nothing is known of it.
 * @returns The estimate with its reasons; none where nothing speaks for more than one agent.
 */
export function estimateComplexity(
  goal: string,
  description: string,
  map: RepositoryMap | null,
): Estimate {
  const text = readGoal(goal, description);
  const signs = [
    domainSign(text, map),
    filesSign(text, map),
    turnSign(text),
    newSign(text),
    guardSign(text),
    integrationSign(text),
    ...workSigns(text),
  ].filter((sign) => sign !== null);
  const points = signs.reduce((sum, sign) => sum + sign.points, 0);
  const reasons = signs.toSorted((a, b) => b.points - a.points).map(({ reason }) => reason);
  if (points >= HIGH) return { complexity: 'high', reasons };
  return { complexity: points > 0 ? 'medium' : 'low', reasons };
}

function builds({ verb }: GoalText): boolean {
  return BUILDS.has(verb);
}

/** What is repaired is described by where it shows: the places named are no parts to be built. */
function domainSign(text: GoalText, map: RepositoryMap | null): Sign | null {
  const isFix = FIXES.has(text.verb);
  const { named } = goalDomains(isFix ? text.main : text.all);
  // "A page of the checkout" is a page: who names the thing means no more than it.
  const isThing = text.heads.some((head) => goalDomains(head).named.size > 0);
  const { implied } = goalDomains(isThing ? '' : text.main);
  const placed = [...implied].filter((domain) => map === null || map.domains.has(domain));
  const found = new Set([...named, ...(builds(text) ? placed : [])]);
  const domains = [...found].filter((domain) => !ASIDE.has(domain));
  if (domains.length < 2) return null;
  const reason = `it touches ${domains.toSorted().join(', ')}`;
  return { points: domains.length > 2 ? 3 : 2, reason };
}

function filesSign(text: GoalText, map: RepositoryMap | null): Sign | null {
  // Nothing reaches into more files than there are.
  if (map !== null && map.fileCount > 0 && map.fileCount <= MANY_FILES) return null;
  const counts = [...text.all.matchAll(COUNTED)].map((match) =>
    Number(match.groups?.['count'] ?? 0),
  );
  const most = Math.max(0, ...counts);
  if (most >= MANY_FILES) return { points: 3, reason: `it speaks of ${most} places` };
  if (text.files.size > MANY_FILES) {
    return { points: 3, reason: `it names ${text.files.size} files` };
  }
  if (TURNS.has(text.verb) && SCALE.test(text.title)) {
    return { points: 3, reason: 'it changes all of something' };
  }
  if (builds(text) && EVERYWHERE.test(text.title)) {
    return { points: 3, reason: 'it reaches everywhere' };
  }
  if (text.files.size >= SOME_FILES) {
    return { points: 1, reason: `it names ${text.files.size} files` };
  }
  return null;
}

function turnSign({ verb, main }: GoalText): Sign | null {
  if (!TURNS.has(verb) || SMALL_THING.test(main)) return null;
  return ALWAYS_LARGE.has(verb)
    ? { points: 3, reason: `"${verb}": something large is turned into something else` }
    : { points: 1, reason: `"${verb}"` };
}

function newSign(text: GoalText): Sign | null {
  if (/\bfrom scratch\b|\bgreenfield\b/u.test(text.all)) {
    return { points: 3, reason: 'it is built from scratch' };
  }
  if (!builds(text)) return null;
  const system = SYSTEM.exec(text.main)?.[0];
  if (system !== undefined) return { points: 3, reason: `a new ${system}` };
  const product = PRODUCT.exec(text.main)?.[0];
  return product === undefined ? null : { points: 2, reason: `a new ${product}` };
}

function guardSign(text: GoalText): Sign | null {
  const word = builds(text) ? GUARDS.exec(text.main)?.[0] : undefined;
  const isSmall = SMALL_THING.test(text.main);
  return word === undefined || isSmall ? null : { points: 3, reason: `security: "${word}"` };
}

function integrationSign(text: GoalText): Sign | null {
  const word = builds(text) ? INTEGRATES.exec(text.title)?.[0] : undefined;
  return word === undefined ? null : { points: 2, reason: `an integration: "${word}"` };
}

function workSigns(text: GoalText): readonly (Sign | null)[] {
  const research = RESEARCH.exec(text.all)?.[0];
  const order = ORDER.exec(text.all)?.[0];
  const items = text.all.match(ITEM)?.length ?? 0;
  const made = FIXES.has(text.verb) ? 0 : text.made;
  return [
    research === undefined ? null : { points: 1, reason: `research: "${research}"` },
    order === undefined ? null : { points: 1, reason: 'its parts wait for one another' },
    items < MANY_ITEMS ? null : { points: 2, reason: `a list of ${items} things` },
    made < MANY_ITEMS ? null : { points: 2, reason: `${made} things in one` },
  ];
}
