/** Converts values that are not 8-bit grey levels to grey levels, by a range. */
import sharp from 'sharp';
import { checkCost, wholeLimit } from './picture-cost.ts';
import type { PictureHeader } from './picture-header.ts';
import { readPnmHeader, readPnmNumbers } from './pnm.ts';
import { sharpFailed } from './sharp-failed.ts';
import { readTiffKind, readTiffNumbers } from './tiff-kind.ts';

/** The values of black and white, black < white. */
export type ValueRange = readonly [black: number, white: number];

/** Options for the values of pictures. */
export interface ValueOptions {
  /**
   * Values of black and white, black < white, for files whose values are not 8 bits. Values outside are
   * clipped. Default: 0 and 65,535 for unsigned 16-bit integers; other values are an error.
   */
  readonly valueRange?: ValueRange;
  /**
   * Called for what is implausible or ignored: 16-bit values that use only 12 bits, a range that makes nearly
   * all of a picture black or white, a range for an 8-bit file, further pages or frames.
   */
  readonly onNote?: (note: string) => void;
}

/** Pixels as stored, 8 bits per value. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: RGB, 4: RGB with opacity. */
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
  /** 1 to 8, as in EXIF. */
  readonly orientation: number;
  /** Describes why the range seems wrong for the values; undefined if it does not. */
  readonly unlikely?: () => string | undefined;
}

/**
 * Converts a file's values to grey levels if needed: values of a TIFF file other than unsigned integers of 8
 * or 16 bits, and, with a range, 16-bit values of any file.
 * @returns undefined if the values are already grey levels
 * @throws when a needed range is missing, values are not numbers, or the file is damaged
 */
export async function readByRange(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
): Promise<Pixels | undefined> {
  if (header.format === 'tiff') return await readTiff(bytes, range);
  if (range === undefined || header.values !== '16 bits') return undefined;
  checkCost(header, false); // all of it is in memory, whatever size is wanted
  const { data, info } = await sharp(bytes, { limitInputPixels: false })
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true })
    .catch(sharpFailed);
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return {
    width: info.width,
    height: info.height,
    channels: info.channels as 1 | 3,
    data: toLevels(values, range),
    orientation: 1,
    unlikely: () => unlikelyRange(values, range),
  };
}

/**
 * The grey levels of a portable any-map. Its own largest value is white unless a range is given for more than
 * 8 bits.
 */
export function readPnm(bytes: Uint8Array, range: ValueRange | undefined): Pixels {
  const header = readPnmHeader(bytes);
  const { width, height, channels, most } = header;
  const given = most > 255 ? range : undefined;
  const values = readPnmNumbers(bytes, header);
  const data = toLevels(values, given ?? [0, most]);
  const unlikely = given && ((): string | undefined => unlikelyRange(values, given));
  return { width, height, channels, data, orientation: 1, unlikely };
}

async function readTiff(bytes: Uint8Array, range: ValueRange | undefined): Promise<Pixels | undefined> {
  const kind = await readTiffKind(bytes);
  const { width, height, orientation, values: levels, numbers, bands, alphas } = kind;
  if (levels === '8 bits' || (levels === '16 bits' && range === undefined)) return undefined;
  if (alphas > 0) {
    throw new Error(
      `its values are ${numbers}, with transparency: such values are supported only without transparency`,
    );
  }
  if (width * height * bands > wholeLimit) {
    throw new Error(`${width} x ${height} pixels of ${numbers}; at most ${wholeLimit} values are read`);
  }
  const values = await readTiffNumbers(bytes);
  if (range === undefined) {
    throw new Error(
      `its values are ${numbers} ${describe(values)}, not grey levels: give the values of black and white with --value-range min,max`,
    );
  }
  const data = toLevels(values, range);
  if (kind.whiteIsZero) for (let i = 0; i < data.length; i++) data[i] = 255 - data[i];
  const unlikely = (): string | undefined => unlikelyRange(values, range);
  return { width, height, channels: bands as 1 | 3, data, orientation, unlikely };
}

/** The extent of the values, such as `from -1024 to 3071`, and how many are not finite. */
function describe(values: ArrayLike<number>): string {
  let [min, max, odd] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) odd++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  if (odd === values.length) return 'that are all NaN or infinite';
  const others = odd === 0 ? '' : `, and ${odd} that ${odd === 1 ? 'is' : 'are'} NaN or infinite`;
  return `from ${rounded(min)} to ${rounded(max)}${others}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/**
 * Maps black and below to 0, white and above to 255, and values between linearly. @throws when a value is NaN
 */
function toLevels(values: ArrayLike<number>, [black, white]: ValueRange): Uint8Array {
  const levels = new Uint8ClampedArray(values.length);
  const scale = 255 / (white - black);
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const level = (values[i] - black) * scale;
    if (Number.isNaN(level)) missing++;
    levels[i] = level;
  }
  if (missing > 0) {
    throw new Error(
      `${missing} of its ${values.length} values ${missing === 1 ? 'is' : 'are'} NaN, which is not a grey level`,
    );
  }
  return new Uint8Array(levels.buffer);
}

/** A greater share of a picture's values at one end of the range is implausible. */
const mostAtOneEnd = 0.98;

/** @returns why a range seems wrong for these values; undefined if it does not */
function unlikelyRange(values: ArrayLike<number>, [black, white]: ValueRange): string | undefined {
  // Half a grey level.
  const half = (white - black) / 510;
  let [below, above, varies] = [0, 0, false];
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= black + half) below++;
    else if (values[i] >= white - half) above++;
    varies ||= values[i] !== values[0];
  }
  const end = below >= mostAtOneEnd * values.length ? 'black' : 'white';
  if (!varies || Math.max(below, above) < mostAtOneEnd * values.length) return undefined;
  return `--value-range ${black},${white} makes it nearly all ${end}: it has values ${describe(values)}`;
}

/**
 * Lists what is implausible about a file before conversion: ignored pages, and values that do not fit the
 * given range.
 * @throws when the file is damaged
 */
export async function unlikelyOf(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
): Promise<string[]> {
  const { format, pages } = header;
  const what = format === 'tiff' ? 'pages' : 'frames';
  const several = pages > 1 ? [`only the first of its ${pages} ${what} is read`] : [];
  const values = await unlikelyValues(bytes, header, range);
  return values === undefined ? several : [...several, values];
}

/**
 * @returns undefined if nothing is implausible
 * @throws when the file is damaged
 */
export async function unlikelyValues(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
): Promise<string | undefined> {
  if (range !== undefined) return header.values === '8 bits' ? unusedRange : undefined;
  if (header.values !== '16 bits') return undefined;
  const most = await largest(bytes, header);
  const bits = [8, 10, 12].find((some) => most < 2 ** some);
  if (bits === undefined || most === 0) return undefined;
  return `its largest 16-bit value is ${most}, so it looks nearly black: if white is ${2 ** bits - 1}, use --value-range 0,${2 ** bits - 1}`;
}

/** Note for a file of 8 bits with a range. */
export const unusedRange = 'its values are 8-bit grey levels: --value-range has no effect on them';

async function largest(bytes: Uint8Array, { format }: PictureHeader): Promise<number> {
  if (format === 'pnm') {
    const header = readPnmHeader(bytes);
    // The file itself defines white.
    return header.most < 2 ** 12 ? 0 : readPnmNumbers(bytes, header).reduce((a, b) => Math.max(a, b), 0);
  }
  const { channels } = await sharp(bytes, { limitInputPixels: false })
    .removeAlpha()
    .stats()
    .catch(sharpFailed);
  return Math.max(...channels.slice(0, 3).map(({ max }) => max));
}
