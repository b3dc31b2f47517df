/** The graph of a finished model: from an image to probabilities and class activation maps, in one pass. */
import type { Dim } from '../graph/dim.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { activationMap, explainedClass, weightsOfClass } from './class-answers.ts';
import { expansion, localization, toChannelsFirst } from './densenet-fcn.ts';
import type { Model, ModelConfig, Weights } from './model.ts';
import { type LayerRecord, type ParameterSpec, Scope } from './scope.ts';

/**
 * Inputs: `image` float32 `[N, H, W, C]` in [0, 1]; `class_index` int64 `[N]`, negative for the predicted
 * class.
 * Outputs: `probabilities` `[N, M]`; `explained_class` int64 `[N]`; `low_res_cam` `[N, H/16, W/16]`; a full
 * model also has `high_res_cam` `[N, H, W]` and, with the expansion 'reconstruction', `reconstruction`
 * `[N, H, W, C]`, the image reconstructed from its high-res features.
 * @param dims N, H and W; default: symbolic
 */
export function inferenceGraph(model: Model, dims: readonly [Dim, Dim, Dim] = ['N', 'H', 'W']): Graph {
  const graph = new Graph();
  build(graph, model, dims, (spec) => graph.initializer(spec.name, weightOf(model.weights, spec)));
  return graph;
}

/** The model's layers in order, with the shapes for one image of the given size. */
export function describeLayers(config: ModelConfig, size: number): readonly LayerRecord[] {
  return describe(config, [1, size, size]).layers;
}

/** The model's parameters, in the order of its layers. */
export function describeParameters(config: ModelConfig): readonly ParameterSpec[] {
  return describe(config, ['N', 'H', 'W']).parameters;
}

function describe(config: ModelConfig, dims: readonly [Dim, Dim, Dim]): Scope {
  const graph = new Graph();
  return build(graph, config, dims, ({ name, shape }) => graph.input(name, 'float32', shape));
}

function build(
  graph: Graph,
  { type, expansion: how, classes, channels }: ModelConfig,
  [n, height, width]: readonly [Dim, Dim, Dim],
  provide: (spec: ParameterSpec) => Value,
): Scope {
  const scope = new Scope({ graph, provide, normalization: 'moving' });
  const image = graph.input('image', 'float32', [n, height, width, channels]);
  const asked = graph.input('class_index', 'int64', [n]);
  const network = localization(scope, toChannelsFirst(image), classes.length);

  const probabilities = o.softmax(network.logits, 1);
  const explained = explainedClass(network.logits, asked);
  const classWeights = weightsOfClass(o.transpose(network.weights, [1, 0]), explained);
  graph.output(o.identity(probabilities, 'probabilities'));
  graph.output(o.identity(explained, 'explained_class'));
  graph.output(o.identity(activationMap(classWeights, network.low), 'low_res_cam'));
  if (type === 'full') {
    const { high, reconstruction } = expansion(scope, network, channels, how);
    graph.output(o.identity(activationMap(classWeights, high), 'high_res_cam'));
    if (reconstruction) graph.output(o.identity(o.transpose(reconstruction, [0, 2, 3, 1]), 'reconstruction'));
  }
  return scope;
}

function weightOf(weights: Weights, { name, shape }: ParameterSpec) {
  const weight = weights.get(name);
  if (!weight) throw new Error(`model: the weight '${name}' is missing`);
  if (String(weight.shape) !== String(shape)) {
    throw new Error(`model: the weight '${name}' has shape [${shape}], got [${weight.shape}]`);
  }
  return weight;
}
