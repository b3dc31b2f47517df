/**
 * Our side of `loader.bench.ts`: a pass over the training pictures, shuffled and augmented, without cached
 * pictures.
 *
 *     npx tsx bench/loader.ts DATA_DIR SIZE [BATCH_SIZE]
 */
import { batches } from '../src/data/batches/batches.ts';
import { PictureCache } from '../src/data/batches/picture-cache.ts';
import { openDataset } from '../src/data/dataset/image-folder.ts';
import { random } from '../src/tensor/random.ts';
import { contend } from './contender.ts';

const [dataDir, size, batchSize = '32'] = process.argv.slice(2);
const { train } = await openDataset(dataDir);
const shuffle = random(1);
const augment = random(2);
const cache = new PictureCache(0);

await contend(async () => {
  let images = 0;
  const options = { size: Number(size), batchSize: Number(batchSize), shuffle, augment, cache };
  for await (const { labels } of batches(train, options)) images += labels.length;
  if (images !== train.samples.length)
    throw new Error(`${images} of ${train.samples.length} images were read`);
});
