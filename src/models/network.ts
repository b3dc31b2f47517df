/** What an explanation asks of a model's network, whatever network it is. */
import type { Tensor } from '../tensor/tensor.ts';

/** The layers whose feature maps can be read, by name. */
export interface LayerTable {
  /** From the classifier back to the image. */
  readonly names: readonly string[];
  /** Other names of layers, as those of the nodes that make them. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** The feature maps that the classifier averages and weights: where a CAM is read. */
  readonly head: string;
  /** Where methods with gradients look: the last layer before `head`. */
  readonly target: string;
  /** `target` and earlier layers of finer feature maps, for methods that look at several. */
  readonly pyramid: readonly string[];
}

/** Heights and widths of images that a network takes, in pixels: multiples of a number, or one size alone. */
export type SizeRule = { readonly multiple: number } | { readonly only: number };

/** By which interface a model runs: its form depends on it. */
export type NetworkDevice = 'cpu' | 'webgpu' | 'cuda';

/** What explanations ask of any classifier: its layers, their gradients, the weights of a linear head. */
export interface Network {
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** Channels of its image: 1 (grey) or 3 (RGB). */
  readonly channels: number;
  readonly sizes: SizeRule;
  /** Images that it takes at a time: any number, or 1. */
  readonly batch: 1 | 'any';
  /** The pixel, in [0, 1] or beyond, a number for each channel, that says nothing: its preprocessing makes it 0. */
  readonly neutralPixel: readonly number[];
  readonly layers: LayerTable;
  /** The classifier's weights `[K, M]` of the K channels at `head`; undefined where the classifier is not linear in their means. */
  readonly headWeights?: Tensor<'float32'>;
  /**
   * About how many bytes a session of the network takes, once it has looked at an image of this height and width: its weights, twice,
   * since ONNX Runtime keeps them in another order besides, and half of all feature maps, which are alive at the worst moment.
   */
  sessionBytes(height: number, width: number): number;
  /**
   * The bytes of an ONNX model. Input: `image` float32 `[N, H, W, C]` in [0, 1]. Outputs: under `logitsName`, the logits `[N, M]`;
   * under `mapsName`, each layer `[N, K, h, w]`.
   */
  activationModel(layers: readonly string[], device: NetworkDevice): Promise<Uint8Array>;
  /**
   * The bytes of an ONNX model. Inputs: `image` float32 `[1, H, W, C]` in [0, 1], `class_index` int64 `[1]`. Outputs: as of
   * `activationModel`, for one image; and under `gradientName`, the gradient of the class's logit with respect to each layer.
   * @param size height and width of the image: most gradient rules need fixed shapes
   * @throws when what lies between a layer and the logits has no gradient
   */
  gradientModel(
    layers: readonly string[],
    size: readonly [height: number, width: number],
    device: NetworkDevice,
  ): Promise<Uint8Array>;
}

/** The output that holds the logits. */
export const logitsName = 'class_logits';

/** The output that holds a layer's feature maps. */
export function mapsName(layer: string): string {
  return `${layer}/maps`;
}

/** The output that holds their gradient. */
export function gradientName(layer: string): string {
  return `${layer}/gradient`;
}

/** @throws unless a network with this rule takes images of this height or width. */
export function checkSize(rule: SizeRule, size: number): void {
  if ('only' in rule) {
    if (size !== rule.only)
      throw new Error(`image size: this classifier takes ${rule.only} alone, got ${size}`);
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

/** The nearest size to a wanted one that a network with this rule takes. */
export function nearestSize(rule: SizeRule, size: number): number {
  if ('only' in rule) return rule.only;
  return Math.max(1, Math.round(size / rule.multiple)) * rule.multiple;
}
