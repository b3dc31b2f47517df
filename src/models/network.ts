/** What explanations need of a model's network, whatever its kind. */
import type { Tensor } from '../tensor/tensor.ts';

/** The layers whose feature maps can be read, by name. */
export interface LayerTable {
  /** From the classifier back to the image. */
  readonly names: readonly string[];
  /** Other names of layers, such as those of the nodes that compute them. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** The feature maps that the classifier averages and weights, from which a CAM is computed. */
  readonly head: string;
  /** The layer of gradient-based methods: the last one before `head`. */
  readonly target: string;
  /** `target` and earlier layers with finer feature maps, for methods that use several. */
  readonly pyramid: readonly string[];
}

/**
 * Heights and widths of images that a network accepts, in pixels: multiples of a number, or a single size.
 */
export type SizeRule = { readonly multiple: number } | { readonly only: number };

/** The device that a model runs on; its graph's form depends on it. */
export type NetworkDevice = 'cpu' | 'webgpu' | 'cuda';

/** A model's network, as CAM methods use it. */
export interface Network {
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** Channels of its image: 1 (grey) or 3 (RGB). */
  readonly channels: number;
  readonly sizes: SizeRule;
  /** Images per run: any number, or 1. */
  readonly batch: 1 | 'any';
  /**
   * The pixel that the preprocessing maps to 0: one value for each channel, usually in [0, 1], but not
   * always.
   */
  readonly neutralPixel: readonly number[];
  readonly layers: LayerTable;
  /**
   * The classifier's weights `[K, M]` of the K channels at `head`; undefined if the classifier is not linear
   * in their means.
   */
  readonly headWeights?: Tensor<'float32'>;
  /**
   * Estimated bytes of a session of the network after an image of this height and width: twice its weights,
   * since ONNX Runtime also keeps them in another layout, and half of all feature maps, which are alive at
   * the peak.
   */
  sessionBytes(height: number, width: number): number;
  /**
   * The bytes of an ONNX model. Input: `image` float32 `[N, H, W, C]` in [0, 1]. Outputs: with the name
   * `logitsName`, the logits `[N, M]`; with `mapsName`, each layer `[N, K, h, w]`.
   */
  activationModel(layers: readonly string[], device: NetworkDevice): Promise<Uint8Array>;
  /**
   * The bytes of an ONNX model. Inputs: `image` float32 `[1, H, W, C]` in [0, 1], `class_index` int64 `[1]`.
   * Outputs: those of `activationModel`, for one image; with the name `gradientName`, the gradient of the
   * class's logit by each layer.
   * @param size height and width of the image: most gradient rules need fixed shapes
   * @throws when an operator between a layer and the logits has no gradient
   */
  gradientModel(
    layers: readonly string[],
    size: readonly [height: number, width: number],
    device: NetworkDevice,
  ): Promise<Uint8Array>;
}

/** Name of the output with the logits. */
export const logitsName = 'class_logits';

/** Name of the output with a layer's feature maps. */
export function mapsName(layer: string): string {
  return `${layer}/maps`;
}

/**
 * Name of the output of a `Network`'s gradient model with the gradient of the class's logit by a layer's
 * feature maps, float32 `[1, K, h, w]`.
 * @param layer one of the network's `layers`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { tensor } from 'high-res-mapping';
 * import { decodeModel, gradientName, networkOf } from 'high-res-mapping/models';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const network = networkOf(decodeModel(await readFile('models/scenes.onnx'), 'scenes.onnx'));
 * const session = await createSession(await network.gradientModel(['dense_5'], [64, 64], 'cpu'));
 * const image = tensor('float32', [1, 64, 64, 3]);
 * const found = await session.run({ image, class_index: tensor('int64', [1], [3]) });
 * console.log(found[gradientName('dense_5')].shape); //=> [ 1, 64, 4, 4 ]
 * await session.release();
 * ```
 */
export function gradientName(layer: string): string {
  return `${layer}/gradient`;
}

/** @throws unless a network with this rule accepts images of this height or width */
export function checkSize(rule: SizeRule, size: number): void {
  if ('only' in rule) {
    if (size !== rule.only)
      throw new Error(`image size: this classifier takes only ${rule.only}, got ${size}`);
    return;
  }
  const { multiple } = rule;
  if (!Number.isInteger(size) || size < multiple || size % multiple !== 0) {
    throw new Error(
      multiple === 1
        ? `image size: a whole number >= 1 is needed, got ${size}`
        : `image size: a multiple of ${multiple} is needed, got ${size}`,
    );
  }
}

/** The accepted size that is nearest to a wanted one. */
export function nearestSize(rule: SizeRule, size: number): number {
  if ('only' in rule) return rule.only;
  return Math.max(1, Math.round(size / rule.multiple)) * rule.multiple;
}
