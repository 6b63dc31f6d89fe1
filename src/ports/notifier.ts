// How others hear of what happens: they are told once it is on disk, and nothing waits for them.

/** Something to be told. */
export interface Notice {
  /** Where to; an http or https address. It may hold a secret and is never shown whole. */
  readonly url: string;
  /** What it is signed with; `null` = it is not signed. */
  readonly secret: string | null;
  /** The same whenever the same thing is told again, so that who hears it twice can know. */
  readonly id: string;
  /** When it is told, epoch milliseconds. */
  readonly at: number;
  /** JSON. */
  readonly body: string;
}

/** What came of telling it. */
export type Told =
  | { readonly kind: 'told' }
  /** They do not want it, and will not want it later. */
  | { readonly kind: 'refused'; readonly why: string }
  /** They could not be reached, or are busy: it may be told again. */
  | { readonly kind: 'unreached'; readonly why: string };

/** Tells others. */
export interface Notifier {
  /** Tells something, once; an abort leaves it untold. Never throws. */
  tell(notice: Notice, signal: AbortSignal): Promise<Told>;
}
