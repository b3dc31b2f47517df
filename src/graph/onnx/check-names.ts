import { shown } from '../../text/shown.ts';
import type { GraphProto, TensorProto } from './onnx-schema.ts';

/**
 * @throws when two values have one name, or an output is listed twice; for stored values with one name see
 * `lastOfEach`
 */
export function checkNames({ initializer, input, node, output }: GraphProto): void {
  const made = new Set(initializer.map(({ name }) => name));
  // Files of before IR version 4 list stored values among the inputs, too.
  const fed = input.map(({ name }) => name).filter((name) => !made.has(name));
  if (made.has('') || fed.includes('')) throw new Error('broken graph: a value has no name');
  const results = node.flatMap((one) => one.output).filter((name) => name !== '');
  for (const name of [...fed, ...results]) {
    if (made.has(name)) throw new Error(`broken graph: '${shown(name)}' is computed twice`);
    made.add(name);
  }
  const told = new Set<string>();
  for (const { name } of output) {
    if (told.has(name)) throw new Error(`broken graph: the output '${shown(name)}' is listed twice`);
    told.add(name);
  }
}

/** Of stored values with one name, the last: the one that ONNX Runtime uses. */
export function lastOfEach(stored: readonly TensorProto[]): TensorProto[] {
  return [...new Map(stored.map((one) => [one.name, one])).values()];
}
