/**
 * The cost of the loader while ONNX Runtime trains on all cores: steps of the half model with the same batch
 * throughout, with the loader in worker threads, and with the loader in the training thread.
 *
 *     npx tsx bench/loader-step.bench.ts [--rounds 7] [--data-dir ../shared/photo15] [--steps 10]
 *     [BATCH_SIZE-SIZE ...]
 */
import { parseArgs } from 'node:util';
import { alternate, type Contender, type Timing } from './rounds.ts';

async function loaderStepTimings(
  dataDir: string,
  batchSize: number,
  size: number,
  steps: number,
  rounds: number,
): Promise<Timing[]> {
  const contender = (source: string): Contender => ({
    name: source,
    command: process.execPath,
    args: [
      '--import',
      'tsx',
      'bench/loader-step.ts',
      dataDir,
      ...[size, batchSize, source, steps].map(String),
    ],
  });
  return await alternate([contender('none'), contender('workers'), contender('main')], rounds);
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      'data-dir': { type: 'string', default: '../shared/photo15' },
      steps: { type: 'string', default: '10' },
    },
    allowPositionals: true,
  });
  const steps = Number(values.steps);
  for (const name of positionals.length > 0 ? positionals : ['8-128', '16-224']) {
    const [batchSize, size] = name.split('-').map(Number);
    const timings = await loaderStepTimings(
      values['data-dir'],
      batchSize,
      size,
      steps,
      Number(values.rounds),
    );
    const [none] = timings;
    for (const { name: source, ms, peakMiB } of timings) {
      const ratio = (ms / none.ms).toFixed(3);
      console.log(
        `${name.padEnd(8)} loader ${source.padEnd(8)} ${(ms / steps).toFixed(1)} ms a step, ratio ${ratio}; peak ${peakMiB.toFixed(0)} MiB`,
      );
    }
  }
}
