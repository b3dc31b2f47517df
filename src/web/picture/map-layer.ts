/** The map shown over the picture: which one, and how its values are coloured. */
import { outcomeOf, type Refinement } from '../../refine/refinement.ts';
import { refinerSteps, type Step, type Steps } from '../../refine/steps.ts';
import { type ColormapName, colorIndices, colorTable, resolveRange } from '../../render/colormap.ts';
import { overlayStyle } from '../../render/overlay.ts';
import { type FloatMap, type Mask, type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Explained } from '../state/pane.ts';
import { type MapName, mapNames, type Settings } from '../state/settings.ts';

/** The steps of both refiners; steps of one name are described alike. */
const steps: Steps = { ...refinerSteps.crf, ...refinerSteps.regions };

/** The name of a map in the viewer. */
export function mapTitle(name: MapName): string {
  const { title, overTitle = title } = steps[name];
  return overTitle;
}

/** A map shown over the picture, and its colours. */
export interface Layer {
  readonly name: MapName;
  readonly map: FloatMap;
  readonly colormap: ColormapName;
  /** The values of the first and of the last colour. */
  readonly range: readonly [low: number, high: number];
  /** Whether both signs occur; zero then has the middle colour. */
  readonly diverging: boolean;
  /**
   * For a cut-out: the step of the mask that it is made from. The layer is white outside of the mask and
   * transparent inside.
   */
  readonly cutBy?: Step;
}

/** The maps that exist; without a valid refinement, only the low-res map. */
export function mapsThere(refinement: Refinement | undefined): readonly MapName[] {
  if (refinement === undefined) return ['lowCam', 'image'];
  return mapNames.filter((name) => name in refinerSteps[refinement.refiner]);
}

/** The map that the user chose, or the refined map if the current refiner lacks it. */
export function mapShown(wanted: MapName, refinement: Refinement | undefined): MapName {
  const there = mapsThere(refinement);
  return there.includes(wanted) ? wanted : there[0];
}

/** The layer to show; without a refinement it is always the low-res map. Undefined: the picture alone. */
export function layerOf(
  explained: Explained,
  refinement: Refinement | undefined,
  { map, colormap }: Pick<Settings, 'map' | 'colormap'>,
): Layer | undefined {
  const name = mapShown(map, refinement);
  if (name === 'image') return undefined;
  if (refinement === undefined) return layer('lowCam', explained.low, colormap);
  const outcome = outcomeOf(refinement, steps[name].cutBy ?? name);
  return layer(name, floats(outcome as FloatMap | Mask), colormap);
}

function layer(name: MapName, map: FloatMap, wanted: Settings['colormap']): Layer {
  const { kind, cutBy } = steps[name];
  const [low, high] = resolveRange(map);
  const colormap = wanted === 'auto' ? (low < 0 && high > 0 ? 'bluered' : 'turbo') : wanted;
  const diverging = colormap === 'bluered';
  const shared = { name, map, colormap, diverging, cutBy: cutBy === undefined ? undefined : steps[cutBy] };
  if (diverging) return { ...shared, range: resolveRange(map, 'symmetric') };
  // All maps without a unit of their own are in [0, 1].
  return { ...shared, range: kind === 'raw' ? [low, high] : [0, 1] };
}

function floats(map: Tensor<'float32' | 'uint8'>): FloatMap {
  return map.dtype === 'float32'
    ? (map as FloatMap)
    : tensor('float32', map.shape, Float32Array.from(map.data as Uint8Array));
}

/** The layer's pixels, RGBA. */
export function paintLayer(
  { map, colormap, range, diverging, cutBy }: Layer,
  { opacity, fade }: Pick<Settings, 'opacity' | 'fade'>,
): ImageData {
  const [height, width] = map.shape;
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  if (cutBy) {
    for (let i = 0; i < words.length; i++) words[i] = map.data[i] ? 0 : 0xffffffff;
    return image;
  }
  const { alpha } = overlayStyle({ opacity, fade, range: diverging ? 'symmetric' : 'minmax' });
  const table = colorTable(colormap);
  const flat = range[0] === range[1];
  const indices = flat ? new Uint8Array(words.length).fill(diverging ? 128 : 0) : colorIndices(map, range);
  const colors = new Uint32Array(256);
  const bytes = new Uint8Array(colors.buffer);
  for (let i = 0; i < 256; i++) {
    bytes.set(table.subarray(3 * i, 3 * i + 3), 4 * i);
    bytes[4 * i + 3] = Math.round(255 * alpha[i]);
  }
  for (let i = 0; i < words.length; i++) words[i] = colors[indices[i]];
  return image;
}

/** The word for a value of a mask. */
export function wordOf({ words: [inside, outside] = ['inside', 'outside'] }: Step, value: unknown): string {
  return value ? inside : outside;
}

/** A colour map from its first to its last colour, RGBA `[1, 256]`. */
export function paintColorBar(colormap: ColormapName): ImageData {
  const table = colorTable(colormap);
  const bar = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) bar.data.set([...table.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return bar;
}

/** The pixel of a map at a position of the picture. */
export function pixelAt(
  { shape: [height, width] }: Tensor,
  { x, y }: { x: number; y: number },
): { column: number; row: number; index: number } {
  const column = Math.min(Math.floor(x * width), width - 1);
  const row = Math.min(Math.floor(y * height), height - 1);
  return { column, row, index: row * width + column };
}
