// What a look shows: to scripts as JSON, to people as text.

import type { View } from '../report/view.ts';

export type { View } from '../report/view.ts';

/** What a use case shows. */
export interface Shown {
  /** The one JSON document of `--json`. */
  readonly json: unknown;
  /** The answer for people. */
  text(view: View): string;
}
