// Whether there is a sandbox here to try things with. Where there is none, what needs one is skipped,
// and the reason is part of the test's name.

import { createSandbox } from '../src/adapters/sandbox/sandbox.ts';
import type { Network, Sandbox, SandboxProbe } from '../src/ports/sandbox.ts';

/** The sandbox of this machine. */
export const sandbox: Sandbox = createSandbox(process.env);

/** What looking for it found. */
export const found: SandboxProbe = await sandbox.probe('full');

/** What looking for one that cuts the network found. */
export const foundCut: SandboxProbe = await sandbox.probe('none' satisfies Network);

/** Said in the names of tests that are skipped. */
export const skipped: string = found.works ? '' : ` (skipped: ${found.cause})`;
