import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/helpers/fail-on-warnings.ts'],
    // These end what hangs, and no test that is slow: machines are, and may have other work.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // ONNX Runtime keeps its own threads: processes, not worker threads, give it a clean start and end.
    pool: 'forks',
    // Many tests wait for a command that starts: two files at a time, also on two cores.
    maxWorkers: 2,
  },
});

export default config;
