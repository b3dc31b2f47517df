/** Reads a foreign model's values for one picture from ONNX Runtime, whatever its nodes are. */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import type { CreateSession } from '../runtime/session.ts';
import { halfToFloat } from '../tensor/half-float.ts';
import { type DType, type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * Runs a model once.
 * @param names of values
 * @returns these, with the inputs
 * @throws if ONNX Runtime cannot run it
 */
export async function readValues(
  model: ForeignModel,
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
  createSession: CreateSession,
): Promise<Record<string, Tensor>> {
  const computed = names.filter((name) => model.producer(name));
  if (computed.length === 0) return { ...feeds };
  const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
  const session = await createSession(model.encode(computed, shapes), { purpose: 'once' });
  try {
    return { ...feeds, ...(await session.run(feeds, computed)) };
  } finally {
    await session.release();
  }
}

/** Operators whose results depend only on their inputs' shapes. */
const shapeOperators: readonly string[] = ['Shape', 'Size'];
/** Operators with random results. */
export const randomOperators: readonly string[] = [
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
];

/**
 * The computed values that are the same for every picture of one size: computed from stored values and
 * shapes.
 */
export function sameForAll(nodes: readonly ForeignNode[], model: ForeignModel): Set<string> {
  const same = new Set<string>();
  const known = (name: string): boolean => name === '' || same.has(name) || model.isStored(name);
  for (const { type, inputs, outputs, hasInnerGraphs } of nodes) {
    if (randomOperators.includes(type) || hasInnerGraphs) continue;
    if (shapeOperators.includes(type) || inputs.every(known)) {
      for (const output of outputs) if (output !== '') same.add(output);
    }
  }
  return same;
}

/** A value of ONNX Runtime; floats of another precision are converted to float32. */
export function asFloat32({ dtype, shape, data }: Tensor): Tensor {
  const type = dtype as DType | 'float16';
  if (type === 'float64') return tensor('float32', shape, Float32Array.from(data as Float64Array));
  if (type !== 'float16') return { dtype, shape, data };
  // As bits, or as numbers if JavaScript has an array of this type.
  const isBits = data instanceof Uint16Array;
  return tensor('float32', shape, isBits ? halfToFloat(data) : Float32Array.from(data as Float32Array));
}

/** The name of a value's float32 version, whatever its own precision is. */
export function float32Name(value: string): string {
  return `${value}/float32`;
}
