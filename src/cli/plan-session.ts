// A planning session on a terminal: a plan is looked at, talked about and changed, a letter and Enter at
// a time. Every change is a revision on disk before the next question, so there is nothing to lose: a
// session that ends in any way is gone on with by `tutti plan continue KEY`.

import { openPlan, revise } from '../app/edit-plan.ts';
import type { PlanEdit, Revised } from '../app/edit-plan.ts';
import { planText } from '../app/face.ts';
import { findRun } from '../app/find.ts';
import { withPast } from '../app/past.ts';
import { changeText, messageText, openProposal } from '../app/plan-talk.ts';
import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { send } from '../app/send.ts';
import { piecesOf, splitWish } from '../app/split-wish.ts';
import type { Command } from '../model/command.ts';
import type { PlanRevision, PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import { carryOn, finishMergeFirst } from './carry-on.ts';
import type { Context, Exit } from './context.ts';
import { editInEditor } from './plan-editor.ts';
import { judgeProposal, talk } from './plan-talk.ts';
import { sayProblem } from './problem.ts';
import { TypedLines } from './typed-lines.ts';
import { readTitle, taskNamed } from './typed-tasks.ts';

/** What an action leads to: the exit code, or the next question. */
type Next = Exit | 'menu';

/** The letters and what they do, in the order in which they are shown. */
const ACTIONS = [
  ['d', 'discuss'],
  ['a', 'add'],
  ['m', 'modify'],
  ['s', 'split'],
  ['r', 'remove'],
  ['v', 'view'],
  ['p', 'proceed'],
  ['e', 'editor'],
  ['q', 'later'],
] as const;
type Letter = (typeof ACTIONS)[number][0];

/**
 * Holds a planning session.
 *
 * @param context - What every verb works with.
 * @param run - The run, whose plan waits for approval.
 * @returns 0 when the plan is approved, 3 when it waits, 1 when the run is canceled.
 */
export async function holdSession(context: Context, run: Run): Promise<Result<Exit>> {
  const session = new PlanSession(context, run);
  try {
    return await session.hold();
  } finally {
    session.close();
  }
}

class PlanSession {
  readonly #context: Context;
  readonly #lines: TypedLines;
  #run: Run;
  #hinted = false;

  constructor(context: Context, run: Run) {
    this.#context = context;
    this.#run = run;
    this.#lines = new TypedLines(context);
  }

  close(): void {
    this.#lines.close();
  }

  async hold(): Promise<Result<Exit>> {
    await this.#view();
    const asked = openProposal(this.#run) === null ? 'menu' : await this.#judge();
    for (let next: Next = asked; ;) {
      if (next !== 'menu') return ok(next);
      const moved = await this.#look();
      if (moved !== null) return moved;
      const letter = await this.#choose();
      if (letter === null) return ok(this.#leave());
      const result = await this.#do(letter);
      if (result.ok) next = result.value;
      else this.#problem(result);
    }
  }

  get #plan(): PlanRevision {
    const plan = this.#run.plans.at(-1);
    if (plan === undefined) throw new Error(`${this.#run.key} has no plan`);
    return plan;
  }

  #say(text: string): void {
    const { outside, app } = this.#context;
    outside.stderr.write(`${app.secrets.redact(text)}\n`);
  }

  #problem({ problem }: Extract<Result<unknown>, { ok: false }>): void {
    const { outside, app } = this.#context;
    sayProblem(outside, { problem, secrets: app.secrets }, { json: false });
  }

  async #view(): Promise<void> {
    const { app, progressView } = this.#context;
    const proposal = await withPast(app, { run: this.#run, plan: this.#plan });
    this.#say(planText(proposal, progressView));
    for (const message of this.#run.discussion.slice(-4)) {
      this.#say(`\n${messageText(this.#run, message, progressView)}`);
    }
  }

  /** Reads the plan again; somebody else may have changed it, or decided about it. */
  async #look(): Promise<Result<Exit> | null> {
    const seen = this.#plan;
    const found = await findRun(this.#context.app, this.#run.key);
    if (!found.ok) return found;
    this.#run = found.value;
    const { state } = this.#run.status;
    if (state !== 'awaiting_approval' && state !== 'approved') {
      this.#say(
        `${this.#run.key} is ${state.replaceAll('_', ' ')} by now: tutti show ${this.#run.key}`,
      );
      return ok(state === 'canceled' || state === 'canceling' ? 1 : 3);
    }
    if (this.#plan.revision !== seen.revision) this.#moved(seen, this.#plan);
    return null;
  }

  /** Shows what somebody else has made of the plan meanwhile. */
  #moved(from: PlanRevision, to: PlanRevision): void {
    this.#say(`Meanwhile ${oneLine(to.by)} made revision ${to.revision}:`);
    this.#say(changeText(from.tasks, to.tasks, this.#context.progressView));
  }

  async #choose(): Promise<Letter | null> {
    const { width, style } = this.#context.progressView;
    for (;;) {
      if (!this.#hinted) {
        const words = ACTIONS.map(([letter, word]) => `${letter} ${word}`);
        this.#say(
          ['', ...wrapToWidth(words.join(' · '), width).map((line) => style.dim(line))].join('\n'),
        );
        this.#hinted = true;
      }
      const { key } = this.#run;
      const typed = await this.#lines.ask(`${style.cyan(`${key} r${this.#plan.revision}`)} > `);
      if (typed === null) return null;
      const word = typed.toLowerCase();
      this.#hinted = word !== '' && word !== '?' && word !== 'h' && word !== 'help';
      if (!this.#hinted) continue;
      const letter = letterOf(word);
      if (letter !== undefined) return letter;
      this.#say(`There is no "${oneLine(typed).slice(0, 40)}" here.`);
      this.#hinted = false;
    }
  }

  async #do(letter: Letter): Promise<Result<Next>> {
    switch (letter) {
      case 'd':
        return this.#discuss();
      case 'a':
        return this.#add();
      case 'm':
        return this.#modify();
      case 's':
        return this.#split();
      case 'r':
        return this.#remove();
      case 'e':
        return this.#edit();
      case 'p':
        return this.#proceed();
      case 'q':
        return ok(this.#leave());
      case 'v':
        await this.#view();
        return ok('menu');
    }
  }

  /** Nothing is decided: everything is on disk. */
  #leave(): Exit {
    const { key } = this.#run;
    this.#say(`${key} waits. Go on with: tutti plan continue ${key}`);
    return this.#lines.code ?? 3;
  }

  // ---- edits ----

  async #add(): Promise<Result<Next>> {
    const typed = await this.#lines.ask('Title of the new task: ');
    if (typed === null || typed === '') return this.#nothing(typed);
    const read = readTitle(typed, this.#plan.tasks);
    if (!read.ok) return read;
    const { title, after } = read.value;
    return this.#revise([{ kind: 'add', title, dependsOn: after ?? [] }]);
  }

  async #modify(): Promise<Result<Next>> {
    const task = await this.#task('Number of the task to modify: ');
    if (task === null || !task.ok) return task ?? this.#nothing(null);
    const { id, title } = task.value;
    this.#say(`${id}: ${oneLine(title)}`);
    const typed = await this.#lines.ask('New title, or field=value [as it is]: ');
    if (typed === null || typed === '') return this.#nothing(typed);
    const field = /^(?<name>[a-z_.]+)\s*=(?<value>.*)$/su.exec(typed)?.groups;
    if (field !== undefined) {
      const [name = '', value = ''] = [field['name'], field['value']];
      return this.#revise([{ kind: 'set', target: `${id}.${name}`, value: value.trim() }]);
    }
    const read = readTitle(typed, this.#plan.tasks);
    if (!read.ok) return read;
    const { title: named, after } = read.value;
    const set = (name: string, value: unknown): PlanEdit => {
      return { kind: 'set', target: `${id}.${name}`, value: JSON.stringify(value) };
    };
    return this.#revise([
      set('title', named),
      ...(after === null ? [] : [set('depends_on', after)]),
    ]);
  }

  async #split(): Promise<Result<Next>> {
    const task = await this.#task('Number of the task to split: ');
    if (task === null || !task.ok) return task ?? this.#nothing(null);
    const { id } = task.value;
    const into: string[] = [];
    for (;;) {
      const hint = into.length === 0 ? ' (empty = the planner proposes)' : ' (empty = done)';
      const typed = await this.#lines.ask(`Title of piece ${into.length + 1}${hint}: `);
      if (typed === null) return this.#nothing(null);
      if (typed === '') break;
      into.push(typed);
    }
    if (into.length > 0) return this.#revise([{ kind: 'split', id, into }]);
    if (this.#run.settings.replanner !== null) return this.#ask(splitWish(task.value));
    const pieces = piecesOf(this.#run, task.value);
    if (!pieces.ok) return pieces;
    for (const title of pieces.value) this.#say(`  ${oneLine(title)}`);
    const typed = await this.#lines.ask('Split it so? [y/N] ');
    if (!isYes(typed)) return this.#nothing(typed);
    return this.#revise([{ kind: 'split', id, into: pieces.value }]);
  }

  async #remove(): Promise<Result<Next>> {
    const task = await this.#task('Number of the task to remove: ');
    if (task === null || !task.ok) return task ?? this.#nothing(null);
    const { id, title } = task.value;
    const typed = await this.#lines.ask(`Remove ${id} "${oneLine(title)}"? [y/N] `);
    if (!isYes(typed)) return this.#nothing(typed);
    return this.#revise([{ kind: 'remove', id }]);
  }

  async #edit(): Promise<Result<Next>> {
    this.#lines.release();
    const opened = await openPlan(this.#context.app, this.#run.key);
    const revised = opened.ok ? await editInEditor(this.#context, opened.value) : opened;
    return revised.ok ? this.#revised(revised.value) : revised;
  }

  async #revise(edits: readonly PlanEdit[]): Promise<Result<Next>> {
    const revised = await revise(this.#context.app, this.#run.key, edits);
    return revised.ok ? this.#revised(revised.value) : revised;
  }

  #revised({ run, plan, from, notes }: Revised): Result<Next> {
    const { progressView: view } = this.#context;
    if (from.revision !== this.#plan.revision) this.#moved(this.#plan, from);
    this.#run = run;
    if (plan.revision === from.revision) this.#say('Nothing changed.');
    else {
      this.#say(`Revision ${plan.revision}:`);
      this.#say(changeText(from.tasks, plan.tasks, view));
    }
    for (const note of notes) this.#say(note);
    return ok('menu');
  }

  #nothing(typed: string | null): Result<Next> {
    if (typed === null) return ok(this.#leave());
    this.#say('Nothing changed.');
    return ok('menu');
  }

  /** The task that a number or an id stands for; `null` = nobody answers. */
  async #task(label: string): Promise<Result<PlanTask> | null> {
    const { tasks } = this.#plan;
    for (;;) {
      const typed = await this.#lines.ask(label);
      if (typed === null) return null;
      const named = taskNamed(typed, tasks);
      if (named.ok || typed === '') return named;
      this.#problem(named);
    }
  }

  // ---- the planner ----

  async #discuss(): Promise<Result<Next>> {
    const typed = await this.#lines.ask('Your question or wish: ');
    if (typed === null || typed === '') return this.#nothing(typed);
    return this.#ask(typed);
  }

  #ask(text: string): Promise<Result<Next>> {
    const { app } = this.#context;
    return this.#talk({ type: 'discuss-plan', run: this.#run.key, by: app.person, text });
  }

  async #talk(
    saying: Extract<Command, { type: 'discuss-plan' | 'reject-plan' }>,
  ): Promise<Result<Next>> {
    this.#lines.release();
    const said = this.#run.discussion.length + 1;
    const revision = this.#plan.revision;
    const talked = await talk(this.#context, saying);
    if (!talked.ok) return talked;
    const { run, code } = talked.value;
    this.#run = run;
    for (const message of run.discussion.slice(said)) {
      this.#say(messageText(run, message, this.#context.progressView));
    }
    if (code !== null || run.status.state === 'planning') {
      this.#leave();
      return ok(code ?? 3);
    }
    if (this.#plan.revision !== revision) await this.#view();
    return ok(openProposal(run) === null ? 'menu' : await this.#judge());
  }

  async #judge(): Promise<Next> {
    const label = 'Take this change? [y/N] ';
    let typed = await this.#lines.ask(label);
    // What is left cannot be taken any more: a slip of the finger leaves nothing.
    while (typed !== null && !/^(?:y|yes|n|no|)$/iu.test(typed)) {
      this.#say('y takes it, n or Enter leaves it.');
      typed = await this.#lines.ask(label);
    }
    if (typed === null) return this.#leave();
    const before = this.#plan;
    const judged = await judgeProposal(this.#context, this.#run, isYes(typed));
    if (!judged.ok) this.#problem(judged);
    else {
      this.#run = judged.value;
      const taken = this.#plan.revision !== before.revision;
      this.#say(taken ? `Revision ${this.#plan.revision}.` : 'Left as it is.');
    }
    return 'menu';
  }

  // ---- approval ----

  async #proceed(): Promise<Result<Next>> {
    const { app } = this.#context;
    const { key, status } = this.#run;
    const { revision } = this.#plan;
    if (status.state === 'awaiting_approval') {
      const word = await this.#decision();
      if (word === null || word === 'later') return ok(this.#leave());
      if (word === 'back') return ok('menu');
      if (word === 'reject') return this.#reject();
      const said = await send(app, { type: 'approve-plan', run: key, by: app.person, revision });
      if (!said.ok) return said;
      this.#say(said.value.text);
    }
    const typed = await this.#lines.ask('Carry it out now? [y/N] ');
    if (!isYes(typed)) {
      this.#say(`Next: tutti plan execute ${key}`);
      return ok(this.#lines.code ?? 0);
    }
    this.#lines.close();
    await finishMergeFirst(this.#context);
    return carryOn(this.#context, [key], false);
  }

  async #decision(): Promise<'approve' | 'reject' | 'later' | 'back' | null> {
    for (;;) {
      const label = `Approve revision ${this.#plan.revision}? approve, reject, back or later [later]: `;
      const typed = await this.#lines.ask(label);
      if (typed === null || typed === '') return typed === null ? null : 'later';
      const word = typed.toLowerCase();
      if (word === 'y' || word === 'yes') return 'approve';
      const meant = (['approve', 'reject', 'back', 'later'] as const).find((one) =>
        one.startsWith(word),
      );
      if (meant !== undefined) return meant;
    }
  }

  async #reject(): Promise<Result<Next>> {
    const { app } = this.#context;
    const { key } = this.#run;
    const { revision } = this.#plan;
    const command = { type: 'reject-plan', run: key, by: app.person, revision } as const;
    if (this.#run.settings.replanner !== null) {
      const reason = await this.#lines.ask('Why? It is planned again (empty = end the run): ');
      if (reason === null) return this.#nothing(null);
      if (reason !== '') return this.#talk({ ...command, reason });
    }
    const said = await send(app, command);
    if (!said.ok) return said;
    this.#say(said.value.text);
    return ok(1);
  }
}

function letterOf(typed: string): Letter | undefined {
  return ACTIONS.find(([letter, word]) => letter === typed || word === typed)?.[0];
}

function isYes(typed: string | null): boolean {
  return typed !== null && /^y(?:es)?$/iu.test(typed);
}
