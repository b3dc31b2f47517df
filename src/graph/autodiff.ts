/** Reverse-mode differentiation: appends to a graph the nodes that compute the gradients of a scalar. */
import { sizeOf, tensor } from '../tensor/tensor.ts';
import { type Shape, sameShape, staticShape } from './dim.ts';
import type { TapeEntry, Value } from './graph.ts';
import { builders as o } from './ops/index.ts';

/**
 * d loss / d value for each of `values`, each of the value's shape. Zeros where the loss does not depend on it.
 *
 * Griewank and Walther, *Evaluating Derivatives* (2008), section 3.2: the tape is walked backwards; each entry turns the
 * gradients of its outputs into gradients of its inputs, and what reaches a value by several ways is added up.
 * No gradient flows through comparisons, indices and casts.
 * @throws when `loss` is no float32 scalar.
 */
export function gradients(loss: Value, values: readonly Value[]): Value[] {
  if (loss.shape.length !== 0 || loss.dtype !== 'float32') {
    throw new Error(`gradients: the loss is a float32 scalar, got ${loss.dtype} [${loss.shape}]`);
  }
  const { graph } = loss;
  const dependent = dependents(graph.tape, values);
  const sums = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const entry of [...graph.tape].reverse()) {
    if (!entry.outputs.some((y) => sums.has(y)) || !entry.inputs.some((x) => x && dependent.has(x))) continue;
    if (entry.gradient === 'none') continue;
    const dOutputs = entry.outputs.map((y) => sums.get(y) ?? zeros(y));
    const node = { inputs: entry.inputs as Value[], outputs: entry.outputs, attributes: entry.attributes };
    const dInputs = entry.gradient(node, dOutputs, o);
    entry.inputs.forEach((x, i) => {
      const dx = dInputs[i];
      if (!x || !dx || !dependent.has(x)) return;
      const reduced = sumTo(dx, x.shape);
      const sum = sums.get(x);
      sums.set(x, sum ? o.add(sum, reduced) : reduced);
    });
  }
  return values.map((value) => sums.get(value) ?? zeros(value));
}

/** Every value that depends on one of `values`. */
function dependents(tape: readonly TapeEntry[], values: readonly Value[]): Set<Value> {
  const dependent = new Set(values);
  for (const entry of tape) {
    if (!entry.inputs.some((x) => x && dependent.has(x))) continue;
    for (const y of entry.outputs) dependent.add(y);
  }
  return dependent;
}

/** Sums a gradient over the axes along which its value was broadcast. The only place that knows of broadcasting. */
function sumTo(gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : [],
  );
  const target = staticShape(shape, 'the gradient of a value that was broadcast');
  const summed = axes.length === 0 ? gradient : o.reduceSum(gradient, axes);
  if (sizeOf(staticShape(summed.shape, 'a gradient')) === sizeOf(target)) return o.reshape(summed, target);
  return o.expand(summed, target); // a rule may give one number for all elements
}

function zeros(value: Value): Value {
  return value.graph.constant(tensor('float32', staticShape(value.shape, 'a gradient of zero')));
}
