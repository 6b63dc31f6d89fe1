// What a task hands to others beside its change: files it puts into its outbox, and words for the
// run's context.

/** A file that was published. */
export interface PublishedFile {
  /** Below the folder of what its task published, parts joined by `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** What became of an outbox. */
export interface Published {
  readonly files: readonly PublishedFile[];
  /** What was not taken, each with the reason; names are fit to be shown. */
  readonly refused: readonly { readonly name: string; readonly why: string }[];
  /** So many more were not taken. */
  readonly moreRefused: number;
  /** Whether it adds to the run's context. */
  readonly note: boolean;
}
