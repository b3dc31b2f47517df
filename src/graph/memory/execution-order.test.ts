import { expect, test } from 'vitest';
import { Graph, type GraphNode } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { executionOrder } from './execution-order.ts';

const names = (nodes: readonly GraphNode[]): string[] => nodes.map(({ outputs }) => outputs[0].name);

/** y = relu(x), and a loss; the gradient of the loss goes through three nodes to meet the mask of relu. */
function step(): Graph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [4]);
  const y = o.relu(x); // Relu_0
  const far = o.exp(o.exp(o.exp(y))); // Exp_0 to Exp_2
  graph.output(o.mul(far, o.hardSigmoid(y, 1, 0))); // HardSigmoid_0, Mul_0
  return graph;
}

test('visits what was added last first', () => {
  expect(names(executionOrder(step().liveNodes()))).toEqual([
    'Relu_0',
    'HardSigmoid_0',
    'Exp_0',
    'Exp_1',
    'Exp_2',
    'Mul_0',
  ]);
});

test('of several results, visits the last added first', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [4]);
  graph.output(o.exp(x));
  graph.output(o.relu(o.neg(x)));
  expect(names(executionOrder(graph.liveNodes()))).toEqual(['Neg_0', 'Relu_0', 'Exp_0']);
});
