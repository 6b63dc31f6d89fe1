import { z } from 'zod';

import { configSchema } from './schema.ts';

/**
 * Describes the configuration file for editors.
 *
 * @returns A JSON Schema of what a file may say.
 */
export function configJsonSchema(): unknown {
  return { ...z.toJSONSchema(configSchema, { io: 'input' }), title: 'tutti configuration' };
}
