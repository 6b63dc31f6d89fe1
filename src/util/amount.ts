// Amounts the way people read them.

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * Formats a span of time in at most two units, such as `42s`, `3m 05s`, `1h 02m` or `2d 03h`.
 *
 * @param ms - Milliseconds; negative counts as none.
 * @returns The span.
 */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return '0s';
  if (ms < 9950) return `${(ms / 1000).toFixed(1).replace(/\.0$/u, '')}s`;
  const secs = Math.round(ms / 1000);
  if (secs < 60) return `${secs}s`;
  const minutes = Math.floor(secs / 60);
  if (minutes < 60) return `${minutes}m ${two(secs % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/**
 * Formats an amount of money.
 *
 * @param usd - US dollars.
 * @returns The amount, such as `$1.25`; what is less than a cent is not called nothing.
 */
export function formatUsd(usd: number): string {
  if (usd > 0 && usd < 0.005) return '<$0.01';
  return `$${usd.toFixed(2)}`;
}

/**
 * Formats a large number briefly.
 *
 * @param count - How many, such as tokens.
 * @returns The number, such as `950`, `12.5k` or `3.1M`.
 */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  const [value, unit] = count < 999_950 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
  return `${value.toFixed(1).replace(/\.0$/u, '')}${unit}`;
}

/**
 * Formats an amount of disk space.
 *
 * @param bytes - How many bytes.
 * @returns The amount, such as `300 B`, `4 KiB` or `1.3 GiB`.
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  while (value >= 1023.95 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  return `${value.toFixed(1).replace(/\.0$/u, '')} ${units[0] ?? ''}`;
}

/**
 * Counts things in words.
 *
 * @param count - How many.
 * @param one - The word for one of them.
 * @param many - The word for several; `one` with an `s` when left out.
 * @returns Such as `1 task` or `3 tasks`.
 */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
