// `tutti rehearse` with the real programs, as a person has them on their path and without any key.

import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { isRecord } from '../../src/util/is-record.ts';
import { expectExit } from './claude-stage.ts';
import { fingerprint, makeProject } from './project.ts';
import { REAL_CLIS } from './real-clis.ts';

it.each(REAL_CLIS.filter(({ id }) => id !== 'gemini'))(
  'the set-up of $id is rehearsed, with the checks of the project',
  async ({ id, binary, version }) => {
    // A key that is there all the same must not be used.
    const project = makeProject({
      ANTHROPIC_API_KEY: 'theirs',
      ANTHROPIC_BASE_URL: 'http://[::1]:9',
    });
    symlinkSync(binary ?? '', join(project.home, 'bin', id));
    const config = 'checks: [{ name: tests, run: npm test }]\n';
    project.write('../.config/tutti/config.yaml', config);
    const before = fingerprint(project.dir);
    const ran = await project.tutti('rehearse', '--runtime', id, '--checks', '--json');
    expectExit(ran, 0);
    const { rehearsal }: { rehearsal?: unknown } = JSON.parse(ran.stdout);
    expect(rehearsal).toMatchObject({ ok: true, runtime: id, kept: null, real: { version } });
    const steps =
      isRecord(rehearsal) && Array.isArray(rehearsal['steps']) ? rehearsal['steps'] : [];
    expect(steps.map((step) => (isRecord(step) ? [step['name'], step['state']] : []))).toEqual(
      ['found', 'started', 'answered', 'resumed', 'wrote', 'checks', 'stopped'].map((name) => [
        name,
        'ok',
      ]),
    );
    expect(fingerprint(project.dir)).toEqual(before);
    expect(existsSync(join(project.dir, '.git/tutti'))).toBe(false);
    expect(project.left()).toEqual([]);
  },
);
