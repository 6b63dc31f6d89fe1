import { boundedText } from '../../util/bounded-text.ts';
import { isRecord } from '../../util/is-record.ts';

const TELLING = [
  'command',
  'file_path',
  'filePath',
  'path',
  'pattern',
  'url',
  'query',
  'description',
];

/**
 * Says what a tool is used on.
 *
 * @param input - What the tool was given.
 * @returns The most telling part of it in a line; empty where there is none.
 */
export function summarizeInput(input: unknown): string {
  if (!isRecord(input)) return '';
  const value = TELLING.map((key) => input[key]).find((item) => typeof item === 'string');
  return typeof value === 'string' ? boundedText(value, 200).replaceAll(/\s+/gu, ' ') : '';
}
