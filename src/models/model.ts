/** A model: its configuration and its weights. */
import type { Random } from '../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { sizeMultiple } from './densenet-fcn.ts';
import { describeParameters } from './inference.ts';
import type { ParameterSpec } from './scope.ts';

/** 'half': the localisation network. 'full': with the expansion network on top. */
export type ModelType = 'half' | 'full';

/**
 * How the high-res features H of a full model are tied to its low-res features L.
 * 'reconstruction': not at all; they are trained to reconstruct the picture, as in the reference.
 * 'tied-cells': the mean of H over each cell of 16 x 16 pixels equals the pixel of L there.
 * 'tied-image': the mean of H over the picture equals that of L: the mean of the high-res CAM plus the bias
 * is the logit.
 */
export type Expansion = (typeof expansions)[number];

/**
 * The kinds of expansions of this project's own network; see `Expansion`. An expansion by transport is not
 * among them: it is part of an `ImportedClassifier`.
 * @example
 * ```ts
 * import { expansions, summarize } from 'high-res-mapping/models';
 *
 * const config = { classes: ['ring', 'star'], imSize: 224, channels: 3 };
 * for (const expansion of expansions) {
 *   console.log(expansion, summarize({ type: 'full', expansion, ...config }).trainable);
 * }
 * //=> reconstruction 1657842
 * //=> tied-cells 1657794
 * //=> tied-image 1657794
 * ```
 */
export const expansions = ['reconstruction', 'tied-cells', 'tied-image'] as const;

/** A network's configuration. */
export interface ModelConfig {
  readonly type: ModelType;
  /** Full models only; default 'reconstruction'. */
  readonly expansion?: Expansion;
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** Height and width of the images it was trained on. It accepts any multiples of 32. */
  readonly imSize: number;
  /** 3: RGB; 1: grey. */
  readonly channels: number;
}

/** By name: `dense_0_0_conv2D/kernel`. */
export type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/** A network of this project: its configuration and its weights. */
export interface Model extends ModelConfig {
  readonly weights: Weights;
  /** How it was trained: options and results, for people to read. */
  readonly training?: Readonly<Record<string, unknown>>;
}

/**
 * @throws when the configuration is not that of a network: too few classes, another channel count than 1 or
 * 3, an invalid size or expansion
 */
export function checkConfig(config: ModelConfig): void {
  const { type, expansion = 'reconstruction', classes, imSize, channels } = config;
  if (type !== 'half' && type !== 'full') throw new Error(`model: the type is half or full, got '${type}'`);
  if (!expansions.includes(expansion)) {
    throw new Error(`model: the expansion is one of ${expansions.join(', ')}, got '${expansion}'`);
  }
  if (classes.length < 2) throw new Error(`model: at least 2 classes are needed, got ${classes.length}`);
  if (channels !== 1 && channels !== 3)
    throw new Error(`model: images have 1 or 3 channels, got ${channels}`);
  checkImageSize(imSize);
}

/** @throws when a height or width is not a multiple of 32 */
export function checkImageSize(size: number): void {
  if (!Number.isInteger(size) || size < sizeMultiple || size % sizeMultiple !== 0) {
    throw new Error(`image size: a multiple of ${sizeMultiple} is needed, got ${size}`);
  }
}

/**
 * New weights of a network, by name: kernels He-normal or Glorot-uniform, as in the reference. He-normal is a
 * normal distribution truncated at two deviations, as in Keras (He et al., *Delving Deep into Rectifiers*,
 * ICCV 2015).
 * @param random the same state gives the same weights
 * @throws when the configuration is not that of a network
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 * import { initializeWeights } from 'high-res-mapping/models';
 *
 * const config = { classes: ['ring', 'star'], imSize: 32, channels: 3 };
 * const weights = initializeWeights({ type: 'half', ...config }, random(0));
 * console.log(weights.size, weights.get('aux_output/kernel')?.shape); //=> 155 [ 16, 2 ]
 * ```
 */
export function initializeWeights(config: ModelConfig, random: Random): Weights {
  checkConfig(config);
  return initializeParameters(describeParameters(config), random);
}

/** Initial values of parameters, by their names. */
export function initializeParameters(specs: readonly ParameterSpec[], random: Random): Weights {
  return new Map(specs.map((spec) => [spec.name, initialize(spec, random)]));
}

function initialize(
  { shape, initializer, fanIn = 1, fanOut = 1 }: ParameterSpec,
  random: Random,
): Tensor<'float32'> {
  const draw = {
    zeros: () => 0,
    ones: () => 1,
    // Truncation at two deviations reduces the deviation to 0.8796 of it.
    'he-normal': () => truncatedNormal(random) * (Math.sqrt(2 / fanIn) / 0.87962566103423978),
    'glorot-uniform': () => random.uniform(-1, 1) * Math.sqrt(6 / (fanIn + fanOut)),
  }[initializer];
  return tensor('float32', shape, Float32Array.from({ length: sizeOf(shape) }, draw));
}

function truncatedNormal(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) < 2) return value;
  }
}

/**
 * The weights of a model, replaced by those of another model that have the same names: a full model starts
 * from a half model this way.
 * @param from the weights to take
 * @param to the weights to replace; those that `from` lacks stay
 * @returns a new map with the names of `to`
 * @throws when two weights of one name differ in shape
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 * import { initializeWeights, transferWeights } from 'high-res-mapping/models';
 *
 * const config = { classes: ['ring', 'star'], imSize: 32, channels: 3 };
 * const trained = initializeWeights({ type: 'half', ...config }, random(0));
 * const fresh = initializeWeights({ type: 'full', expansion: 'tied-image', ...config }, random(1));
 * const weights = transferWeights(trained, fresh); // a full model on top of the half one
 * console.log(weights.get('aux_output/kernel') === trained.get('aux_output/kernel')); //=> true
 * console.log(weights.size - trained.size, weights.size === fresh.size); //=> 68 true
 * ```
 */
export function transferWeights(from: Weights, to: Weights): Weights {
  return new Map(
    [...to].map(([name, weight]) => {
      const source = from.get(name);
      if (source && String(source.shape) !== String(weight.shape)) {
        throw new Error(
          `transfer: '${name}' is [${source.shape}] in one model and [${weight.shape}] in the other`,
        );
      }
      return [name, source ?? weight];
    }),
  );
}
