// Every command in every state has an answer, breaks no machine and leaves nothing undecided.

import { describe, expect, it } from 'vitest';

import { decide } from '../../src/schedule/decide.ts';
import { CASES, COMMANDS, PAUSES, give } from './every-command.ts';

describe.each(Object.keys(COMMANDS))('tutti %s', (words) => {
  const command = COMMANDS[words];
  it.each(CASES)('with the run $run and its task $place', (on) => {
    if (command === undefined) throw new Error(words);
    for (const paused of PAUSES) {
      for (const draining of [false, true]) {
        const { decision, answer } = give(command, on, { paused, draining });
        if (answer === undefined) throw new Error('no answer');
        if (answer.ok) expect(answer.text).toMatch(/\S/u);
        else {
          expect(answer.code).toMatch(/^[a-z_]+$/u);
          expect(answer.message).toMatch(/\S/u);
          expect(answer.hint).toMatch(/\S/u);
        }
        // Everything that follows has happened already.
        expect(decide(decision.world, [], 10_000).events).toEqual([]);
        // Given again at once it has an answer as well.
        const input = { type: 'command', id: 2, command } as const;
        expect(decide(decision.world, [input], 10_000).answers).toHaveLength(1);
      }
    }
  });
});
