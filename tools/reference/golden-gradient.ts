/** Compares the gradient of a whole training step with PyTorch's in float64, parameter by parameter. */
import { readFileSync } from 'node:fs';
import type { GraphNode, Value } from '../../src/graph/graph.ts';
import { createSession } from '../../src/runtime/node.ts';
import type { Device } from '../../src/runtime/session.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { openStep } from '../../src/train/compile.ts';
import { type Optimizer, sgd } from '../../src/train/optimizers.ts';
import { fullStep, halfStep } from '../../src/train/step.ts';
import { type GradientKind, gradientBatch, gradientCase } from './gradient-case.ts';

interface Golden {
  loss: number;
  gradients: Record<string, { norm: number; stride: number; values: number[] }>;
}

/** The error of one parameter's gradient. */
export interface ParameterError {
  readonly name: string;
  /** The name of the first result of the first forward node that reads the parameter. */
  readonly reader: string;
  /** Root mean square of the golden gradient. */
  readonly size: number;
  /** Norm of the gradient, relative to the golden one. */
  readonly ratio: number;
  /** Root mean square of the error, relative to `size`. */
  readonly error: number;
  /** The largest error of an element. */
  readonly largest: number;
}

export interface GradientErrors {
  readonly loss: number;
  readonly goldenLoss: number;
  /** In the order in which the network creates its parameters, from the image to the loss. */
  readonly parameters: readonly ParameterError[];
}

/**
 * Runs the step once, on the case of the golden file.
 * @param form the device that its graph is built for
 */
export async function goldenGradientErrors(
  kind: GradientKind,
  device: Device,
  form: Device = device,
): Promise<GradientErrors> {
  const path = new URL(`../../test/golden/gradient-${kind}.json`, import.meta.url);
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  const { model, image, label, softLabel } = gradientCase(kind);
  // Gradient descent with rate 1 changes each weight by its gradient, but the difference of float32 weights
  // would lose digits: this optimiser replaces the weight by the gradient itself.
  const update = (_w: Value, g: Value) => ({ parameter: g, slots: [] });
  const expose: Optimizer = { ...sgd(), begin: () => ({ counters: [], update }) };
  const build = kind === 'half' ? halfStep : fullStep;
  const step = build(model, {
    batchSize: gradientBatch,
    optimizer: expose,
    device: form,
    imageType: 'float32',
  });
  const session = await openStep(step, createSession, device);
  const scalar = tensor('float32', [], [1]);
  const result = await session.run({
    ...step.state.pack(step.initialState),
    image,
    label,
    soft_label: softLabel,
    learning_rate: scalar,
    momentum: scalar,
  });
  await session.release();
  const found = step.state.unpack(step.state.next(result));
  const parameters = Object.entries(golden.gradients).map(([name, { norm, stride, values }]) => {
    const gradient = found.get(name)?.data as Float32Array;
    const errors = values.map((value, i) => Math.abs(gradient[i * stride] - value));
    const size = norm / Math.sqrt(gradient.length);
    return {
      name,
      reader: step.graph.nodes.find(reads(name))?.outputs[0].name ?? '',
      size,
      ratio: Math.hypot(...gradient) / norm,
      error: Math.hypot(...errors) / Math.sqrt(errors.length) / size,
      largest: Math.max(...errors),
    };
  });
  return { loss: Number(result.loss.data[0]), goldenLoss: golden.loss, parameters };
}

const reads =
  (parameter: string) =>
  ({ inputs }: GraphNode): boolean =>
    inputs.some((value) => value?.name === parameter || value?.name.startsWith(`${parameter}/`));
