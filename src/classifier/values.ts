/** What the values of a foreign model are for one picture: ONNX Runtime is asked, whatever the nodes may be. */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import type { CreateSession } from '../runtime/session.ts';
import { halfToFloat } from '../tensor/half-float.ts';
import { type DType, type Tensor, tensor } from '../tensor/tensor.ts';

/** Runs a model once. @param names of values @returns these, and what was fed @throws when ONNX Runtime cannot run it */
export async function readValues(
  model: ForeignModel,
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
  createSession: CreateSession,
): Promise<Record<string, Tensor>> {
  const computed = names.filter((name) => model.maker(name));
  if (computed.length === 0) return { ...feeds };
  const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
  const session = await createSession(model.encode(computed, shapes), { purpose: 'once' });
  try {
    return { ...feeds, ...(await session.run(feeds, computed)) };
  } finally {
    await session.release();
  }
}

/** Nodes whose results depend on their inputs' shapes alone. */
const ofShapes: readonly string[] = ['Shape', 'Size'];
/** Nodes whose results are drawn anew each time. */
export const ofChance: readonly string[] = [
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
];

/** The computed values that are the same for every picture of one size: made of stored values and of shapes. */
export function sameForAll(nodes: readonly ForeignNode[], model: ForeignModel): Set<string> {
  const same = new Set<string>();
  const known = (name: string): boolean => name === '' || same.has(name) || model.isStored(name);
  for (const { type, inputs, outputs, hasInnerGraphs } of nodes) {
    if (ofChance.includes(type) || hasInnerGraphs) continue;
    if (ofShapes.includes(type) || inputs.every(known)) {
      for (const output of outputs) if (output !== '') same.add(output);
    }
  }
  return same;
}

/** A value of ONNX Runtime; floats of another precision as float32. */
export function asFloat32({ dtype, shape, data }: Tensor): Tensor {
  const type = dtype as DType | 'float16';
  if (type === 'float64') return tensor('float32', shape, Float32Array.from(data as Float64Array));
  if (type !== 'float16') return { dtype, shape, data };
  // As bits, or as numbers where JavaScript has an array of such.
  const isBits = data instanceof Uint16Array;
  return tensor('float32', shape, isBits ? halfToFloat(data) : Float32Array.from(data as Float32Array));
}

/** The name under which a value of the classifier is read in float32, whatever its own precision is. */
export function float32Name(value: string): string {
  return `${value}/float32`;
}
