/** The order in which ONNX Runtime runs a graph's nodes, which is not the order in which they were added. */
import type { GraphNode, Value } from '../graph.ts';

/**
 * Depth first from the nodes whose results no other node reads, the last added first. A node runs once
 * everything it reads has been computed; of its inputs, the one added last is visited first. (`GraphViewer`
 * of ONNX Runtime: `ReverseDFSFrom` with `NodeCompare`; compared with the profile of a session, node for
 * node.)
 * @param nodes in the order in which they were added
 * @param inputsOf the values that a node reads; default: its `inputs`
 */
export function executionOrder(
  nodes: readonly GraphNode[],
  inputsOf: (node: GraphNode) => readonly Value[] = presentInputs,
): GraphNode[] {
  const place = new Map(nodes.map((node, i) => [node, i]));
  const producer = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node])));
  const makers = (node: GraphNode): GraphNode[] => [
    ...new Set(inputsOf(node).flatMap((value) => producer.get(value) ?? [])),
  ];
  const read = new Set(nodes.flatMap((node) => [...inputsOf(node)]));
  const order: GraphNode[] = [];
  const met = new Set<GraphNode>();
  const stack = nodes
    .filter(({ outputs }) => !outputs.some((value) => read.has(value)))
    .map((node) => ({ node, ready: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, ready } = top;
    if (ready) order.push(node);
    else if (!met.has(node)) {
      met.add(node);
      stack.push({ node, ready: true });
      const before = makers(node).sort((a, b) => (place.get(a) as number) - (place.get(b) as number));
      stack.push(...before.filter((one) => !met.has(one)).map((one) => ({ node: one, ready: false })));
    }
  }
  return order;
}

/** The values that a node reads, without inputs left out. */
export function presentInputs({ inputs }: GraphNode): Value[] {
  return inputs.filter((value) => value !== undefined);
}
