// What words say about who should do a task. A strong word names the specialist's own field; a weak
// one is often met there, but elsewhere too.

import type { TitleWord } from './title-words.ts';

const STRONG = 3;
const MEDIUM = 2;
const WEAK = 1;

type Table = Readonly<
  Record<string, Readonly<Partial<Record<'strong' | 'medium' | 'weak' | 'deed', string>>>>
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
    medium: 'load dag streaming transform transformation batch warehouse',
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

/** Who does it where nobody is made for it. */
const STANDS_IN: Readonly<Record<string, string>> = { 'qa-engineer': 'backend-systems-engineer' };

/**
 * In the order that decides between equals: what proves or explains before what is built. A deed says
 * something as the first word only ("lock accounts", but not "a distributed lock").
 */
const TABLE: Table = {
  'qa-engineer': {
    strong:
      'test testing spec coverage e2e end-to qa regression smoke fuzz fuzzing testcase testsuite test-plan playwright cypress jest vitest pytest junit selenium rspec mocha unittest e2e-test test-data storyshot golden-file acceptance-test contract-test mutation-test',
    medium: 'flaky mock fixture stub snapshot assertion spy faker testbed',
    weak: 'benchmark quality verify',
    deed: 'cover',
  },
  'general-purpose': {
    strong:
      'doc documentation docs readme guide changelog tutorial example howto handbook manual faq contributing release-note jsdoc docstring license unused-import dead-code comment-out release-notes api-reference glossary cheatsheet walkthrough unused copyright broken-link how-to grammar help-text unused-helper',
    medium: 'document comment typo wording reference glossary',
    weak: 'note',
    deed: 'describe explain',
  },
  Explore: { deed: 'find research investigate explore find-out figure-out analyze analyse' },
  'code-reviewer': {
    strong: 'code-review review-code review-all review-changes review-the code-quality',
    medium: 'pull-request merge-request',
    deed: 'review',
  },
  'tech-lead': {
    strong:
      'architecture adr rfc roadmap technical-design design-document module-boundary architectural decision-record domain-model bounded-context tech-debt technology-choice monorepo',
    medium: 'milestone refactoring-plan trade-off boundary',
    weak: 'strategy design',
    deed: 'evaluate decide choose plan outline propose compare',
  },
  'security-engineer': {
    strong:
      'security auth authentication authorization authorisation authenticate permission jwt token session encryption encrypt secret rbac csrf xss pci vulnerability password credential acl tls hashing hashed injection sql-injection api-token api-key compliant compliance rate-limit rate-limiting access-control secure harden hardening sanitization threat-model brute-force gdpr sso mfa 2fa two-factor traversal path-traversal open-redirect ssrf clickjacking xxe csp cors-policy credit-card pii phishing ransomware malware oidc saml passkey webauthn keycloak vault signature impersonation privilege allowlist denylist firewall lockout authorise signed tamper pentest owasp data-leak log-out logout virus antivirus cve',
    medium:
      'scanning login privacy cookie captcha exploit cve cors sensitive anonymize anonymise consent role sign-in signin fraud abuse bot spam origin cve-2025 virus',
    weak: 'oauth audit scan',
    deed: 'protect sanitize sanitise escape hash restrict lock threat mask redact sign authenticate authorize enforce encrypt anonymize anonymise block',
  },
  'devops-engineer': {
    strong:
      'devops deploy deployment docker dockerfile dockerize container kubernetes k8s helm helm-chart terraform ansible ci cd cdn in-ci infrastructure nginx github-action gh-action gitlab-ci load-balancer monitoring alerting provisioning log-aggregation prometheus grafana loki datadog dns certificate backup cloudwatch newrelic sentry opentelemetry jenkins travis circleci gitlab argocd pulumi vagrant systemd haproxy traefik cloudflare kubectl eks gke ecr fargate podman autoscaler healthcheck liveness readiness canary blue-green uptime on-call pagerduty disaster-recovery continuous-integration renovate dependabot cloudformation base-image docker-image container-image during-deployment nightly-build',
    medium:
      'manifest gh cloud aws gcp azure rollout observability autoscaling registry cluster npm staging proxy pipeline-step log tracing metric build-time build-cache artifact server-cost vm ssh domain ssl node-version secret-manager runner linter lint pre-commit bucket deploys sre',
    weak: 'pipeline action workflow asset release environment logging log hosting',
    deed: 'provision containerize automate publish',
  },
  'frontend-designer': {
    strong:
      'ui ux frontend component css styling layout dashboard page form button modal dialog responsive accessibility a11y react vue svelte angular html theme widget navbar sidebar menu screen animation tailwind user-interface landing-page frontends front-end dark-mode search-bar spinner dropdown tooltip toast carousel autocomplete picker drag kanban popover accordion slider checkbox avatar breadcrumb footer typography storybook empty-state keyboard redux scrollbar scrolling infinite-scroll labels-overlap stylesheet sass scss flexbox nextjs nuxt jsx tsx webpack vite lightbox tabs stepper wizard datepicker date-picker combobox placeholder favicon hamburger right-to-left rtl viewport breakpoint darkmode light-mode skeleton-loader chip snackbar sparkline heatmap legend axis bar-chart pie-chart line-chart print-view homepage drag-and emoji z-index progress-bar',
    medium:
      'style navigation view chart icon mobile mockup wireframe tab field shortcut board colour color contrast font hover scroll browser safari firefox svg canvas image gallery header badge skeleton inbox editor input bundle picture photo feed label click tap swipe gesture zoom map-view column row card grid heading title caption link selector cursor focus hydrate hydration visual illustration logo figma pixel landing locale-switch spacing alignment sort-order filter-bar thumbnail preview window appearance prefers loading switcher',
    weak: 'design client banner table list search-box message',
    deed: 'animate render show display highlight crop align center centre resize collapse expand polish restyle hide translate localize localise prefill autofocus truncate',
  },
  'backend-developer': {
    strong:
      'api backend endpoint server service route router handler webhook database db sql schema migration query mutation resolver graphql controller storage dataloader orm repository back-end data-pipeline etl microservice websocket crud race-condition sqlite postgres redis queue soft-delete grpc kafka rabbitmq sqs pubsub mongodb mongo mysql dynamodb elasticsearch opensearch mariadb flask django fastapi rails express nestjs spring laravel stored-procedure connection-pool deadlock idempotent idempotency background-job message-broker upsert foreign-key smtp serializer deserializer protobuf memory-leak',
    medium:
      'cache caching worker job model batching type rest grpc parser cli command email mail index lookup payload s3 cron transaction 400 401 403 404 409 422 429 500 502 503 http batch bulk pagination paginate retry timeout concurrency lock thread async stream streaming producer consumer request response entity record column-type partition replica replication sharding scheduler schedule invoice-number calculation recalculation aggregate aggregation algorithm billing ledger inventory subscription webhook-event json xml csv pdf protocol socket scraper crawler sms push-notification status-code rate-of table-schema tenant time-zone timezone',
    weak: 'configuration config settings validation data integration middleware library module payment processing import export wrapper pricing upload event table provider order invoice price notification user-data report search sync daemon backend-code business-logic engine core loop function storing unique',
    deed: 'store send normalise normalize return deduplicate parse split archive schedule connect sync synchronize seed partition paginate enqueue calculate recalculate compute import ingest batch throttle poll',
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

/** By the list of agents, for thousands of tasks are routed among the same. */
const collected = new WeakMap<readonly Routable[], Keywords>();

/**
 * Collects the keywords of agents: the table's for the specialists, the words of their names and
 * capabilities for the others.
 *
 * @param agents - The agents there are.
 * @returns Who is meant by which word.
 */
export function keywordsOf(agents: readonly Routable[]): Keywords {
  const known = collected.get(agents);
  if (known !== undefined) return known;
  const found = collect(agents);
  collected.set(agents, found);
  return found;
}

function collect(agents: readonly Routable[]): Keywords {
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
    for (const player of playersOf(agent, names)) {
      add(player, left(words.strong), STRONG);
      add(player, left(words.medium), MEDIUM);
      add(player, left(words.weak), WEAK);
      const deeds = left(words.deed).map((word) => `^${word}`);
      add(player, deeds, MEDIUM);
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

function playersOf(agent: string, names: ReadonlySet<string>): readonly string[] {
  const alike = Object.keys(LIKE).filter((name) => LIKE[name] === agent);
  const players = [...alike, agent].filter((name) => names.has(name));
  const standIn = STANDS_IN[agent];
  return players.length > 0 || standIn === undefined || !names.has(standIn) ? players : [standIn];
}

function split(words: string | undefined): readonly string[] {
  return words?.split(' ') ?? [];
}

/** What one word says for an agent. */
export interface SaidWord {
  readonly word: string;
  readonly points: number;
}

/** What the words of a text say. */
export interface Scored {
  readonly scores: ReadonlyMap<string, number>;
  /** For each agent the word that said most. */
  readonly because: ReadonlyMap<string, string>;
  /** For each agent what every word said, the first word first. */
  readonly said: ReadonlyMap<string, readonly SaidWord[]>;
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
  const said = new Map<string, SaidWord[]>();
  const count = (key: string, weight: number): void => {
    const word = key.replace('^', '').replaceAll('-', ' ');
    for (const { agent, strength } of lookUp(key, keywords)) {
      const points = strength * weight;
      scores.set(agent, (scores.get(agent) ?? 0) + points);
      const before = said.get(agent);
      if (before === undefined) said.set(agent, [{ word, points }]);
      else before.push({ word, points });
    }
  };
  for (const [index, { text, weight, deed = false }] of words.entries()) {
    if (deed) count(`^${text}`, weight);
    count(text, weight);
    const next = words[index + 1];
    if (next === undefined) continue;
    if (deed) count(`^${text}-${next.text}`, weight);
    count(`${text}-${next.text}`, Math.max(weight, next.weight));
  }
  const because = new Map([...said].map(([agent, all]) => [agent, mostSaid(all)]));
  return { scores, because, said };
}

function mostSaid(all: readonly SaidWord[]): string {
  return all.reduce((most, one) => (one.points > most.points ? one : most)).word;
}

function lookUp(word: string, keywords: Keywords): NonNullable<ReturnType<Keywords['get']>> {
  for (const form of formsOf(word)) {
    const found = keywords.get(form);
    if (found !== undefined) return found;
  }
  return [];
}

/** A word as it stands, in the singular, and without the ending of a verb. */
function formsOf(word: string): readonly string[] {
  const forms = [
    word,
    word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/s$/u, ''),
    word.replace(/es$/u, ''),
  ];
  const stem = /^(?<stem>.{3,})(?:ing|ed)$/u.exec(word)?.groups?.['stem'];
  return stem === undefined ? forms : [...forms, stem, `${stem}e`];
}
