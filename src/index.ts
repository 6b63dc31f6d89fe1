// The public API: the use cases that the command line is made of, for other programs.
//
//   const opened = openProject({ dir: '.', environment: process.env, flags: {} });
//   if (opened.ok) { const run = await newRun(opened.value, { goal: '…', … }); … }

// ---- a project and what can be done in it ----
export { compose as openProject } from './compose.ts';
export type { Call } from './compose.ts';
export type { App, LoadedSettings } from './app/app.ts';
export { newRun } from './app/new-run.ts';
export type { NewRun } from './app/new-run.ts';
export type { RunRequest } from './app/run-request.ts';
export { proceed } from './app/proceed.ts';
export type { Approver, Proceeded } from './app/proceed.ts';
export type { Carrier } from './app/carry.ts';
export { send } from './app/send.ts';
export type { Said } from './app/send.ts';
export type { ExitCode, Problem, Result } from './app/result.ts';

// ---- what exists ----
export type { Agent } from './model/agent.ts';
export type { Ask } from './model/ask.ts';
export type { Attempt, AttemptOutcome, CancelReason, Change } from './model/attempt.ts';
export type { Command } from './model/command.ts';
export type { Event, EventType, RunEvent } from './model/event.ts';
export type { Failure, FailureReason } from './model/failure.ts';
export { parseKey } from './model/key.ts';
export type { ParsedKey } from './model/key.ts';
export type { Check, PlanRevision, PlanTask, TaskKind } from './model/plan.ts';
export type { Run, RunState } from './model/run.ts';
export type { Task, TaskState } from './model/task.ts';
export type { Verdict } from './model/verdict.ts';
