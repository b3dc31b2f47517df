/** Training a linear classifier on features that are computed once: multinomial logistic regression. */
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { Weights } from '../models/model.ts';
import type { Scope } from '../models/scope.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import {
  buildStep,
  type StepBatch,
  type StepModel,
  type StepOptions,
  type TrainingStep,
} from './build-step.ts';
import { type CrossEntropyOptions, countCorrect, crossEntropy } from './losses.ts';
import { labelInput } from './step.ts';

/** Features of some pictures, `[N, K]`, with their labels. */
export interface FeatureBatch extends StepBatch {
  readonly features: Tensor<'float32'>;
}

export interface HeadStepOptions extends StepOptions, CrossEntropyOptions {
  /** Factor of the sum of squared weights in the loss, without the bias. Default 0. */
  readonly l2?: number;
}

/** Names of a head's weights `[K, M]` and bias `[M]`. */
export const headNames = { weights: 'head/weights', bias: 'head/bias' } as const;

/** A head with all weights zero: it predicts the same probability for all classes. */
export function newHead(features: number, classes: number): Weights {
  return new Map([
    [headNames.weights, tensor('float32', [features, classes])],
    [headNames.bias, tensor('float32', [classes])],
  ]);
}

/**
 * The training step of a head: cross-entropy of `features W + b`, plus L2.
 * @param model with the weights that `headNames` names
 */
export function headStep(
  model: StepModel,
  { l2 = 0, labelSmoothing, classWeights, ...options }: HeadStepOptions,
): TrainingStep<FeatureBatch> {
  const { shape } = model.weights.get(headNames.weights) as Tensor<'float32'>;
  const [features, classes] = shape;
  const parameter = (scope: Scope, name: string, of: readonly number[], penalty: number): Value =>
    scope.parameter({ name, shape: of, initializer: 'zeros', role: 'trainable', l2: penalty });
  const step = buildStep(model, options, ({ graph, trained }) => {
    const input = graph.input('features', 'float32', [options.batchSize, features]);
    const label = graph.input('label', 'int64', [options.batchSize]);
    const weights = parameter(trained, headNames.weights, shape, l2);
    const logits = o.add(o.matMul(input, weights), parameter(trained, headNames.bias, [classes], 0));
    graph.output(o.identity(countCorrect(logits, label), 'correct'));
    return crossEntropy(logits, label, { labelSmoothing, classWeights });
  });
  return { ...step, inputs: headInputs };
}

/** The inputs of `headStep` and `headJudge` for a batch. */
export function headInputs({ features, labels }: FeatureBatch): Record<string, Tensor> {
  return { features, label: labelInput(labels) };
}

/**
 * The graph that evaluates a head. Inputs: those of `headInputs`, N free; the weights, by `headNames`.
 * Outputs: the scalars `loss`, the mean cross-entropy, and `correct`, the number of correct predictions.
 * @param features K
 * @param classes M
 */
export function headJudge(features: number, classes: number): Graph {
  const graph = new Graph();
  const input = graph.input('features', 'float32', ['N', features]);
  const label = graph.input('label', 'int64', ['N']);
  const weights = graph.input(headNames.weights, 'float32', [features, classes]);
  const logits = o.add(o.matMul(input, weights), graph.input(headNames.bias, 'float32', [classes]));
  graph.output(o.identity(crossEntropy(logits, label), 'loss'));
  graph.output(o.identity(countCorrect(logits, label), 'correct'));
  return graph;
}
