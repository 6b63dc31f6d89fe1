// The verbs that only look. Each loads what it needs when it is called: most need neither the
// configuration nor git.

import { resolve } from 'node:path';

import type { Result } from '../app/result.ts';
import { no, ok } from '../app/result.ts';
import type { Shown } from '../app/shown.ts';
import type { Context, Exit, Given, Verb } from './context.ts';
import { hearSignals } from './signals.ts';

type Look = (context: Context, words: readonly string[], flags: Flags) => Promise<Result<Shown>>;

/** The verb's own flags, read by name. */
interface Flags {
  readonly has: (name: string) => boolean;
  readonly text: (name: string) => string | null;
  readonly number: (name: string) => number | null;
}

function flagsOf({ options }: Given): Flags {
  return {
    has: (name) => options[name] === true,
    text: (name) => {
      const value = options[name];
      return typeof value === 'string' ? value : null;
    },
    number: (name) => {
      const value = options[name];
      return typeof value === 'number' ? value : null;
    },
  };
}

/** A verb that shows something and ends with 0, whatever it shows. */
function looking(look: Look): Verb {
  return async (context, given) => {
    const shown = await look(context, given.words, flagsOf(given));
    if (!shown.ok) return shown;
    context.show(shown.value);
    return ok(0);
  };
}

/** `tutti list`. */
export const list: Verb = looking(async ({ app }, _words, flags) => {
  const { showList } = await import('../app/list.ts');
  return showList(app, { state: flags.text('state'), planned: false });
});

/** `tutti show KEY`. */
export const show: Verb = looking(async ({ app }, [key = ''], { has }) => {
  const { showKey } = await import('../app/show.ts');
  const [stages, attempts] = [has('stages'), has('attempts')];
  return showKey(app, key, { stages, attempts, evidence: has('evidence'), diff: has('diff') });
});

/** `tutti context KEY`. */
export const context: Verb = looking(async ({ app }, [key = ''], { has }) => {
  const { showContext, showFiles } = await import('../app/context.ts');
  return has('files') ? showFiles(app, key) : showContext(app, key);
});

/** `tutti graph KEY`. */
export const graph: Verb = looking(async ({ app }, [key = ''], { has }) => {
  const { showGraph } = await import('../app/graph.ts');
  return showGraph(app, key, has('mermaid'));
});

/** `tutti conflicts [KEY]`. */
export const conflicts: Verb = looking(async ({ app }, [key = null]) => {
  const { showConflicts } = await import('../app/conflicts.ts');
  return showConflicts(app, key);
});

/** `tutti report KEY`. */
export const report: Verb = looking(async ({ app }, [key = '']) => {
  const { showReport } = await import('../app/report.ts');
  return showReport(app, key);
});

/** `tutti metrics`. */
export const metrics: Verb = looking(async ({ app }, _words, { text }) =>
  (await import('../app/metrics.ts')).showMetrics(app, text('since')),
);

/** `tutti plan list`. */
export const listPlans: Verb = looking(async ({ app }) => {
  const { showList } = await import('../app/list.ts');
  return showList(app, { state: null, planned: true });
});

/** `tutti plan show KEY`. */
export const showPlan: Verb = looking(async ({ app }, [key = ''], { number }) =>
  (await import('../app/plans.ts')).showPlan(app, key, number('revision')),
);

/** `tutti plan diff KEY [FROM] [TO]`. */
export const diffPlan: Verb = looking(async ({ app }, [key = '', from, to], { number }) => {
  const wrong = [from, to].find((one) => one !== undefined && !/^[1-9]\d{0,5}$/u.test(one));
  if (wrong !== undefined) {
    return no(
      'usage',
      `"${wrong.slice(0, 80)}" is no revision`,
      `tutti plan show ${key} lists them`,
    );
  }
  const { diffPlans } = await import('../app/plans.ts');
  return diffPlans(app, key, {
    from: from === undefined ? number('from') : Number(from),
    to: to === undefined ? number('to') : Number(to),
  });
});

/** `tutti plan export KEY`. */
export const exportPlan: Verb = looking(
  async ({ app, outside, flags: common }, [key = ''], flags) => {
    const plans = await import('../app/plans.ts');
    const revision = flags.number('revision');
    const dir = resolve(outside.cwd, common.dir ?? '.');
    return plans.exportPlan(app, key, { revision, output: flags.text('output'), dir });
  },
);

/** `tutti agents`. */
export const agents: Verb = looking(async ({ app }, _words, { has }) => {
  const { showAgents, showActive } = await import('../app/show-agents.ts');
  return has('active') ? showActive(app) : showAgents(app);
});

/** `tutti agents route "<title>"`. */
export const route: Verb = looking(async ({ app }, words, { has, text }) => {
  const { showRoute } = await import('../app/show-route.ts');
  const task = { title: words.join(' '), description: text('description'), type: text('type') };
  return showRoute(app, task, has('explain'));
});

/** `tutti agents add NAME`. */
export const addAgent: Verb = looking(async ({ app }, [name = ''], { text }) => {
  const { addAgent: add } = await import('../app/add-agent.ts');
  return add(app, {
    name,
    description: text('description'),
    tools: text('tools'),
    model: text('model'),
    runtime: text('runtime'),
  });
});

/** `tutti runtimes`. */
export const runtimes: Verb = looking(async ({ app }) =>
  (await import('../app/show-runtimes.ts')).showRuntimes(app),
);

/** `tutti config show`. */
export const showConfig: Verb = looking(async ({ app }) =>
  (await import('../app/show-config.ts')).showConfig(app),
);

/** `tutti config schema`. */
export const showConfigSchema: Verb = looking(async () =>
  ok((await import('../app/show-config.ts')).showConfigSchema()),
);

/** `tutti config check`. */
export const checkConfig: Verb = looking(async ({ app }) =>
  (await import('../app/show-config.ts')).checkConfig(app),
);

/**
 * `tutti verify [KEY]`.
 *
 * @param context - What every verb works with.
 * @param given - The key.
 * @returns 1 when something is damaged.
 */
export const verify: Verb = async ({ app, show: showIt }, { words }) => {
  const verified = await (await import('../app/verify.ts')).verify(app, words[0] ?? null);
  if (!verified.ok) return verified;
  showIt(verified.value.shown);
  return ok(verified.value.sound ? 0 : 1);
};

/**
 * `tutti logs KEY`: to its end, or with `-f` until there is nothing more to come.
 *
 * @param it - What every verb works with.
 * @param given - The key and how it is read.
 * @returns The exit code: 130 after Ctrl-C.
 */
export const logs: Verb = async (it, given) => {
  const { json, jsonl } = it.flags;
  const { has } = flagsOf(given);
  const key = given.words[0] ?? '';
  if (json && has('follow')) {
    return no('usage', '--json gives one document at the end', 'to follow: --jsonl');
  }
  const { readLogs } = await import('../app/logs.ts');
  const signals = hearSignals(() => {});
  const entries: unknown[] = [];
  try {
    const read = await readLogs(it.app, key, {
      follow: has('follow'),
      raw: has('raw'),
      signal: AbortSignal.any([signals.interrupted, it.deaf]),
      onText: (text) => {
        if (!json && !jsonl) it.write(text);
      },
      onJson: (line) => {
        if (jsonl) it.write(`${JSON.stringify(line)}\n`);
        else if (json) entries.push(line);
      },
    });
    if (!read.ok) return read;
    if (json) it.write(`${JSON.stringify({ key, log: entries }, undefined, 2)}\n`);
    return ok<Exit>(signals.code() ?? 0);
  } finally {
    signals.dispose();
  }
};
