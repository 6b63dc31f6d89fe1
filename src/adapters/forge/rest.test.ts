import { expect, test } from 'vitest';

import { readPages } from './rest.ts';

test('reads a list to its end, and takes none that has no end for a whole one', async () => {
  const pages = [[1, 2], [3, 4], [5]];
  const read = async (page: number): Promise<{ ok: true; value: number[] }> => ({
    ok: true,
    value: pages[page - 1] ?? [],
  });
  expect(await readPages(2, read)).toEqual({ ok: true, value: [1, 2, 3, 4, 5] });
  expect(await readPages(1, read)).toEqual({ ok: true, value: [1, 2, 3, 4, 5] });
  const endless = await readPages(1, async () => ({ ok: true, value: [1] }));
  expect(endless).toMatchObject({ ok: false, problem: { code: 'refused' } });
});
