/**
 * The expansion of an imported classifier: it moves the evidence of the low-res map to a high-res map
 * ('transport').
 */
import { FileError } from '../errors/file-error.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { builders as o } from '../graph/ops/index.ts';
import { toChannelsFirst } from '../models/densenet-fcn.ts';
import { initializeParameters, type Weights } from '../models/model.ts';
import { type ParameterSpec, Scope } from '../models/scope.ts';
import { enlargeMoved, stageCount, trainedStages, transport } from '../models/transport.ts';
import type { Random } from '../tensor/random.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { borrowMaps, type ModelOutputs } from './after-graph.ts';
import { batchDim, layerNamed } from './facts.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import type { LayersAt } from './layers-at-size.ts';
import type { StageLayer } from './stage-layers.ts';

/** What is trained on top of a classifier, which itself is frozen. */
export interface ClassifierExpansion {
  /** The layers that it reads besides the low-res map's. */
  readonly stages: readonly StageLayer[];
  readonly weights: Weights;
}

type Expandable = Pick<ImportedClassifier, 'imported' | 'channels'>;

/**
 * Adds the high-res map, `[N, H, W]`, as an output; its mean equals that of the low-res map.
 * @param size height and width of the pictures
 */
export function highMap(
  { graph, low, maps }: ModelOutputs,
  { imported, channels }: Expandable,
  { stages, weights }: ClassifierExpansion,
  layersAt: LayersAt,
  size: number,
  name: string,
): void {
  const scope = new Scope({
    graph,
    normalization: 'moving',
    provide: (spec) => graph.initializer(spec.name, weightOf(weights, spec)),
  });
  const batch = batchDim(imported);
  const image = graph.inputs.find(({ name }) => name === 'image');
  const moved = transport(scope, {
    image: toChannelsFirst(image ?? graph.input('image', 'float32', [batch, size, size, channels])),
    cells: maps,
    finer: borrowStages(graph, imported, stages, layersAt),
    stages: trainedStages(weights),
    evidence: o.unsqueeze(low, [1]),
  });
  const enlarged = enlargeMoved(moved, [size, size]);
  graph.output(o.identity(o.squeeze(enlarged, [1]), name));
}

/** The feature maps of the stages, as inputs of a graph, `[N, K, h, w]`. */
export function borrowStages(
  graph: Graph,
  imported: Pick<ImportedClassifier['imported'], 'batch'>,
  stages: readonly StageLayer[],
  layersAt: LayersAt,
): Map<number, Value> {
  return new Map(
    stages.map(({ stage, layer }) => [stage, borrowMaps(graph, imported, layersAt(layer), 'fixed')]),
  );
}

/**
 * The parameters of an expansion of this classifier.
 * @param count stages of the decoder
 */
export function expansionParameters(
  { imported, channels, imSize }: Expandable & Pick<ImportedClassifier, 'imSize'>,
  stages: readonly StageLayer[],
  count: number,
): readonly ParameterSpec[] {
  const graph = new Graph();
  const layer: LayersAt = (name) => layerNamed(imported, name);
  const target = layer(imported.layers.target);
  const scope = new Scope({
    graph,
    normalization: 'moving',
    provide: ({ name, shape }) => graph.input(name, 'float32', shape),
  });
  transport(scope, {
    image: graph.input('image', 'float32', [1, channels, imSize, imSize]),
    cells: borrowMaps(graph, { batch: 1 }, target, 'fixed'),
    finer: borrowStages(graph, { batch: 1 }, stages, layer),
    stages: count,
    evidence: graph.input('evidence', 'float32', [1, 1, target.height, target.width]),
  });
  return scope.parameters;
}

/** A new expansion with random weights. */
export function newExpansion(
  classifier: Expandable & Pick<ImportedClassifier, 'imSize'>,
  stages: readonly StageLayer[],
  random: Random,
): ClassifierExpansion {
  const { imported, imSize } = classifier;
  const { height, width } = layerNamed(imported, imported.layers.target);
  const count = stageCount([imSize, imSize], [height, width]);
  return { stages, weights: initializeParameters(expansionParameters(classifier, stages, count), random) };
}

function weightOf(weights: Weights, { name }: ParameterSpec) {
  const weight = weights.get(name);
  if (!weight) throw new Error(`internal: the expansion lacks the weight '${name}'`);
  return weight;
}

/** The number of trained parameters. */
export function parameterCount(weights: Weights): number {
  return [...weights]
    .filter(([name]) => !/moving_(mean|variance)$/.test(name))
    .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}

/** Names of the values that an expansion reads. */
export function valuesOf({ stages }: Pick<ClassifierExpansion, 'stages'>): string[] {
  return stages.map(({ layer }) => layer);
}

/**
 * The expansion stored in a file.
 * @param half the classifier in it
 * @throws `FileError` when a weight is missing or has another shape
 */
export function storedExpansion(
  file: ForeignModel,
  half: Expandable & Pick<ImportedClassifier, 'imSize'>,
  stages: readonly StageLayer[],
  name: string,
): ClassifierExpansion {
  const storedName = (weight: string): string => `hrm/after/${weight}`;
  // The number of stages depends on the size that it was trained at, which may differ from the file's.
  const trained = trainedStages({ has: (weight) => file.isStored(storedName(weight)) });
  const count = Math.max(trained, ...stages.map(({ stage }) => stage + 1));
  const weights = new Map(
    expansionParameters(half, stages, count).map(({ name: weight, shape }) => {
      const stored = storedName(weight);
      const found = file.isStored(stored) ? file.stored(stored) : undefined;
      if (found?.dtype !== 'float32' || String(found.shape) !== String(shape)) {
        const seen = found ? `${found.dtype} [${found.shape}]` : 'none';
        throw new FileError(
          name,
          `the weight '${weight}' should be float32 [${shape}], the file has ${seen}`,
        );
      }
      return [weight, found as Tensor<'float32'>];
    }),
  );
  return { stages, weights };
}
