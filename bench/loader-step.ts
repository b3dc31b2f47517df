/**
 * Our side of `loader-step.bench.ts`: training steps of the half model, and where their pictures come from.
 *
 *     npx tsx bench/loader-step.ts DATA_DIR SIZE BATCH_SIZE none|workers|main STEPS
 *
 * `none`: the same batch in every step. `workers`, `main`: read, resized and augmented in worker threads, or
 * in this one.
 */
import { type Batch, batches } from '../src/data/batches/batches.ts';
import { loadPictures } from '../src/data/batches/load-pictures.ts';
import { PictureCache } from '../src/data/batches/picture-cache.ts';
import { openDataset } from '../src/data/dataset/image-folder.ts';
import { initializeWeights, type ModelConfig } from '../src/models/model.ts';
import { createSession } from '../src/runtime/node.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { adadelta } from '../src/train/optimizers.ts';
import { halfStep } from '../src/train/step.ts';
import { StepSession } from '../src/train/step-session.ts';
import { contend } from './contender.ts';

const [dataDir, size, count, source, steps] = process.argv.slice(2);
const { train, classes } = await openDataset(dataDir);
const batchSize = Number(count);
const config: ModelConfig = { type: 'half', classes, channels: 3, imSize: Number(size) };
const step = halfStep(
  { ...config, weights: initializeWeights(config, random(0)) },
  { batchSize, optimizer: adadelta() },
);
const session = await StepSession.open(step, createSession);

async function runStep({ pictures, labels }: Batch): Promise<void> {
  await session.run({
    image: pictures,
    label: tensor('int64', [batchSize], [...labels]),
    learning_rate: tensor('float32', [], [1]),
    momentum: tensor('float32', [], [0.99]),
  });
}

async function* pictures(): AsyncGenerator<Batch> {
  const cache = new PictureCache(0);
  const options = {
    size: Number(size),
    batchSize,
    shuffle: random(1),
    augment: random(2),
    dropLast: true,
    cache,
  };
  const load = source === 'main' ? loadPictures : undefined;
  if (source !== 'none') while (true) yield* batches(train, options, load);
  for await (const batch of batches(train, options)) while (true) yield batch;
}

const endless = pictures();
await runStep((await endless.next()).value);
await contend(async () => {
  for (let i = 0; i < Number(steps); i++) await runStep((await endless.next()).value);
});
