// How long work took in this project so far: what forecasts go by.

import type { History } from '../model/history.ts';
import { NO_HISTORY } from '../model/history.ts';
import { historyOf } from '../plan/expect.ts';
import type { App } from './app.ts';

/**
 * Reads how long work took so far.
 *
 * @param app - The application.
 * @returns What the finished tasks say; nothing where the store cannot be read.
 */
export async function past(app: App): Promise<History> {
  const store = await app.store();
  return store.ok ? historyOf(await store.value.pastTasks()) : NO_HISTORY;
}

/**
 * Adds the past to what is forecast by it.
 *
 * @param app - The application.
 * @param about - What is forecast.
 * @returns Both.
 */
export async function withPast<T extends object>(
  app: App,
  about: T,
): Promise<T & { readonly history: History }> {
  return { ...about, history: await past(app) };
}
