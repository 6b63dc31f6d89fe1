import { expect, it } from 'vitest';

import { loadConfig } from './load.ts';
import { toStages } from './stages.ts';

function stages(text: string): Record<string, readonly string[]> {
  const loaded = loadConfig({
    isTrusted: () => true,
    project: { path: 'project.yaml', text },
    person: null,
    environment: {},
    flags: {},
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { list } = toStages(loaded.config);
  return Object.fromEntries(list.map(({ name, dependsOn }) => [name, dependsOn]));
}

it.each<readonly [string, string, object]>([
  ['says nothing: before the review', '{ agent: a }', { own: ['implementation'], review: ['own'] }],
  ['after', '{ agent: a, after: research }', { own: ['research'], planning: ['research'] }],
  ['before', '{ agent: a, before: planning }', { own: ['research'], planning: ['own'] }],
  ['first of all', '{ agent: a, before: research }', { own: [], research: ['own'] }],
  ['both', '{ agent: a, after: planning, before: implementation }', { implementation: ['own'] }],
  ['last of all', '{ agent: a, after: review }', { own: ['review'] }],
])('a stage of one’s own that %s', (_, own, expected) => {
  const found = stages(`orchestration: { custom_stages: { own: ${own} } }\n`);
  const places = Object.keys(found);
  for (const [name, before] of Object.entries(expected)) {
    expect(found[name]).toEqual(expect.arrayContaining([...before]));
  }
  // Each comes after all that it waits for.
  for (const [name, before] of Object.entries(found)) {
    for (const one of before) expect(places.indexOf(one)).toBeLessThan(places.indexOf(name));
  }
});

it('refuses an action that nobody knows', () => {
  expect(() =>
    stages('orchestration: { stages: { research: { actions: [web_serch] } } }\n'),
  ).toThrow(/unknown action.*web_serch.*did you mean web_search/u);
});
