/** Single nodes of the training steps, for comparing one device with another. */
import type { Graph, GraphNode, Value } from '../../src/graph/graph.ts';
import { initializeWeights } from '../../src/models/model.ts';
import type { Device } from '../../src/runtime/session.ts';
import { type Random, random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { compileStep } from '../../src/train/compile.ts';
import { adadelta } from '../../src/train/optimizers.ts';
import { fullStep, halfStep } from '../../src/train/step.ts';
import { gradientCase, gradientKinds } from '../../tools/reference/gradient-case.ts';
import type { DeviceCase } from './device-cases.ts';

/** Each of `distinctNodes` of the forms for a device, alone. */
export function nodeCases(device: Device): DeviceCase[] {
  return [...distinctNodes([device])].map(([title, node]) => ({
    title,
    later: false,
    build: (graph) => repeatNode(graph, node),
  }));
}

/**
 * Every node of the training steps of the half model and of the full one with each expansion, in the forms for some devices, 2 images of
 * 32 x 32, that differs from those before it.
 */
export function distinctNodes(forms: readonly Device[]): Map<string, GraphNode> {
  const distinct = new Map<string, GraphNode>();
  for (const kind of gradientKinds) {
    const config = { ...gradientCase(kind).model, imSize: 32 };
    const model = { ...config, weights: initializeWeights(config, random(1)) };
    const build = kind === 'half' ? halfStep : fullStep;
    for (const device of forms) {
      const step = build(model, { batchSize: 2, optimizer: adadelta(), device });
      for (const node of (device === 'cpu' ? step.graph : compileStep(step)).liveNodes()) {
        const title = titleOf(node);
        if (!distinct.has(title)) distinct.set(title, node);
      }
    }
  }
  return distinct;
}

/** Operator, types and shapes of the inputs, what small stored inputs hold, attributes: equal for nodes that do the same. */
function titleOf({ operator, inputs, attributes }: GraphNode): string {
  const input = (value: Value | undefined): string => {
    if (!value) return 'none';
    const { dtype, shape, content } = value;
    const stored = content ? (sizeOf(content.shape) <= 16 ? `=${[...content.data]}` : '=stored') : '';
    return `${dtype}[${shape}]${stored}`;
  };
  return `${operator.type}(${inputs.map(input).join(', ')}) ${JSON.stringify(attributes)}`;
}

/** Repeats a node in another graph: what it computes from becomes inputs of that graph, what is stored stays stored. */
export function repeatNode(graph: Graph, { operator, inputs, attributes }: GraphNode): Value[] {
  const own = inputs.map((value, i) => {
    if (!value?.content)
      return (
        value && graph.input(`x${graph.inputs.length}${domain(operator.type, i)}`, value.dtype, value.shape)
      );
    return graph.constant(value.content);
  });
  return graph.add(operator, own, attributes);
}

/** Marks inputs that have to be above zero: roots, logarithms, denominators, variances. */
function domain(operator: string, input: number): string {
  const positive: Record<string, number> = { Sqrt: 0, Log: 0, Div: 1, BatchNormalization: 4 };
  return positive[operator] === input ? positiveMark : '';
}

export const positiveMark = '_positive';

/** Draws a graph's inputs: standard normal, or from 0.5 to 2 where they have to be above zero; small whole numbers. */
export function drawInputs(graph: Graph, rng: Random): Record<string, Tensor> {
  const draw = (name: string): number => (name.endsWith(positiveMark) ? rng.uniform(0.5, 2) : rng.normal());
  return Object.fromEntries(
    graph.inputs.map(({ name, dtype, shape }) => {
      const whole = dtype !== 'float32';
      const count = sizeOf(shape as number[]);
      const values = Array.from({ length: count }, () => (whole ? rng.integer(2) : draw(name)));
      return [name, tensor(dtype, shape as number[], values)];
    }),
  );
}

/** The largest difference between two tensors, relative to the largest element of the first. */
export function relativeError(expected: Tensor, actual: Tensor): number {
  let largest = Number.MIN_VALUE;
  let difference = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const value = Number(expected.data[i]);
    const off = Math.abs(value - Number(actual.data[i]));
    largest = Math.max(largest, Math.abs(value));
    difference = off <= difference ? difference : off; // also where it is no number
  }
  return difference / largest;
}
