/** The description of a CAM method, and what it is given to work with. */
import type { Network } from '../../models/network.ts';
import type { FloatMap, Tensor } from '../../tensor/tensor.ts';
import type { LayerReader } from './layer-reader.ts';

/** The description of a CAM method, and the function that opens it. */
export interface CamMethodEntry {
  /** As on the command line: `grad-cam`. */
  readonly name: string;
  /** As shown to people: Grad-CAM. */
  readonly title: string;
  /** Authors, title, venue and year. */
  readonly paper: string;
  /**
   * The layers that it uses by default (`LayerTable`): the input of the classifier's mean, the last layer
   * before it, or several, whose maps are fused.
   */
  readonly looksAt: 'head' | 'target' | 'pyramid';
  /**
   * Whether it needs a classifier that is linear in the means of its feature maps (`Network.headWeights`).
   * Default false.
   */
  readonly needsLinearHead?: boolean;
  /** How many other layers a user may choose. */
  readonly layerChoice: 'none' | 'one' | 'several';
  /**
   * How maps of views at different sizes are scaled before they are averaged. 'raw': not at all, they have
   * the same unit; 'peak': each is divided by its largest magnitude, because a gradient is inversely
   * proportional to the number of positions that the classifier averages.
   */
  readonly smoothing: 'raw' | 'peak';
  /**
   * Opens the method on a network.
   * @throws when it cannot explain such a network
   */
  make(given: MethodInput): MapOf;
}

export interface MethodInput {
  readonly network: Network;
  /** Reads the layers that are used. */
  readonly reader: LayerReader;
}

/** The raw map `[h, w]` of one image `[1, H, W, C]` in [0, 1], for a class. */
export type MapOf = (image: Tensor<'float32'>, classIndex: number) => Promise<FloatMap>;
