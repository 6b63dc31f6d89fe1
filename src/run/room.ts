// Room on the disk. While there is none nothing starts: the reserve is given up to write that down,
// and nothing goes on before it is held again.

import type { Reserve } from '../ports/reserve.ts';
import type { Input } from '../schedule/input.ts';
import { formatBytes } from '../util/amount.ts';
import { saysNoRoom } from '../util/no-room.ts';

/** Commands after which a run goes on. */
const GO_ON: ReadonlySet<string> = new Set(['drive', 'resume', 'answer', 'retry']);

/** Knows whether there is room to go on. */
export class Room {
  readonly #reserve: Reserve;
  #lacking: string | null = null;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
  }

  /** Where there is no room; `null` = there is, as far as is known. */
  get lacking(): string | null {
    return this.#lacking;
  }

  /** Takes the reserve before anything goes on because of what was heard. */
  async look(inputs: readonly Input[]): Promise<void> {
    if (!inputs.some((input) => input.type === 'command' && GO_ON.has(input.command.type))) return;
    const { bytes, path } = this.#reserve;
    const held = await this.#reserve.hold();
    this.#lacking = held ? null : `${formatBytes(bytes)} are needed for ${path}`;
  }

  /** Gives the reserve up, because something could not be written. */
  async giveUp(message: string): Promise<void> {
    this.#lacking = message;
    await this.#reserve.giveUp();
  }

  /** Tells whether what went wrong did so for want of room. */
  async isWhy(cause: unknown): Promise<boolean> {
    return saysNoRoom(messageOf(cause)) || (await this.#reserve.isTight().catch(() => false));
  }
}

/**
 * Says what went wrong.
 *
 * @param cause - What was thrown.
 * @returns Its message.
 */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
