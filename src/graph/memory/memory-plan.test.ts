import { describe, expect, test } from 'vitest';
import { kernelProfile } from '../../../test/helpers/kernel-profile.ts';
import { gradientBatch, gradientCase } from '../../../tools/reference/gradient-case.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { compileStep } from '../../train/compile.ts';
import { adadelta } from '../../train/optimizers.ts';
import { fullStep, halfStep } from '../../train/step.ts';
import { Graph, type Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { executionOrder } from './execution-order.ts';
import { memoryNeed } from './memory-plan.ts';

/** Bytes of a `[16, 16]` float32 matrix. */
const matrix = 16 * 16 * 4;

/** The predicted peak of a graph from an input `[16, 16]` to one result, in units of such a matrix. */
function peakOf(build: (x: Value) => Value): number {
  const graph = new Graph();
  graph.output(build(graph.input('x', 'float32', [16, 16])));
  return memoryNeed(graph).peak / matrix;
}

describe('peaks of small graphs', () => {
  test('a product needs its input and its result', () => {
    expect(peakOf((x) => o.matMul(x, x))).toBe(1); // the input is the caller's
    expect(peakOf((x) => o.matMul(o.matMul(x, x), x))).toBe(2);
    // The first is freed once the second is computed; the third takes its buffer.
    expect(peakOf((x) => o.matMul(o.matMul(o.matMul(o.matMul(x, x), x), x), x))).toBe(2);
  });

  test('some operators overwrite an input that nothing else reads', () => {
    expect(peakOf((x) => o.matMul(o.relu(o.relu(o.matMul(x, x))), x))).toBe(2);
    expect(peakOf((x) => o.matMul(o.relu(x), x))).toBe(2); // not the input of the graph
    expect(peakOf((x) => o.matMul(o.concat([o.relu(o.neg(x))], 0), x))).toBe(2);
    // Arithmetic does not: the argument, the result, and the argument's buffer again.
    expect(peakOf((x) => o.matMul(o.neg(o.matMul(x, x)), x))).toBe(2);
    expect(
      peakOf((x) => {
        const a = o.matMul(x, x);
        return o.matMul(o.mul(a, o.neg(a)), x);
      }),
    ).toBe(3);
  });

  test("the graph's result has its own memory", () => {
    expect(peakOf((x) => o.relu(o.matMul(x, x)))).toBe(2);
  });

  test('a reshape shares the memory of its input', () => {
    expect(peakOf((x) => o.matMul(o.reshape(o.reshape(o.matMul(x, x), [256]), [16, 16]), x))).toBe(2);
  });

  test('a matrix product transposes while reading, other operators do not', () => {
    expect(peakOf((x) => o.matMul(o.transpose(o.matMul(x, x), [1, 0]), x))).toBe(2);
    // The transposed product, and the two side by side
    const join = (x: Value) => o.concat([o.transpose(o.matMul(x, x), [1, 0]), x], 0);
    expect(peakOf((x) => o.reduceSum(join(x), [0, 1]))).toBeCloseTo(3, 2);
  });

  test('does not free a buffer that will be used again', () => {
    // The product is read by `joined` alone (2 matrices), whose copies (4) are averaged before `later` runs.
    const between = (later: (joined: Value) => Value) => (x: Value) => {
      const joined = o.concat([o.matMul(x, x), x], 0);
      const last = o.reduceMean(later(joined), [0]);
      return o.add(o.reduceMean(o.concat([joined, joined], 0), [0]), last);
    };
    const row = 1 / 16;
    expect(peakOf(between((joined) => o.slice(joined, 0, 0, 15)))).toBe(2 + 4 + row);
    // A later value of the product's shape takes its buffer, which is there all the time.
    expect(peakOf(between((joined) => o.slice(joined, 0, 0, 16)))).toBe(1 + 2 + 4 + row);
  });

  test('symbolic dimensions have the given sizes', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['N', 'H/16', '2*W']);
    graph.output(o.relu(x));
    expect(memoryNeed(graph, { N: 3, H: 32, W: 5 }).peak).toBe(4 * 3 * 2 * 10);
    expect(() => memoryNeed(graph, { N: 3, H: 32 })).toThrow("memory: the dimension '2*W' has no size");
  });
});

interface Kernel {
  readonly name: string;
  /** Bytes of all tensors after the node has run. */
  readonly bytes: number;
}

/** What a session counts itself, node by node, from its profile. */
async function profile(
  graph: Graph,
  feeds: Record<string, Tensor>,
  graphOptimizationLevel: 'disabled' | 'extended',
): Promise<Kernel[]> {
  const kernels = await kernelProfile(graph, feeds, { graphOptimizationLevel, enableMemPattern: false });
  return kernels.map(({ name, args }) => ({ name, bytes: Number(args.mem_bytes_requested_in_use) }));
}

describe.each([
  ['half', halfStep],
  ['full', fullStep],
] as const)('the training step of the %s model', (type, build) => {
  const { model, image, label } = gradientCase(type);
  const step = build(model, { batchSize: gradientBatch, optimizer: adadelta(), imageType: 'float32' });
  const graph = compileStep(step);
  const scalar = tensor('float32', [], [0.5]);
  const feeds = {
    ...step.state.pack(step.initialState),
    image,
    label,
    learning_rate: scalar,
    momentum: scalar,
  };

  test('runs in the predicted order', async () => {
    const kernels = await profile(graph, feeds, 'disabled');
    const foreseen = executionOrder(graph.liveNodes()).map(({ outputs }) => outputs[0].name);
    expect(kernels.map(({ name }) => name)).toEqual(foreseen);
  });

  test('needs the predicted memory', async () => {
    const kernels = await profile(graph, feeds, 'extended');
    // Values that ONNX Runtime computes in advance, from stored values alone, are allocated from the start.
    const counted = Math.max(...kernels.map(({ bytes }) => bytes)) - kernels[0].bytes;
    // The rewrites and the scratch memory that the plan leaves out are 1 % on images of this size, less on
    // larger ones.
    expect(memoryNeed(graph).peak / counted).toBeGreaterThan(0.97);
    expect(memoryNeed(graph).peak / counted).toBeLessThan(1.03);
  });
});
