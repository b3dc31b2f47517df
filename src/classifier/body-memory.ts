/**
 * The memory that the body of an imported classifier needs. Its nodes may be unknown here, so ONNX Runtime is
 * asked for the shapes.
 */
import type { CreateSession } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import { readValues } from './values.ts';

export interface BodyMemory {
  /** Peak bytes of values that are alive at once, for one picture. */
  readonly values: number;
  /** Bytes of stored values. */
  readonly stored: number;
  readonly nodes: number;
}

/**
 * The memory of the nodes up to the target layer, for pictures of its `imSize`. A value is alive from its
 * node to the last one that reads it.
 */
export async function bodyMemory(
  { imported, imSize, channels, model }: ImportedClassifier,
  createSession: CreateSession,
): Promise<BodyMemory> {
  const nodes = model.nodesFor([imported.layers.target]);
  const image = tensor('float32', [1, imSize, imSize, channels]);
  const names = nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '');
  const values = await readValues(model, { image }, names, createSession);
  const bytes = (name: string): number => values[name]?.data.byteLength ?? 0;
  const lastUse = new Map(nodes.flatMap(({ reads }, i) => reads.map((name) => [name, i])));
  let alive = image.data.byteLength;
  let most = alive;
  for (const [i, { reads, outputs }] of nodes.entries()) {
    for (const name of outputs) alive += bytes(name);
    most = Math.max(most, alive);
    const dead = new Set([...reads, ...outputs].filter((name) => (lastUse.get(name) ?? i) === i));
    for (const name of dead) alive -= bytes(name);
  }
  const stored = new Set(nodes.flatMap(({ reads }) => reads.filter((name) => model.isStored(name))));
  return {
    values: most,
    stored: [...stored].reduce((sum, name) => sum + model.stored(name).data.byteLength, 0),
    nodes: nodes.length,
  };
}
