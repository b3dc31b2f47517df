import type { Graph, GraphNode, Value } from '../graph.ts';

/**
 * Copies a node into another graph, with the names of its values. An output of the old graph (`results`) gets
 * another name there: the new graph's Identity node has that name.
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
