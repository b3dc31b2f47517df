/** Where in a picture the elements of a value lie: feature maps of either layout, and tokens. */

import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';

/** A value of one picture, read as K feature maps of h x w positions. */
export interface Places {
  /**
   * The order of the value's axes: feature maps, channels first or last; or tokens, `[N, T, K]` or
   * `[N, K, T]`.
   */
  readonly form: 'NCHW' | 'NHWC' | 'NTC' | 'NCT';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Number of tokens before those of positions, such as a class token. */
  readonly special: number;
}

/** Height and width of a grid of positions. */
export type Grid = readonly [height: number, width: number];

/** Limit on tokens without a position: a class token, a distillation token, a few registers. */
const maxSpecial = 16;

/**
 * How a shape can be read as feature maps with more than one position; undefined: it cannot.
 * @param shape of one picture, its batch axis of length 1
 * @param image height and width of the picture, in pixels
 * @param grids that tokens may have: those of the network's feature maps
 * @param prefer the layout to use if both fit equally well
 */
export function placesOf(
  shape: readonly number[],
  image: Grid,
  grids: readonly Grid[],
  prefer: 'NCHW' | 'NHWC',
): Places | undefined {
  if (shape[0] !== 1) return undefined;
  if (shape.length === 4) return mapsOf(shape, image, prefer);
  return shape.length === 3 ? tokensOf(shape, grids) : undefined;
}

function mapsOf([, a, b, c]: readonly number[], image: Grid, prefer: 'NCHW' | 'NHWC'): Places | undefined {
  const first = isGrid([b, c], image)
    ? ({ form: 'NCHW', channels: a, height: b, width: c, special: 0 } as const)
    : undefined;
  const last = isGrid([a, b], image)
    ? ({ form: 'NHWC', channels: c, height: a, width: b, special: 0 } as const)
    : undefined;
  if (!first || !last) return first ?? last;
  const [one, other] = [skew([b, c], image), skew([a, b], image)];
  if (one !== other) return one < other ? first : last;
  return prefer === 'NCHW' ? first : last;
}

/**
 * Whether a grid has more than one position, none finer than a pixel, and steps of similar length along both
 * axes.
 */
function isGrid([height, width]: Grid, image: Grid): boolean {
  if (height * width <= 1 || height > image[0] || width > image[1]) return false;
  return skew([height, width], image) <= 1.25;
}

/** The ratio of the longer to the shorter step along the two axes. */
function skew([height, width]: Grid, image: Grid): number {
  const [down, across] = [image[0] / height, image[1] / width];
  return Math.max(down, across) / Math.min(down, across);
}

function tokensOf([, a, b]: readonly number[], grids: readonly Grid[]): Places | undefined {
  const along = (tokens: number): { grid: Grid; special: number } | undefined =>
    grids
      .map((grid) => ({ grid, special: tokens - grid[0] * grid[1] }))
      .filter(({ special }) => special >= 0 && special <= maxSpecial)
      .sort((x, y) => x.special - y.special)[0];
  const [first, last] = [along(a), along(b)];
  if (first && (!last || first.special <= last.special)) return places('NTC', b, first);
  return last && places('NCT', a, last);
}

function places(
  form: 'NTC' | 'NCT',
  channels: number,
  { grid: [height, width], special }: { grid: Grid; special: number },
): Places {
  return { form, channels, height, width, special };
}

/** The value as feature maps `[N, K, h, w]`. */
export function asFeatureMaps(value: Value, { form, height, width, special }: Places): Value {
  switch (form) {
    case 'NCHW':
      return value;
    case 'NHWC':
      return o.transpose(value, [0, 3, 1, 2]);
    case 'NTC':
      return asFeatureMaps(o.transpose(value, [0, 2, 1]), {
        form: 'NCT',
        channels: 0,
        height,
        width,
        special,
      });
    case 'NCT': {
      const tokens = special + height * width;
      const placed = special === 0 ? value : o.slice(value, 2, special, tokens);
      return o.reshape(placed, [0, 0, height, width]);
    }
  }
}
