/** What decoding a picture costs, bounded by its header: before a pixel is decoded. */
import { nameOf, type PictureHeader } from './picture-header.ts';
import { mostPages } from './tiff-kind.ts';

/** The longest side that is read, in pixels: the longest of a JPEG. */
export const mostSide = 65_535;
/** The most pixels that a picture in memory may have: 2^27, as 11,585 x 11,585. */
export const wholeLimit: number = 2 ** 27;
/** The most that a picture may have of which a few rows at a time are in memory: 2^30, as 32,768 x 32,768. */
const streamedLimit = 2 ** 30;

/**
 * @param resized whether it is wanted in another size than its own
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
    `${width} x ${height} pixels; of a ${kind}${resized ? '' : ' at its full size'} at most ${most} are read`,
  );
}
