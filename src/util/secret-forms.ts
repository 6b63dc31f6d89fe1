// The ways in which one known secret may stand in a text.

/** What is shorter is no secret: taking it out of every text would only spoil them. */
const LEAST_LETTERS = 8;
/** A line of a secret of many lines, such as a private key, is told by itself from this length on. */
const TELLING_LINE = 24;
/** A single plain word below this length is a word (`development`), not a secret. */
const LONGEST_WORD = 16;

/**
 * Lists the texts by which known secrets are found: as they are, escaped for JSON (once and twice),
 * for an address, in hexadecimal, and in base64 wherever they stand in what was encoded.
 *
 * @param known - The secrets.
 * @returns The texts, the longest first, none twice.
 */
export function secretForms(known: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const value of known) {
    const whole = value.trim();
    const lines = whole.split(/\r?\n/u).map((line) => line.trim());
    const parts = lines.length > 1 ? lines.filter((line) => line.length >= TELLING_LINE) : [];
    for (const secret of [whole, ...parts]) {
      if (isTelling(secret)) for (const form of formsOf(secret)) forms.add(form);
    }
  }
  return [...forms].toSorted((a, b) => b.length - a.length);
}

/**
 * Tells whether a value can be taken for a secret wherever it is found.
 *
 * @param value - The value of a variable whose name says that it holds a secret.
 * @returns False for what is short, or a plain word or number that texts may hold for other reasons.
 */
function isTelling(value: string): boolean {
  if (value.length < LEAST_LETTERS) return false;
  const plain = /^(?:[a-z]+|[A-Z]+|\d+|(.)\1*)$/su.test(value);
  return !plain || value.length >= LONGEST_WORD;
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const address = encodeAddress(secret);
  const hex = bytes.toString('hex');
  return [
    secret,
    ...jsonForms(secret),
    address,
    address.replaceAll(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase()),
    address.replaceAll('%20', '+'),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ];
}

/** A lone surrogate cannot be encoded; then there is no such form. */
function encodeAddress(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret;
  }
}

function jsonForms(secret: string): string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  // Some writers escape what could end a script element as well, and some every slash.
  const careful = once.replaceAll(
    /[<>&]/gu,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
  return [once, twice, careful, once.replaceAll('/', '\\/')];
}

/**
 * Encodes a secret the three ways it can come out, depending on how many bytes stand before it; what
 * depends on the bytes around it is left out.
 *
 * @param bytes - The secret.
 * @returns The middles of its encodings, in both alphabets; and the whole encoding by itself.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms = [bytes.toString('base64'), bytes.toString('base64url')];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const middle = encoded.slice(start, end);
    forms.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms.filter((form) => form.length >= LEAST_LETTERS);
}
