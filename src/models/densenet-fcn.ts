/**
 * The network: a DenseNet-FCN in two parts. The localisation network classifies and computes the low-res
 * features; the expansion network upsamples them to the size of the image.
 */

import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { binomial } from './binomial.ts';
import {
  classifier,
  concatFeatures,
  convolution,
  denseBlock,
  type Features,
  features,
  normalizeRelu,
  transitionDown,
  transitionUp,
} from './layers.ts';
import type { Expansion } from './model.ts';
import type { Scope } from './scope.ts';
import { tie } from './tie.ts';

/** Heights and widths must be multiples of this, because of five halvings. */
export const sizeMultiple = 32;

const block = { layers: 4, growthRate: 16 };
const initialChannels = 48;
const upChannels = block.layers * block.growthRate;
/** Channels of the low-res and of the high-res features, which the classifier's weights combine. */
const camChannels = 16;

export interface Localization {
  /** The low-res features L: `[N, 16, H/16, W/16]` */
  readonly low: Value;
  /** `[N, M]` */
  readonly logits: Value;
  /** The classifier's W: `[16, M]` */
  readonly weights: Value;
  /** The input of the expansion: `[N, 64, H/16, W/16]` */
  readonly decoded: Value;
  /**
   * Results of `dense_0` to `dense_3`, at 1/2, 1/4, 1/8 and 1/16 of the size; the expansion reads the first
   * three
   */
  readonly skips: readonly Value[];
}

/**
 * The localisation network, which is the half model.
 * @param image `[N, C, H, W]` in [0, 1]
 */
export function localization(scope: Scope, image: Value, classes: number): Localization {
  const initial = convolution(scope, 'initial_conv2D', image, { out: initialChannels, size: 3, decay: true });
  const normalized = normalizeRelu(scope, 'initial_bn', features(scope, initial));
  let x = transitionDown(scope, 'tr_early', features(scope, normalized));
  const skips: Features[] = [];
  for (let i = 0; i < 4; i++) {
    const { all } = denseBlock(scope, `dense_${i}`, x, block);
    skips.push(all);
    x = transitionDown(scope, `tr_${i}`, all);
  }
  const bottleneck = denseBlock(scope, 'dense_4', x, block).added;
  const up = transitionUp(scope, 'tr_up_0', bottleneck.value, upChannels);
  const decoded = denseBlock(scope, 'dense_5', concatFeatures([up, skips[3]]), block).added.value;
  const low = convolution(scope, 'conv_aux', decoded, { out: camChannels, size: 1, decay: false });
  return {
    low,
    decoded,
    skips: skips.map(({ value }) => value),
    ...classifier(scope, low, classes),
  };
}

export interface Expanded {
  /** The high-res features H: `[N, 16, H, W]` */
  readonly high: Value;
  /** The same before the tie to L; H itself without a tie. */
  readonly detail: Value;
  /** `[N, C, H, W]`; only of the expansion 'reconstruction'. */
  readonly reconstruction?: Value;
}

/** The expansion network; with the localisation network it is the full model. */
export function expansion(
  scope: Scope,
  { low, decoded, skips }: Localization,
  channels: number,
  how: Expansion = 'reconstruction',
): Expanded {
  let x = decoded;
  for (let i = 1; i <= 3; i++) {
    // Computed again: a frozen localisation network has no batch statistics of its skips, but the expansion's
    // batch norms need them.
    const skip = features(scope, skips[3 - i]);
    const joined = concatFeatures([transitionUp(scope, `tr_up_${i}`, x, upChannels), skip]);
    const { all, added } = denseBlock(scope, `dense_${i + 5}`, joined, block);
    x = (i === 3 ? all : added).value;
  }
  const last = transitionUp(scope, 'tr_up_early', x, camChannels).value;
  if (how !== 'reconstruction') {
    const detail = binomial(last);
    return { high: tie(detail, low, how), detail };
  }
  const reconstruction = convolution(scope, 'main_output', last, { out: channels, size: 1, decay: false });
  return { high: last, detail: last, reconstruction };
}

/** Images `[N, H, W, C]`, the layout of files and of the API, to feature maps `[N, C, H, W]`. */
export function toChannelsFirst(image: Value): Value {
  return o.transpose(image, [0, 3, 1, 2]);
}
