/**
 * Checks that the nodes which a model file adds to a classifier are those that its weights and metadata
 * define.
 */
import { Graph, type Value } from '../graph/graph.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { checkGraph } from '../models/check-graph.ts';

/** Prefix of the names of added values. */
const added = 'hrm/after/';

/**
 * @param wanted the nodes after the classifier's own, rebuilt from weights and metadata
 * @throws with the output that the file computes differently
 */
export function checkAdded(file: ForeignModel, wanted: Graph): void {
  checkGraph(addedGraph(file, wanted), wanted);
}

/** The file's added nodes, as a graph with the same inputs as the wanted one. */
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
