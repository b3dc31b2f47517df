/** Values that are no grey levels, and the grey levels that a range makes of them. */
import sharp from 'sharp';
import { checkCost, wholeLimit } from './picture-cost.ts';
import type { PictureHeader } from './picture-header.ts';
import { readPnmHeader, readPnmNumbers } from './pnm.ts';
import { sharpFailed } from './sharp-failed.ts';
import { readTiffKind, readTiffNumbers } from './tiff-kind.ts';

/** Which value is black and which is white, black < white. */
export type ValueRange = readonly [black: number, white: number];

/** What a caller knows of pictures' values, and wants to be told. */
export interface ValueOptions {
  /**
   * Which values are black and white, black < white, of files whose values are not 8 bits; what lies outside is black or white. Default: 0
   * and 65,535 for unsigned integers of 16 bits; other values are an error.
   */
  readonly valueRange?: ValueRange;
  /**
   * Told what is unlikely: 16 bits of which 12 are used, a range that makes nearly all of a picture black or white, or is given for a file of 8
   * bits, which it says nothing about; and that of several pages or frames the first is read.
   */
  readonly onNote?: (note: string) => void;
}

/** Pixels as they are stored, 8 bits a value. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: RGB, 4: RGB and how opaque it is. */
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
  /** As in EXIF, 1 to 8. */
  readonly orientation: number;
  /** What is unlikely about the range that made them; undefined: nothing is. */
  readonly unlikely?: () => string | undefined;
}

/**
 * Makes grey levels of a file's values where they are something else: those of a TIFF file that are no unsigned integers of 8 or 16 bits, and, where a range
 * is given, those of 16 bits of any file.
 * @returns undefined where the values are grey levels
 * @throws when no range is given that is needed, or values are no numbers; and when the file is damaged
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

/** The grey levels of a portable any-map: its own largest value is white unless a range is given for more than 8 bits. */
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
    throw new Error(`its values are ${numbers}, with transparency: such pictures are read without it alone`);
  }
  if (width * height * bands > wholeLimit) {
    throw new Error(`${width} x ${height} pixels of ${numbers}; at most ${wholeLimit} values are read`);
  }
  const values = await readTiffNumbers(bytes);
  if (range === undefined) {
    throw new Error(
      `its values are ${numbers} ${describe(values)}, not grey levels: say which are black and white with --value-range min,max`,
    );
  }
  const data = toLevels(values, range);
  if (kind.whiteIsZero) for (let i = 0; i < data.length; i++) data[i] = 255 - data[i];
  const unlikely = (): string | undefined => unlikelyRange(values, range);
  return { width, height, channels: bands as 1 | 3, data, orientation, unlikely };
}

/** `from -1024 to 3071`, and what is no number. */
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

/** Black and what lies below it: 0, white and what lies above it: 255, between them by proportion. @throws for what is NaN */
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
      `${missing} of its ${values.length} values ${missing === 1 ? 'is' : 'are'} NaN, which is no grey level`,
    );
  }
  return new Uint8Array(levels.buffer);
}

/** So large a share of a picture's values at one end of a range is unlikely. */
const mostAtOneEnd = 0.98;

/** @returns what is unlikely about a range for these values; undefined where nothing is */
function unlikelyRange(values: ArrayLike<number>, [black, white]: ValueRange): string | undefined {
  // Half a grey level from the ends.
  const half = (white - black) / 510;
  let [below, above, varies] = [0, 0, false];
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= black + half) below++;
    else if (values[i] >= white - half) above++;
    varies ||= values[i] !== values[0];
  }
  const end = below >= mostAtOneEnd * values.length ? 'black' : 'white';
  if (!varies || Math.max(below, above) < mostAtOneEnd * values.length) return undefined;
  return `--value-range ${black},${white} makes it nearly all ${end}: its values go ${describe(values)}`;
}

/**
 * What is unlikely about a file, before its values are made grey levels: its pages, and its values beside what a caller says of them.
 * @throws when the file is damaged
 */
export async function unlikelyOf(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
): Promise<string[]> {
  const { format, pages } = header;
  const what = format === 'tiff' ? 'pages' : 'frames';
  const several = pages > 1 ? [`the first of its ${pages} ${what} is read, no other`] : [];
  const values = await unlikelyValues(bytes, header, range);
  return values === undefined ? several : [...several, values];
}

/** @returns undefined where nothing is unlikely @throws when the file is damaged */
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
  return `its 16-bit values end at ${most}, so it is nearly black: if white is ${2 ** bits - 1}, say --value-range 0,${2 ** bits - 1}`;
}

/** Of a file of 8 bits. */
export const unusedRange =
  'its values are 8 bits, grey levels as they are: --value-range says nothing about them';

async function largest(bytes: Uint8Array, { format }: PictureHeader): Promise<number> {
  if (format === 'pnm') {
    const header = readPnmHeader(bytes);
    // The file itself says which value is white.
    return header.most < 2 ** 12 ? 0 : readPnmNumbers(bytes, header).reduce((a, b) => Math.max(a, b), 0);
  }
  const { channels } = await sharp(bytes, { limitInputPixels: false })
    .removeAlpha()
    .stats()
    .catch(sharpFailed);
  return Math.max(...channels.slice(0, 3).map(({ max }) => max));
}
