import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { specialistFor } from './specialist.ts';
import type { Specialist, Stage } from './specialist.ts';

const FULL = { systemPrompt: true, toolList: true };
const BARE = { systemPrompt: false, toolList: false };
const stage = (id: string, features = FULL): Stage => ({ id, features });

type Definition = Parameters<typeof specialistFor>[0];

const AGENT: Definition = {
  prompt: 'Look, do not touch.',
  tools: ['Read', 'Grep', 'Bash(git log:*, git diff:*)'],
  model: 'sonnet',
  runtime: null,
};

function play(id: string, agent: Partial<Definition> = {}): Specialist {
  const features = id === 'codex' ? { systemPrompt: true, toolList: false } : FULL;
  return specialistFor({ ...AGENT, ...agent }, stage(id, features), null);
}

describe('specialistFor', () => {
  it('gives Claude Code the file as it is, but for what its list of tools cannot say', () => {
    expect(play('claude')).toEqual({
      systemPrompt: 'Look, do not touch.',
      model: 'sonnet',
      tools: { allowed: ['Read', 'Grep', 'Bash'], denied: [] },
      may: { write: false, run: true, browse: false },
      notes: ['claude cannot keep to Bash(git log:*, git diff:*): the whole tool is allowed'],
    });
  });

  it('speaks of tools in the runtime’s own words', () => {
    const tools = ['Read', 'Edit', 'WebFetch', 'NotebookEdit', 'mcp__jira__get'];
    const gemini = play('gemini', { tools, model: null });
    expect(gemini.tools?.allowed).toEqual(['read_file', 'read_many_files', 'replace', 'web_fetch']);
    expect(gemini.tools?.denied).toContain('run_shell_command');
    expect(gemini.notes).toEqual([
      'gemini has nothing like NotebookEdit',
      'no MCP server is started: there is no mcp__jira__get',
    ]);
    const opencode = play('opencode', { tools: ['Read', 'Bash'], model: null });
    expect(opencode.tools?.allowed).toEqual(['read', 'bash']);
    expect(opencode.tools?.denied).toEqual(expect.arrayContaining(['edit', 'write', 'webfetch']));
  });

  it('tells codex what may be done, and what cannot be withheld from it', () => {
    const reader = play('codex', { tools: ['Read', 'Grep'], model: null });
    expect(reader).toMatchObject({ tools: null, may: { write: false, run: true, browse: false } });
    expect(reader.notes).toEqual([
      'codex reads files by running commands: its shell cannot be taken away',
    ]);
    expect(play('codex', { tools: ['Write'], model: null })).toMatchObject({
      may: { write: true, run: false },
      notes: [],
    });
  });

  it('never asks a vendor for the model of another', () => {
    expect(play('codex', { tools: [] }).notes).toEqual([
      'codex does not have the model sonnet: it uses its own default',
    ]);
    const known = specialistFor({ ...AGENT, tools: null }, stage('gemini'), 'gemini-2.5-pro');
    expect(known.model).toBe('gemini-2.5-pro');
    expect(known.notes).toEqual([
      'gemini does not have the model sonnet: it uses gemini-2.5-pro (runtimes.gemini.model)',
    ]);
  });

  it.each([
    ['claude', 'claude-opus-4-8', true],
    ['claude', 'sonnet[1m]', true],
    ['claude', 'us.anthropic.claude-sonnet-4-v1:0', true],
    ['claude', 'gpt-5.5', false],
    ['claude', 'my-proxy-model', true],
    ['codex', 'gpt-5.5', true],
    ['codex', 'o3', true],
    ['codex', 'codex-mini', true],
    ['codex', 'opus', false],
    ['codex', 'gemini-2.5-pro', false],
    ['gemini', 'gemini-2.5-pro', true],
    ['gemini', 'openai/gpt-5', false],
    ['opencode', 'anthropic/claude-sonnet-4', true],
    ['opencode', 'sonnet', false],
    ['opencode', 'gpt-5.5', false],
    ['mycli', 'anything', true],
    ['mycli', 'haiku', false],
  ])('on %s, the model %s is honoured: %s', (id, model, honoured) => {
    const { model: given, notes } = play(id, { model, tools: [] });
    expect(given).toBe(honoured ? model : null);
    expect(notes.some((note) => note.includes(model))).toBe(!honoured);
  });

  it('takes the model at its word where the file names the runtime too', () => {
    const agent = { ...AGENT, tools: null, model: 'glm-gpt-5', runtime: 'claude' };
    expect(specialistFor(agent, stage('claude'), 'opus')).toMatchObject({
      model: 'glm-gpt-5',
      notes: [],
    });
  });

  it('says what a plain program takes no notice of', () => {
    const { systemPrompt, tools, notes } = specialistFor(
      { ...AGENT, model: null, tools: ['Read'] },
      stage('mycli', BARE),
      null,
    );
    expect([systemPrompt, tools]).toEqual([null, null]);
    expect(notes).toEqual([
      'mycli takes no system prompt: the agent’s words stand at the head of the prompt',
      'mycli takes no list of tools: it may use all it has, not only Read',
    ]);
    expect(specialistFor(AGENT, stage('command', BARE), null).notes).toEqual([]);
  });

  it('drops nothing in silence', () => {
    const ids = fc.constantFrom('claude', 'codex', 'gemini', 'opencode', 'api', 'acp', 'other');
    const agents = fc.record({
      prompt: fc.constantFrom('', 'Be good.'),
      tools: fc.option(fc.array(fc.constantFrom('Read', 'Bash', 'Bash(ls:*)', 'Odd', 'mcp__a__b'))),
      model: fc.option(fc.constantFrom('sonnet', 'gpt-5.5', 'gemini-2.5-pro', 'x/y')),
      runtime: fc.constant(null),
    });
    fc.assert(
      fc.property(ids, agents, fc.boolean(), (id, agent, full) => {
        const said = specialistFor(agent, stage(id, full ? FULL : BARE), null);
        const { notes } = said;
        if (agent.model !== null && said.model === null) {
          expect(notes.some((note) => note.includes(`the model ${agent.model}`))).toBe(true);
        }
        if (agent.prompt !== '' && said.systemPrompt === null) {
          expect(notes.some((note) => note.includes('system prompt'))).toBe(true);
        }
        if (agent.tools?.some((tool) => tool.includes('(')) === true) {
          expect(notes.some((note) => note.includes('Bash(ls:*)'))).toBe(true);
        }
      }),
    );
  });
});
