import { describe, expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { gradients } from './autodiff.ts';
import { Graph, type Value } from './graph.ts';
import type { GradientRule, Operator } from './operator.ts';
import { builders as o, operators } from './ops/index.ts';

/** The sum of all elements. */
function total(y: Value): Value {
  return o.reduceSum(
    y,
    y.shape.map((_, axis) => axis),
  );
}

/**
 * The gradients of the sum of a binary operator's result by its inputs `a` `[2, 3]` and `b` `[3]`; the
 * operator's result is like `a`.
 */
function differentiate(gradient: GradientRule | 'none', facts: Partial<Operator> = {}): Value[] {
  const graph = new Graph();
  const operator: Operator = {
    type: 'Odd',
    inputs: [2, 2],
    attributes: {},
    infer: ([{ dtype, shape }]) => [{ dtype, shape }],
    gradient,
    ...facts,
  };
  const [a, b] = [graph.input('a', 'float32', [2, 3]), graph.input('b', 'float32', [3])];
  return gradients(total(graph.add(operator, [a, b], {})[0]), [a, b]);
}

describe('rejects a rule that cannot be right', () => {
  test('one gradient too few', () => {
    expect(() => differentiate((_node, [dy]) => [dy])).toThrow(
      "internal: gradient of Odd: the rule gives 1 gradients for 2 inputs (the node of 'Odd_0')",
    );
  });

  test('one gradient too many', () => {
    expect(() => differentiate((_node, [dy]) => [dy, undefined, undefined])).toThrow(
      'gradient of Odd: the rule gives 3 gradients for 2 inputs',
    );
  });

  test('another element type', () => {
    expect(() => differentiate((_node, [dy], o) => [o.cast(dy, 'int64'), undefined])).toThrow(
      "gradient of Odd: the gradient of input 0 ('a') is float32 [2,3], the rule gives int64 [2,3]",
    );
  });

  test('transposed: as many elements, another shape', () => {
    expect(() => differentiate((_node, [dy], o) => [o.transpose(dy, [1, 0]), undefined])).toThrow(
      "gradient of Odd: the gradient of input 0 ('a') is float32 [2,3], the rule gives float32 [3,2]",
    );
  });

  test('transposed, of an operator that broadcasts', () => {
    const rule: GradientRule = (_node, [dy], o) => [o.transpose(dy, [1, 0]), undefined];
    expect(() => differentiate(rule, { broadcasts: true })).toThrow(
      "input 0 ('a') is float32 [2,3], or broadcast to [2,3], the rule gives float32 [3,2]",
    );
  });

  test('a missing axis, of an operator that does not broadcast', () => {
    const rule: GradientRule = (_node, [dy]) => [dy, dy];
    expect(() => differentiate(rule)).toThrow(
      "gradient of Odd: the gradient of input 1 ('b') is float32 [3], the rule gives float32 [2,3]",
    );
    expect(differentiate(rule, { broadcasts: true })[1].shape).toEqual([3]);
  });

  test('an axis that the result does not have', () => {
    const rule: GradientRule = (_node, [dy], o) => [dy, o.expand(dy, [4, 2, 3])];
    expect(() => differentiate(rule, { broadcasts: true })).toThrow(
      "input 1 ('b') is float32 [3], or broadcast to [2,3], the rule gives float32 [4,2,3]",
    );
  });

  test('one number for all elements', () => {
    expect(() => differentiate((_node, [dy], o) => [total(dy), o.reduceSum(dy, [0])])).toThrow(
      "input 0 ('a') is float32 [2,3], the rule gives float32 []",
    );
  });

  test('a gradient from another graph', () => {
    const other = new Graph().input('other', 'float32', [2, 3]);
    expect(() => differentiate(() => [other, undefined])).toThrow(
      "gradient of Odd: what the rule gives for input 0 ('a') belongs to another graph",
    );
  });

  test('no rule, but floats in and out', () => {
    expect(() => differentiate('none')).toThrow(
      "gradient of Odd: it has no rule, and both input 0 ('a') and the result are floats",
    );
  });

  test('a cast between floats, which would stop the gradient', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3]);
    const y = o.cast(o.exp(o.cast(x, 'float64')), 'float32');
    expect(() => gradients(total(y), [x])).toThrow('gradient of Cast: it has no rule');
  });

  test('a gradient for integers, or for an omitted input', () => {
    const graph = new Graph();
    const a = graph.input('a', 'float32', [2]);
    const indices = graph.input('indices', 'int64', [2]);
    const odd = (gradient: GradientRule): Operator => ({ ...operators.Identity, inputs: [2, 2], gradient });
    const both = odd((_node, [dy]) => [dy, dy]);
    expect(() => gradients(total(graph.add(both, [a, indices], {})[0]), [a])).toThrow(
      "gradient of Identity: input 1 ('indices') is int64, the rule gives it float32 [2]",
    );
    expect(() => gradients(total(graph.add(both, [a, undefined], {})[0]), [a])).toThrow(
      'gradient of Identity: input 1 is left out, the rule gives it float32 [2]',
    );
  });

  test('symbolic dimensions are compared by their names', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['N', 'H']);
    const dy = graph.input('dy', 'float32', ['N', 'H']);
    // Gradient rules of sums need known sizes; this operator needs none.
    const sum: Operator = {
      ...operators.Identity,
      infer: () => [{ dtype: 'float32', shape: [] }],
      gradient: () => [dy],
    };
    const lossOf = (y: Value): Value => graph.add(sum, [y], {})[0];
    const turned: Operator = {
      ...operators.Identity,
      gradient: (_node, [dy], o) => [o.transpose(dy, [1, 0])],
    };
    expect(gradients(lossOf(o.neg(x)), [x])[0].shape).toEqual(['N', 'H']);
    expect(() => gradients(lossOf(graph.add(turned, [x], {})[0]), [x])).toThrow(
      "input 0 ('x') is float32 [N,H], the rule gives float32 [H,N]",
    );
  });
});

describe('composites', () => {
  const inputs = (): { graph: Graph; x: Value; w: Value } => {
    const graph = new Graph();
    return { graph, x: graph.input('x', 'float32', [3]), w: graph.input('w', 'float32', [3]) };
  };

  test('checks their rules', () => {
    const { graph, x, w } = inputs();
    const build = (rule: GradientRule): Value =>
      total(graph.composite('Pair', [x, w], () => [o.mul(x, w)], rule)[0]);
    expect(() =>
      gradients(
        build((_node, [dy]) => [dy]),
        [x],
      ),
    ).toThrow('gradient of Pair: the rule gives 1 gradients for 2 inputs');
    expect(() =>
      gradients(
        build((_node, [dy]) => [total(dy), dy]),
        [x],
      ),
    ).toThrow("gradient of Pair: the gradient of input 0 ('x') is float32 [3], the rule gives float32 []");
  });

  test('their inputs include the values they read, unless these are stored', () => {
    const { graph, x, w } = inputs();
    expect(() =>
      graph.composite(
        'Pair',
        [x],
        () => [o.mul(o.mul(x, graph.scalar(2)), w)],
        (_node, [dy]) => [dy],
      ),
    ).toThrow("internal: Pair: it reads 'w', which is none of its inputs");
  });

  test('hides their inner values, so nothing outside can depend on them', () => {
    const { graph, x } = inputs();
    let inside = x;
    const [y] = graph.composite(
      'Pair',
      [x],
      () => {
        inside = o.exp(x);
        return [o.exp(inside)];
      },
      (_node, [dy]) => [dy],
    );
    expect(() => gradients(total(o.mul(y, inside)), [x])).toThrow(
      "gradient of Mul: input 1 ('Exp_0') depends on values inside a composite, where no gradient flows",
    );
    expect(() => gradients(total(y), [inside])).toThrow(
      "gradient of ReduceSum: input 0 ('Exp_1') depends on values inside a composite, where no gradient flows",
    );
  });
});

test('only float32 values of the same graph have a gradient', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2]);
  const indices = graph.input('indices', 'int64', [2]);
  const other = new Graph().input('other', 'float32', [2]);
  expect(() => gradients(total(x), [indices])).toThrow("gradients: 'indices' is int64, only float32 has");
  expect(() => gradients(total(x), [other])).toThrow("gradients: 'other' belongs to another graph");
});

test('if a rule stops the gradient, it is zero', () => {
  const [da, db] = differentiate((_node, [dy]) => [dy, undefined]);
  expect(da.shape).toEqual([2, 3]);
  expect(db.content?.data).toEqual(new Float32Array(3));
});

describe('names', () => {
  const fresh = (graph: Graph, before: number): string[] =>
    graph.nodes.slice(before).map(({ outputs }) => outputs[0].name);

  test("a gradient node's name starts with that of its forward node, also for sums", () => {
    const graph = new Graph();
    const a = graph.input('a', 'float32', [2, 3]);
    const b = graph.input('b', 'float32', [1, 3]);
    const loss = total(o.identity(o.mul(a, o.sub(a, b)), 'y'));
    const before = graph.nodes.length;
    gradients(loss, [a, b]);
    expect(fresh(graph, before)).toEqual([
      'grad/ReduceSum_0/Reshape_0',
      'grad/ReduceSum_0/Expand_0',
      // y = Mul_0: both factors
      'grad/Mul_0/Mul_0',
      'grad/Mul_0/Mul_1',
      // a is used twice: its gradients add up. The gradient of b is summed over the axis along which b was
      // broadcast.
      'grad/Sub_0/Neg_0',
      'grad/Sub_0/Add_0',
      'grad/Sub_0/ReduceSum_0',
      'grad/Sub_0/Reshape_0',
    ]);
    const again = graph.nodes.length;
    gradients(loss, [b]);
    expect(fresh(graph, again)[0]).toBe('grad/ReduceSum_0/Reshape_1');
  });

  test('for a composite, the name is that of its first result', () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [3]);
    const build = (): Value[] => [o.exp(o.exp(x))];
    const [y] = graph.composite('Pair', [x], build, (_node, [dy], o) => [o.neg(dy)]);
    const before = graph.nodes.length;
    gradients(total(y), [x]);
    expect(fresh(graph, before)).toContain('grad/Exp_1/Neg_0');
  });

  test('stored values keep their names, because several nodes use them', () => {
    const graph = new Graph();
    const values = graph.named('outer', () => [graph.scalar(5), o.neg(graph.scalar(5))]);
    expect(values.map(({ name }) => name)).toEqual(['constant_0', 'outer/Neg_0']);
    expect(() => graph.initializer('outer/Neg_0', tensor('float32', []))).toThrow('already');
  });
});
