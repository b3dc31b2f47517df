/** The gradient of a whole training step, against PyTorch's in float64. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Value } from '../../src/graph/graph.ts';
import { createSession } from '../../src/runtime/node.ts';
import type { Device } from '../../src/runtime/session.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { openStep } from '../../src/train/compile.ts';
import { type Optimizer, sgd } from '../../src/train/optimizers.ts';
import { fullStep, halfStep, nextSuffix } from '../../src/train/step.ts';
import { type GradientKind, gradientBatch, gradientCase } from './gradient-case.ts';

interface Golden {
  loss: number;
  gradients: Record<string, { norm: number; stride: number; values: number[] }>;
}

/** Largest error of a parameter's gradient, root mean square, relative to the gradient's own. */
const tolerance = 1e-3;
/** Where the true gradient is about zero (root mean square), the largest absolute error of an element. */
const absolute = 1e-6;

/** Checks every parameter's gradient, and the loss. @returns a line on how well they agree */
export async function checkGoldenGradient(kind: GradientKind, device: Device): Promise<string> {
  const path = new URL(`../golden/gradient-${kind}.json`, import.meta.url);
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  const { model, image, label, softLabel } = gradientCase(kind);
  // Plain gradient descent with rate 1 moves each weight by its gradient, which the difference then shows. In float32 that
  // would cost digits: the optimiser here puts the gradient itself in the weight's place.
  const update = (_w: Value, g: Value) => ({ parameter: g, slots: [] });
  const expose: Optimizer = { ...sgd(), begin: () => ({ counters: [], update }) };
  const build = kind === 'half' ? halfStep : fullStep;
  const step = build(model, { batchSize: gradientBatch, optimizer: expose });
  const session = await openStep(step, createSession, device);
  const scalar = tensor('float32', [], [1]);
  const result = await session.run({
    ...Object.fromEntries(step.initialState),
    image,
    label,
    soft_label: softLabel,
    learning_rate: scalar,
    momentum: scalar,
  });
  await session.release();
  expect(result.loss.data[0]).toBeCloseTo(golden.loss, 5);

  let worst = { name: '', error: 0 };
  let nearZero = 0;
  for (const [name, { norm, stride, values }] of Object.entries(golden.gradients)) {
    const gradient = result[`${name}${nextSuffix}`].data as Float32Array;
    const errors = values.map((value, i) => Math.abs(gradient[i * stride] - value));
    if (norm / Math.sqrt(gradient.length) < 1e-6) {
      nearZero++;
      expect(Math.max(...errors), name).toBeLessThan(absolute);
      continue;
    }
    expect(Math.abs(Math.hypot(...gradient) / norm - 1), `${name}: norm`).toBeLessThan(tolerance);
    const error = Math.hypot(...errors) / Math.sqrt(errors.length) / (norm / Math.sqrt(gradient.length));
    if (error > worst.error) worst = { name, error };
    expect(error, name).toBeLessThan(tolerance);
  }
  const count = Object.keys(golden.gradients).length;
  return `${kind} on ${device}: ${count} parameters, worst relative error ${worst.error.toExponential(1)} (${worst.name}), ${nearZero} gradients about zero`;
}
