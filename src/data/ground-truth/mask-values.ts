/** Reads mask files as labels of a palette, an alpha channel, greys or colours. */
import { type DecodedPng, decode } from 'fast-png';
import sharp from 'sharp';
import { FileError } from '../../errors/file-error.ts';
import { count } from '../../text/count.ts';
import { readBytes } from '../files/read-file.ts';
import { decodeBmp } from '../picture/bmp.ts';
import { failOn } from '../picture/fail-on.ts';
import { type Orientation, orientationOf, turnedSize, turnValues } from '../picture/orientation.ts';
import { checkCost } from '../picture/picture-cost.ts';
import { readPictureHeader } from '../picture/picture-header.ts';
import { sharpFailed } from '../picture/sharp-failed.ts';
import type { NamedFile } from './raw-truth.ts';

/** Meaning of a mask's values. Colours are `0xRRGGBB`. */
export type MaskKind = 'palette labels' | 'alpha' | 'greys' | 'colours';

/** A mask's values and their meaning. */
export interface MaskValues {
  readonly kind: MaskKind;
  /** In pixels, after applying the mask's own Exif orientation. */
  readonly width: number;
  readonly height: number;
  /** `[H * W]`, as stored in the file: not scaled, no colour profile applied. */
  readonly values: Uint32Array;
  /** The largest value that the file could hold: 255, 65535, or 0xffffff for colours. */
  readonly top: number;
  /** Whether the file's own Exif orientation turned the mask. */
  readonly turned: boolean;
}

/** Files with more colours than this are pictures, not labels. */
const mostColours = 64;
/** More shades of one hue than this are one colour with soft edges, not labels. */
const mostShades = 16;

/** Reads a mask. @throws `FileError` when the file cannot be read, or is not a mask */
export async function readMaskValues({ path, bytes: given }: NamedFile): Promise<MaskValues> {
  const bytes = given ?? (await readBytes(path));
  try {
    if (bytes.length === 0) throw new Error('the file is empty');
    const { pixels, orientation } = await decodeRaw(bytes);
    const { kind, values, top } = meaningOf(pixels);
    const [width, height] = turnedSize([pixels.width, pixels.height], orientation);
    const upright = turnValues(values, [pixels.width, pixels.height], orientation);
    return { kind, width, height, values: upright, top, turned: orientation !== 1 };
  } catch (error) {
    throw FileError.from(path, error);
  }
}

interface RawPixels {
  readonly width: number;
  readonly height: number;
  /** `[H, W, 4]`, from 0 to `top`; opaque if the file has no alpha channel. */
  readonly rgba: Uint8Array | Uint16Array;
  readonly top: 255 | 65535;
  /** Palette indices, `[H * W]`, when they are labels. */
  readonly labels?: Uint32Array;
}

async function decodeRaw(bytes: Uint8Array): Promise<{ pixels: RawPixels; orientation: Orientation }> {
  const header = await readPictureHeader(bytes);
  const { format } = header;
  checkCost(header, false);
  if (format === 'bmp') return { pixels: { ...decodeBmp(bytes), top: 255 }, orientation: 1 };
  if (format === 'pnm') throw new Error('a PNM file, which is not read as a mask: save it as PNG');
  const image = sharp(bytes, { failOn: failOn(bytes, format), limitInputPixels: false, ignoreIcc: true });
  const found = await image.metadata().catch(sharpFailed);
  const orientation = orientationOf(found.orientation);
  if (format === 'png' && found.isPalette) {
    if (found.isProgressive && (found.bitsPerSample ?? 8) < 8) {
      throw new Error(
        `an interlaced PNG with a palette of ${found.bitsPerSample} bits; save it without interlacing`,
      );
    }
    return { pixels: decodePalette(bytes), orientation };
  }
  const { depth } = found;
  if (depth === 'float' && found.channels === 1) {
    const { data, info } = await image
      .toColourspace('b-w')
      .raw({ depth })
      .toBuffer({ resolveWithObject: true })
      .catch(sharpFailed);
    const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    return { pixels: { width: info.width, height: info.height, ...fromFloats(values) }, orientation };
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new Error(
      `${count(found.channels, 'channel')} of type ${depth}; a mask has unsigned values of 8 or 16 bits, or one channel of floats in [0, 1]`,
    );
  }
  const { data, info } = await image
    .toColourspace(depth === 'ushort' ? 'rgb16' : 'srgb')
    .raw({ depth })
    .toBuffer({ resolveWithObject: true })
    .catch(sharpFailed);
  // libvips scales greys of 1, 2 and 4 bits to 255.
  const bits = format === 'png' && depth === 'uchar' ? (found.bitsPerSample ?? 8) : 8;
  const stretched = 255 / (2 ** bits - 1);
  const values =
    depth === 'uchar' ? data : new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const top = depth === 'uchar' ? 255 : 65535;
  const rgba = toRgba(values, info.channels, top, stretched);
  return { pixels: { width: info.width, height: info.height, rgba, top }, orientation };
}

/**
 * @param channels 3 or 4
 * @param stretched divisor of the colours
 */
function toRgba(
  values: Uint8Array | Uint16Array,
  channels: number,
  top: number,
  stretched: number,
): Uint16Array {
  const out = new Uint16Array((4 * values.length) / channels).fill(top);
  for (let i = 0, from = 0; from < values.length; i += 4, from += channels) {
    for (let c = 0; c < 3; c++) out[i + c] = values[from + c] / stretched;
    if (channels === 4) out[i + 3] = values[from + 3];
  }
  return out;
}

/** Converts floats: shares in [0, 1] to greys, integers unchanged. */
function fromFloats(values: Float32Array): Pick<RawPixels, 'rgba' | 'top'> {
  let [low, high, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    whole &&= Number.isInteger(value);
  }
  const shares = low >= 0 && high <= 1;
  if (!shares && !(whole && low >= 0 && high <= 65535)) {
    throw new Error(
      `floats from ${low} to ${high}; a mask has shares in [0, 1], or labels: whole numbers from 0 to 65535`,
    );
  }
  const top = shares && !whole ? 255 : 65535;
  const greys = Uint16Array.from(values, (value) => (shares && !whole ? Math.round(255 * value) : value));
  const rgba = new Uint16Array(4 * greys.length).fill(top);
  for (let i = 0; i < greys.length; i++) rgba.fill(greys[i], 4 * i, 4 * i + 3);
  return { rgba, top };
}

/** Decodes a PNG with a palette: its colours, and its indices if they are labels. */
function decodePalette(bytes: Uint8Array): RawPixels {
  const { width, height, depth, data, palette = [] } = decodeIndexed(bytes);
  const labels = unpack(data as Uint8Array, width, height, depth);
  const used = new Set(labels);
  const top = Math.max(...used);
  if (top >= palette.length)
    throw new Error(
      `label ${top} has no colour, the palette has ${palette.length} colours: save the mask with ${top + 1} or more, or as grey`,
    );
  const rgba = new Uint8Array(4 * labels.length).fill(255);
  for (let i = 0; i < labels.length; i++) rgba.set(palette[labels[i]], 4 * i);
  return { width, height, rgba, top: 255, ...(isLabelPalette(palette, used) && { labels }) };
}

function decodeIndexed(bytes: Uint8Array): DecodedPng {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new Error('damaged or cut short', { cause });
  }
}

/**
 * Whether palette indices are labels rather than stored colours. A grey palette encodes its meaning in the
 * colours. So does a palette that a program collected from a picture's colours in arbitrary order, where
 * black, the background, is not the first. One colour at several opacities is an alpha channel.
 */
function isLabelPalette(palette: readonly (readonly number[])[], used: ReadonlySet<number>): boolean {
  const colours = [...used].map((label) => palette[label]);
  const black = ([r, g, b]: readonly number[]): boolean => r + g + b === 0;
  const alike = (c: number): boolean => colours.every((colour) => colour[c] === colours[0][c]);
  if (used.size > 1 && [0, 1, 2].every(alike)) return alike(3);
  if (palette.every(([r, g, b]) => r === g && g === b)) return false;
  return black(palette[0]) || !colours.some(black);
}

/** Unpacks samples of 1, 2, 4 or 8 bits, with rows padded to whole bytes. */
function unpack(data: Uint8Array, width: number, height: number, depth: number): Uint32Array {
  const stride = Math.ceil((width * depth) / 8);
  const perByte = 8 / depth;
  const out = new Uint32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = data[y * stride + Math.floor(x / perByte)];
      out[to++] = (byte >> (8 - depth * ((x % perByte) + 1))) & (2 ** depth - 1);
    }
  }
  return out;
}

type Meaning = Pick<MaskValues, 'kind' | 'values' | 'top'>;

/** @throws when alpha and colours contradict each other, or there are as many colours as in a picture */
function meaningOf({ rgba, top, labels }: RawPixels): Meaning {
  if (labels !== undefined) return { kind: 'palette labels', values: labels, top };
  const alpha = channel(rgba, 3);
  const ofAlpha: Meaning = { kind: 'alpha', values: alpha, top };
  const plain = ![0, 1, 2].some((c) => varies(channel(rgba, c)));
  if (plain && (varies(alpha) || alpha[0] === 0)) return ofAlpha;
  if (!varies(alpha)) return meaningOfColours(rgba, top);
  const colours = coloursOf(rgba, top);
  const opaque = new Set<number>();
  for (let i = 0; i < alpha.length; i++) if (2 * alpha[i] >= top) opaque.add(colours[i]);
  // One colour on a transparent background, or a cut-out picture.
  if (opaque.size <= 1 || opaque.size > mostColours) return ofAlpha;
  if (opaque.has(0) && colours.some((colour, i) => colour !== 0 && 2 * alpha[i] < top)) {
    throw new Error(
      `colours and alpha contradict each other: the opaque part has ${opaque.size} colours, black among them; save only one of the two`,
    );
  }
  const shown = rgba.slice();
  for (let i = 0; i < alpha.length; i++) if (2 * alpha[i] < top) shown.fill(0, 4 * i, 4 * i + 3);
  return meaningOfColours(shown, top);
}

function meaningOfColours(rgba: RawPixels['rgba'], top: number): Meaning {
  if (isGrey(rgba)) return { kind: 'greys', values: channel(rgba, 0), top };
  const values = coloursOf(rgba, top);
  const different = new Set(values);
  const shades = different.size > mostShades ? shadesOf(values, [...different]) : undefined;
  if (shades !== undefined) return { kind: 'greys', values: shades, top: 255 };
  if (different.size > mostColours) {
    throw new Error(
      `${different.size} colours, so this is a picture and not a mask; a mask has at most ${mostColours}`,
    );
  }
  return { kind: 'colours', values, top: 0xffffff };
}

/** Shares of a single colour on black with soft edges, 0 to 255; undefined if there are other colours. */
function shadesOf(values: Uint32Array, different: readonly number[]): Uint32Array | undefined {
  const split = (colour: number): number[] => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const brightness = (colour: number): number => Math.max(...split(colour));
  const full = different.reduce((best, one) => (brightness(one) > brightness(best) ? one : best));
  const share = (colour: number): number => brightness(colour) / brightness(full);
  const near = (colour: number): boolean =>
    split(colour).every((value, c) => Math.abs(value - share(colour) * split(full)[c]) <= 8);
  if (!different.every(near)) return undefined;
  const shades = new Map(different.map((colour) => [colour, Math.round(255 * share(colour))]));
  return values.map((colour) => shades.get(colour) as number);
}

function isGrey(rgba: RawPixels['rgba']): boolean {
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i] !== rgba[i + 1] || rgba[i] !== rgba[i + 2]) return false;
  }
  return true;
}

/** `0xRRGGBB` of each pixel. */
function coloursOf(rgba: RawPixels['rgba'], top: number): Uint32Array {
  const shift = top === 255 ? 0 : 8;
  const out = new Uint32Array(rgba.length / 4);
  for (let i = 0, from = 0; i < out.length; i++, from += 4) {
    out[i] = ((rgba[from] >> shift) << 16) | ((rgba[from + 1] >> shift) << 8) | (rgba[from + 2] >> shift);
  }
  return out;
}

function channel(rgba: RawPixels['rgba'], c: number): Uint32Array {
  const out = new Uint32Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) out[i] = rgba[4 * i + c];
  return out;
}

function varies(values: Uint32Array): boolean {
  return values.some((value) => value !== values[0]);
}
