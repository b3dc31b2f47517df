import { describe, expect, test } from 'vitest';
import { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { builders as o } from '../graph/ops/index.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  type Expansion,
  expansions,
  initializeWeights,
  type Model,
  type ModelConfig,
  transferWeights,
} from './model.ts';
import { decodeModel, encodeModel } from './model-file.ts';
import { cellSize, tie } from './tie.ts';

/**
 * Tolerance of float32 sums over 16 channels and up to some thousand pixels, relative to the largest value.
 */
const tolerance = 1e-5;
const bias = [0.3, -0.2, 0.1];
const tied = expansions.filter((how) => how !== 'reconstruction');

type Shape = readonly [n: number, height: number, width: number];
const shapes: readonly Shape[] = [
  [1, 32, 32],
  [2, 32, 96],
  [3, 64, 32],
];

function draw(shape: readonly number[], seed: number, low = 0, high = 1): Tensor<'float32'> {
  const rng = random(seed);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform(low, high)),
  );
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Means over cells of this many pixels, of each map of a stack. */
function pool({ shape, data }: Tensor<'float32'>, cell: number): number[] {
  const [height, width] = shape.slice(-2);
  const out: number[] = [];
  for (let map = 0; map < data.length; map += height * width) {
    for (let y = 0; y < height; y += cell) {
      for (let x = 0; x < width; x += cell) {
        let sum = 0;
        for (let row = y; row < y + cell; row++)
          for (let column = x; column < x + cell; column++) sum += data[map + row * width + column];
        out.push(sum / (cell * cell));
      }
    }
  }
  return out;
}

/** The largest difference, relative to the largest magnitude expected. */
function deviation(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const values = Array.from(expected);
  return (
    Math.max(...values.map((value, i) => Math.abs(value - actual[i]))) / Math.max(...values.map(Math.abs))
  );
}

function models(how: Expansion): { half: Model; full: Model } {
  const like: ModelConfig = { type: 'half', classes: ['a', 'b', 'c'], imSize: 64, channels: 3 };
  const half = { ...like, weights: initializeWeights(like, random(1)) };
  half.weights.get('aux_output/bias')?.data.set(bias);
  const config: ModelConfig = { ...like, type: 'full', expansion: how };
  return {
    half,
    full: { ...config, weights: transferWeights(half.weights, initializeWeights(config, random(2))) },
  };
}

async function tiedFeatures(
  detail: Tensor<'float32'>,
  low: Tensor<'float32'>,
  how: 'tied-cells' | 'tied-image',
): Promise<Tensor<'float32'>> {
  const graph = new Graph();
  const [d, l] = [graph.input('detail', 'float32', detail.shape), graph.input('low', 'float32', low.shape)];
  graph.output(o.identity(tie(d, l, how), 'high'));
  const session = await createSession(encodeOnnx(graph));
  const { high } = await session.run({ detail, low });
  await session.release();
  return high as Tensor<'float32'>;
}

describe('the features themselves', () => {
  test.each(shapes)('%i of %i x %i', async (n, height, width) => {
    const detail = draw([n, 16, height, width], 3, 0, 2);
    const low = draw([n, 16, height / cellSize, width / cellSize], 4, -5, 5);
    const cells = await tiedFeatures(detail, low, 'tied-cells');
    expect(deviation(low.data, pool(cells, cellSize))).toBeLessThan(tolerance);

    const image = await tiedFeatures(detail, low, 'tied-image');
    for (let map = 0; map < n * 16; map++) {
      const each = (stack: Tensor<'float32'>): Float32Array => {
        const size = sizeOf(stack.shape.slice(2));
        return stack.data.subarray(map * size, (map + 1) * size);
      };
      // The tie adds a constant to the whole image.
      const before = each(detail);
      const added = each(image).map((value, i) => value - before[i]);
      expect(Math.max(...added) - Math.min(...added)).toBeLessThan(tolerance);
      expect(Math.abs(mean(each(image)) - mean(each(low)))).toBeLessThan(5 * tolerance);
    }
    expect(deviation(low.data, pool(detail, cellSize))).toBeGreaterThan(0.5);
  });
});

describe.each(tied)('a model with the expansion %s', (how) => {
  test('mean of the high-res CAM plus the bias is the logit, for every class; predictions are those of the half model', async () => {
    const { half, full } = models(how);
    const [a, b] = [await createSession(encodeModel(half)), await createSession(encodeModel(full))];
    expect(b.outputNames).toEqual(['probabilities', 'explained_class', 'low_res_cam', 'high_res_cam']);
    for (const [n, height, width] of shapes) {
      const image = draw([n, height, width, 3], 7);
      const logits: number[][] = Array.from({ length: n }, () => []);
      let probabilities = new Float32Array();
      for (const c of bias.keys()) {
        const feeds = { image, class_index: tensor('int64', [n], Array(n).fill(c)) };
        const [expected, result] = [await a.run(feeds), await b.run(feeds)];
        expect(result.probabilities.data).toEqual(expected.probabilities.data);
        expect(result.low_res_cam.data).toEqual(expected.low_res_cam.data);
        probabilities = result.probabilities.data as Float32Array<ArrayBuffer>;
        const [low, high] = [result.low_res_cam, result.high_res_cam] as Tensor<'float32'>[];
        expect(high.shape).toEqual([n, height, width]);
        const means = (maps: Tensor<'float32'>): number[] =>
          logits.map((_, i) => {
            const size = sizeOf(maps.shape.slice(1));
            return mean(maps.data.subarray(i * size, (i + 1) * size));
          });
        expect(deviation(means(low), means(high))).toBeLessThan(tolerance);
        if (how === 'tied-cells') expect(deviation(low.data, pool(high, cellSize))).toBeLessThan(tolerance);
        means(high).forEach((value, i) => {
          logits[i].push(value + bias[c]);
        });
      }
      const softmax = logits.flatMap((row) => {
        const exponentials = row.map(Math.exp);
        return exponentials.map((e) => e / exponentials.reduce((sum, one) => sum + one));
      });
      expect(deviation(probabilities, softmax)).toBeLessThan(tolerance);
    }
    await Promise.all([a.release(), b.release()]);
  });

  test('its file has the expansion and is unchanged when read', () => {
    const { full } = models(how);
    const bytes = encodeModel(full);
    expect(decodeModel(bytes, 'm.onnx')).toMatchObject({ type: 'full', expansion: how });
    expect([...full.weights.keys()].filter((name) => name.startsWith('main_output'))).toEqual([]);
    expect(Buffer.compare(encodeModel(decodeModel(bytes, 'm.onnx')), bytes)).toBe(0);
  });
});

test('without an expansion, the features are free and reconstruct the picture', async () => {
  const { full } = models('reconstruction');
  const { expansion: _, ...unnamed } = full;
  const image = draw([1, 32, 32, 3], 7);
  const explain = async (model: Model) => {
    const session = await createSession(encodeModel(model));
    const result = await session.run({ image, class_index: tensor('int64', [1], [-1]) });
    await session.release();
    return result;
  };
  const [a, b] = [await explain(full), await explain(unnamed)];
  expect(b.high_res_cam.data).toEqual(a.high_res_cam.data);
  expect(b.reconstruction.shape).toEqual([1, 32, 32, 3]);
  expect(decodeModel(encodeModel(unnamed), 'm.onnx').expansion).toBeUndefined();
  const [low, high] = [b.low_res_cam, b.high_res_cam].map(({ data }) => mean(data as Float32Array));
  expect(Math.abs(high / low - 1)).toBeGreaterThan(0.01);
});

test('rejects an unknown expansion and lists the known ones', () => {
  const { full } = models('tied-image');
  expect(() => encodeModel({ ...full, expansion: 'loose' as Expansion })).toThrow(
    "model: the expansion is one of reconstruction, tied-cells, tied-image, got 'loose'",
  );
});
