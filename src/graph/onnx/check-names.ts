import type { GraphProto } from './onnx-schema.ts';

/** @throws where two values have one name, or an output is there twice */
export function checkNames({ initializer, input, node, output }: GraphProto): void {
  const made = new Set<string>();
  // Files of before IR version 4 name stored values among the inputs, too.
  const stored = new Set(initializer.map(({ name }) => name));
  const fed = input.filter(({ name }) => !stored.has(name));
  const results = node.flatMap((one) => one.output).filter((name) => name !== '');
  for (const name of [...[...initializer, ...fed].map((one) => one.name), ...results]) {
    if (name === '') throw new Error('broken graph, a value has no name');
    if (made.has(name)) throw new Error(`broken graph, '${name}' is made twice`);
    made.add(name);
  }
  const twice = output.find((one, i) => output.findIndex(({ name }) => name === one.name) < i);
  if (twice) throw new Error(`broken graph, the output '${twice.name}' is there twice`);
}
