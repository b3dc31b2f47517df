/**
 * A linear head for other classes on the body of an imported classifier: logits = W' mean(A) + b, where A are
 * the feature maps of its target layer. The class activation map, sum over k of W[k, m] A_k, is then exact,
 * whatever head it had before (Zhou et al., CVPR 2016).
 */
import { Graph, type Value } from '../graph/graph.ts';
import { ForeignModel, joinModel } from '../graph/onnx/foreign-model.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { borrowMaps } from './after-graph.ts';
import { layerNamed } from './facts.ts';
import { freeSizes, type ImportedClassifier, inFloat32 } from './imported-classifier.ts';

/** Name of the output of `featureModel`. */
export const featuresName = 'features';

/** The number of features of a classifier's body: the channels of its target layer. */
export function featureCount(body: ImportedClassifier): number {
  return layerNamed(body.imported, body.imported.layers.target).channels;
}

/**
 * The bytes of an ONNX model. Input: `image` float32 `[N, H, W, C]` in [0, 1], N as in `imported.batch`.
 * Output: `features` float32 `[N, K]`, the means over all positions of the target layer.
 */
export function featureModel(body: ImportedClassifier): Uint8Array {
  const { target } = body.imported.layers;
  const after = new Graph();
  after.output(o.identity(pooled(after, body), featuresName));
  return joinModel({
    foreign: inFloat32(body.model, [target]),
    after,
    outputs: [featuresName],
    metadata: {},
    inputShapes: freeSizes(body),
  });
}

/** The features, `[N, K]`. */
function pooled(graph: Graph, { imported }: ImportedClassifier): Value {
  const layer = layerNamed(imported, imported.layers.target);
  return o.reduceMean(borrowMaps(graph, imported, layer), [2, 3]);
}

const prefix = 'head';
const logits = `hrm/${prefix}/logits`;

/** Whether a classifier's head was trained by this project. */
export function hasTaughtHead({ imported }: Pick<ImportedClassifier, 'imported'>): boolean {
  return imported.logits === logits;
}

const weightsName = 'weights';

export interface TaughtHead {
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** `[K, M]` */
  readonly weights: Tensor<'float32'>;
  /** `[M]` */
  readonly bias: Tensor<'float32'>;
  /** How it was trained, for people to read. */
  readonly training?: Readonly<Record<string, unknown>>;
}

/**
 * The classifier with another head, followed by softmax; layers that only its old head needed are removed. An
 * expansion stays: it moves the evidence of any class, and reads nothing of the head.
 */
export async function withHead(
  body: ImportedClassifier,
  { classes, weights, bias, training }: TaughtHead,
): Promise<ImportedClassifier> {
  const { imported, model } = body;
  const { target, pyramid, all } = imported.layers;
  const after = new Graph();
  const product = o.matMul(pooled(after, body), after.initializer(weightsName, weights));
  after.output(o.identity(o.add(product, after.initializer('bias', bias)), logits));
  const joined = joinModel({
    // Without the old head, which may have the same names as the new one.
    foreign: inFloat32(model.cut([target]), [target]),
    after,
    prefix,
    outputs: [logits],
    metadata: {},
  });
  const needed = new Set(model.nodesFor([target]).flatMap(({ outputs }) => outputs));
  return {
    ...body,
    classes,
    training,
    model: await ForeignModel.parse(joined, model.name),
    headWeights: weights,
    imported: {
      ...imported,
      logits,
      logitsShape: [1, classes.length],
      activation: 'softmax',
      head: 'linear',
      linearAt: undefined,
      headWeights: { name: `hrm/${prefix}/${weightsName}`, rows: 'channels' },
      layers: {
        head: target,
        target,
        pyramid: pyramid.filter((name) => needed.has(name)),
        all: all.filter(({ name }) => needed.has(name)),
      },
    },
  };
}
