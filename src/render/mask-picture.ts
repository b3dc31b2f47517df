/** Masks drawn over their image. */
import { type Mask, mapSize, type Picture, tensor } from '../tensor/tensor.ts';
import { pictureSize, toRgb } from './resample.ts';
import { coordinate } from './svg.ts';

/** A colour, three values from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A mask and how its pixels are drawn: in a tint, or, with the tint 'image', as in the image. */
export interface MaskLayer {
  /** uint8 `[H, W]`, not 0 inside. */
  mask: Mask;
  tint: Rgb | 'image';
}

/** Share of the tint in a tinted pixel; the rest is the image in grey, so that it stays visible. */
const tintShare = 0.72;
/** Share of white in a dimmed pixel. */
const whiteShare = 0.74;

/** Red, green and blue as `#rrggbb`. */
export function hexColor(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * A mask as a grey picture, uint8 `[H, W, 1]`: 255 inside, 0 outside.
 * @param mask 0 or 1
 */
export function maskImage({ shape: [height, width], data }: Mask): Picture {
  const grey = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) grey[i] = 255 * data[i];
  return tensor('uint8', [height, width, 1], grey);
}

/**
 * Draws masks over the image, which is grey and pale outside them. Later layers cover earlier ones.
 * @param image uint8 `[H, W, 3]` or `[H, W, 1]`
 * @returns uint8 RGB `[H, W, 3]`
 * @throws when a mask has another size than the image
 */
export function maskPicture(image: Picture, layers: readonly MaskLayer[]): Picture {
  return maskPainter(image)(layers);
}

/** `maskPicture` for several drawings over one image, whose pale version is computed once. */
export function maskPainter(image: Picture): (layers: readonly MaskLayer[]) => Picture {
  const { height, width } = pictureSize(image, 'maskPicture');
  const rgb = toRgb(image).data;
  const greys = luma(rgb);
  const pale = new Uint8Array(rgb.length);
  for (let i = 0; i < greys.length; i++) {
    const value = Math.round(255 * whiteShare + greys[i] * (1 - whiteShare));
    pale[3 * i] = value;
    pale[3 * i + 1] = value;
    pale[3 * i + 2] = value;
  }
  return (layers) => {
    const out = pale.slice();
    for (const { mask, tint } of layers) {
      const size = mapSize(mask, 'maskPicture');
      if (size.height !== height || size.width !== width) {
        throw new Error(`maskPicture: the mask is [${mask.shape}], the image [${image.shape}]`);
      }
      if (tint === 'image') copyMarked(mask, rgb, out);
      else tintMarked(mask, tint, greys, out);
    }
    return tensor('uint8', [height, width, 3], out);
  };
}

function copyMarked({ data: marks }: Mask, rgb: Uint8Array, out: Uint8Array): void {
  for (let i = 0, at = 0; i < marks.length; i++, at += 3) {
    if (marks[i] === 0) continue;
    out[at] = rgb[at];
    out[at + 1] = rgb[at + 1];
    out[at + 2] = rgb[at + 2];
  }
}

function tintMarked({ data: marks }: Mask, tint: Rgb, greys: Float64Array, out: Uint8Array): void {
  const [red, green, blue] = tint.map((value) => value * tintShare);
  for (let i = 0, at = 0; i < marks.length; i++, at += 3) {
    if (marks[i] === 0) continue;
    const grey = greys[i] * (1 - tintShare);
    out[at] = Math.round(red + grey);
    out[at + 1] = Math.round(green + grey);
    out[at + 2] = Math.round(blue + grey);
  }
}

/** Luma of RGB by Rec. 601, 0 to 255. */
function luma(rgb: Uint8Array): Float64Array {
  const greys = new Float64Array(rgb.length / 3);
  for (let i = 0; i < greys.length; i++) {
    greys[i] = 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
  }
  return greys;
}

/**
 * The border of a mask as SVG path data, along the edges of its pixels; '' for an empty mask. Pixels beyond
 * the map count as outside.
 * @param scaleX SVG units per column
 * @param scaleY SVG units per row
 */
export function maskOutline(mask: Mask, left: number, top: number, scaleX: number, scaleY: number): string {
  const { height, width } = mapSize(mask, 'maskOutline');
  const { data } = mask;
  let path = '';
  const inside = new Uint8Array(Math.max(height, width));
  const before = new Uint8Array(inside.length);
  /** The runs along a line of `length` pixels in which it differs from the previous line. */
  const run = (length: number, draw: (from: number, to: number) => void): void => {
    for (let from = 0; from < length; from++) {
      if (inside[from] === before[from]) continue;
      let to = from + 1;
      while (to < length && inside[to] !== before[to]) to++;
      draw(from, to);
      from = to;
    }
    before.set(inside);
  };
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < width; x++) inside[x] = Number(y < height && data[y * width + x] !== 0);
    run(width, (from, to) => {
      path += `M${coordinate(left + from * scaleX)} ${coordinate(top + y * scaleY)}H${coordinate(left + to * scaleX)}`;
    });
  }
  before.fill(0);
  for (let x = 0; x <= width; x++) {
    for (let y = 0; y < height; y++) inside[y] = Number(x < width && data[y * width + x] !== 0);
    run(height, (from, to) => {
      path += `M${coordinate(left + x * scaleX)} ${coordinate(top + from * scaleY)}V${coordinate(top + to * scaleY)}`;
    });
  }
  return path;
}

/** A connected part of a mask (8 neighbours): its bounding box in pixels, right and bottom exclusive. */
export interface MaskPart {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The connected parts of a mask in reading order of their first pixels. */
export function maskParts(mask: Mask): MaskPart[] {
  const { height, width } = mapSize(mask, 'maskParts');
  const seen = new Uint8Array(height * width);
  const parts: MaskPart[] = [];
  for (let start = 0; start < seen.length; start++) {
    if (mask.data[start] === 0 || seen[start] !== 0) continue;
    const part: MaskPart = { left: width, top: height, right: 0, bottom: 0 };
    const stack = [start];
    seen[start] = 1;
    while (stack.length > 0) {
      const at = stack.pop()!;
      const y = Math.floor(at / width);
      const x = at % width;
      part.left = Math.min(part.left, x);
      part.right = Math.max(part.right, x + 1);
      part.top = Math.min(part.top, y);
      part.bottom = Math.max(part.bottom, y + 1);
      for (let ny = Math.max(y - 1, 0); ny <= Math.min(y + 1, height - 1); ny++) {
        for (let nx = Math.max(x - 1, 0); nx <= Math.min(x + 1, width - 1); nx++) {
          const next = ny * width + nx;
          if (mask.data[next] === 0 || seen[next] !== 0) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
    parts.push(part);
  }
  return parts;
}
