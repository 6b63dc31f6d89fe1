import { defineConfig, type ViteUserConfig } from 'vitest/config';

// The real agents, as their makers publish them, against scripted models on loopback.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/runtimes/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    testTimeout: 60_000,
    // They wait for programs more than they work.
    maxWorkers: 2,
    // The second reporter prints the closing line that CI reads.
    reporters: ['default', './scripts/vitest-reporter.mjs'],
  },
});

export default config;
