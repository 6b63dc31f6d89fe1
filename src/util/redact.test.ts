import { expect, test } from 'vitest';

import { redactor, streamRedactor } from './redact.ts';

const KNOWN = 'p4ss/wörd "& <more>?';
const SHAPES: readonly string[] = [
  `sk-ant-api03-${'aB3_'.repeat(12)}`,
  `sk-proj-${'x9Y'.repeat(14)}`,
  `sk-${'A1b2'.repeat(12)}`,
  `ghp_${'a1B2'.repeat(9)}`,
  `gho_${'a1B2'.repeat(9)}`,
  `github_pat_11ABCDE0${'k_7'.repeat(20)}`,
  `glpat-${'x-9_Z'.repeat(4)}`,
  'AKIAIOSFODNN7EXAMPLE',
  `AIza${'Sy3-_'.repeat(7)}`,
  'xoxb-1234567890-abcdefGHIJKL',
  `npm_${'a1B2'.repeat(9)}`,
  `sk_live_${'a1B2'.repeat(6)}`,
  `hf_${'aBc9'.repeat(9)}`,
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
  `-----BEGIN RSA PRIVATE KEY-----\n${`${'MIIEpAIBAAKCAQEA'.repeat(4)}\n`.repeat(20)}-----END RSA PRIVATE KEY-----`,
];

function pieces(text: string, size: number, known: readonly string[] = []): string {
  const stream = streamRedactor(known)();
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    out.push(stream.push(bytes.subarray(at, at + size)));
  }
  return Buffer.concat([...out, stream.end()]).toString();
}

test.each(SHAPES)('finds a key by what it looks like: %s', (key) => {
  const redact = redactor([]);
  expect(redact(`it is ${key} there`)).toBe('it is [redacted] there');
  expect(redact(key)).toBe('[redacted]');
  expect(redact(JSON.stringify({ text: `first\n${key}\n` }))).toBe(
    '{"text":"first\\n[redacted]\\n"}',
  );
  expect(redact(`\u001B[31m${key}\u001B[0m`)).toBe('\u001B[31m[redacted]\u001B[0m');
});

test('finds a known secret in every form it may take', () => {
  const redact = redactor([KNOWN]);
  const forms = [
    KNOWN,
    JSON.stringify(KNOWN).slice(1, -1),
    JSON.stringify(JSON.stringify(KNOWN).slice(1, -1)).slice(1, -1),
    encodeURIComponent(KNOWN),
    new URLSearchParams({ a: 'p4ss/wörd' }).toString().slice(2),
    Buffer.from(KNOWN).toString('base64'),
    Buffer.from(KNOWN).toString('hex'),
  ];
  for (const form of forms)
    expect(redactor([KNOWN, 'p4ss/wörd'])(`<${form}>`)).toBe('<[redacted]>');
  for (const before of ['', 'u', 'us', 'user:']) {
    const encoded = Buffer.from(`${before}${KNOWN}@host`).toString('base64');
    expect(redact(encoded)).toContain('[redacted]');
  }
});

test('leaves what is no secret as it is', () => {
  const text =
    'task-management of disk-usage sk-fading-circle; AKIA; eyJhb; -----BEGIN CERTIFICATE-----\nMIIB';
  expect(redactor([])(text)).toBe(text);
  // A word, a short value and a number are not taken out of every text.
  const plain = redactor(['development', 'abc', '12345678', '        ', 'aaaaaaaa']);
  expect(plain('development abc 12345678 aaaaaaaa')).toBe('development abc 12345678 aaaaaaaa');
});

test('is the same said twice', () => {
  const redact = redactor([KNOWN]);
  const once = redact(`${KNOWN} ${SHAPES.join(' ')}`);
  expect(redact(once)).toBe(once);
});

test.each([1, 2, 7, 64, 1000])('finds secrets that come in pieces of %d bytes', (size) => {
  const text = `start ${KNOWN} and ${SHAPES.join(' then ')} bearer ${'tok9'.repeat(8)} "${KNOWN}" énd`;
  expect(pieces(text, size, [KNOWN])).toBe(redactor([KNOWN])(text));
});

test('lets bytes that are no text go through as they are', () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, at) => (at * 7) % 256);
  const stream = streamRedactor([KNOWN])();
  const out = Buffer.concat([
    stream.push(bytes.subarray(0, 500)),
    stream.push(bytes.subarray(500)),
  ]);
  expect(Buffer.concat([out, stream.end()])).toEqual(Buffer.from(bytes));
});

test('holds little back, whatever comes', () => {
  for (const unit of ['x', 'ghp_', '-----BEGIN RSA PRIVATE KEY-----', 'bearer ', 'p4ss/w']) {
    const stream = streamRedactor([KNOWN])();
    const chunk = Buffer.from(unit.repeat(20_000));
    let kept = 0;
    for (let round = 0; round < 20; round += 1) kept += chunk.length - stream.push(chunk).length;
    const rest = stream.end();
    expect(rest.length).toBeLessThan(20_000);
    if (unit === 'x') expect(kept).toBe(rest.length);
  }
});

test('takes a key out that is longer than what is held back', () => {
  const key = `ghp_${'a1B2'.repeat(20_000)}`;
  expect(pieces(`${key} end`, 1000)).toBe('[redacted] end');
});

test('gives a line that ends at once', () => {
  const stream = streamRedactor([KNOWN])();
  expect(Buffer.from(stream.push(Buffer.from('a line\n'))).toString()).toBe('a line\n');
});
