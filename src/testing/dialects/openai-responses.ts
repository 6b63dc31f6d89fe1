// OpenAI's Responses.

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

/** Plays `POST …/v1/responses`. */
export const openAiResponses: Dialect = {
  name: 'openai-responses',
  speaks: (path) => path.endsWith('/responses'),
  read: (body) => {
    const { schema } = object(object(body['text'])['format']);
    const tools = objects(body['tools']).filter(
      ({ type }) => type === 'function' || type === 'custom',
    );
    const instructions = textIn(body['instructions']);
    return {
      model: string(body['model']),
      stream: body['stream'] === true,
      schema: schema === undefined ? null : object(schema),
      tools: tools.map((tool) => ({
        name: string(tool['name']),
        schema: object(tool['parameters']),
        freeform: tool['type'] === 'custom',
      })),
      turns: [
        { role: 'system', text: instructions, failed: false },
        ...(typeof body['input'] === 'string'
          ? [{ role: 'user' as const, text: body['input'], failed: false }]
          : objects(body['input']).map(turnOf)),
      ],
    };
  },
  reply,
  error: openAiError,
};

function turnOf(item: Json): Turn {
  const text = textIn(item);
  if (string(item['type']).endsWith('_output')) {
    // The API has no place for it; this is how the shell of Codex says it.
    return { role: 'tool', text, failed: /exited with code [1-9]/u.test(text) };
  }
  const { role } = item;
  if (role === 'developer' || role === 'system') return { role: 'system', text, failed: false };
  return { role: role === 'user' ? role : 'assistant', text, failed: false };
}

function reply({ model }: Asked, spoken: Spoken): Reply {
  const item = itemOf(spoken);
  const refused = 'refuse' in spoken;
  const used = USED.input + USED.cached;
  const whole = {
    id: id('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: refused ? 'incomplete' : 'completed',
    incomplete_details: refused ? { reason: 'content_filter' } : null,
    model,
    output: [item],
    usage: {
      input_tokens: used,
      input_tokens_details: { cached_tokens: USED.cached },
      output_tokens: USED.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: used + USED.output,
    },
  };
  return { whole, events: events(whole, item) };
}

function itemOf(spoken: Spoken): Json {
  const done = { status: 'completed' };
  if ('call' in spoken) {
    const { tool, input } = spoken.call;
    const call = { call_id: id('call'), name: tool.name, ...done };
    return tool.freeform
      ? { type: 'custom_tool_call', id: id('ctc'), ...call, input }
      : { type: 'function_call', id: id('fc'), ...call, arguments: JSON.stringify(input) };
  }
  const content =
    'say' in spoken
      ? { type: 'output_text', text: spoken.say, annotations: [] }
      : { type: 'refusal', refusal: spoken.refuse };
  return { type: 'message', id: id('msg'), role: 'assistant', ...done, content: [content] };
}

function* events(whole: Json, item: Json): Reply['events'] {
  let sequence = 0;
  const named = (data: Json): readonly [string, Json] => {
    sequence += 1;
    return [string(data['type']), { ...data, sequence_number: sequence }];
  };
  const begun = { ...whole, status: 'in_progress', output: [], usage: null };
  yield named({ type: 'response.created', response: begun });
  const [content] = objects(item['content']);
  const place = { output_index: 0, item_id: item['id'], content_index: 0 };
  const opened = content === undefined ? item : { ...item, status: 'in_progress', content: [] };
  yield named({ type: 'response.output_item.added', output_index: 0, item: opened });
  if (content !== undefined) yield* messageParts(content, (data) => named({ ...place, ...data }));
  yield named({ type: 'response.output_item.done', output_index: 0, item });
  yield named({ type: `response.${string(whole['status'])}`, response: whole });
}

// The pieces of a message: text, or the words of a refusal.
function* messageParts(
  content: Json,
  named: (data: Json) => readonly [string, Json],
): Generator<readonly [string, Json]> {
  const kind = content['type'] === 'refusal' ? 'refusal' : 'output_text';
  const text = string(content['text'] ?? content['refusal']);
  const part = kind === 'refusal' ? { ...content, refusal: '' } : { ...content, text: '' };
  yield named({ type: 'response.content_part.added', part });
  for (const delta of pieces(text)) yield named({ type: `response.${kind}.delta`, delta });
  const whole = kind === 'refusal' ? { refusal: text } : { text };
  yield named({ type: `response.${kind}.done`, ...whole });
  yield named({ type: 'response.content_part.done', part: content });
}

function id(kind: string): string {
  return `${kind}_${randomUUID().replaceAll('-', '')}`;
}
