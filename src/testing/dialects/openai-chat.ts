// OpenAI's Chat Completions, which many other providers speak too.

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
import { openAiError } from './openai-errors.ts';

/** Plays `POST …/v1/chat/completions`. */
export const openAiChat: Dialect = {
  name: 'openai-chat',
  speaks: (path) => path.endsWith('/chat/completions'),
  read: (body) => ({
    model: string(body['model']),
    stream: body['stream'] === true,
    schema: schemaOf(body),
    tools: objects(body['tools']).map((tool) => {
      const told = object(tool['function']);
      return { name: string(told['name']), schema: object(told['parameters']), freeform: false };
    }),
    turns: objects(body['messages']).map((message) => ({
      role: roleOf(message['role']),
      text: textIn(message['content']),
      failed: false,
    })),
  }),
  reply,
  error: openAiError,
};

function schemaOf(body: Json): Json | null {
  const { schema } = object(object(body['response_format'])['json_schema']);
  return schema === undefined ? null : object(schema);
}

function roleOf(role: unknown): Turn['role'] {
  if (role === 'system' || role === 'developer') return 'system';
  return role === 'assistant' || role === 'tool' ? role : 'user';
}

function reply({ model }: Asked, spoken: Spoken): Reply {
  const head = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const usage = {
    prompt_tokens: USED.input + USED.cached,
    completion_tokens: USED.output,
    total_tokens: USED.input + USED.cached + USED.output,
    prompt_tokens_details: { cached_tokens: USED.cached },
  };
  const message = messageOf(spoken);
  const reason = 'call' in spoken ? 'tool_calls' : 'refuse' in spoken ? 'content_filter' : 'stop';
  const choices = [{ index: 0, message, finish_reason: reason }];
  return {
    whole: { ...head, object: 'chat.completion', choices, usage },
    events: events({ ...head, object: 'chat.completion.chunk' }, message, { reason, usage }),
  };
}

function messageOf(spoken: Spoken): Json {
  if ('say' in spoken) return { role: 'assistant', content: spoken.say };
  if ('refuse' in spoken) return { role: 'assistant', content: null, refusal: spoken.refuse };
  const { tool, input } = spoken.call;
  const told = { name: tool.name, arguments: JSON.stringify(input) };
  const call = { id: `call_${randomUUID()}`, type: 'function', function: told };
  return { role: 'assistant', content: null, tool_calls: [call] };
}

function* events(
  head: Json,
  message: Json,
  end: { readonly reason: string; readonly usage: Json },
): Reply['events'] {
  const chunk = (delta: Json, reason: string | null): readonly [null, Json] => [
    null,
    { ...head, choices: [{ index: 0, delta, finish_reason: reason }] },
  ];
  const { content, tool_calls: calls } = message;
  if (typeof content === 'string') {
    for (const part of pieces(content)) yield chunk({ role: 'assistant', content: part }, null);
  } else if (calls === undefined) yield chunk(message, null);
  else {
    const numbered = objects(calls).map((call, index) => Object.assign({ index }, call));
    yield chunk({ ...message, tool_calls: numbered }, null);
  }
  yield chunk({}, end.reason);
  yield [null, { ...head, choices: [], usage: end.usage }];
  yield [null, '[DONE]'];
}
