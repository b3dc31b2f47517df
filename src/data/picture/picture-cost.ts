/** Limits the cost of decoding a picture by its header, before a pixel is decoded. */
import { nameOf, type PictureHeader } from './picture-header.ts';
import { mostPages } from './tiff-kind.ts';

/** Longest side that is read, in pixels: that of the largest JPEG. */
export const mostSide = 65_535;
/** Most pixels of a picture that is decoded as a whole in memory: 2^27, such as 11,585 x 11,585. */
export const wholeLimit: number = 2 ** 27;
/** Most pixels of a picture that is decoded a few rows at a time: 2^30, such as 32,768 x 32,768. */
const streamedLimit = 2 ** 30;

/**
 * Checks a picture against the limits.
 * @param resized whether another size than the picture's own is requested
 * @throws when a side is too long, or there are too many pixels or pages
 */
export function checkCost(
  { format, width, height, pages, isProgressive }: PictureHeader,
  resized: boolean,
): void {
  if (Math.max(width, height) > mostSide) {
    throw new Error(`${width} x ${height} pixels; a side may have at most ${mostSide}`);
  }
  if (pages > mostPages)
    throw new Error(`it has more than ${mostPages} pages or frames, the most that a file may have`);
  const byRows = format === 'tiff' || ((format === 'jpeg' || format === 'png') && !isProgressive);
  const most = resized && byRows ? streamedLimit : wholeLimit;
  if (width * height <= most) return;
  const kind = `${isProgressive ? 'progressive or interlaced ' : ''}${nameOf(format)}`;
  throw new Error(
    `${width} x ${height} pixels; a ${kind} may have at most ${most}${resized ? '' : ' at its full size'}`,
  );
}
