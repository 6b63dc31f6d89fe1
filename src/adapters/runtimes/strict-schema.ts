// OpenAI takes only a strict form of JSON schema: every object names all its properties, requires
// them and takes no others. What may be left out is said as what may be null.

import { isRecord } from '../../util/is-record.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the strict form knows; anything else would make it refuse the whole schema. */
const KEPT = [
  'description',
  'enum',
  'const',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
];

/**
 * Makes a schema strict.
 *
 * @param schema - The schema.
 * @returns The strict one; `null` where there can be none, such as for an object of any properties.
 */
export function strictSchema(schema: Schema): Schema | null {
  const type = typeOf(schema);
  if (type === null) return null;
  const kept = Object.fromEntries(
    KEPT.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])),
  );
  if (type === 'object') return strictObject(schema, kept);
  if (type !== 'array') return { type, ...kept };
  const items = isRecord(schema['items']) ? strictSchema(schema['items']) : null;
  return items === null ? null : { type, ...kept, items };
}

function strictObject(schema: Schema, kept: Schema): Schema | null {
  const { properties, required, additionalProperties: more } = schema;
  if (!isRecord(properties) || isRecord(more)) return null;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const strict: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    const part = isRecord(value) ? strictSchema(value) : null;
    if (part === null) return null;
    strict[name] = needed.includes(name) ? part : orNull(part);
  }
  return {
    type: 'object',
    ...kept,
    properties: strict,
    required: Object.keys(strict),
    additionalProperties: false,
  };
}

function orNull(schema: Schema): Schema {
  const { type, enum: values } = schema;
  const nullable = { ...schema, type: [type, 'null'] };
  if (!Array.isArray(values)) return nullable;
  const known: readonly unknown[] = values;
  return { ...nullable, enum: [...known, null] };
}

function typeOf({ type, enum: values }: Schema): string | null {
  if (typeof type === 'string') return type;
  const isText = Array.isArray(values) && values.every((value) => typeof value === 'string');
  return type === undefined && isText ? 'string' : null;
}

/**
 * Leaves out what an answer to a strict schema says is null: there was nothing to say.
 *
 * @param value - The answer.
 * @returns The answer to the schema as it was before.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null ? [] : [[key, withoutNulls(item)]],
    ),
  );
}
