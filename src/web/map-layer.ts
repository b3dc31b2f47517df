/** The map that lies over the picture: which one, and how its values look. */
import type { RegionRefinement } from '../refine/pipeline.ts';
import { type ColormapName, colorIndices, colorTable, resolveRange } from '../render/colormap.ts';
import { overlayStyle } from '../render/overlay.ts';
import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Explained } from './pane.ts';
import type { MapName, Settings } from './settings.ts';

export const mapTitles: Readonly<Record<MapName, string>> = {
  merged: 'Refined CAM',
  highCam: 'High-resolution CAM',
  lowResized: 'Low-resolution CAM, resized',
  lowCam: 'Low-resolution CAM',
  blurred: 'Blurred',
  edges: 'Edges',
  roi: 'Region of interest',
  focalPoints: 'Focal points',
  segmented: 'Region growing',
  fullSegment: 'Filled segment',
  result: 'Cut-out',
  image: 'Picture alone',
};

/** A map to lay over the picture, and how. */
export interface Layer {
  readonly name: MapName;
  readonly map: FloatMap;
  readonly colormap: ColormapName;
  /** The values of the first and of the last colour. */
  readonly range: readonly [low: number, high: number];
  /** Both signs occur, and zero has the middle colour. */
  readonly diverging: boolean;
}

/** The layer to show; without a refinement, of a half model, the low-res map is all there is. Undefined: the picture alone. */
export function layerOf(
  explained: Explained,
  refinement: RegionRefinement | undefined,
  { map: name, colormap }: Pick<Settings, 'map' | 'colormap'>,
): Layer | undefined {
  if (name === 'image') return undefined;
  if (refinement === undefined) return layer('lowCam', explained.low, colormap);
  return layer(name, floats(name === 'result' ? refinement.kept : refinement[name]), colormap);
}

function layer(name: MapName, map: FloatMap, wanted: Settings['colormap']): Layer {
  const [low, high] = resolveRange(map);
  const colormap = wanted === 'auto' ? (low < 0 && high > 0 ? 'bluered' : 'turbo') : wanted;
  const diverging = colormap === 'bluered';
  if (diverging) return { name, map, colormap, range: resolveRange(map, 'symmetric'), diverging };
  const unit = low >= 0 && high <= 1 && name !== 'lowCam' && name !== 'lowResized' && name !== 'highCam';
  return { name, map, colormap, range: unit ? [0, 1] : [low, high], diverging };
}

function floats(map: Tensor<'float32' | 'uint8'>): FloatMap {
  return map.dtype === 'float32'
    ? (map as FloatMap)
    : tensor('float32', map.shape, Float32Array.from(map.data as Uint8Array));
}

/** The layer's pixels, RGBA. */
export function paintLayer(
  { name, map, colormap, range, diverging }: Layer,
  { opacity, fade }: Pick<Settings, 'opacity' | 'fade'>,
): ImageData {
  const [height, width] = map.shape;
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  if (name === 'result') {
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

/** A colour map from its first to its last colour, RGBA `[1, 256]`. */
export function paintColorBar(colormap: ColormapName): ImageData {
  const table = colorTable(colormap);
  const bar = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) bar.data.set([...table.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return bar;
}

/** The pixel of a map at a place. */
export function pixelAt(
  { shape: [height, width] }: Tensor,
  { x, y }: { x: number; y: number },
): { column: number; row: number; index: number } {
  const column = Math.min(Math.floor(x * width), width - 1);
  const row = Math.min(Math.floor(y * height), height - 1);
  return { column, row, index: row * width + column };
}
