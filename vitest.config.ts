import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first: none of them then runs alone at the end. The others go by their size, as vitest has them. */
const longest = [
  'browser/page',
  'train-resume',
  'browser/maps',
  'guide',
  'readme',
  'serve-command',
  'train-saving',
  'cli',
  'train-ranks',
  'optimizer-golden',
  'train-backbone',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/helpers/fail-on-warnings.ts', 'test/helpers/one-thread.ts'],
    // These end what hangs, and no test that is slow: machines are, and may have other work.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // ONNX Runtime keeps its own threads: processes, not worker threads, give it a clean start and end.
    pool: 'forks',
    // Many tests wait for a command that starts: two files at a time, also on two cores. A third gained nothing there.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        // Two processes run all these files: each loads a module once. A file leaves nothing behind that another would see.
        test: {
          name: 'shared',
          isolate: false,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/device*.test.ts', 'test/package*.test.ts'],
        },
      },
      // What a process has found of its GPUs it keeps.
      { extends: true, test: { name: 'devices', include: ['test/device*.test.ts'] } },
      // CI runs these where npm has installed the package (`.ci/package`).
      { extends: true, test: { name: 'package', include: ['test/package*.test.ts'] } },
    ],
  },
});

export default config;
