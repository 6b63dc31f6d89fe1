// The store of the simulated world: rows in memory, written by the same batches as the real one.

import type { Ask } from '../../src/model/ask.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import type { Answer, Command } from '../../src/model/command.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { RunKey } from '../../src/model/key.ts';
import { runOf, taskNumber } from '../../src/model/key.ts';
import type { Run } from '../../src/model/run.ts';
import type { Task } from '../../src/model/task.ts';
import type { Batch, InboxItem, Written } from '../../src/ports/store.ts';

interface Rows {
  run: Run;
  readonly tasks: Task[];
  readonly attempts: Attempt[][];
  readonly asks: Map<string, Ask>;
  readonly plans: Run['plans'][number][];
  readonly discussion: Run['discussion'][number][];
}

/** Rows, log, lease and inbox, in memory. */
export class SimulatedStore {
  readonly log: RunEvent[] = [];
  epoch = 0;
  /** The next write finds no room. */
  full = false;
  readonly answers: Map<number, Answer> = new Map();
  readonly #rows = new Map<RunKey, Rows>();
  #inbox: InboxItem[] = [];
  #lastId = 0;

  /** Takes the lease over. */
  take(): number {
    this.epoch += 1;
    return this.epoch;
  }

  submit(command: Command): number {
    this.#lastId += 1;
    this.#inbox.push({ id: this.#lastId, command });
    return this.#lastId;
  }

  get pending(): readonly InboxItem[] {
    return this.#inbox;
  }

  /** Writes all of it or nothing. */
  write(batch: Batch): Written {
    if (batch.epoch !== this.epoch) return { kind: 'superseded' };
    if (this.full) return { kind: 'full', message: 'no space left on device' };
    this.log.push(...batch.events);
    for (const run of batch.runs) this.#rowsOf(run).run = run;
    for (const task of batch.tasks) this.#of(task.run).tasks[task.number - 1] = task;
    for (const attempt of batch.attempts) {
      const { attempts } = this.#of(runOf(attempt.task));
      (attempts[taskNumber(attempt.task) - 1] ??= [])[attempt.number - 1] = attempt;
    }
    for (const ask of batch.asks) this.#of(ask.run).asks.set(ask.key, ask);
    for (const { run, message } of batch.messages) {
      this.#of(run).discussion[message.number - 1] = message;
    }
    for (const { run, plan } of batch.plans) this.#of(run).plans[plan.revision - 1] = plan;
    for (const { id, answer } of batch.answers) {
      if (this.answers.has(id)) throw new Error(`command ${id} is answered twice`);
      this.answers.set(id, answer);
      this.#inbox = this.#inbox.filter((item) => item.id !== id);
    }
    return { kind: 'written' };
  }

  /** The runs as their rows say. */
  runs(): Map<RunKey, Run> {
    return new Map([...this.#rows].map(([key, rows]) => [key, read(rows)]));
  }

  #rowsOf(run: Run): Rows {
    const rows = this.#rows.get(run.key);
    if (rows !== undefined) return rows;
    const made: Rows = { run, tasks: [], attempts: [], asks: new Map(), plans: [], discussion: [] };
    this.#rows.set(run.key, made);
    return made;
  }

  #of(key: RunKey): Rows {
    const rows = this.#rows.get(key);
    if (rows === undefined) throw new Error(`a row of ${key}, of which there is no run`);
    return rows;
  }
}

function read({ run, tasks, attempts, asks, plans, discussion }: Rows): Run {
  return {
    ...run,
    tasks: tasks.map((task, index) => ({ ...task, attempts: [...(attempts[index] ?? [])] })),
    asks: [...asks.values()],
    plans: [...plans],
    discussion: [...discussion],
  };
}
