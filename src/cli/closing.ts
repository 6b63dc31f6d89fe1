/** Streams that somebody may stop reading. */
interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Hears when nobody reads any more (`tutti help | head`): that is no error of anybody's.
 *
 * @param streams - The program's streams.
 * @returns Aborted as soon as stdout is closed.
 */
export function hearClosing({ stdout, stderr }: Streams): AbortSignal {
  const closed = new AbortController();
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // EIO: the terminal is gone.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    closed.abort();
  });
  return closed.signal;
}
