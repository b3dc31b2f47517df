/**
 * Milliseconds per image of every CAM method, for one image and for a batch of 8: the methods in turn,
 * medians of the rounds. The sessions that a method opens once for each image size are not included.
 *
 *     npx tsx bench/cam-methods.bench.ts [--rounds 7] [--size 128] [--model FILE] [--only NAME,...]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { camMethods, openMethod } from '../src/explain/methods/index.ts';
import { networkOf } from '../src/models/densenet-network.ts';
import { decodeModel } from '../src/models/model-file.ts';
import { createSession } from '../src/runtime/node.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { median } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    size: { type: 'string', default: '128' },
    model: { type: 'string', default: 'models/scenes.onnx' },
    only: { type: 'string' },
  },
});
const model = decodeModel(readFileSync(values.model), values.model);
const size = Number(values.size);
const rng = random(1);
const batches = [1, 8].map((n) => {
  const images = tensor('float32', [n, size, size, model.channels]);
  for (let i = 0; i < images.data.length; i++) images.data[i] = rng.next();
  return { images, classes: Array.from({ length: n }, (_, i) => i % model.classes.length) };
});
const contenders = [
  ...camMethods.map(({ name }) => ({ name, smooth: false })),
  ...['cam', 'layer-cam'].map((name) => ({ name, smooth: true })),
];
const only = values.only?.split(',');
const opened = [];
for (const { name, smooth } of contenders) {
  if (only && !only.includes(smooth ? `${name}+smooth` : name)) continue;
  opened.push({
    times: [[], []] as number[][],
    method: await openMethod(name, networkOf(model), createSession, { smooth }),
  });
}
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { method, times } of opened) {
    for (const [b, { images, classes }] of batches.entries()) {
      const start = performance.now();
      await method.maps(images, classes);
      if (round > 0) times[b].push((performance.now() - start) / classes.length); // the first one warms up
    }
  }
}
console.log(`${'ms an image'.padEnd(20)} ${'one'.padStart(8)} ${'of 8'.padStart(8)}`);
for (const { method, times } of opened) {
  const [one, eight] = times.map((rounds) => median(rounds).toFixed(1).padStart(8));
  console.log(`${method.name.padEnd(20)} ${one} ${eight}`);
  await method.release?.();
}
