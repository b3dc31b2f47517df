/** Reverse-mode differentiation: appends to a graph the nodes that compute the gradients of a scalar. */
import { tensor } from '../tensor/tensor.ts';
import { type Shape, sameShape, staticShape } from './dim.ts';
import type { TapeEntry, Value, ValueType } from './graph.ts';
import { builders as o } from './ops/index.ts';

/**
 * d loss / d value for each of `values`, in the value's shape; zeros where the loss does not depend on it.
 *
 * Griewank and Walther, *Evaluating Derivatives* (2008), section 3.2: the tape is walked backwards; each
 * entry computes the gradients of its inputs from those of its outputs, and the gradients that reach a value
 * along several paths are summed.
 * No gradient flows through comparisons, indices and casts. The nodes appended for `Conv_12` have names that
 * begin with `grad/Conv_12/`.
 * @throws when `loss` is not a float32 scalar, one of `values` is not float32 or belongs to another graph, or
 * a rule returns something that cannot be the gradient (docs/wrong-gradient.md).
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { builders as o, encodeOnnx, Graph, gradients } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const graph = new Graph();
 * const x = graph.input('x', 'float32', [3]);
 * const [slope] = gradients(o.reduceSum(o.mul(x, x), [0]), [x]); // of x1² + x2² + x3²
 * graph.output(o.identity(slope, 'slope'));
 * const session = await createSession(encodeOnnx(graph));
 * const found = await session.run({ x: tensor('float32', [3], [1, -2, 5]) });
 * console.log(found.slope.data.join(' ')); //=> 2 -4 10
 * await session.release();
 * ```
 */
export function gradients(loss: Value, values: readonly Value[]): Value[] {
  const { graph } = loss;
  if (loss.shape.length !== 0 || loss.dtype !== 'float32') {
    throw new Error(`gradients: the loss must be a float32 scalar, got ${typeText(loss)}`);
  }
  for (const value of values) {
    if (value.graph !== graph)
      throw new Error(`internal: gradients: '${value.name}' belongs to another graph`);
    if (value.dtype !== 'float32') {
      throw new Error(`gradients: '${value.name}' is ${value.dtype}, only float32 has a gradient`);
    }
  }
  const dependent = dependents(graph.tape, values);
  const dependentByNodes = dependents(graph.nodes, values);
  const sums = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const entry of [...graph.tape].reverse()) {
    if (!entry.outputs.some((y) => sums.has(y))) continue;
    for (const [i, x] of entry.inputs.entries()) {
      if (!x || dependent.has(x) || !dependentByNodes.has(x)) continue;
      throw wrong(
        entry,
        `${inputText(entry, i)} depends on values inside a composite, where no gradient flows`,
      );
    }
    if (!entry.inputs.some((x) => x && dependent.has(x))) continue;
    graph.named(`grad/${entry.outputs[0].name}`, () => {
      const dOutputs = entry.outputs.map((y) => sums.get(y) ?? zeros(y));
      for (const [i, dx] of inputGradients(entry, dOutputs, dependent).entries()) {
        const x = entry.inputs[i];
        if (!x || !dx || !dependent.has(x)) continue;
        const reduced = sumTo(dx, x.shape);
        const sum = sums.get(x);
        sums.set(x, sum ? o.add(sum, reduced) : reduced);
      }
    });
  }
  return values.map((value) => sums.get(value) ?? zeros(value));
}

/** All values that depend on one of `values`. */
function dependents(
  nodes: readonly Pick<TapeEntry, 'inputs' | 'outputs'>[],
  values: readonly Value[],
): Set<Value> {
  const dependent = new Set(values);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((x) => x && dependent.has(x))) continue;
    for (const y of outputs) dependent.add(y);
  }
  return dependent;
}

/**
 * The gradients that an entry's rule returns, checked for type and shape; `undefined` where no gradient
 * flows.
 */
function inputGradients(
  entry: TapeEntry,
  dOutputs: readonly Value[],
  dependent: ReadonlySet<Value>,
): readonly (Value | undefined)[] {
  const { inputs, outputs, attributes, gradient } = entry;
  if (gradient === 'none') {
    const lost = inputs.findIndex((x) => x && dependent.has(x) && x.dtype.startsWith('float'));
    if (lost < 0) return [];
    throw wrong(entry, `it has no rule, and both ${inputText(entry, lost)} and the result are floats`);
  }
  const dInputs = gradient({ inputs: inputs as readonly Value[], outputs, attributes }, dOutputs, o);
  if (dInputs.length !== inputs.length) {
    throw wrong(entry, `the rule gives ${dInputs.length} gradients for ${inputs.length} inputs`);
  }
  for (const [i, dx] of dInputs.entries()) {
    const x = inputs[i];
    if (!dx) continue;
    if (dx.graph !== outputs[0].graph) {
      throw wrong(entry, `what the rule gives for ${inputText(entry, i)} belongs to another graph`);
    }
    if (x?.dtype !== 'float32') {
      throw wrong(
        entry,
        `${inputText(entry, i)} is ${x?.dtype ?? 'left out'}, the rule gives it ${typeText(dx)}`,
      );
    }
    if (dx.dtype !== 'float32' || !isGradientShape(dx.shape, x.shape, entry)) {
      const broadcast = entry.broadcasts ? `, or broadcast to [${outputs[0].shape}]` : '';
      const expected = `the gradient of ${inputText(entry, i)} is ${typeText(x)}${broadcast}`;
      throw wrong(entry, `${expected}, the rule gives ${typeText(dx)}`);
    }
  }
  return dInputs;
}

/**
 * Whether a gradient has the input's shape. With an operator that broadcasts, it may also be as long as the
 * result along axes where the input has length 1 or which the input lacks.
 */
function isGradientShape(gradient: Shape, input: Shape, { broadcasts, outputs: [y] }: TapeEntry): boolean {
  if (!broadcasts) return sameShape(gradient, input);
  const extra = gradient.length - input.length;
  const beyond = y.shape.length - gradient.length;
  return (
    extra >= 0 &&
    gradient.every((dim, i) => {
      const own = i < extra ? 1 : input[i - extra];
      return dim === own || (own === 1 && dim === y.shape[i + beyond]);
    })
  );
}

/**
 * Sums a gradient over the axes along which its value was broadcast. No other function handles broadcasting.
 */
function sumTo(gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : [],
  );
  const summed = o.reduceSum(gradient, axes);
  // Puts back, with length 1, the axes that the sum removed and the value has.
  return sameShape(summed.shape, shape)
    ? summed
    : o.reshape(summed, staticShape(shape, 'the gradient of a value that was broadcast'));
}

function zeros(value: Value): Value {
  return value.graph.constant(tensor('float32', staticShape(value.shape, 'a gradient of zero')));
}

function wrong({ name, outputs: [y] }: TapeEntry, what: string): Error {
  return new Error(`internal: gradient of ${name}: ${what} (the node of '${y.name}')`);
}

function inputText({ inputs }: TapeEntry, i: number): string {
  return `input ${i}${inputs[i] ? ` ('${inputs[i].name}')` : ''}`;
}

function typeText({ dtype, shape }: ValueType): string {
  return `${dtype} [${shape}]`;
}
