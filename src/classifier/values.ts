/** What the values of a foreign model are for one picture: ONNX Runtime is asked, whatever the nodes may be. */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Runs a model once. @param names of values @throws when ONNX Runtime cannot run it */
export async function readValues(
  model: ForeignModel,
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
  createSession: CreateSession,
): Promise<Record<string, Tensor>> {
  const computed = names.filter((name) => model.maker(name));
  if (computed.length === 0) return {};
  const session = await createSession(model.encode(computed), { purpose: 'once' });
  try {
    return await session.run(feeds, computed);
  } finally {
    await session.release();
  }
}

/** Nodes whose results depend on their inputs' shapes alone. */
const ofShapes: readonly string[] = ['Shape', 'Size'];
const ofChance: readonly string[] = [
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
      for (const output of outputs) same.add(output);
    }
  }
  return same;
}
