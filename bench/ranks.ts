/**
 * The time of a training step of the half model by ranks: the network, waiting for the others, the allreduce,
 * the optimiser.
 *
 *     npx tsx bench/ranks.ts SIZE BATCH_SIZE STEPS                     alone: the step in one graph
 *     mpirun -n 4 npx tsx bench/ranks.ts SIZE BATCH_SIZE STEPS         each rank has an equal share of the
 *     batch
 *
 * Milliseconds a step, medians of rank 0. `sum` is the allreduce of the gradients alone, whose bytes are
 * printed, too.
 */

import { initializeWeights, type ModelConfig } from '../src/models/model.ts';
import { openRanks } from '../src/runtime/mpi/open-ranks.ts';
import { createSession } from '../src/runtime/node.ts';
import type { Ranks } from '../src/runtime/ranks.ts';
import type { CreateSession } from '../src/runtime/session.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { Crew } from '../src/train/crew.ts';
import { adadelta } from '../src/train/optimizers.ts';
import { RankedSession } from '../src/train/ranked-session.ts';
import { halfStep } from '../src/train/step.ts';
import { StepSession } from '../src/train/step-session.ts';

const [size, batch, steps] = process.argv.slice(2).map(Number);
const classes = Array.from({ length: 15 }, (_, i) => `class ${i}`);
const config: ModelConfig = { type: 'half', classes, channels: 3, imSize: size };
const ranks = await openRanks();
const share = batch / (ranks?.size ?? 1);

/** Milliseconds of each part, step by step. */
const times: Record<'network' | 'wait' | 'sum' | 'optimiser' | 'step', number[]> = {
  network: [],
  wait: [],
  sum: [],
  optimiser: [],
  step: [],
};
let bytes = 0;

async function timed<T>(part: keyof typeof times, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    times[part].push(performance.now() - began);
  }
}

function timedRanks(own: Ranks): Ranks {
  return {
    rank: own.rank,
    size: own.size,
    meet: (values, signal) => timed('wait', () => own.meet(values, signal)),
    sum: async (values) => {
      if (values.byteLength < 2 ** 16) return own.sum(values); // the statistics
      bytes = values.byteLength;
      await timed('sum', () => own.sum(values));
    },
    broadcast: (data, from) => own.broadcast(data, from),
    abort: (code) => own.abort(code),
    leave: () => own.leave(),
  };
}

/** The first of the two sessions is the network's. */
const parts = (['network', 'optimiser'] as const).values();
const createTimed: CreateSession = async (model, options) => {
  const session = await createSession(model, options);
  const part = parts.next().value ?? 'optimiser';
  const { inputNames, outputNames } = session;
  const run: typeof session.run = (feeds) => timed(part, () => session.run(feeds));
  return { inputNames, outputNames, run, release: () => session.release() };
};

const step = halfStep(
  { ...config, weights: initializeWeights(config, random(0)) },
  { batchSize: share, optimizer: adadelta(), twoGraphs: ranks !== undefined },
);
const session = ranks
  ? await RankedSession.open(step, createTimed, new Crew(timedRanks(ranks)))
  : await StepSession.open(step, createSession);
const rng = random(1 + (ranks?.rank ?? 0));
const feeds = {
  image: tensor(
    'uint8',
    [share, size, size, 3],
    Uint8Array.from({ length: share * size * size * 3 }, () => rng.integer(256)),
  ),
  label: tensor(
    'int64',
    [share],
    Array.from({ length: share }, () => rng.integer(classes.length)),
  ),
  learning_rate: tensor('float32', [], [0.1]),
  momentum: tensor('float32', [], [0.9]),
};
for (let i = 0; i < steps + 2; i++) await timed('step', () => session.run(feeds));
await session.release();

const median = (values: readonly number[]): number => {
  const sorted = values.slice(2).sort((a, b) => a - b); // the first two steps are slower
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};
if (!ranks || ranks.rank === 0) {
  const figures = Object.entries(times)
    .filter(([, values]) => values.length > 0)
    .map(([part, values]) => `${part} ${median(values).toFixed(1)} ms`);
  const gradient = bytes > 0 ? `, gradient ${(bytes / 1e6).toFixed(2)} MB` : '';
  console.log(
    `${ranks?.size ?? 1} rank(s), ${size} x ${size}, ${share} of ${batch} images each: ${figures.join(', ')}${gradient}`,
  );
}
ranks?.leave();
