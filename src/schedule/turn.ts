// One turn of the coordinator: the events it has decided so far and the world they make. Local to a
// call of `decide`, which is pure from the outside.

import type { Seen } from '../model/base.ts';
import type { Answer } from '../model/command.ts';
import type { Event, RunEvent } from '../model/event.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Desk, World } from '../model/world.ts';
import { apply } from './apply.ts';
import { taskAt } from './moves.ts';

/** One turn of the coordinator. */
export class Turn {
  readonly now: number;
  readonly events: RunEvent[] = [];
  readonly answers: { id: number; answer: Answer }[] = [];
  #world: World;

  constructor(world: World, now: number) {
    this.#world = world;
    this.now = now;
  }

  get world(): World {
    return this.#world;
  }

  get desk(): Desk {
    return this.#world.desk;
  }

  /** Lets something happen. */
  emit(run: RunKey, event: Event): void {
    const happened: RunEvent = { run, at: this.now, event };
    this.#world = apply(this.#world, happened);
    this.events.push(happened);
  }

  /** Changes the coordinator's own circumstances, which are no events. */
  setDesk(desk: Desk): void {
    this.#world = { ...this.#world, desk };
  }

  /** Takes a run on; one that is to end even by a holder without slots, for that needs none. */
  drive(run: RunKey): void {
    this.setDesk({ ...this.desk, driven: new Set([...this.desk.driven, run]) });
  }

  /** Takes on what is being taken out of a run, nothing else of it. */
  takeOut(run: RunKey): void {
    this.setDesk({ ...this.desk, undoing: new Set([...(this.desk.undoing ?? []), run]) });
  }

  /** Notes where the branches of a run are; `null` = that has to be looked at again. */
  see(run: RunKey, seen: Seen | null): void {
    const all = new Map(this.desk.seen);
    if (seen === null) all.delete(run);
    else all.set(run, seen);
    this.setDesk({ ...this.desk, seen: all });
  }

  run(key: RunKey): Run {
    const run = this.#world.runs.get(key);
    if (run === undefined) throw new RangeError(`no run ${key}`);
    return run;
  }

  task(key: TaskKey): Task {
    return taskAt(this.run(key.slice(0, key.lastIndexOf('.'))), key);
  }
}
