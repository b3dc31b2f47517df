/** What an explanation asks of a model's network, whatever network it is. */
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The layers whose feature maps can be read, by name. */
export interface LayerTable {
  /** From the classifier back to the image. */
  readonly names: readonly string[];
  /** The feature maps that the classifier averages and weights: where a CAM is read. */
  readonly head: string;
  /** Where methods with gradients look: the last layer before `head`. */
  readonly target: string;
  /** `target` and earlier layers of finer feature maps, for methods that look at several. */
  readonly pyramid: readonly string[];
  /** Pixels of the image from one place of `head` to the next, along either axis. */
  readonly stride: number;
}

export interface Network {
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** Channels of its image: 1 (grey) or 3 (RGB). */
  readonly channels: number;
  /** Heights and widths of images are multiples of this, in pixels. */
  readonly sizeMultiple: number;
  readonly layers: LayerTable;
  /** The classifier's weights `[K, M]` of the K channels at `head`; undefined where the classifier is not linear in their means. */
  readonly headWeights?: Tensor<'float32'>;
  /** Inputs: `image` float32 `[N, H, W, C]` in [0, 1]. Outputs: `logits` `[N, M]`, and each layer `[N, K, h, w]` under its name. */
  activationGraph(layers: readonly string[]): Graph;
  /**
   * Inputs: `image` float32 `[1, H, W, C]` in [0, 1], `class_index` int64 `[1]`. Outputs: `logits` `[1, M]`; each layer
   * `[1, K, h, w]` under its name; and under `gradientName`, the gradient of the class's logit with respect to it.
   * @param size height and width of the image: most gradient rules need fixed shapes
   */
  gradientGraph(layers: readonly string[], size: readonly [height: number, width: number]): Graph;
}

/** The output of a gradient graph that holds a layer's gradient. */
export function gradientName(layer: string): string {
  return `${layer}/gradient`;
}
