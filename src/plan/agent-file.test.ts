import { readdirSync, readFileSync } from 'node:fs';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SAMPLE_AGENT_NAMES, SAMPLE_AGENTS } from '../../test/sample-plan.ts';
import type { Agent } from '../model/agent.ts';
import { pickAgents, readAgentFile } from './agent-file.ts';
import type { ReadAgent } from './agent-file.ts';

const FROM = { path: '.claude/agents/x.md', origin: 'claude' } as const;
const read = (front: string, body = 'Do it well.'): ReadAgent =>
  readAgentFile(`---\n${front}\n---\n${body}\n`, FROM);

/** Reads the agents of a folder that come with tutti; each must be in order. */
function builtIn(where: string): Agent[] {
  const folder = new URL(where, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return files.toSorted().map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const found = readAgentFile(text, { path: file, origin: 'built-in' });
    if (!found.ok) throw new Error(`${file}: ${found.message}`);
    expect(file).toBe(`${found.agent.name}.md`);
    return found.agent;
  });
}

describe('readAgentFile', () => {
  it('reads what a file says', () => {
    const front =
      'name: dba\ndescription: Knows SQL.\ntools: Read, Bash(git log:*, git diff:*), Edit\nmodel: opus\nruntime: codex\ncapabilities: [sql, postgres]\ncolor: red';
    expect(read(front)).toEqual({
      ok: true,
      agent: {
        name: 'dba',
        description: 'Knows SQL.',
        prompt: 'Do it well.',
        tools: ['Read', 'Bash(git log:*, git diff:*)', 'Edit'],
        model: 'opus',
        runtime: 'codex',
        capabilities: ['sql', 'postgres'],
        origin: 'claude',
        path: '.claude/agents/x.md',
      },
    });
  });

  it('takes what Claude Code takes', () => {
    const description = 'Use this agent when: you need it. Examples: <example>user: "hi"</example>';
    expect(
      read(`name: a\ndescription: ${description}\ntools:\n  - Read\n  - Edit\nmodel: inherit`),
    ).toMatchObject({
      agent: { description, tools: ['Read', 'Edit'], model: null },
    });
    expect(
      readAgentFile('\ufeff---\r\nname: a\r\ndescription: b\r\n---\r\n\r\nOne\r\n---\r\nTwo', FROM),
    ).toMatchObject({
      agent: { name: 'a', tools: null, capabilities: [], prompt: 'One\n---\nTwo' },
    });
    expect(read('name: a\ndescription: >\n  Two\n  lines: of it')).toMatchObject({
      agent: { description: 'Two lines: of it' },
    });
    expect(read('name: "a"\ndescription: "x: y": z')).toMatchObject({ ok: true });
    expect(read('name: a\ndescription: b\ntools: "*"')).toMatchObject({ agent: { tools: null } });
  });

  it('says what is wrong', () => {
    expect(readAgentFile('# Just text', FROM)).toMatchObject({
      message: 'no front matter',
      line: 1,
    });
    expect(readAgentFile('---\nname: a', FROM)).toMatchObject({
      message: 'the front matter has no end',
    });
    expect(readAgentFile('', FROM).ok).toBe(false);
    expect(read('nme: a\ndescription: b')).toMatchObject({
      message: 'name is missing',
      hint: 'rename nme',
    });
    expect(read('name: a')).toMatchObject({ message: 'description is missing' });
    expect(read('description: b\nname: ../../x')).toMatchObject({
      line: 3,
      message: 'the name "../../x" is not safe',
    });
    expect(read('name: a\ndescription: b', 'x'.repeat(300_000)).ok).toBe(false);
  });

  it('never takes a list that is none for everything', () => {
    expect(read('name: a\ndescription: b\ntools: { Read: true }')).toMatchObject({
      ok: false,
      line: 4,
      message: 'tools is not a list of words',
    });
    expect(read('name: a\ndescription: b\ncapabilities: [[x]]')).toMatchObject({ line: 4 });
    expect(read('name: a\nmodel: [opus]\ndescription: b')).toMatchObject({
      line: 3,
      message: 'model is not a text',
    });
    expect(read('name: true\ndescription: b')).toMatchObject({ message: 'name is not a text' });
  });

  it('notes what nothing here goes by', () => {
    const front = 'name: a\ndescription: b\ncolor: red\npermissionMode: plan\nhooks: { x: 1 }';
    expect(read(front)).toMatchObject({ agent: { ignored: ['permissionMode', 'hooks'] } });
    expect(read('name: a\ndescription: b\ncolor: red')).not.toHaveProperty('agent.ignored');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (front, body) => {
        expect(typeof read(front, body).ok).toBe('boolean');
      }),
    );
  });

  it('reads every built-in agent', () => {
    const agents = builtIn('../../agents/');
    expect(agents.map(({ name }) => name).toSorted()).toEqual(SAMPLE_AGENT_NAMES.toSorted());
    const writers = agents.filter(({ tools }) => tools === null || tools.includes('Edit'));
    expect(writers.map(({ name }) => name).toSorted()).toEqual([
      'backend-developer',
      'devops-engineer',
      'frontend-designer',
      'general-purpose',
      'qa-engineer',
      'security-engineer',
      'tech-lead',
    ]);
    const special = builtIn('../../agents/domain/');
    expect(special.map(({ name }) => name)).toEqual([
      'aws-cloud-architect',
      'backend-systems-engineer',
      'data-architect-governance',
      'data-pipeline-engineer',
      'data-science-analyst',
      'frontend-ui-engineer',
      'llm-architect',
      'ml-systems-architect',
      'specifications-engineer',
    ]);
    for (const { prompt, ignored } of [...agents, ...special]) {
      expect(prompt.split('\n').length).toBeGreaterThanOrEqual(18);
      expect(ignored).toBeUndefined();
    }
  });
});

describe('pickAgents', () => {
  it('lets the project win over Claude Code, and that over what is built in', () => {
    const [base, other] = SAMPLE_AGENTS;
    if (base === undefined || other === undefined) throw new Error('no sample');
    const claude = { ...base, origin: 'claude', path: 'c' } as const;
    const project = { ...base, origin: 'project', path: 'p' } as const;
    expect(pickAgents([base, other, project, claude])).toEqual([project, other]);
    expect(pickAgents([claude, base])).toEqual([claude]);
    const person = { ...base, origin: 'person', path: 'h' } as const;
    const domain = { ...base, origin: 'domain', path: 'd' } as const;
    expect(pickAgents([base, domain, person, project])).toEqual([person]);
    expect(pickAgents([base, domain])).toEqual([domain]);
  });
});
