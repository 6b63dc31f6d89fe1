import type { Network, SandboxForm } from '../ports/sandbox.ts';

/** How it stands with the sandbox on this machine and in this configuration. */
export type SandboxState =
  /** The person wants none. */
  | { readonly kind: 'off' }
  | {
      readonly kind: 'works';
      readonly form: SandboxForm;
      readonly program: string;
      /** Why it is not a stronger form. */
      readonly weaker: string | null;
      readonly network: Network;
      readonly read: readonly string[];
      readonly write: readonly string[];
      readonly personHome: string | null;
    }
  | {
      readonly kind: 'missing';
      readonly cause: string;
      readonly remedy: string;
      /** The configuration asks for one: then nothing runs without. */
      readonly required: boolean;
      /** The person said that agents may run without, on this machine. */
      readonly accepted: boolean;
    };
