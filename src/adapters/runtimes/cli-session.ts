// What all runtimes have in common that are programs of their own: a supervised process, a reader
// of its output, and one result made of how it ended and what was read.

import { readWorkAnswer, reportFromText } from '../../model/answer.ts';
import type { AgentReport, Usage } from '../../model/attempt.ts';
import { NO_USAGE } from '../../model/attempt.ts';
import { failure, type Failure } from '../../model/failure.ts';
import { readReviewAnswer } from '../../model/review.ts';
import type { AgentEvent, AttemptResult, AttemptSpec, Session } from '../../ports/agent-runtime.ts';
import type {
  ProcessEnd,
  ProcessSpec,
  ProcessSupervisor,
  SupervisedProcess,
} from '../../ports/process.ts';
import type { Confinement } from '../../ports/sandbox.ts';
import { lastJsonDocument } from '../../util/last-json.ts';
import { readAnswerFile } from './answer-file.ts';
import { endpointsOf } from './endpoints.ts';
import { EventQueue } from './event-queue.ts';

/** A process that ended without us: by itself or by a signal of somebody else. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last bytes of stderr. */
  readonly stderr: string;
}

/** What a reader made of the output. */
export interface Outcome {
  readonly failure: Failure | null;
  /** The structured answer, where the runtime has one of its own. */
  readonly structured: unknown;
  /** What it said last: where an answer may be found. */
  readonly text: string;
  /** The summary where there is no answer. */
  readonly summary: string;
}

/** Reads what one process prints. */
export interface OutputReader {
  /** Takes the next bytes of stdout and tells what happened. */
  read(chunk: Uint8Array): readonly AgentEvent[];
  /** Takes the end of stdout. */
  end(): readonly AgentEvent[];
  /** Takes the next bytes of stderr, where they tell anything; true = it is no use to go on. */
  readError?(chunk: Uint8Array): boolean;
  /** Judges a process that was not ended by us, or that its reader has given up. */
  outcome(exit: Exit): Outcome;
  /** Why it is silent, where that is known. */
  readonly trouble?: Failure | null;
  /** What is known so far; also after a time limit. */
  readonly sessionId: string | null;
  readonly tokens: Usage;
  /** `null` = not known. */
  readonly costUsd: number | null;
}

/** Talks with one process instead of only reading what it prints. */
export interface Conversation {
  /** Talks until there is nothing more to say; reads stdout to its end. */
  hold(process: SupervisedProcess, push: (event: AgentEvent) => void): Promise<void>;
  /** It is about to be stopped. */
  breakOff(): void;
  /** See `Session.answer`. */
  answer(id: string, allow: boolean): void;
}

/** A process to start and who reads it. */
export interface CliStart {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** Whether thousands of these are started; see `ProcessSpec`. */
  readonly plain?: boolean;
  readonly reader: OutputReader;
  /** Where it is talked with: its input stays open, and its reader only judges. */
  readonly conversation?: Conversation;
  /** What it may see and do, where that is more than the attempt's; see `ProcessSpec`. */
  readonly confine?: Confinement | null;
  /** What to install when the program is missing. */
  readonly hint: string;
  /** Asked when it ended by itself: what to start instead, in the same attempt. */
  readonly instead?: (stderr: string) => CliStart | null;
}

/**
 * Runs one program as an agent's session.
 *
 * @param supervisor - Starts and ends the process.
 * @param spec - What the agent is to do.
 * @param start - The process.
 * @returns The session.
 */
export function startCliSession(
  supervisor: ProcessSupervisor,
  spec: AttemptSpec,
  start: CliStart,
): Session {
  const events = new EventQueue();
  const control: Control = { stops: 0, process: null };
  const result = run(supervisor, spec, start, { events, control });
  return {
    events,
    result,
    stop: () => {
      control.stops += 1;
      start.conversation?.breakOff();
      control.process?.stop();
    },
    answer: (id, allow) => start.conversation?.answer(id, allow),
  };
}

/**
 * Makes a session that failed before there was a process.
 *
 * @param why - The failure.
 * @returns The session, at its end.
 */
export function failedSession(why: Failure): Session {
  const events = new EventQueue();
  events.end();
  const result = Promise.resolve({ ...EMPTY, failure: why });
  return { events, result, stop: () => {}, answer: () => {} };
}

interface Control {
  /** How often `stop` was called: what is started later is stopped as often. */
  stops: number;
  process: SupervisedProcess | null;
}

interface Live {
  readonly events: EventQueue;
  readonly control: Control;
}

const EMPTY: AttemptResult = {
  failure: null,
  stopped: false,
  structured: undefined,
  report: reportFromText(''),
  sessionId: null,
  tokens: NO_USAGE,
  costUsd: 0,
};

/** What a process of the runtime may see and do; a plain command has no model to reach. */
function confinedBy(start: CliStart, spec: AttemptSpec): Pick<ProcessSpec, 'confine'> {
  const confine = start.confine ?? spec.confine ?? null;
  if (confine === null || confine.network === 'full' || spec.command !== null) return { confine };
  const { args, api } = spec.settings;
  const endpoints = endpointsOf(start.env, [...args, api?.baseUrl ?? '']);
  // Each once: a port of the loopback can be listened on only once.
  const all = new Set([...confine.endpoints, ...endpoints]);
  return { confine: { ...confine, endpoints: [...all] } };
}

async function run(
  supervisor: ProcessSupervisor,
  spec: AttemptSpec,
  start: CliStart,
  live: Live,
): Promise<AttemptResult> {
  const { reader } = start;
  const process = supervisor.start({
    argv: start.argv,
    cwd: spec.cwd,
    env: start.env,
    mark: spec.mark,
    ...confinedBy(start, spec),
    stdin: start.stdin,
    keepsInput: start.conversation !== undefined,
    plain: start.plain ?? false,
    logPath: spec.logPath,
    logLimitBytes: spec.logLimitBytes,
    timeoutMs: spec.timeoutMs,
    idleTimeoutMs: spec.idleTimeoutMs,
    limits: spec.limits,
    mayStart: spec.mayStart,
    onStderr: (chunk) => {
      if (reader.readError?.(chunk) === true) process.stop();
    },
  });
  live.control.process = process;
  for (let stops = 0; stops < live.control.stops; stops += 1) process.stop();
  const bug = await drain(process, start, live.events);
  const end = await process.ended;
  if (end.kind === 'exited' && live.control.stops === 0) {
    const next = start.instead?.(process.stderrTail()) ?? null;
    if (next !== null) return run(supervisor, spec, next, live);
  }
  live.events.end();
  const givenUp = end.kind === 'stopped' && live.control.stops === 0;
  const stopped = !givenUp && (end.kind === 'stopped' || end.kind === 'refused');
  const judged = stopped ? NOTHING : judge(end, start, spec, process.stderrTail());
  const outcome = bug === null ? judged : { ...judged, failure: failure('internal', bug) };
  const result = { ...toResult(spec, outcome, reader), stopped };
  // What never ran has used nothing.
  const ran = end.kind !== 'refused' && end.kind !== 'not_started';
  return ran ? result : { ...result, costUsd: 0 };
}

async function drain(
  process: SupervisedProcess,
  { reader, conversation }: CliStart,
  events: EventQueue,
): Promise<string | null> {
  let open = 0;
  const push = (event: AgentEvent): void => {
    events.push(event);
    if (event.type === 'tool_use') open += 1;
    else if (event.type === 'tool_result') open = Math.max(0, open - 1);
    else return;
    process.tools(open);
  };
  try {
    if (conversation !== undefined) {
      await conversation.hold(process, push);
      return null;
    }
    for await (const chunk of process.stdout) reader.read(chunk).forEach(push);
    reader.end().forEach(push);
    return null;
  } catch (error) {
    // Whatever goes wrong in here, the process does not stay behind and the result is not lost.
    process.stop();
    process.stop();
    return `reading the output failed: ${String(error)}`;
  }
}

const NOTHING: Outcome = { failure: null, structured: undefined, text: '', summary: '' };

/** What the end of the process means. */
function judge(end: ProcessEnd, start: CliStart, spec: AttemptSpec, stderr: string): Outcome {
  switch (end.kind) {
    case 'exited':
      return start.reader.outcome({ code: end.code, signal: end.signal, stderr });
    case 'timeout':
      return {
        ...NOTHING,
        failure: failure('timeout', `still running after ${secs(spec.timeoutMs)}`),
      };
    case 'idle_timeout': {
      const silent = failure('idle_timeout', `no output for ${secs(spec.idleTimeoutMs ?? 0)}`);
      return { ...NOTHING, failure: start.reader.trouble ?? silent };
    }
    case 'limit':
      return { ...NOTHING, failure: failure('limit', end.message) };
    case 'not_started': {
      const why = `cannot start ${start.argv[0] ?? 'the program'}: ${end.message}`;
      const message = start.hint === '' ? why : `${why}\n${start.hint}`;
      return { ...NOTHING, failure: failure('agent_error', message) };
    }
    case 'stopped':
      return start.reader.outcome({ code: null, signal: null, stderr });
    case 'refused':
      return NOTHING;
  }
}

function secs(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** An answer counts from where it is meant to be; for work, only where it can be read as one. */
function toResult(spec: AttemptSpec, outcome: Outcome, reader: OutputReader): AttemptResult {
  const given = outcome.failure === null ? answersOf(spec, outcome) : NO_ANSWER;
  const structured = given.values.find((value) => wrongWith(spec, value) === null);
  const isAsked = outcome.failure === null && structured === undefined;
  const invalid = isAsked ? problemOf(spec, given) : null;
  const answer = structured === undefined ? null : readWorkAnswer(structured);
  // A plan is its own summary: the document is kept as such, and is no text for people.
  const isDocument = spec.answer !== 'work' && structured !== undefined;
  const report: AgentReport =
    spec.answer === 'work' && answer !== null && !('problem' in answer)
      ? answer
      : reportFromText(isDocument ? '' : outcome.summary);
  const gaveUp = outcome.failure === null && report.status === 'failed';
  return {
    failure: gaveUp
      ? failure('agent_error', report.summary === '' ? 'the agent gave up' : report.summary)
      : outcome.failure,
    stopped: false,
    structured,
    ...(invalid !== null && { invalid }),
    report,
    sessionId: reader.sessionId,
    tokens: reader.tokens,
    costUsd: reader.costUsd,
  };
}

interface Answers {
  readonly values: readonly unknown[];
  /** What was meant to be an answer; what else is JSON in a text may be anything. */
  readonly meant: unknown;
  /** Why the file with the answer cannot be read. */
  readonly broken: string | null;
}

const NO_ANSWER: Answers = { values: [], meant: undefined, broken: null };

function answersOf(spec: AttemptSpec, outcome: Outcome): Answers {
  const file = readAnswerFile(spec.resultPath);
  const written = file.kind === 'answer' ? file.value : undefined;
  const said = lastJsonDocument(outcome.text);
  // Commands print what they like.
  const sign = spec.answer === 'review' ? 'verdict' : 'status';
  const isMeant = spec.command === null && said !== undefined && sign in said;
  return {
    values: [outcome.structured, written, said].filter((value) => value !== undefined),
    meant: outcome.structured ?? written ?? (isMeant ? said : undefined),
    broken: file.kind === 'broken' ? file.problem : null,
  };
}

function problemOf(spec: AttemptSpec, { meant, broken }: Answers): string | null {
  // Words alone are a report of work, but no review.
  const isOwed =
    spec.answer === 'review' ? 'there is no answer of the shape that is asked for' : null;
  if (meant === undefined)
    return spec.answer === 'work' || isOwed !== null ? (broken ?? isOwed) : null;
  return wrongWith(spec, meant);
}

/** What is wrong with an answer, where its shape is known here. */
function wrongWith({ answer }: AttemptSpec, value: unknown): string | null {
  if (answer !== 'work' && answer !== 'review') return null;
  const read = answer === 'work' ? readWorkAnswer(value) : readReviewAnswer(value);
  return 'problem' in read ? read.problem : null;
}
