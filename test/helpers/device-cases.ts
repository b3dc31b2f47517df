/** What is computed on two devices, and how far their results are apart. */
import { Graph, type Value } from '../../src/graph/graph.ts';
import { encodeOnnx } from '../../src/graph/onnx/proto.ts';
import { createSession } from '../../src/runtime/node.ts';
import type { Device } from '../../src/runtime/session.ts';
import { random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { drawInputs, relativeError } from './device-nodes.ts';

export interface DeviceCase {
  /** The operator, then in brackets which form of it. */
  readonly title: string;
  /** Whether it needs a later operator set than that of the training steps. */
  readonly later: boolean;
  /** Appends it to a graph: its results. */
  readonly build: (graph: Graph) => readonly Value[];
}

/** Of one result. */
export interface CaseError {
  readonly title: string;
  /** See `relativeError`; not a number where the result is none. */
  readonly error: number;
}

/**
 * Largest error, relative to a result's largest element. Sums of thousands of numbers of either sign, in another order, lose
 * two to three of float32's seven digits; a wrong result is off by all of them.
 */
export const deviceTolerance = 1e-4;

export function isWrong({ error }: CaseError): boolean {
  return !(error <= deviceTolerance);
}

/** @throws unless there is one */
export function worstOf(errors: readonly CaseError[]): CaseError {
  return errors.reduce((a, b) => (b.error > a.error || Number.isNaN(b.error) ? b : a));
}

/** All cases on a device, against the CPU: an error for each result. @throws where the device does not take them. */
export async function caseErrors(device: Device, cases: readonly DeviceCase[]): Promise<CaseError[]> {
  const errors: CaseError[] = [];
  // What needs a later operator set has a graph of its own: a file has one set, and the kernels of a GPU are those of the training
  // steps only where it is theirs.
  for (const some of [cases.filter(({ later }) => !later), cases.filter(({ later }) => later)]) {
    const graph = new Graph();
    const results = some.flatMap(({ title, build }) =>
      build(graph).map((value, i, { length }) => ({
        title: length === 1 ? title : `${title}, ${i + 1} of ${length}`,
        value,
      })),
    );
    if (results.length === 0) continue;
    for (const { value } of results) graph.output(value);
    const feeds = drawInputs(graph, random(5));
    const expected = await runOn('cpu', graph, feeds);
    const actual = await runOn(device, graph, feeds);
    for (const { title, value } of results) {
      errors.push({ title, error: relativeError(expected[value.name], actual[value.name]) });
    }
  }
  return errors;
}

/** Runs a graph once, as a training step is run. */
export async function runOn(
  device: Device,
  graph: Graph,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const session = await createSession(encodeOnnx(graph), { device, purpose: 'training' });
  const results = await session.run(feeds);
  await session.release();
  return results;
}
