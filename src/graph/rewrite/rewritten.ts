import type { DType } from '../../tensor/tensor.ts';
import { Graph, type GraphNode, type Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { copyNode } from './copy-node.ts';

/** The replacement of a node; undefined: the node stays. */
export type NodeForm = (node: GraphNode, inputs: readonly Value[]) => readonly Value[] | undefined;

/**
 * A graph in which some nodes are replaced.
 * @param inputType of an input; default: unchanged
 * @returns a new graph with the same inputs and outputs. Nodes keep their names; the names of replacements
 * begin with the name of the node replaced and `/`.
 */
export function rewritten(
  graph: Graph,
  form: NodeForm,
  inputType: (value: Value) => DType = ({ dtype }) => dtype,
): Graph {
  const target = new Graph();
  const values = new Map<Value, Value>();
  for (const value of graph.inputs) {
    values.set(value, target.input(value.name, inputType(value), value.shape));
  }
  for (const value of graph.initializers) {
    if (value.content) values.set(value, target.initializer(value.name, value.content));
  }
  const of = (value: Value): Value => values.get(value) as Value;
  for (const node of graph.liveNodes()) {
    const inputs = node.inputs.map((value) => value && of(value));
    const other = target.named(node.outputs[0].name, () => form(node, inputs as readonly Value[]));
    const made = other ?? copyNode(target, node, inputs, graph.outputs);
    for (const [i, value] of node.outputs.entries()) values.set(value, made[i]);
  }
  for (const value of graph.outputs) target.output(o.identity(of(value), value.name));
  return target;
}
