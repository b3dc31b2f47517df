/** The one check that every gradient rule passes: against central differences, over seeded random inputs. */
import { expect } from 'vitest';
import { gradients } from '../../src/graph/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { encodeOnnx } from '../../src/graph/onnx/proto.ts';
import { builders as o } from '../../src/graph/ops/index.ts';
import { createSession } from '../../src/runtime/node.ts';
import type { Device } from '../../src/runtime/session.ts';
import { type Random, random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

export interface GradientCheck {
  /** The function under test: from inputs to one result of any shape. */
  readonly build: (inputs: Value[]) => Value;
  /** Shape of each input, or its content (then the perturbed points are near it). */
  readonly inputs: readonly (readonly number[] | Tensor<'float32'>)[];
  /** Draws an input's elements. Default: standard normal. */
  readonly draw?: (random: Random) => number;
  /** Half the distance of the central difference. Default 0.01: float32 leaves about five digits. */
  readonly h?: number;
  readonly seed?: number;
  /** Largest difference, relative to the largest gradient of the same input. Default 2e-3. */
  readonly tolerance?: number;
  readonly device?: Device;
}

/**
 * Compares d(sum of r y)/dx, r random, with (f(x + h) - f(x - h)) / 2h for up to 40 elements of every input. The results are
 * summed in float64, so that the difference keeps its digits.
 */
export async function checkGradient(check: GradientCheck): Promise<void> {
  const {
    build,
    inputs,
    draw = (r) => r.normal(),
    h = 0.01,
    seed = 1,
    tolerance = 2e-3,
    device = 'cpu',
  } = check;
  const rng = random(seed);
  const points = inputs.map((input) => {
    if ('data' in input) return input;
    const point = tensor('float32', input);
    return { ...point, data: point.data.map(() => draw(rng)) };
  });

  const graph = new Graph();
  const values = points.map((point, i) => graph.input(`x${i}`, 'float32', point.shape));
  const y = build(values);
  const r = tensor('float32', y.shape as number[]);
  r.data.forEach((_, i) => {
    r.data[i] = rng.normal();
  });
  graph.output(o.identity(y, 'y'));
  const everything = y.shape.map((_, axis) => axis);
  const product = o.mul(y, graph.constant(r));
  const loss = everything.length === 0 ? product : o.reduceSum(product, everything);
  gradients(loss, values).forEach((gradient, i) => {
    expect(gradient.shape).toEqual(points[i].shape);
    graph.output(o.identity(gradient, `dx${i}`));
  });

  const session = await createSession(encodeOnnx(graph), { purpose: 'training', device });
  const run = (at: readonly Tensor[]): Promise<Record<string, Tensor>> =>
    session.run(Object.fromEntries(at.map((point, i) => [`x${i}`, point])));
  const project = async (at: readonly Tensor[]): Promise<number> => {
    const data = (await run(at)).y.data as Float32Array;
    return data.reduce((sum, value, i) => sum + value * r.data[i], 0);
  };
  const derived = await run(points);
  for (const [i, point] of points.entries()) {
    const gradient = derived[`dx${i}`].data as Float32Array;
    const scale = Math.max(1e-3, ...gradient.map(Math.abs));
    const picked = rng.shuffle([...gradient.keys()]).slice(0, 40);
    for (const k of picked) {
      const moved = (by: number): Promise<number> =>
        project(points.with(i, { ...point, data: point.data.with(k, point.data[k] + by) }));
      const expected = ((await moved(h)) - (await moved(-h))) / (2 * h);
      expect(
        Math.abs(gradient[k] - expected) / scale,
        `input ${i}, element ${k}: derived ${gradient[k]}, differences give ${expected}`,
      ).toBeLessThan(tolerance);
    }
  }
  await session.release();
}
