import { once } from 'node:events';

import { expect, it } from 'vitest';

import { deferredSession, startedLate } from './deferred-session.ts';

it('fails a session whose files the system refuses, in its own words', async () => {
  const refused = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  });
  const session = deferredSession(
    Promise.resolve().then(() =>
      startedLate(() => {
        throw refused;
      }),
    ),
  );
  session.stop();
  for await (const event of session.events) expect(event).toBeNull();
  expect((await session.result).failure).toEqual({
    reason: 'setup_failed',
    message: refused.message,
  });
});

it('leaves a bug to whoever waits for the result, and to nobody else', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', hear);
  const session = deferredSession(
    Promise.resolve().then(() =>
      startedLate(() => {
        throw new TypeError('a bug');
      }),
    ),
  );
  session.stop();
  session.answer('1', true);
  await expect(session.result).rejects.toThrow('a bug');
  // Rejections that nobody hears are told before the next turn of the loop.
  const turn = new MessageChannel();
  turn.port2.postMessage(null);
  await once(turn.port1, 'message');
  turn.port1.close();
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
