// What words say about who should do a task. A strong word names the specialist's own field; a weak
// one is often met there, but elsewhere too.

import type { TitleWord } from './title-words.ts';

const STRONG = 3;
const MEDIUM = 2;
const WEAK = 1;

type Table = Readonly<
  Record<string, Readonly<Partial<Record<'strong' | 'medium' | 'weak', string>>>>
>;

/**
 * Those of the catalogue `domain`. While one of them is there, its strong words mean it and none of
 * the general specialists. In the order that decides between equals: the narrower field first.
 */
const DOMAIN: Table = {
  'specifications-engineer': {
    strong: 'requirement spec specification user-story use-case acceptance-criteria',
    medium: 'criteria story scope',
  },
  'llm-architect': {
    strong: 'llm rag prompt prompting embedding chatbot language-model vector-store fine-tuning',
    medium: 'retrieval hallucination completion vector',
  },
  'ml-systems-architect': {
    strong:
      'ml model training machine-learning inference classifier mlops neural feature-store hyperparameter',
    medium: 'train prediction drift gpu dataset',
  },
  'data-science-analyst': {
    strong: 'analysis report analyse analyze statistics statistical forecast correlation cohort',
    medium: 'insight metric trend hypothesis notebook',
  },
  'data-pipeline-engineer': {
    strong: 'etl pipeline data data-pipeline ingestion ingest airflow spark dbt kafka backfill',
    medium: 'dag streaming transform transformation batch warehouse',
  },
  'data-architect-governance': {
    strong: 'schema governance lineage retention data-model data-catalog data-quality master-data',
    medium: 'normalize normalization stewardship classification',
  },
  'aws-cloud-architect': {
    strong:
      'aws cloud deploy deployment lambda s3 ec2 ecs iam vpc cloudformation cloudfront dynamodb',
    medium: 'serverless terraform region availability',
  },
  'frontend-ui-engineer': { strong: 'ui frontend react user-interface front-end' },
  'backend-systems-engineer': { strong: 'api backend database back-end' },
};

/** Whose other words each of them goes by too, being made for the same work. */
const LIKE: Readonly<Record<string, string>> = {
  'frontend-ui-engineer': 'frontend-designer',
  'backend-systems-engineer': 'backend-developer',
};

/** In the order that decides between equals: what proves or explains before what is built. */
const TABLE: Table = {
  'qa-engineer': {
    strong: 'test testing spec coverage e2e qa regression smoke fuzzing testcase testsuite',
    medium: 'flaky mock fixture',
    weak: 'benchmark quality',
  },
  'general-purpose': {
    strong:
      'doc documentation docs readme guide changelog tutorial example howto handbook manual faq',
    medium: 'document comment docstring typo wording',
    weak: 'note',
  },
  'security-engineer': {
    strong:
      'security auth authentication authorization authorisation authenticate permission jwt token session encryption encrypt secret rbac csrf xss pci vulnerability password credential acl tls hashing compliant compliance rate-limit rate-limiting access-control secure harden hardening sanitization threat',
    medium: 'scanning sso mfa 2fa privacy gdpr',
    weak: 'oauth audit login scan',
  },
  'devops-engineer': {
    strong:
      'devops deploy deployment docker dockerfile dockerize container kubernetes k8s helm terraform ansible ci cd cdn infrastructure nginx github-action gh-action gitlab-ci load-balancer monitoring alerting provisioning',
    medium: 'manifest gh cloud aws gcp azure rollout observability autoscaling registry',
    weak: 'pipeline action workflow asset release environment logging hosting',
  },
  'frontend-designer': {
    strong:
      'ui ux frontend component css styling layout dashboard page form button modal dialog responsive accessibility a11y react vue svelte angular html theme widget navbar sidebar menu screen animation tailwind user-interface landing-page frontends front-end',
    medium: 'style navigation view chart icon mobile mockup wireframe design',
    weak: 'client banner table list',
  },
  'tech-lead': {
    strong: 'architecture adr rfc roadmap technical-design design-document',
    medium: 'milestone refactoring-plan',
    weak: 'strategy design',
  },
  'code-reviewer': { strong: 'code-review review-code review-all review-changes review-the' },
  'backend-developer': {
    strong:
      'api backend endpoint server service route router handler webhook database db sql schema migration query mutation resolver graphql controller storage dataloader orm repository back-end data-pipeline etl microservice websocket crud sqlite postgres redis',
    medium: 'cache caching queue worker job model batching type rest grpc parser cli command',
    weak: 'configuration config settings validation data integration middleware library module payment processing import export wrapper',
  },
};

/** Words that stand in many agents' names and say nothing about a task. */
const GENERIC: ReadonlySet<string> = new Set(
  'agent assistant bot builder code coder designer dev developer engineer expert general guru helper lead master plan planner pro purpose reviewer senior specialist systems tech writer explore'.split(
    ' ',
  ),
);

/** How much each agent's words say: by word or hyphenated pair of words. */
export type Keywords = ReadonlyMap<
  string,
  readonly { readonly agent: string; readonly strength: number }[]
>;

/** What an agent offers to the routing. */
export interface Routable {
  readonly name: string;
  readonly capabilities: readonly string[];
}

/**
 * Collects the keywords of agents: the table's for the specialists, the words of their names and
 * capabilities for the others.
 *
 * @param agents - The agents there are.
 * @returns Who is meant by which word.
 */
export function keywordsOf(agents: readonly Routable[]): Keywords {
  const found = new Map<string, { agent: string; strength: number }[]>();
  const add = (agent: string, words: readonly string[], strength: number): void => {
    for (const word of words) {
      const known = found.get(word);
      if (known === undefined) found.set(word, [{ agent, strength }]);
      else if (!known.some((each) => each.agent === agent)) known.push({ agent, strength });
    }
  };
  const names = new Set(agents.map(({ name }) => name));
  const own = Object.entries(DOMAIN).filter(([agent]) => names.has(agent));
  for (const [agent, words] of own) {
    add(agent, split(words.strong), STRONG);
    add(agent, split(words.medium), MEDIUM);
  }
  const taken = new Set(own.flatMap(([, words]) => split(words.strong)));
  const left = (words: string | undefined): readonly string[] =>
    split(words).filter((word) => !taken.has(word));
  for (const [agent, words] of Object.entries(TABLE)) {
    const players = [...Object.keys(LIKE).filter((name) => LIKE[name] === agent), agent];
    for (const player of players.filter((name) => names.has(name))) {
      add(player, left(words.strong), STRONG);
      add(player, left(words.medium), MEDIUM);
      add(player, left(words.weak), WEAK);
    }
  }
  for (const { name, capabilities } of agents) {
    if (Object.hasOwn(TABLE, name) || Object.hasOwn(DOMAIN, name)) continue;
    const words = [name, ...capabilities].flatMap((text) =>
      text.toLowerCase().split(/[^\p{L}\p{N}]+/u),
    );
    add(
      name,
      words.filter((word) => word.length > 1 && !GENERIC.has(word)),
      STRONG,
    );
  }
  return found;
}

function split(words: string | undefined): readonly string[] {
  return words?.split(' ') ?? [];
}

/** What the words of a text say. */
export interface Scored {
  readonly scores: ReadonlyMap<string, number>;
  /** For each agent the word that said most. */
  readonly because: ReadonlyMap<string, string>;
}

/**
 * Adds up what the words of a text say for each agent.
 *
 * @param words - The words with their weights.
 * @param keywords - Who is meant by which word.
 * @returns The scores; agents that no word speaks for have none.
 */
export function scoreWords(words: readonly TitleWord[], keywords: Keywords): Scored {
  const scores = new Map<string, number>();
  const best = new Map<string, { word: string; points: number }>();
  const count = (word: string, weight: number): void => {
    for (const { agent, strength } of lookUp(word, keywords)) {
      const points = strength * weight;
      scores.set(agent, (scores.get(agent) ?? 0) + points);
      if (points > (best.get(agent)?.points ?? 0)) best.set(agent, { word, points });
    }
  };
  for (const [index, { text, weight }] of words.entries()) {
    count(text, weight);
    const next = words[index + 1];
    if (next !== undefined) count(`${text}-${next.text}`, Math.max(weight, next.weight));
  }
  const because = new Map([...best].map(([agent, { word }]) => [agent, word.replace('-', ' ')]));
  return { scores, because };
}

function lookUp(word: string, keywords: Keywords): NonNullable<ReturnType<Keywords['get']>> {
  const singular = word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/s$/u, '');
  return keywords.get(word) ?? keywords.get(singular) ?? [];
}
