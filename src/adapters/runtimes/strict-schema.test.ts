import { expect, it } from 'vitest';

import { WORK_ANSWER_SCHEMA } from '../../model/answer.ts';
import { isRecord } from '../../util/is-record.ts';
import { strictSchema, withoutNulls } from './strict-schema.ts';

/** Every object in it requires all it names, and takes nothing else. */
function expectStrict(schema: unknown): void {
  if (!isRecord(schema)) throw new Error('no schema');
  expect(schema['type']).toBeDefined();
  if (isRecord(schema['items'])) expectStrict(schema['items']);
  if (!isRecord(schema['properties'])) return;
  expect(schema['required']).toEqual(Object.keys(schema['properties']));
  expect(schema['additionalProperties']).toBe(false);
  for (const part of Object.values(schema['properties'])) expectStrict(part);
}

it.each([
  ['work', WORK_ANSWER_SCHEMA],
  [
    'a list',
    {
      type: 'object',
      properties: {
        tasks: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              agent: { type: 'string', enum: ['a', 'b'] },
              depends_on: { type: 'array', items: { type: 'string' } },
              estimate: { type: 'object', properties: { usd: { type: 'number' } } },
            },
          },
        },
      },
    },
  ],
])('makes the schema of %s strict', (_name, schema) => {
  const strict = strictSchema(schema);
  expect(strict).not.toBeNull();
  expectStrict(strict);
});

it('says that what may be left out may be null', () => {
  const properties = {
    a: { type: 'string' },
    b: { enum: ['x'] },
    c: { type: 'number', pattern: 'p' },
  };
  expect(strictSchema({ type: 'object', properties, required: ['a'] })).toEqual({
    type: 'object',
    properties: {
      a: { type: 'string' },
      b: { type: ['string', 'null'], enum: ['x', null] },
      c: { type: ['number', 'null'], pattern: 'p' },
    },
    required: ['a', 'b', 'c'],
    additionalProperties: false,
  });
});

it('has no strict form of what takes anything', () => {
  expect(strictSchema({ type: 'object' })).toBeNull();
  expect(strictSchema({ type: 'array' })).toBeNull();
  const map = { type: 'object', properties: {}, additionalProperties: { type: 'string' } };
  expect(strictSchema({ type: 'object', properties: { map } })).toBeNull();
});

it('leaves out what an answer has nothing to say about', () => {
  expect(withoutNulls({ a: null, b: [{ c: null, d: 0 }, 'x'], e: false })).toEqual({
    b: [{ d: 0 }, 'x'],
    e: false,
  });
});
