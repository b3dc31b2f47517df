import type { DType } from '../../tensor/tensor.ts';
import { Graph, type GraphNode, type Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { copyNode } from './copy-node.ts';

/** What computes a node's results otherwise; undefined: the node stays. */
export type NodeForm = (node: GraphNode, inputs: readonly Value[]) => readonly Value[] | undefined;

/**
 * A graph some of whose nodes have another form.
 * @param inputType of an input; default: as it is
 * @returns a new graph with the same inputs and outputs. Nodes keep their names; those put in a node's place have its name and `/`
 * before their own.
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
