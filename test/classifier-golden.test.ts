/** Small classifiers of every architecture, as other programs write them, against PyTorch and pytorch-grad-cam. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { toImage } from '../src/data/picture/unit-range.ts';
import { HalfModel } from '../src/explain/half-model.ts';
import { openMethod } from '../src/explain/methods/index.ts';
import { createSession } from '../src/runtime/node.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { type ClassifierReference, compareClassifier } from '../tools/reference/compare-classifier.ts';

const folder = new URL('golden/classifiers/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

interface Golden extends ClassifierReference {
  /** Of trained transformers: pictures of one blob each, its kind, and its box `[x0, y0, x1, y1)`. */
  readonly blobs?: {
    readonly pictures: readonly string[];
    readonly kinds: readonly number[];
    readonly boxes: readonly (readonly [number, number, number, number])[];
    /** Of each method of pytorch-grad-cam, how many peaks lie in the boxes. */
    readonly peaks: Readonly<Record<string, number>>;
  };
}

const golden = (name: string): Golden => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
const bytesOf = (name: string): Uint8Array => readFileSync(new URL(`${name}.onnx`, folder));
const readBeside = async (file: string): Promise<Uint8Array> => readFileSync(new URL(file, folder));

/** float32 here against float64 there: in probability, and of maps relative to the largest magnitude. */
const ofProbabilities = 1e-5;
const ofMaps = 1e-4;
/** Where methods look here, as the last layer that counts, and people look somewhere else. */
const elsewhere: Readonly<Record<string, string>> = {
  // The last normalisation, channels first.
  'swin-torchvision': 'permute_15',
  // The last pooling again, each place by itself.
  vgg: '/avgpool/AveragePool_output_0',
  // It classifies by the mean of all tokens: they count after the last attention, too.
  'vit-means': '/blocks/blocks.1/Add_1_output_0',
};
/** It computes in float16, whose numbers have 11 bits: each layer rounds by up to 5e-4. */
const rounded: readonly string[] = ['float16'];
const ofRounded = 5e-3;
let worst = { name: '', error: 0 };
afterAll(() => console.log(`worst error of a map: ${worst.error.toExponential(1)} (${worst.name})`));

test.each(names)('%s', async (name) => {
  const found = await compareClassifier(bytesOf(name), `${name}.onnx`, golden(name), readBeside);
  const isRounded = rounded.includes(name);
  expect(found.probabilities).toBeLessThan(isRounded ? ofRounded : ofProbabilities);
  expect(found.imported.report.difference).toBeLessThan(ofProbabilities);
  const { layer } = golden(name);
  expect(found.imported.classifier.imported.layers.target).toBe(elsewhere[name] ?? layer);
  expect(Object.keys(found.maps).length).toBeGreaterThanOrEqual(6);
  for (const [method, error] of Object.entries(found.maps)) {
    if (isRounded) {
      expect(error, method).toBeLessThan(ofRounded);
      continue;
    }
    if (error > worst.error) worst = { name: `${name}, ${method}`, error };
    expect(error, method).toBeLessThan(ofMaps);
  }
});

describe('of trained transformers', () => {
  const trained = names.filter((name) => golden(name).blobs);

  test('includes a plain transformer and one with windows', () => {
    expect(trained).toEqual(['swin-trained', 'vit-trained']);
  });

  test.each(trained)('%s: the map is not blank or upside down', async (name) => {
    const reference = golden(name);
    const { pictures, kinds, boxes } = reference.blobs as NonNullable<Golden['blobs']>;
    const { imported } = await compareClassifier(bytesOf(name), `${name}.onnx`, reference, readBeside);
    const model = await HalfModel.load(imported.file, createSession);
    const { size, grid } = reference;
    const method = await openMethod('hirescam', model.network, createSession);
    let inside = 0;
    for (const [i, encoded] of pictures.entries()) {
      const picture = tensor('uint8', [size, size, 3], new Uint8Array(Buffer.from(encoded, 'base64')));
      const { data } = await method.maps(toImage(picture), [kinds[i]]);
      const peak = data.indexOf(Math.max(...data));
      const [x, y] = [(peak % grid[1]) + 0.5, Math.floor(peak / grid[1]) + 0.5].map(
        (v) => (v * size) / grid[0],
      );
      const [x0, y0, x1, y1] = boxes[i];
      if (x >= x0 && x < x1 && y >= y0 && y < y1) inside++;
    }
    await method.release?.();
    await model.release();
    // A blob covers about a tenth of its picture: by chance it would not even be one of eight.
    expect(inside).toBe(reference.blobs?.peaks.hirescam);
    expect(inside).toBeGreaterThanOrEqual(6);
  });
});
