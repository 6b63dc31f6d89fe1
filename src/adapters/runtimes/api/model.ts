// Makes the model of a provider. Only the one package that is needed is loaded.

import type { LanguageModel, ModelMessage } from 'ai';

import { fetchByProxy } from './fetch-by-proxy.ts';
import type { ApiJob } from './job.ts';

/** What of the request differs by provider. */
export interface Model {
  readonly model: LanguageModel;
  readonly options: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /** Marks what the provider may keep, so that it is not paid for in full at every step. */
  readonly keep: (messages: readonly ModelMessage[]) => ModelMessage[];
}

const AS_IT_IS = (messages: readonly ModelMessage[]): ModelMessage[] => [...messages];

/**
 * Makes the model.
 *
 * @param job - Names provider, model, address and key.
 * @returns The model.
 */
export async function makeModel(job: ApiJob): Promise<Model> {
  const { key: apiKey, baseUrl } = job;
  const byProxy = fetchByProxy(process.env);
  const settings = { apiKey, fetch: byProxy, ...(baseUrl !== null && { baseURL: baseUrl }) };
  switch (job.provider) {
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return { model: createAnthropic(settings)(job.model), options: {}, keep: keepForAnthropic };
    }
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      // Nothing of a person's code stays there because of us.
      const options = { openai: { store: false } };
      return { model: createOpenAI(settings)(job.model), options, keep: AS_IT_IS };
    }
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const provider = createOpenAICompatible({
        name: 'compatible',
        baseURL: baseUrl ?? '',
        fetch: byProxy,
        includeUsage: true,
        ...(apiKey !== '' && { apiKey }),
      });
      return { model: provider(job.model), options: {}, keep: AS_IT_IS };
    }
    case 'google': {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      const provider = createGoogleGenerativeAI(settings);
      return { model: provider(job.model), options: {}, keep: AS_IT_IS };
    }
  }
}

/** Anthropic keeps what stands before a mark: the newest message, hence all before it. */
function keepForAnthropic(messages: readonly ModelMessage[]): ModelMessage[] {
  const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } };
  return messages.map((message, index) =>
    index === messages.length - 1 ? { ...message, providerOptions } : message,
  );
}
