import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { readAnswerFile } from '../../src/adapters/runtimes/answer-file.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readWorkAnswer } from '../../src/model/answer.ts';
import { readChecked } from '../../src/util/checked-yaml.ts';
import { lastJsonDocument } from '../../src/util/last-json.ts';

interface Hostile {
  readonly id: string;
  readonly kind: string;
  readonly format: 'yaml' | 'json';
  readonly target?: 'any' | 'config';
  readonly expect: 'reject' | 'either';
  readonly base64?: string;
  readonly gen?: readonly { readonly b64: string; readonly times: number }[];
}

const documents: Hostile[] = readFileSync(new URL('documents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const document: Hostile = JSON.parse(line);
    return document;
  });

function bytesOf({ base64, gen }: Hostile): Buffer {
  const pieces = gen ?? [{ b64: base64 ?? '', times: 1 }];
  return Buffer.concat(
    pieces.map(({ b64, times }) => {
      const piece = Buffer.from(b64, 'base64');
      return Buffer.alloc(piece.length * times, piece);
    }),
  );
}

/** The text of a document; `null` when it is not UTF-8, which whoever reads the file finds out. */
function textOf(hostile: Hostile): string | null {
  const bytes = bytesOf(hostile);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function load(text: string): ReturnType<typeof loadConfig> {
  const project = { path: 'config.yaml', text };
  return loadConfig({ project, person: null, environment: {}, flags: {} });
}

test.each(documents)('$id ($kind) gives a value or problems with places', (hostile) => {
  const text = textOf(hostile);
  if (text === null) return;
  // JSON is read as YAML, which takes some of what JSON forbids: only the configuration refuses all.
  if (hostile.target === 'any') {
    const read = readChecked(text, z.unknown());
    if (hostile.expect === 'reject') expect(read.ok).toBe(false);
    if (!read.ok) for (const each of read.problems) expect(each.line).toBeGreaterThan(0);
  }
  const loaded = load(text);
  // A document that says nothing at all is a good configuration.
  if (hostile.expect === 'reject' && text.trim() !== '') expect(loaded.ok, text).toBe(false);
  if (!loaded.ok) {
    expect(loaded.problems.length).toBeGreaterThan(0);
    for (const problem of loaded.problems) {
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.column).toBeGreaterThan(0);
      expect(problem.message).not.toBe('');
    }
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('as the answer of an agent each of them is no answer, for a reason', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-answers-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'result.json');
  for (const hostile of documents) {
    writeFileSync(path, bytesOf(hostile));
    const file = readAnswerFile(path);
    expect(file.kind, hostile.id).not.toBe('none');
    if (file.kind === 'broken')
      expect(file.problem, hostile.id).toContain('the file with the answer');
    if (file.kind === 'answer')
      expect(readWorkAnswer(file.value), hostile.id).toHaveProperty('problem');
    const said = lastJsonDocument(bytesOf(hostile).toString('utf8'));
    if (said !== undefined) expect(readWorkAnswer(said), hostile.id).toHaveProperty('problem');
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});
