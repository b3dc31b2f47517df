import { type Mask, mapSize, tensor } from '../../tensor/tensor.ts';

/**
 * Bit k of a neighbourhood is neighbour k, clockwise from the top left. These are the bits of the four sides.
 */
const [top, right, bottom, left] = [2, 8, 32, 128];

/**
 * Neighbourhoods that scikit-image treats differently from the paper, so that lines two pixels wide do not
 * vanish and staircases become diagonals: deleted in neither, the first, the second, or either sub-iteration.
 */
const departures: readonly (readonly number[])[] = [
  [48, 129],
  [3, 6, 11, 12, 14, 131, 134, 161, 194, 198],
  [24, 26, 56, 96, 104, 108, 176, 192, 224],
  [10, 40, 130, 160],
];

/**
 * For each of the 256 neighbourhoods: bit 0: the first sub-iteration deletes the pixel; bit 1: the second
 * does.
 */
const deletes: Uint8Array = Uint8Array.from({ length: 256 }, (_, around) => {
  const departure = departures.findIndex((neighbourhoods) => neighbourhoods.includes(around));
  if (departure >= 0) return departure;
  let set = 0;
  let rises = 0;
  for (let k = 0; k < 8; k++) {
    const here = (around >> k) & 1;
    set += here;
    if (here === 0 && ((around >> ((k + 1) % 8)) & 1) === 1) rises++;
  }
  if (set < 2 || set > 6 || rises !== 1) return 0;
  const lacksOneOf = (sides: number): boolean => (around & sides) !== sides;
  const first = lacksOneOf(top | right | bottom) && lacksOneOf(right | bottom | left);
  const second = lacksOneOf(top | right | left) && lacksOneOf(top | bottom | left);
  return Number(first) | (Number(second) << 1);
});

/**
 * Thins the areas of a `[H, W]` mask to lines one pixel wide that stay connected (8 neighbours).
 * Source: Zhang and Suen, *A Fast Parallel Algorithm for Thinning Digital Patterns*, CACM 27 (1984), with the
 * changes of `skimage.morphology.skeletonize`. The result is equal to that of scikit-image.
 */
export function skeleton(mask: Mask): Mask {
  const { height, width } = mapSize(mask, 'skeleton');
  // A frame of zeros makes checks at the border unnecessary.
  const stride = width + 2;
  const padded = new Uint8Array((height + 2) * stride);
  let pixels: number[] = [];
  for (let i = mask.data.indexOf(1); i >= 0; i = mask.data.indexOf(1, i + 1)) {
    const x = i % width;
    const at = ((i - x) / width + 1) * stride + x + 1;
    padded[at] = 1;
    pixels.push(at);
  }
  const neighbourhood = (at: number): number => {
    const above = at - stride;
    const below = at + stride;
    return (
      padded[above - 1] |
      (padded[above] << 1) |
      (padded[above + 1] << 2) |
      (padded[at + 1] << 3) |
      (padded[below + 1] << 4) |
      (padded[below] << 5) |
      (padded[below - 1] << 6) |
      (padded[at - 1] << 7)
    );
  };
  for (let deleted = true; deleted; ) {
    deleted = false;
    for (const step of [1, 2]) {
      // A sub-iteration decides on all pixels before it deletes any.
      const going = pixels.filter((at) => (deletes[neighbourhood(at)] & step) !== 0);
      if (going.length === 0) continue;
      deleted = true;
      for (const at of going) padded[at] = 0;
      pixels = pixels.filter((at) => padded[at] === 1);
    }
  }
  const out = tensor('uint8', mask.shape);
  for (const at of pixels) out.data[(Math.floor(at / stride) - 1) * width + (at % stride) - 1] = 1;
  return out;
}
