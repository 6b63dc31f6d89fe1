// Gemini's generateContent and streamGenerateContent.

import { randomUUID } from 'node:crypto';

import {
  object,
  objects,
  pieces,
  string,
  textIn,
  USED,
  type Asked,
  type Dialect,
  type Json,
  type Reply,
  type Spoken,
  type Turn,
} from '../model-request.ts';

/** Plays `POST …/models/MODEL:streamGenerateContent`. */
export const gemini: Dialect = {
  name: 'gemini',
  speaks: (path) => /:(?:streamG|g)enerateContent$/u.test(path),
  read: (body, path) => {
    const config = object(body['generationConfig']);
    const schema = config['responseJsonSchema'] ?? config['responseSchema'];
    return {
      model: /models\/(?<model>[^:/]+)/u.exec(path)?.groups?.['model'] ?? '',
      stream: path.endsWith(':streamGenerateContent'),
      schema: schema === undefined ? null : object(schema),
      tools: objects(body['tools'])
        .flatMap((group) => objects(group['functionDeclarations']))
        .map((tool) => ({
          name: string(tool['name']),
          schema: object(tool['parametersJsonSchema'] ?? tool['parameters']),
          freeform: false,
        })),
      turns: [
        {
          role: 'system',
          text: textIn(object(body['systemInstruction'])['parts']),
          failed: false,
        },
        ...objects(body['contents']).flatMap(turnsOf),
      ],
    };
  },
  reply,
  error,
};

function turnsOf(content: Json): Turn[] {
  const parts = objects(content['parts']);
  const results = parts.filter((part) => part['functionResponse'] !== undefined);
  if (results.length === 0) {
    const role = content['role'] === 'model' ? 'assistant' : 'user';
    return [{ role, text: textIn(parts), failed: false }];
  }
  return results.map((part) => {
    const { response } = object(part['functionResponse']);
    return { role: 'tool', text: JSON.stringify(response), failed: 'error' in object(response) };
  });
}

function reply({ model }: Asked, spoken: Spoken): Reply {
  const used = USED.input + USED.cached;
  const head = { modelVersion: model, responseId: randomUUID() };
  const usageMetadata = {
    promptTokenCount: used,
    cachedContentTokenCount: USED.cached,
    candidatesTokenCount: USED.output,
    totalTokenCount: used + USED.output,
  };
  const reason = 'refuse' in spoken ? 'SAFETY' : 'STOP';
  const candidate = (parts: readonly Json[], more: Json = {}): Json => ({
    ...head,
    candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
  });
  const said = partsOf(spoken);
  const ended = { finishReason: reason };
  const last = said.at(-1);
  return {
    whole: { ...candidate(said, ended), usageMetadata },
    events: [
      ...said.slice(0, -1).map((part) => [null, candidate([part])] as const),
      [null, { ...candidate(last === undefined ? [] : [last], ended), usageMetadata }] as const,
    ],
  };
}

function partsOf(spoken: Spoken): Json[] {
  // What is refused here has no words.
  if ('refuse' in spoken) return [];
  if ('say' in spoken) return pieces(spoken.say).map((text) => ({ text }));
  const { tool, input } = spoken.call;
  return [{ functionCall: { id: `fc-${randomUUID()}`, name: tool.name, args: input } }];
}

const STATES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function error(fail: Parameters<Dialect['error']>[0]): ReturnType<Dialect['error']> {
  const { status, message, retry_after_secs: after, resets_in_secs: resets } = fail;
  const wait = resets ?? after;
  const details =
    wait === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${wait}s` }];
  const told = {
    code: status,
    message: message ?? 'it failed',
    status: STATES[status] ?? 'UNKNOWN',
  };
  return {
    headers: {},
    body: { error: details.length === 0 ? told : { ...told, details } },
  };
}
