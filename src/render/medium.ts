/** The target of a figure: how pictures are included, and what is behind them. */
import type { Picture } from '../tensor/tensor.ts';
import { element, pngDataUri } from './svg.ts';

/** A rectangle in SVG units. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Medium {
  /** Whether it accepts pictures of any size and scales them itself without smoothing. Default false. */
  readonly scales?: boolean;
  /**
   * Places a picture, uint8 `[H, W, C]`, stretched to a box.
   * @returns SVG for the picture, possibly empty
   */
  place(picture: Picture, box: Box): string;
  /** The page's colour; `none` leaves it transparent. */
  readonly background: string;
}

/** A self-contained SVG document: pictures are embedded, the page is white. */
export const svgMedium: Medium = {
  place: (picture, { left, top, width, height }) =>
    element('image', {
      x: left,
      y: top,
      width,
      height,
      preserveAspectRatio: 'none',
      href: pngDataUri(picture),
    }),
  background: '#ffffff',
};
