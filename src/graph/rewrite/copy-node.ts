import type { Graph, GraphNode, Value } from '../graph.ts';

/**
 * Repeats a node in another graph, under its names. What is a result of the old graph (`results`) leaves its name to the identity
 * with which the new one gives that result.
 */
export function copyNode(
  target: Graph,
  { operator, outputs, attributes }: GraphNode,
  inputs: readonly (Value | undefined)[],
  results: readonly Value[],
): Value[] {
  if (outputs.some((value) => results.includes(value))) {
    return target.named(outputs[0].name, () => target.add(operator, inputs, attributes));
  }
  const names = outputs.map(({ name }) => name);
  return target.add(operator, inputs, attributes, names);
}
