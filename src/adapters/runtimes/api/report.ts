// What our own agent says on its standard output: one JSON document a line.

import type { Usage } from '../../../model/attempt.ts';
import type { Failure } from '../../../model/failure.ts';

/** Everything it says. */
export type Line =
  | { readonly type: 'session'; readonly id: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly summary: string }
  | { readonly type: 'tool_result'; readonly ok: boolean }
  | { readonly type: 'denied'; readonly name: string; readonly summary: string }
  /** All that was used so far. */
  | ({ readonly type: 'usage' } & Usage)
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'retry'; readonly message: string }
  /** It is at work, though there is nothing to say: an answer on its way, a command that takes long. */
  | { readonly type: 'beat' }
  | ({ readonly type: 'result' } & ApiEnd);

/** How it ended. */
export type ApiEnd =
  | { readonly ok: true; readonly text: string }
  | ({ readonly ok: false } & Failure);

/** Says a line. */
export type Say = (line: Line) => void;
