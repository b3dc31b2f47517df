/** Synthetic scenes: one object in a textured, cluttered picture. Only the object's shape gives its class. */
import type { Random } from '../../tensor/random.ts';
import { type Mask, type Picture, tensor } from '../../tensor/tensor.ts';
import { drawClutter } from './clutter.ts';
import { type Colour, colourDistance } from './colours.ts';
import { type Coverage, fill, shadow } from './raster.ts';
import { extent, type Outlines, type Point, placed, type ShapeName, shapeOutlines } from './shapes.ts';
import { drawTexture, type Texture, valueNoise } from './textures.ts';

/** Options of `renderScene`. */
export interface SceneOptions {
  /** The object's shape, which is its class. */
  readonly shape: ShapeName;
  /** Height and width in pixels, 32 to 4096. */
  readonly size: number;
  /**
   * Least and largest size of the object: the diameter of a disc of equal area, as a share of the picture's
   * width, in (0, 0.6]. Default [0.15, 0.45].
   */
  readonly objectSize?: readonly [least: number, largest: number];
  /** Amount of clutter, and how often clutter hides a part of the object: 0 (none) to 1 (default). */
  readonly clutter?: number;
  /** Source of all randomness in the scene. */
  readonly random: Random;
}

/** A synthetic scene, and its object's location. */
export interface Scene {
  /** uint8 `[size, size, 3]`. */
  readonly picture: Picture;
  /** uint8 `[size, size]`: 1 where the object is visible in at least half of the pixel. */
  readonly mask: Mask;
  /** The mask's bounding box `[x0, y0, x1, y1)` in pixels. */
  readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
}

/** Largest share of the object's area that clutter hides. */
const mostHidden = 0.2;
/** Least colour distance between each of the object's colours and its background. */
const leastContrast = 110;

/**
 * Draws a scene: a background of smooth noise and large patches, four to nine pieces of clutter, the object,
 * and in three of five scenes a piece of clutter that hides 3 to 20 % of it, with soft shadows, uneven light
 * and a little grain.
 *
 * Colours, textures, position, rotation and area (that of a disc of 15 to 45 % of the picture's width) of the
 * object do not depend on the class. The whole object lies within the picture. The same generator state gives
 * the same scene, except for rounding differences between JavaScript engines.
 * @throws when an option is out of range
 * @example
 * ```ts
 * import { random, renderScene } from 'high-res-mapping';
 *
 * const { picture, mask, box } = renderScene({ shape: 'star', size: 128, random: random(1) });
 * console.log(picture.shape, mask.shape); //=> [ 128, 128, 3 ] [ 128, 128 ]
 * console.log(box); //=> [ 5, 37, 85, 116 ]
 * ```
 */
export function renderScene({
  shape,
  size,
  random,
  objectSize = [0.15, 0.45],
  clutter = 1,
}: SceneOptions): Scene {
  if (!(Number.isInteger(size) && size >= 32 && size <= 4096)) {
    throw new Error(`renderScene: the size is a whole number from 32 to 4096, got ${size}`);
  }
  const [least, largest] = objectSize;
  if (!(least > 0 && least <= largest && largest <= 0.6)) {
    throw new Error(`renderScene: object sizes are in (0, 0.6], the least first, got [${objectSize}]`);
  }
  if (!(clutter >= 0 && clutter <= 1)) throw new Error(`renderScene: clutter is in [0, 1], got ${clutter}`);
  const canvas = new Float32Array(size * size * 3);
  paintBackground(canvas, size, random);
  const light: Point = [random.uniform(-1, 1), random.uniform(0.3, 1)];
  for (let i = Math.round(clutter * (4 + random.integer(6))); i > 0; i--) {
    const centre: Point = [random.uniform(0, size), random.uniform(0, size)];
    paintThing(
      canvas,
      fill(drawPlaced(random, size, centre, 0.12, 0.42), size),
      drawTexture(random, size),
      light,
      random,
    );
  }

  const object = fill(placeObject(shapeOutlines(shape), size, objectSize, random), size);
  const under = meanColour(canvas, object);
  paintThing(canvas, object, drawContrasting(under, size, random), light, random);
  const seen = object.data.slice();
  if (random.next() < 0.6 * clutter) {
    const cover = drawCover(object, size, random);
    if (cover !== undefined) {
      paintThing(canvas, cover, drawTexture(random, size), light, random);
      for (let i = 0; i < seen.length; i++) seen[i] *= 1 - cover.data[i];
    }
  }
  paintLight(canvas, size, random);
  const mask = tensor('uint8', [size, size]);
  for (let i = 0; i < seen.length; i++) mask.data[i] = seen[i] >= 0.5 ? 1 : 0;
  return { picture: develop(canvas, size, random), mask, box: boundingBox(mask) };
}

/** Smooth noise between two colours, with one or two large soft patches of other textures. */
function paintBackground(canvas: Float32Array, size: number, random: Random): void {
  const base = drawTexture(random, size);
  const field = valueNoise(random, size * random.uniform(0.25, 0.6), 4);
  const contrast = random.uniform(1, 2);
  const mix = (x: number, y: number): number =>
    Math.min(1, Math.max(0, 0.5 + contrast * (field(x, y) - 0.5)));
  const patches = Array.from({ length: random.integer(3) }, () => {
    const region = valueNoise(random, size * random.uniform(0.4, 0.8), 2);
    return { texture: drawTexture(random, size), region, level: random.uniform(0.48, 0.62) };
  });
  const soft = random.uniform(0.02, 0.1);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = 3 * (y * size + x);
      blend(canvas, at, base, mix(x, y), 1);
      for (const { texture, region, level } of patches) {
        const alpha = Math.min(1, Math.max(0, (region(x, y) - level) / soft));
        if (alpha > 0) blend(canvas, at, texture, texture.mix(x, y), alpha);
      }
    }
  }
}

/** Paints a shadow (with probability 0.7), then the shape itself. */
function paintThing(
  canvas: Float32Array,
  thing: Coverage,
  texture: Texture,
  light: Point,
  random: Random,
): void {
  const { size } = thing;
  const darkness = random.uniform(0.25, 0.5);
  if (random.next() < 0.7) {
    const far = size * 0.03;
    const { data, x0, y0, x1, y1 } = shadow(
      thing,
      Math.max(1, Math.round(size * 0.012)),
      Math.round(light[0] * far),
      Math.round(light[1] * far),
    );
    for (let y = y0; y < y1; y++) {
      for (let i = y * size + x0; i < y * size + x1; i++) {
        const kept = 1 - darkness * data[i];
        for (let k = 0; k < 3; k++) canvas[3 * i + k] *= kept;
      }
    }
  }
  for (let y = thing.y0; y < thing.y1; y++) {
    for (let x = thing.x0; x < thing.x1; x++) {
      const alpha = thing.data[y * size + x];
      if (alpha > 0) blend(canvas, 3 * (y * size + x), texture, texture.mix(x, y), alpha);
    }
  }
}

function blend(
  canvas: Float32Array,
  at: number,
  { first, second }: Texture,
  mix: number,
  alpha: number,
): void {
  for (let k = 0; k < 3; k++) {
    const colour = first[k] + (second[k] - first[k]) * mix;
    canvas[at + k] += (colour - canvas[at + k]) * alpha;
  }
}

function drawPlaced(random: Random, size: number, centre: Point, least: number, most: number): Outlines {
  const outlines = drawClutter(random, size * random.uniform(least, most));
  return placed(outlines, centre, 1, 1, random.uniform(0, 2 * Math.PI));
}

function placeObject(
  outlines: Outlines,
  size: number,
  objectSize: readonly [number, number],
  random: Random,
): Outlines {
  const scale = size * random.uniform(objectSize[0], objectSize[1]);
  // Stretches by up to 10 % without changing the area.
  const stretch = Math.sqrt(random.uniform(0.9, 1.1));
  const shape = placed(outlines, [0, 0], scale * stretch, scale / stretch, random.uniform(0, 2 * Math.PI));
  const [x0, y0, x1, y1] = extent(shape);
  return placed(shape, [random.uniform(1 - x0, size - 1 - x1), random.uniform(1 - y0, size - 1 - y1)], 1);
}

/** The canvas's mean colour under the object. */
function meanColour(canvas: Float32Array, { data }: Coverage): Colour {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    for (let k = 0; k < 3; k++) sum[k] += data[i] * canvas[3 * i + k];
    sum[3] += data[i];
  }
  return [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]];
}

/** Draws a texture that contrasts with the colour under it; the best of 30 if none contrasts enough. */
function drawContrasting(under: Colour, size: number, random: Random): Texture {
  let best = drawTexture(random, size);
  const contrast = ({ first, second }: Texture): number =>
    Math.min(colourDistance(first, under), colourDistance(second, under));
  for (let i = 1; i < 30 && contrast(best) < leastContrast; i++) {
    const next = drawTexture(random, size);
    if (contrast(next) > contrast(best)) best = next;
  }
  return best;
}

/** Draws a shape that hides 3 to 20 % of the object; undefined after 20 failed attempts. */
function drawCover(object: Coverage, size: number, random: Random): Coverage | undefined {
  const area = object.data.reduce((sum, value) => sum + value, 0);
  const length = Math.sqrt(area) / size;
  for (let i = 0; i < 20; i++) {
    const centre: Point = [random.uniform(object.x0, object.x1), random.uniform(object.y0, object.y1)];
    const cover = fill(drawPlaced(random, size, centre, 0.35 * length, 0.9 * length), size);
    const hidden = cover.data.reduce((sum, value, at) => sum + value * object.data[at], 0) / area;
    if (hidden > 0.03 && hidden < mostHidden) return cover;
  }
  return undefined;
}

/** Multiplies the canvas by smoothly varying light, up to a quarter brighter or darker. */
function paintLight(canvas: Float32Array, size: number, random: Random): void {
  const field = valueNoise(random, size * 0.9, 1);
  const strength = random.uniform(0.1, 0.5);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const factor = 1 + strength * (field(x, y) - 0.5);
      const at = 3 * (y * size + x);
      for (let k = 0; k < 3; k++) canvas[at + k] *= factor;
    }
  }
}

/** Converts the canvas to bytes, with a little uniform grain, equal in all three channels. */
function develop(canvas: Float32Array, size: number, random: Random): Picture {
  const grain = random.uniform(2, 10);
  const data = new Uint8Array(canvas.length);
  for (let i = 0; i < size * size; i++) {
    const noise = grain * (random.next() - 0.5) + 0.5;
    for (let k = 0; k < 3; k++) data[3 * i + k] = Math.min(255, Math.max(0, canvas[3 * i + k] + noise));
  }
  return tensor('uint8', [size, size, 3], data);
}

function boundingBox({ shape: [height, width], data }: Mask): [number, number, number, number] {
  const box: [number, number, number, number] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x + 1);
      box[3] = Math.max(box[3], y + 1);
    }
  }
  return box;
}
