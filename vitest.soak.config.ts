import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';

import base from './vitest.config.ts';

// The long tests in full, one file after the other: they measure themselves by how much they do.
const config: ViteUserConfig = mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/soak/**/*.test.ts'],
      fileParallelism: false,
      maxConcurrency: 2,
      testTimeout: 600_000,
    },
  }),
);

export default config;
