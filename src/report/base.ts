// What a run has of other people's commits, in words and as JSON.

import type { Run } from '../model/run.ts';
import type { RunJson } from './json-shapes.ts';
import { shortCommit } from './view.ts';

const STATES = {
  judging: 'is being judged',
  publishing: 'is coming in',
  refused: 'waits for an answer',
} as const;

type Based = Pick<Run, 'base' | 'baseBranch' | 'baseCommit'>;

/**
 * Says what has become of the base branch since a run began.
 *
 * @param run - The run.
 * @returns Such as `, with abc1234 of it since`; empty where nothing has.
 */
export function sinceText({ base, baseCommit }: Based): string {
  const { merged, update } = base;
  const has = merged === baseCommit ? '' : `, brought up to date with ${shortCommit(merged)}`;
  if (update === null) return has;
  const what = update.kind === 'base' ? 'what is new there' : 'what a person has committed to it';
  return `${has}; ${what} (${shortCommit(update.commit)}) ${STATES[update.status.state]}`;
}

/**
 * Says it for programs.
 *
 * @param run - The run.
 * @returns The newest commit of the base that it has, what comes in and what has come in.
 */
export function baseJson({ base, baseBranch: branch }: Based): RunJson['base'] {
  const { merged: commit, landed, update: coming } = base;
  const update =
    coming === null
      ? null
      : { kind: coming.kind, commit: coming.commit, state: coming.status.state };
  return { branch, commit, update, landed };
}

/**
 * Lists what has come onto a run's branch from elsewhere, for its report.
 *
 * @param run - The run.
 * @returns Lines of markdown; none where nothing has.
 */
export function broughtIn({ base }: Based): readonly string[] {
  if (base.landed.length === 0) return [];
  return [
    '',
    ...base.landed.map(({ kind, commit, head, proof }) => {
      const what = kind === 'base' ? 'Its base' : 'What a person has committed to it';
      const how = proof === 'proven' ? 'passed its checks' : '**unproven**';
      return `- ${what} at ${shortCommit(commit)} came in as ${shortCommit(head)}: ${how}.`;
    }),
  ];
}
