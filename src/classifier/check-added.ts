/** Whether what a model file adds to a classifier is what its weights and metadata make of it. */
import { Graph, type Value } from '../graph/graph.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { checkGraph } from '../models/check-graph.ts';

/** Stands before the names of added values. */
const added = 'hrm/after/';

/**
 * @param wanted what comes after the classifier's own nodes, made anew
 * @throws with the output that the file computes otherwise
 */
export function checkAdded(file: ForeignModel, wanted: Graph): void {
  checkGraph(addedGraph(file, wanted), wanted);
}

/** The added nodes, reading what the wanted ones do. */
function addedGraph(file: ForeignModel, wanted: Graph): Graph {
  const graph = new Graph();
  const values = new Map<string, Value>();
  for (const { name, dtype, shape } of wanted.inputs) values.set(name, graph.input(name, dtype, shape));
  const find = (name: string): Value => {
    const known = values.get(name);
    if (known) return known;
    if (!file.isStored(name)) throw new Error(`damaged: the nodes that were added read '${name}'`);
    const plain = name.startsWith(added) ? name.slice(added.length) : name;
    const value = graph.initializer(plain, file.stored(name));
    values.set(name, value);
    return value;
  };
  const outputs = new Set(wanted.outputs.map(({ name }) => name));
  const isAdded = (name: string): boolean => name.startsWith(added) || outputs.has(name);
  for (const node of file.nodes) {
    if (!node.outputs.some(isAdded)) continue;
    for (const value of file.addTo(graph, node, find)) values.set(value.name, value);
  }
  for (const name of file.outputs) graph.output(find(name));
  return graph;
}
