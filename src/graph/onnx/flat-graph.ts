/** Copies the nodes inside of If nodes into the graph itself, so that their results can be looked at. */
import { create } from '@bufbuild/protobuf';
import { renamedGraph } from './node-proto.ts';
import { type GraphProto, GraphProtoSchema, type NodeProto } from './onnx-schema.ts';
import { fieldsOf } from './raise-opset.ts';

/** The graph with the nodes and stored values of both branches in front of each If; the If itself stays. */
export function flatGraph(graph: GraphProto): GraphProto {
  const initializer = [...graph.initializer];
  const flat = (nodes: readonly NodeProto[]): NodeProto[] =>
    nodes.flatMap((node) => {
      if (node.opType !== 'If') return [node];
      const branches = node.attribute.flatMap(({ g, name }) => (g ? [{ g, name }] : []));
      const inner = branches.flatMap(({ g, name }) => {
        const own = new Set([
          ...g.node.flatMap(({ output }) => output),
          ...g.initializer.map((stored) => stored.name),
        ]);
        const branch = renamedGraph(g, (value) =>
          value !== '' && own.has(value) ? `${node.output[0]}/${name}/${value}` : value,
        );
        initializer.push(...branch.initializer);
        return flat(branch.node);
      });
      return [...inner, node];
    });
  if (!graph.node.some(({ opType }) => opType === 'If')) return graph;
  const node = flat(graph.node);
  return create(GraphProtoSchema, { ...fieldsOf(graph), node, initializer });
}
