// `tutti pr KEY`: the result of a run is offered as a pull request. Pushed and opened once, however
// often the command is given or killed: what is there already is found by its mark.

import type { Config } from '../config/config.ts';
import { forgeCheck } from '../config/settings.ts';
import type { Run } from '../model/run.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Forge, ForgeProblem, PullRequest } from '../ports/forge.ts';
import type { Remote, Remotes, Repository } from '../ports/repository.ts';
import { verdictText } from '../report/event-line.ts';
import { bearsMark, pullRequestBody } from '../report/pull-request.ts';
import { openFindings } from '../report/report.ts';
import type { ReportInput } from '../report/report.ts';
import { shortCommit } from '../report/view.ts';
import { plural } from '../util/amount.ts';
import { singleLine } from '../util/single-line.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import { find } from './find.ts';
import { foreignCommits } from './foreign-commits.ts';
import { FORGES, isApiOf, knownHost, readRemote } from './forge-place.ts';
import type { ForgeKind, ForgePlace, RemoteAddress } from './forge-place.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';
import type { Shown } from './shown.ts';
import { waitForForge } from './wait-for-forge.ts';

/** How a pull request is wanted. */
export interface PullRequestWish {
  /** `null` = as it is configured. */
  readonly draft: boolean | null;
  readonly confirm: Confirm;
  readonly say: (line: string) => void;
  /** Whether the forge's checks are waited for; `null` = where one is configured. */
  readonly wait: boolean | null;
  /** Stops the waiting, nothing else. */
  readonly signal: AbortSignal;
}

/** What is shown of an offer. */
export interface Offered extends Shown {
  /** What the forge's checks say; `null` = nobody waited for them. */
  readonly checked: Verdict | null;
}

/** A pull request as it is prepared. */
interface Offer {
  readonly app: App;
  readonly repository: Repository;
  readonly input: ReportInput;
  readonly run: Run;
  readonly remotes: Remotes;
  readonly place: ForgePlace;
  readonly forge: Forge;
  readonly draft: boolean;
  readonly wish: PullRequestWish;
  /** The configured one; `null` = none. */
  readonly check: { readonly name: string; readonly timeoutSecs: number } | null;
  readonly token: { readonly user: string; readonly secret: string } | null;
}

/**
 * Offers a run as a pull request, or brings its pull request up to date.
 *
 * @param app - The application.
 * @param key - The run's key as it was typed.
 * @param wish - How.
 * @returns What there is now.
 */
export async function offerRun(
  app: App,
  key: string,
  wish: PullRequestWish,
): Promise<Result<Offered>> {
  const prepared = await prepare(app, key, wish);
  if (!prepared.ok) return prepared;
  const offer = prepared.value;
  const found = await ownPullRequest(offer);
  if (!found.ok) return found;
  const before = found.value;
  if (before !== null && before.state !== 'open') return over(offer, before);
  const refused = await refusal(offer, before, wish.confirm);
  if (refused !== null) return refused;
  const { name } = offer.remotes.push;
  wish.say(`pushing ${offer.run.branch} to ${name}`);
  const pushed = await pushBranch(offer);
  if (!pushed.ok) return pushed;
  return before === null ? await openNew(offer) : await update(offer, before);
}

async function prepare(app: App, key: string, wish: PullRequestWish): Promise<Result<Offer>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run, store } = found.value;
  if (!RUN_OVER[run.status.state]) {
    const hint = `go on with it: tutti resume ${run.key}`;
    return no('unfinished', `${run.key} is not finished, so there is nothing to offer yet`, hint);
  }
  if (run.head === run.base.merged) {
    return no('nothing', `${run.key} changed nothing`, `see why: tutti show ${run.key}`, 1);
  }
  const opened = await app.repository();
  const settings = await app.settings();
  if (!opened.ok) return opened;
  if (!settings.ok) return settings;
  const { forge: configured } = settings.value.config;
  const remotes = await opened.value.remotes(run.baseBranch);
  if (remotes === null) {
    const hint = 'name one: git remote add origin ADDRESS';
    return no('no_remote', `${run.baseBranch} has no remote to push to`, hint);
  }
  const found2 = placeOf(app, remotes, configured);
  if (!found2.ok) return found2;
  const place = found2.value;
  const { token } = place;
  app.secrets.learn([token]);
  const { events } = await store.log(run.key);
  const verdicts = await store.verdicts(run.key);
  return ok({
    app,
    repository: opened.value,
    input: { run, events, verdicts, now: app.clock.now() },
    run,
    remotes,
    place,
    forge: await app.forge(place),
    draft: wish.draft ?? configured.draft,
    wish,
    check: forgeCheck(settings.value.config),
    token: place.tellsGit ? { user: FORGES[place.kind].user, secret: token } : null,
  });
}

/** Where it is offered, and where it is pushed to. */
function addressesOf({
  target,
  push,
}: Remotes): Result<{ readonly to: RemoteAddress; readonly from: RemoteAddress }> {
  const crowd = [target, push].find(({ more }) => more.length > 0);
  if (crowd !== undefined) return manyAddresses(crowd);
  const [to, from] = [readRemote(target.url), readRemote(push.url)];
  if (to === null || from === null) {
    const odd = to === null ? target : push;
    const what = `the remote "${odd.name}" (${withoutLogin(odd.url)}) is no repository of a forge`;
    return no('no_forge', what, `see where it leads: git remote -v`);
  }
  return to.host === from.host ? ok({ to, from }) : elsewhere(to, from);
}

function placeOf(
  app: App,
  remotes: Remotes,
  { kind: wanted, api_url: configured, hosts }: Config['forge'],
): Result<ForgePlace> {
  const found = addressesOf(remotes);
  if (!found.ok) return found;
  const { to, from } = found.value;
  const { kind, isGuess } = knownHost(to.host, hosts, wanted);
  const { tokenNames, apiName, api } = FORGES[kind];
  const set = tokenNames.find((name) => valueOf(app, name) !== null) ?? tokenNames[0] ?? '';
  const token = valueOf(app, set);
  if (token === null) {
    const hint = `set ${set} to one that may write pull requests`;
    return no('auth', `there is no token for ${to.host}`, hint);
  }
  const named = configured ?? (apiName === null ? null : valueOf(app, apiName));
  if (named === null && isGuess) return unknownHost(to.host, kind, set);
  const address = named ?? api(to.host);
  return ok({
    kind,
    host: to.host,
    api: address.replace(/\/+$/u, ''),
    repository: to.repository,
    from: from.repository,
    token,
    tokenNames,
    tellsGit: from.http && (!isGuess || isApiOf(address, from.host)),
  });
}

/** What an empty variable says is nothing. */
function valueOf({ environment }: App, name: string): string | null {
  const value = environment[name] ?? '';
  return value === '' ? null : value;
}

/** Whoever gave the remote its address must not get the token by that. */
function unknownHost(host: string, kind: ForgeKind, variable: string): Result<never> {
  const what = `nobody has said that your ${variable} is for ${host}, so it was not asked`;
  const hint = `if it is, say so in ~/.config/tutti/config.yaml: forge: { hosts: { ${quoted(host)}: ${kind} } }`;
  return no('no_forge', what, hint);
}

/** A port needs it, in YAML. */
function quoted(host: string): string {
  return host.includes(':') ? `"${host}"` : host;
}

/** A token is for one of them, and git would push to all. */
function manyAddresses({ name, url, more }: Remote): Result<never> {
  const all = [url, ...more].map(withoutLogin).join(', ');
  const what = `the remote "${name}" leads to more than one place: ${all}`;
  const hint =
    'make a remote of its own for the forge: git remote add NAME ADDRESS, git config remote.pushDefault NAME';
  return no('no_forge', what, hint);
}

function elsewhere(to: RemoteAddress, from: RemoteAddress): Result<never> {
  const what = `it would be pushed to ${from.host} and offered to ${to.host}`;
  return no('no_forge', what, 'let both remotes be of one forge: git remote -v');
}

/** A person may have put a password into the address of a remote. */
function withoutLogin(url: string): string {
  return url.replace(/\/\/[^/@]*@/u, '//');
}

/** The one that an earlier call opened. */
async function ownPullRequest({ forge, run }: Offer): Promise<Result<PullRequest | null>> {
  const found = await forge.pullRequests(run.branch);
  if (!found.ok) return failed(found.problem);
  const ours = found.value.filter(({ body }) => bearsMark(body, run));
  return ok(ours.find(({ state }) => state === 'open') ?? ours[0] ?? null);
}

/** Nothing leaves the machine without a yes. */
async function refusal(
  { repository, run, input, remotes, place, draft }: Offer,
  before: PullRequest | null,
  confirm: Confirm,
): Promise<Result<never> | null> {
  const foreign = await foreignCommits(repository, run);
  const odd = [...unusual(input), ...(foreign === null ? [] : [foreign])];
  const what =
    before === null
      ? `open a ${draft ? 'draft ' : ''}pull request into ${run.baseBranch} of ${place.host}/${place.repository}`
      : `bring ${before.url} up to date`;
  const because = odd.length === 0 ? '' : `${odd.join('; ')}. `;
  const answer = await confirm(`${because}Push ${run.branch} to ${remotes.push.name} and ${what}?`);
  if (answer === true) return null;
  const hint = `look at it: tutti diff ${run.key}; do it: tutti pr ${run.key} --yes`;
  return no('needs_yes', `nothing was pushed: to ${what} needs a yes`, hint, 3);
}

function unusual({ run, verdicts }: ReportInput): readonly string[] {
  const findings = openFindings(verdicts).length;
  const unproven = run.tasks.filter(
    ({ status }) => status.state === 'completed' && status.proof === 'unproven',
  ).length;
  return [
    ...(run.status.state === 'completed' && run.status.outcome === 'full'
      ? []
      : [`${run.key} is not all that was planned`]),
    ...(unproven === 0 ? [] : [`no check has proven ${plural(unproven, 'task')}`]),
    ...(findings === 0 ? [] : [`${plural(findings, 'finding')} open`]),
  ];
}

async function pushBranch({ repository, run, remotes, token }: Offer): Promise<Result<null>> {
  const { name } = remotes.push;
  const pushed = await repository.push({
    remote: name,
    branch: run.branch,
    commit: run.head,
    token,
  });
  switch (pushed.kind) {
    case 'pushed':
    case 'there':
      return ok(null);
    case 'elsewhere': {
      const at = pushed.at === null ? '' : ` (${shortCommit(pushed.at)})`;
      const what = `${run.branch} at ${name} has commits that are not of ${run.key}${at}: nothing was pushed`;
      return no('elsewhere', what, `see them: git fetch ${name} ${run.branch}`, 1);
    }
    case 'failed': {
      const hint = `does "git push ${name}" work for you? then give the command again`;
      return no('push_failed', `${run.branch} was not pushed:\n${pushed.message}`, hint, 1);
    }
  }
}

async function openNew(offer: Offer): Promise<Result<Offered>> {
  const { run, forge, input, draft, app } = offer;
  const opened = await forge.open({
    branch: run.branch,
    base: run.baseBranch,
    title: app.secrets.redact(singleLine(run.title).slice(0, 200)),
    body: app.secrets.redact(pullRequestBody(input)),
    draft,
  });
  if (opened.ok) return done(offer, opened.value, 'opened');
  if (opened.problem.code !== 'exists' && opened.problem.code !== 'unreachable') {
    return failed(opened.problem);
  }
  // Somebody was faster, or only the answer was lost: then it is there, and bears our mark.
  const found = await ownPullRequest(offer);
  if (found.ok && found.value !== null) return done(offer, found.value, 'opened');
  return failed(opened.problem);
}

async function update(offer: Offer, before: PullRequest): Promise<Result<Offered>> {
  const body = offer.app.secrets.redact(pullRequestBody(offer.input, before.body));
  if (body === before.body) return done(offer, before, 'unchanged');
  const rewritten = await offer.forge.rewrite(before.number, body);
  return rewritten.ok ? done(offer, rewritten.value, 'updated') : failed(rewritten.problem);
}

async function over(offer: Offer, there: PullRequest): Promise<Result<Offered>> {
  if (there.state === 'merged') return done(offer, there, 'merged');
  const hint = 'reopen it there, then give the command again';
  return no('closed', `${there.url} was closed by somebody without merging it`, hint, 1);
}

/** Longest wait where none is configured. */
const WAIT_SECS = 1800;

type Kind = 'opened' | 'updated' | 'unchanged' | 'merged';

const WORDS: Readonly<Record<Kind, string>> = {
  opened: 'is offered',
  updated: 'was brought up to date',
  unchanged: 'is up to date',
  merged: 'was merged',
};

async function done(offer: Offer, made: PullRequest, kind: Kind): Promise<Result<Offered>> {
  const { run, app, wish, check } = offer;
  const { number, url, state, draft, mergedAt } = made;
  const tree = await offer.repository.treeOf(run.head);
  const before = run.offeredAs?.checked;
  const noted = { number, url, state, mergedAt };
  // It is on record before anything is waited for.
  const known = before?.tree === tree ? { ...noted, checked: before } : noted;
  const sent = await send(app, { type: 'note-offer', run: run.key, offeredAs: known });
  if (!sent.ok) return sent;
  const head = `${run.key} ${WORDS[kind]}: ${url}${draft && state === 'open' ? ' (draft)' : ''}`;
  const pullRequest = { run: run.key, number, url, state, draft, branch: run.branch, kind };
  if (!(wish.wait ?? check !== null)) {
    return ok({ json: { pullRequest }, text: () => head, checked: null });
  }
  wish.say(head);
  const waited = await waitForForge(offer.forge, app.clock, {
    ...(check ?? { name: 'forge', timeoutSecs: WAIT_SECS }),
    commit: run.head,
    tree,
    signal: wish.signal,
    say: wish.say,
  });
  if (waited.kind === 'refused') return failed(waited.problem);
  if (waited.kind === 'interrupted') {
    const what = `nobody waits any more for the checks of ${url}; it is offered all the same`;
    return no('interrupted', what, `wait for them: tutti pr ${run.key} --wait`, 1);
  }
  const checked = app.secrets.redactAll(waited.verdict);
  const offeredAs = { ...noted, checked };
  const kept = await send(app, { type: 'note-offer', run: run.key, offeredAs });
  if (!kept.ok) return kept;
  return ok({
    json: { pullRequest: { ...pullRequest, checked } },
    text: () => `${head}\n${checkedText(checked)}`,
    checked,
  });
}

function checkedText(checked: Verdict): string {
  const [, ...more] = sanitizeTerminal(checked.summary).split('\n');
  return [
    `${checked.ok ? '✓' : '✗'} ${verdictText(checked)}`,
    ...more.map((line) => `  ${line}`),
  ].join('\n');
}

function failed({ code, message, hint }: ForgeProblem): Result<never> {
  return no(code, message, hint, 1);
}
