/** Every operator's gradient as cases to compare between devices. */
import { gradients } from '../../src/graph/autodiff.ts';
import type { Graph, GraphNode, Value } from '../../src/graph/graph.ts';
import { type OperatorType, builders as o, operators } from '../../src/graph/ops/index.ts';
import { random } from '../../src/tensor/random.ts';
import { sizeOf, tensor } from '../../src/tensor/tensor.ts';
import type { DeviceCase } from './device-cases.ts';
import { distinctNodes, positiveMark, repeatNode } from './device-nodes.ts';

/** A case for each operator that is in no training step, and for each form of another that is in none. */
const others: Record<string, (graph: Graph) => Value> = {
  Abs: (graph) => o.abs(graph.input('abs', 'float32', [2, 16])),
  Attention: (graph) => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', [1, 2, 5, 4]));
    return o.attention(q, k, v);
  },
  'AveragePool(padded)': (graph) =>
    graph.add(operators.AveragePool, [graph.input('average', 'float32', [2, 3, 6, 7])], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    })[0],
  Celu: (graph) => o.celu(graph.input('celu', 'float32', [2, 16]), 1),
  Clip: (graph) => o.clip(graph.input('clip', 'float32', [2, 16]), -0.5, 0.5),
  'Conv(a group a channel)': (graph) =>
    o.conv(graph.input('depthwise', 'float32', [2, 4, 6, 7]), graph.input('each', 'float32', [4, 1, 3, 3]), {
      pads: [1, 1, 1, 1],
      group: 4,
    }),
  'Conv(groups, dilated)': (graph) =>
    o.conv(graph.input('conv', 'float32', [2, 4, 8, 9]), graph.input('kernel', 'float32', [4, 2, 3, 3]), {
      strides: [2, 2],
      pads: [2, 1, 1, 2],
      group: 2,
      dilations: [2, 2],
    }),
  DepthToSpace: (graph) => o.depthToSpace(graph.input('depth', 'float32', [2, 8, 3, 5]), 2),
  Dropout: (graph) => o.dropout(graph.input('dropout', 'float32', [2, 16])),
  Einsum: (graph) =>
    o.einsum('bik,jkb->bji', [
      graph.input('einsum_a', 'float32', [2, 3, 4]),
      graph.input('einsum_b', 'float32', [5, 4, 2]),
    ]),
  Elu: (graph) => o.elu(graph.input('elu', 'float32', [2, 16]), 1),
  Erf: (graph) => o.erf(graph.input('erf', 'float32', [2, 16])),
  Flatten: (graph) => o.flatten(graph.input('flatten', 'float32', [2, 3, 4])),
  Gather: (graph) => o.gather(graph.input('gather', 'float32', [2, 5]), 1, tensor('int64', [3], [4, 0, -1])),
  Gelu: (graph) => o.gelu(graph.input('gelu', 'float32', [2, 16])),
  Gemm: (graph) =>
    o.gemm(graph.input('gemm_a', 'float32', [3, 4]), graph.input('gemm_b', 'float32', [5, 4]), {
      alpha: 0.5,
      transB: 1,
      c: graph.input('gemm_c', 'float32', [5]),
    }),
  GlobalAveragePool: (graph) => o.globalAveragePool(graph.input('global_average', 'float32', [2, 3, 4, 5])),
  GlobalMaxPool: (graph) => o.globalMaxPool(graph.input('global_max', 'float32', [2, 3, 4, 5])),
  GroupNormalization: (graph) =>
    o.groupNormalization(graph.input('group', 'float32', [2, 6, 4, 5]), {
      scale: graph.input('group_scale', 'float32', [6]),
      bias: graph.input('group_bias', 'float32', [6]),
      groups: 2,
      epsilon: 1e-3,
    }),
  HardSwish: (graph) => o.hardSwish(graph.input('hardswish', 'float32', [2, 16])),
  InstanceNormalization: (graph) =>
    o.instanceNormalization(graph.input('instance', 'float32', [2, 3, 4, 5]), {
      scale: graph.input('instance_scale', 'float32', [3]),
      bias: graph.input('instance_bias', 'float32', [3]),
      epsilon: 1e-3,
    }),
  LayerNormalization: (graph) =>
    o.layerNormalization(graph.input('layer', 'float32', [2, 5, 16]), {
      scale: graph.input('layer_scale', 'float32', [16]),
      bias: graph.input('layer_bias', 'float32', [16]),
      axis: -1,
      epsilon: 1e-3,
    }),
  LeakyRelu: (graph) => o.leakyRelu(graph.input('leakyrelu', 'float32', [2, 16]), 0.1),
  Log: (graph) => o.log(graph.input(`log${positiveMark}`, 'float32', [2, 16])),
  LpNormalization: (graph) => o.lpNormalization(graph.input('lpnormalization', 'float32', [2, 16]), 1, 2),
  Max: (graph) => o.max([graph.input('max_a', 'float32', [2, 16]), graph.input('max_b', 'float32', [2, 16])]),
  'MaxPool(beyond the end)': (graph) =>
    graph.add(operators.MaxPool, [graph.input('max', 'float32', [2, 3, 6, 7])], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 0, 0, 1],
      ceil_mode: 1,
    })[0],
  Mean: (graph) =>
    o.mean([graph.input('mean_a', 'float32', [2, 16]), graph.input('mean_b', 'float32', [2, 16])]),
  Min: (graph) => o.min([graph.input('min_a', 'float32', [2, 16]), graph.input('min_b', 'float32', [2, 16])]),
  Mish: (graph) => o.mish(graph.input('mish', 'float32', [2, 16])),
  Pad: (graph) => o.pad(graph.input('pad', 'float32', [2, 3]), [0, 1], [2, 0]),
  Pow: (graph) =>
    o.pow(graph.input(`pow${positiveMark}`, 'float32', [2, 16]), graph.input('exponent', 'float32', [2, 16])),
  PRelu: (graph) =>
    o.pRelu(graph.input('prelu', 'float32', [2, 3, 4]), graph.input('slope', 'float32', [3, 1])),
  Reciprocal: (graph) => o.reciprocal(graph.input(`reciprocal${positiveMark}`, 'float32', [2, 16])),
  ReduceL1: (graph) => o.reduceL1(graph.input('l1', 'float32', [3, 4, 5]), [1]),
  ReduceL2: (graph) => o.reduceL2(graph.input('l2', 'float32', [3, 4, 5]), [1]),
  ReduceLogSumExp: (graph) => o.reduceLogSumExp(graph.input('log_sum_exp', 'float32', [3, 4, 5]), [2]),
  ReduceMax: (graph) => o.reduceMax(graph.input('largest', 'float32', [3, 4, 5]), [1]),
  ReduceMin: (graph) => o.reduceMin(graph.input('smallest', 'float32', [3, 4, 5]), [1]),
  ReduceSumSquare: (graph) => o.reduceSumSquare(graph.input('squares', 'float32', [3, 4, 5]), [1, 2]),
  'Resize(linear)': (graph) =>
    graph.add(
      operators.Resize,
      [graph.input('resize', 'float32', [1, 3, 4, 6]), undefined, undefined, graph.integers([1, 3, 7, 9])],
      { mode: 'linear', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'floor' },
    )[0],
  RMSNormalization: (graph) =>
    o.rmsNormalization(graph.input('rms', 'float32', [2, 5, 16]), {
      scale: graph.input('rms_scale', 'float32', [16]),
      axis: -1,
      epsilon: 1e-3,
    }),
  Selu: (graph) => o.selu(graph.input('selu', 'float32', [2, 16]), 1.67, 1.05),
  Sigmoid: (graph) => o.sigmoid(graph.input('sigmoid', 'float32', [2, 16])),
  'Slice(every second element, backwards)': (graph) =>
    o.sliceAxes(graph.input('slice', 'float32', [3, 7]), [1, 0], [5, -1], [0, -100], [-2, -1]),
  Softmax: (graph) => o.softmax(graph.input('softmax', 'float32', [4, 3]), 1),
  Softplus: (graph) => o.softplus(graph.input('softplus', 'float32', [2, 16])),
  Softsign: (graph) => o.softsign(graph.input('softsign', 'float32', [2, 16])),
  SpaceToDepth: (graph) => o.spaceToDepth(graph.input('space', 'float32', [2, 3, 4, 6]), 2),
  Split: (graph) => {
    const [first, second] = o.split(graph.input('split', 'float32', [2, 6]), 1, [2, 4]);
    return o.concat([o.mul(second, second), first], 1);
  },
  Squeeze: (graph) => o.squeeze(graph.input('squeeze', 'float32', [2, 1, 3]), [1]),
  Sum: (graph) => o.sum([graph.input('sum_a', 'float32', [2, 16]), graph.input('sum_b', 'float32', [2, 16])]),
  Swish: (graph) => o.swish(graph.input('swish', 'float32', [2, 16]), 1),
  Tanh: (graph) => o.tanh(graph.input('tanh', 'float32', [2, 16])),
  ThresholdedRelu: (graph) => o.thresholdedRelu(graph.input('thresholdedrelu', 'float32', [2, 16]), 0.5),
  Tile: (graph) => o.tile(graph.input('tile', 'float32', [2, 3]), [3, 2]),
  Unsqueeze: (graph) => o.unsqueeze(graph.input('unsqueeze', 'float32', [2, 3]), [1]),
  Where: (graph) => {
    const condition = o.less(
      graph.constant(tensor('int64', [4], [3, 1, 2, 3])),
      graph.constant(tensor('int64', [], [2])),
    );
    return o.where(condition, graph.input('where_a', 'float32', [4]), graph.input('where_b', 'float32', [4]));
  },
};

/** The gradients of each form of an operator in the training steps, at shapes that it has there, and of `others`. */
export function gradientCases(): DeviceCase[] {
  const rng = random(4);
  const differentiated = (title: string, build: (graph: Graph) => readonly Value[]): DeviceCase => ({
    title,
    later: operators[typeOf(title)].opset !== undefined,
    build: (graph) => {
      const before = graph.inputs.length;
      const outputs = build(graph);
      const inputs = graph.inputs.slice(before).filter(({ dtype }) => dtype === 'float32');
      const losses = outputs.map((y) => {
        const r = tensor('float32', y.shape as number[]);
        r.data.forEach((_, i) => {
          r.data[i] = rng.normal();
        });
        const product = o.mul(y, graph.constant(r));
        return y.shape.length === 0
          ? product
          : o.reduceSum(
              product,
              y.shape.map((_, axis) => axis),
            );
      });
      const loss = losses.reduce((a, b) => o.add(a, b));
      return gradients(loss, inputs).map((gradient) => o.identity(gradient));
    },
  });
  const nodes = forms(distinctNodes(['cpu'])).filter(([, node]) => isDifferentiable(node));
  return [
    ...nodes.map(([title, node]) => differentiated(title, (graph) => repeatNode(graph, node))),
    ...Object.entries(others).map(([title, build]) => differentiated(title, (graph) => [build(graph)])),
  ];
}

/** Before the bracket of a title stands the operator. */
export function typeOf(title: string): OperatorType {
  return title.split('(')[0] as OperatorType;
}

/** Only gradients have grouped convolutions, and nobody wants theirs. */
function isDifferentiable({ operator, outputs, attributes }: GraphNode): boolean {
  const grouped = Number(attributes.group ?? 1) > 1;
  return operator.gradient !== 'none' && outputs[0].dtype === 'float32' && !grouped;
}

/** Of nodes that differ in numbers above 3 alone (sizes and ranges, not kernels, strides and ranks), the one of middle size. */
function forms(nodes: ReadonlyMap<string, GraphNode>): [string, GraphNode][] {
  const size = ([, { inputs }]: [string, GraphNode]): number =>
    inputs.reduce((sum, value) => sum + (value ? sizeOf(value.shape as number[]) : 0), 0);
  const alike = new Map<string, [string, GraphNode][]>();
  for (const entry of nodes) {
    const form = entry[0].replaceAll(/\b([4-9]|\d{2,})\b/g, 'n');
    alike.set(form, [...(alike.get(form) ?? []), entry]);
  }
  return [...alike.values()].map((some) => some.sort((a, b) => size(a) - size(b))[some.length >> 1]);
}
