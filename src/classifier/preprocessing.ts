/** The preprocessing that a classifier expects, as a part of the model file's graph. */
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { tensor } from '../tensor/tensor.ts';

/** (x scale - mean) / std for each channel, x in [0, 1]; then, with `bgr`, the channels in reverse order. */
export interface Preprocessing {
  readonly scale: number;
  /** One for all channels, or one for each, in the order red, green, blue. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly bgr: boolean;
}

/**
 * The usual preprocessings, by their names in options. Each maps pixels in [0, 1] to what a classifier
 * expects, as `Preprocessing` says.
 * @example
 * ```ts
 * import { namedPreprocessing } from 'high-res-mapping';
 *
 * console.log(Object.keys(namedPreprocessing).join(' ')); //=> imagenet inception caffe 0-1 0-255
 * const { scale, mean, std } = namedPreprocessing.imagenet;
 * const white = mean.map((value, channel) => (1 * scale - value) / std[channel]);
 * console.log(white.map((value) => value.toFixed(2)).join(' ')); //=> 2.25 2.43 2.64
 * ```
 */
export const namedPreprocessing: Readonly<Record<string, Preprocessing>> = {
  /** torchvision, timm, most of PyTorch. */
  imagenet: { scale: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], bgr: false },
  /** [-1, 1]: Inception, MobileNet of Keras, many transformers. */
  inception: { scale: 1, mean: [0.5], std: [0.5], bgr: false },
  /** Blue, green, red from 0 to 255, minus their means: Caffe; ResNet and VGG of Keras. */
  caffe: { scale: 255, mean: [123.68, 116.779, 103.939], std: [1], bgr: true },
  '0-1': { scale: 1, mean: [0], std: [1], bgr: false },
  /** The network scales by itself, as Keras' EfficientNet does. */
  '0-255': { scale: 255, mean: [0], std: [1], bgr: false },
};

/** `(x - mean [0.485, 0.456, 0.406]) / std [0.229, 0.224, 0.225]`, x in [0, 1]. */
export function describePreprocessing({ scale, mean, std, bgr }: Preprocessing): string {
  const list = (values: readonly number[]): string =>
    values.length === 1 ? `${values}` : `[${values.join(', ')}]`;
  const scaled = scale === 1 ? 'x' : `${scale} x`;
  const isShifted = mean.some((m) => m !== 0);
  const shifted = isShifted ? `${scaled} - ${list(mean)}` : scaled;
  const divided = std.every((s) => s === 1)
    ? shifted
    : `${isShifted ? `(${shifted})` : shifted} / ${list(std)}`;
  return `${divided}${bgr ? ', blue first' : ''}, x in [0, 1]`;
}

/** The name of a usual preprocessing; undefined: it is another one. */
export function nameOfPreprocessing(one: Preprocessing): string | undefined {
  const same = (a: readonly number[], b: readonly number[]): boolean => {
    const at = (list: readonly number[], i: number): number => list[i] ?? list[0];
    return [0, 1, 2].every((i) => Math.abs(at(a, i) - at(b, i)) < 1e-6);
  };
  return Object.keys(namedPreprocessing).find((name) => {
    const { scale, mean, std, bgr } = namedPreprocessing[name];
    return scale === one.scale && bgr === one.bgr && same(mean, one.mean) && same(std, one.std);
  });
}

/**
 * @throws unless all numbers are finite, deviations > 0, and their count is 1 or that of the channels; also
 * if they are for values up to 255 while x is in [0, 1]
 */
export function checkPreprocessing({ scale, mean, std }: Preprocessing, channels: number, who: string): void {
  for (const [name, values] of [
    ['mean', mean],
    ['std', std],
  ] as const) {
    if (values.length !== 1 && values.length !== channels) {
      throw new Error(`${who}: ${name} has ${values.length} numbers, the classifier ${channels} channels`);
    }
  }
  const wrong = [scale, ...mean].find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new Error(`${who}: numbers must be finite, got ${wrong}`);
  const large = [...mean, ...std].find((value) => Math.abs(value) > maxUnitNumber);
  if (scale === 1 && large !== undefined) {
    throw new Error(
      `${who}: ${large} is meant for values up to 255, but x is in [0, 1]; with "scale": 255 it is (255 x - mean) / std`,
    );
  }
  const flat = std.find((value) => !(value > 0 && Number.isFinite(value)));
  if (flat !== undefined) throw new Error(`${who}: std must be > 0, got ${flat}`);
}

/** No mean or deviation of values from 0 to 1 is larger. */
const maxUnitNumber = 3;

/** The pixel that this preprocessing maps to 0, for each channel; usually in [0, 1], but not always. */
export function neutralPixel({ scale, mean }: Preprocessing, channels: number): number[] {
  return Array.from({ length: channels }, (_, c) => (mean[c] ?? mean[0]) / scale);
}

export interface BeforeGraphOptions {
  readonly preprocessing: Preprocessing;
  readonly layout: 'NCHW' | 'NHWC';
  /** Name of the classifier's input. */
  readonly input: string;
  /** `[N, H, W, C]`; names for free dimensions. */
  readonly shape: readonly (number | string)[];
}

/** The graph that computes a classifier's input from `image`, float32 `[N, H, W, C]` in [0, 1]. */
export function beforeGraph({ preprocessing, layout, input, shape }: BeforeGraphOptions): Graph {
  const graph = new Graph();
  const image = graph.input('image', 'float32', shape);
  const pixels = preprocessed(image, preprocessing);
  graph.output(o.identity(layout === 'NCHW' ? o.transpose(pixels, [0, 3, 1, 2]) : pixels, input));
  return graph;
}

function preprocessed(x: Value, { scale, mean, std, bgr }: Preprocessing): Value {
  const vector = (values: readonly number[]): Value =>
    x.graph.constant(tensor('float32', [values.length], values));
  const scaled = scale === 1 ? x : o.mul(x, x.graph.scalar(scale));
  const shifted = mean.every((m) => m === 0) ? scaled : o.sub(scaled, vector(mean));
  const divided = std.every((s) => s === 1) ? shifted : o.div(shifted, vector(std));
  return bgr ? o.reverse(divided, 3) : divided;
}
