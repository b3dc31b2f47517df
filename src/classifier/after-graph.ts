/**
 * The nodes that follow a classifier's own: the outputs of a model file, and the layers that CAM methods
 * read.
 */
import { gradients } from '../graph/autodiff.ts';
import { oneHot } from '../graph/composites/one-hot.ts';
import type { Shape } from '../graph/dim.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { activationMap, explainedClass, weightsOfClass } from '../models/class-answers.ts';
import { gradientName, logitsName, mapsName } from '../models/network.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { batchDim, type ClassifierLayer, type ImportFacts } from './facts.ts';
import type { StoredWeights } from './linear-head.ts';
import { asFeatureMaps } from './places.ts';
import type { Tail } from './tail.ts';
import { float32Name } from './values.ts';

/** The facts of a classifier that these graphs use. */
export type GraphFacts = Pick<ImportFacts, 'logits' | 'logitsShape' | 'activation' | 'batch'>;

/**
 * The name of the stored weights of a linear head, `[M, K]`, if the classifier itself stores no value with
 * exactly these.
 */
export const headWeightsName = 'head_weights';

/** The outputs of a model file, as a graph, with the values in it that an expansion reads. */
export interface ModelOutputs {
  readonly graph: Graph;
  /** The low-res map, `[N, h, w]`. */
  readonly low: Value;
  /** The feature maps that it is computed from, `[N, K, h, w]`. */
  readonly maps: Value;
}

/**
 * The outputs of a classifier with a linear head; the low-res map is its CAM.
 * @param weights as stored; undefined: identity
 * @param sides height and width of the feature maps; 'free': symbolic
 */
export function linearOutputs(
  facts: GraphFacts & Pick<ImportFacts, 'headWeights'>,
  layer: ClassifierLayer,
  weights?: Tensor<'float32'>,
  sides: 'free' | 'fixed' = 'free',
): ModelOutputs {
  const graph = new Graph();
  const logits = borrowLogits(graph, facts);
  const explained = addOutputs(graph, facts, logits);
  const maps = borrowMaps(graph, facts, layer, sides);
  const classes = Number(logits.shape[1]);
  const ofClass =
    weights && facts.headWeights
      ? weightsOfClass(matrixOf(graph, facts.headWeights, weights), explained)
      : oneHot(explained, classes);
  const low = o.identity(activationMap(ofClass, maps), 'low_res_cam');
  graph.output(low);
  return { graph, low, maps };
}

/** Stored weights as `[M, K]`. */
function matrixOf(graph: Graph, { name, rows }: StoredWeights, weights: Tensor<'float32'>): Value {
  const value = graph.initializer(name, weights);
  const matrix = o.reshape(value, weights.shape.slice(0, 2));
  return rows === 'classes' ? matrix : o.transpose(matrix, [1, 0]);
}

/**
 * The outputs of any classifier; the low-res map is HiResCAM at the layer: sum over k of (dY / dA_k) A_k
 * (Draelos and Carin, 2020).
 */
export function hiResCamOutputs(facts: GraphFacts, layer: ClassifierLayer, tail: Tail): ModelOutputs {
  const { graph, logits } = tail;
  const explained = addOutputs(graph, facts, logits);
  const value = tail.layers.get(layer.name) as Value;
  const [slope] = gradients(logitOf(logits, explained), [value]);
  const maps = asFeatureMaps(value, layer);
  const low = o.identity(o.reduceSum(o.mul(maps, asFeatureMaps(slope, layer)), [1]), 'low_res_cam');
  graph.output(low);
  return { graph, low, maps };
}

/** Logits and feature maps, with the names that `Network` defines. */
export function activationOutputs(facts: GraphFacts, layers: readonly ClassifierLayer[]): Graph {
  const graph = new Graph();
  graph.output(o.identity(borrowLogits(graph, facts), logitsName));
  for (const layer of layers) {
    graph.output(o.identity(borrowMaps(graph, facts, layer), mapsName(layer.name)));
  }
  return graph;
}

/** The same for one picture, with the gradients of a class's logit. */
export function gradientOutputs(layers: readonly ClassifierLayer[], tail: Tail): Graph {
  const { graph, logits } = tail;
  const values = layers.map(({ name }) => tail.layers.get(name) as Value);
  const slopes = gradients(logitOf(logits, graph.input('class_index', 'int64', [1])), values);
  graph.output(o.identity(logits, logitsName));
  for (const [i, layer] of layers.entries()) {
    graph.output(o.identity(asFeatureMaps(values[i], layer), mapsName(layer.name)));
    graph.output(o.identity(asFeatureMaps(slopes[i], layer), gradientName(layer.name)));
  }
  return graph;
}

/**
 * Adds the outputs for probabilities and explained class.
 * @returns the class, `[N]`
 */
function addOutputs(graph: Graph, { activation, batch }: GraphFacts, logits: Value): Value {
  const asked = graph.input('class_index', 'int64', [batchDim({ batch })]);
  const explained = explainedClass(logits, asked);
  const probabilities = activation === 'sigmoid' ? o.sigmoid(logits) : o.softmax(logits, 1);
  graph.output(o.identity(probabilities, 'probabilities'));
  graph.output(o.identity(explained, 'explained_class'));
  return explained;
}

/** The logit `[]` of a class `[1]`. */
function logitOf(logits: Value, classIndex: Value): Value {
  return o.reduceSum(o.mul(logits, oneHot(classIndex, Number(logits.shape[1]))), [0, 1]);
}

/** The classifier's logits, as an input `[N, M]` of the graph. */
function borrowLogits(graph: Graph, { logits, logitsShape, batch }: GraphFacts): Value {
  const [, ...rest] = logitsShape;
  const value = graph.input(float32Name(logits), 'float32', [batchDim({ batch }), ...rest]);
  const classes = rest.reduce((n, dim) => n * dim, 1);
  return rest.length === 1 ? value : o.reshape(value, [0, classes]);
}

/** A layer of the classifier, as feature maps `[N, K, h, w]` in the graph. */
export function borrowMaps(
  graph: Graph,
  { batch }: Pick<GraphFacts, 'batch'>,
  layer: ClassifierLayer,
  sides: 'free' | 'fixed' = 'free',
): Value {
  const shape = shapeOfLayer(layer, batch, sides);
  return asFeatureMaps(graph.input(float32Name(layer.name), 'float32', shape), layer);
}

/**
 * The shape of a layer's value. Height and width of feature maps may be symbolic; the number of tokens may
 * not.
 */
export function shapeOfLayer(
  { form, channels, height, width, special }: ClassifierLayer,
  batch: 1 | 'any',
  sides: 'free' | 'fixed',
): Shape {
  const n = batchDim({ batch });
  const tokens = special + height * width;
  const [h, w] = sides === 'free' ? ['h', 'w'] : [height, width];
  switch (form) {
    case 'NCHW':
      return [n, channels, h, w];
    case 'NHWC':
      return [n, h, w, channels];
    case 'NTC':
      return [n, tokens, channels];
    case 'NCT':
      return [n, channels, tokens];
  }
}
