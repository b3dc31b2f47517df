/**
 * How far colour and brightness alone go: global statistics of pictures, and two simple classifiers on them.
 */
import { renderScene } from '../src/data/scenes/scene.ts';
import { shapeNames } from '../src/data/scenes/shapes.ts';
import { random } from '../src/tensor/random.ts';
import type { Picture } from '../src/tensor/tensor.ts';

/** Feature vectors and class indices. */
export interface Examples {
  readonly features: readonly Float64Array[];
  readonly labels: readonly number[];
}

/** `count` scenes of the first `classes` shapes, in turn, as feature vectors. */
export function sceneExamples(count: number, classes: number, size: number, seed: number): Examples {
  const stream = random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const features = labels.map((label) =>
    colourFeatures(renderScene({ shape: shapeNames[label], size, random: stream }).picture),
  );
  return { features, labels };
}

/**
 * Per channel mean, standard deviation and a histogram of 8 bins: 30 numbers, in 1/255 or shares of the
 * pixels.
 */
function colourFeatures({ data }: Picture): Float64Array {
  const out = new Float64Array(30);
  const pixels = data.length / 3;
  for (let k = 0; k < 3; k++) {
    let [sum, squares] = [0, 0];
    for (let i = k; i < data.length; i += 3) {
      sum += data[i] / 255;
      squares += (data[i] / 255) ** 2;
      out[6 + 8 * k + (data[i] >> 5)] += 1 / pixels;
    }
    out[k] = sum / pixels;
    out[3 + k] = Math.sqrt(Math.max(0, squares / pixels - out[k] ** 2));
  }
  return out;
}

/** Accuracy on `test` of the nearest class mean, features standardised by `train`. */
export function nearestMeanAccuracy(train: Examples, test: Examples): number {
  const scale = standardiser(train.features);
  const classes = Math.max(...train.labels) + 1;
  const means = Array.from({ length: classes }, (_, label) => {
    const own = train.features.filter((_, i) => train.labels[i] === label).map(scale);
    return own[0].map((_, d) => own.reduce((sum, x) => sum + x[d], 0) / own.length);
  });
  return accuracy(test, (x) => {
    const scaled = scale(x);
    return means.map((mean) => -mean.reduce((sum, m, d) => sum + (m - scaled[d]) ** 2, 0));
  });
}

/**
 * Accuracy on `test` of multinomial logistic regression (gradient descent, L2 0.01), features standardised by
 * `train`.
 */
export function logisticAccuracy(train: Examples, test: Examples, steps = 400, rate = 0.3): number {
  const scale = standardiser(train.features);
  const inputs = train.features.map((x) => Float64Array.of(...scale(x), 1));
  const classes = Math.max(...train.labels) + 1;
  const weights = Array.from({ length: classes }, () => new Float64Array(inputs[0].length));
  const scores = (x: Float64Array): number[] =>
    weights.map((w) => w.reduce((sum, v, d) => sum + v * x[d], 0));
  for (let step = 0; step < steps; step++) {
    const gradients = weights.map((w) => w.map((v) => 0.01 * v));
    for (const [i, x] of inputs.entries()) {
      const logits = scores(x);
      const top = Math.max(...logits);
      const powers = logits.map((logit) => Math.exp(logit - top));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (const [c, gradient] of gradients.entries()) {
        const error = (powers[c] / total - (train.labels[i] === c ? 1 : 0)) / inputs.length;
        for (let d = 0; d < x.length; d++) gradient[d] += error * x[d];
      }
    }
    for (const [c, w] of weights.entries()) for (let d = 0; d < w.length; d++) w[d] -= rate * gradients[c][d];
  }
  return accuracy(test, (x) => scores(Float64Array.of(...scale(x), 1)));
}

function standardiser(features: readonly Float64Array[]): (x: Float64Array) => Float64Array {
  const mean = features[0].map((_, d) => features.reduce((sum, x) => sum + x[d], 0) / features.length);
  const spread = mean.map((m, d) =>
    Math.sqrt(features.reduce((sum, x) => sum + (x[d] - m) ** 2, 0) / features.length),
  );
  return (x) => x.map((value, d) => (value - mean[d]) / (spread[d] || 1));
}

function accuracy({ features, labels }: Examples, scores: (x: Float64Array) => number[]): number {
  const right = features.filter((x, i) => {
    const values = scores(x);
    return values.indexOf(Math.max(...values)) === labels[i];
  });
  return right.length / features.length;
}
