// Anthropic's Messages.

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

/** Plays `POST …/v1/messages`. */
export const anthropic: Dialect = {
  name: 'anthropic',
  speaks: (path) => path.endsWith('/messages'),
  read: (body) => ({
    model: string(body['model']),
    stream: body['stream'] === true,
    schema: null,
    tools: objects(body['tools']).map((tool) => ({
      name: string(tool['name']),
      schema: object(tool['input_schema']),
      freeform: false,
    })),
    turns: [
      { role: 'system', text: textIn(body['system']), failed: false },
      ...objects(body['messages']).flatMap(turnsOf),
    ],
  }),
  reply,
  error: ({ status, message, retry_after_secs: after, resets_in_secs: resets }, now) => ({
    headers: {
      ...(after !== undefined && { 'retry-after': String(after) }),
      ...(resets !== undefined && {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(Math.ceil(now / 1000 + resets)),
        'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      }),
    },
    body: { type: 'error', error: { type: ERRORS[status] ?? 'api_error', message: message ?? '' } },
  }),
};

const ERRORS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** A message of text is one turn; results of tools and text beside them are a turn each. */
function turnsOf(message: Json): Turn[] {
  const role = message['role'] === 'assistant' ? 'assistant' : 'user';
  const { content } = message;
  const blocks = objects(content);
  const results = blocks.filter(({ type }) => type === 'tool_result');
  if (results.length === 0) return [{ role, text: textIn(content), failed: false }];
  const said = textIn(blocks.filter(({ type }) => type !== 'tool_result'));
  return [
    ...results.map((block): Turn => ({
      role: 'tool',
      text: textIn(block['content']),
      failed: block['is_error'] === true,
    })),
    ...(said === '' ? [] : [{ role, text: said, failed: false } as const]),
  ];
}

function reply({ model }: Asked, spoken: Spoken): Reply {
  const content = blockOf(spoken);
  const stop = 'call' in spoken ? 'tool_use' : 'refuse' in spoken ? 'refusal' : 'end_turn';
  const whole = {
    id: id('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content: [content],
    stop_reason: stop,
    stop_sequence: null,
    usage: {
      input_tokens: USED.input,
      output_tokens: USED.output,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: USED.cached,
    },
  };
  return { whole, events: events(whole, spoken) };
}

function blockOf(spoken: Spoken): Json {
  if (!('call' in spoken)) return { type: 'text', text: saidBy(spoken) };
  const { tool, input } = spoken.call;
  return { type: 'tool_use', id: id('toolu'), name: tool.name, input };
}

function saidBy(spoken: Exclude<Spoken, { call: unknown }>): string {
  return 'say' in spoken ? spoken.say : spoken.refuse;
}

function named(data: Json): readonly [string, Json] {
  return [string(data['type']), data];
}

function* events(whole: Json, spoken: Spoken): Reply['events'] {
  const usage = object(whole['usage']);
  const begun = { ...whole, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  yield named({ type: 'message_start', message: begun });
  const isCall = 'call' in spoken;
  const [block = {}] = objects(whole['content']);
  const empty = isCall ? { ...block, input: {} } : { type: 'text', text: '' };
  yield named({ type: 'content_block_start', index: 0, content_block: empty });
  const parts = isCall ? [JSON.stringify(spoken.call.input)] : pieces(saidBy(spoken));
  for (const part of parts) {
    const delta = isCall
      ? { type: 'input_json_delta', partial_json: part }
      : { type: 'text_delta', text: part };
    yield named({ type: 'content_block_delta', index: 0, delta });
  }
  yield named({ type: 'content_block_stop', index: 0 });
  const delta = { stop_reason: whole['stop_reason'], stop_sequence: null };
  yield named({ type: 'message_delta', delta, usage: { output_tokens: USED.output } });
  yield named({ type: 'message_stop' });
}

function id(kind: string): string {
  return `${kind}_${randomUUID().replaceAll('-', '')}`;
}
