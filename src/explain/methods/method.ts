/** What a CAM method tells of itself, and is given to work with. */
import type { Network } from '../../models/network.ts';
import type { FloatMap, Tensor } from '../../tensor/tensor.ts';
import type { LayerReader } from './layer-reader.ts';

/** What is known of a CAM method before it is opened: its names, its paper, where it looks. */
export interface CamMethodEntry {
  /** As on the command line: `grad-cam`. */
  readonly name: string;
  /** As people write it: Grad-CAM. */
  readonly title: string;
  /** Authors, title, where and when. */
  readonly paper: string;
  /** Where in a network it looks unless told (`LayerTable`); the several layers of a pyramid are fused. */
  readonly looksAt: 'head' | 'target' | 'pyramid';
  /** Whether it needs a classifier that is linear in the means of its feature maps (`Network.headWeights`). Default false. */
  readonly needsLinearHead?: boolean;
  /** Which layers may be named instead: none, one, or several. */
  readonly layerChoice: 'none' | 'one' | 'several';
  /**
   * How maps of views at different sizes are put on one footing before their mean is taken. 'raw': they have one unit already.
   * 'peak': each is divided by its largest magnitude; a gradient shrinks with the number of positions that the classifier averages.
   */
  readonly smoothing: 'raw' | 'peak';
  /** The method on a network. @throws when it cannot explain such a network */
  make(given: MethodInput): MapOf;
}

export interface MethodInput {
  readonly network: Network;
  /** Reads the layers that were chosen. */
  readonly reader: LayerReader;
}

/** The raw map `[h, w]` of one image `[1, H, W, C]` in [0, 1], for a class. */
export type MapOf = (image: Tensor<'float32'>, classIndex: number) => Promise<FloatMap>;
