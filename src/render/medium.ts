/** What a figure is drawn on: how its pictures get in, and what lies behind them. */
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
  /** Whether it takes pictures of any size and scales them itself, pixels staying square. Default false. */
  readonly scales?: boolean;
  /** Takes a picture, uint8 `[H, W, C]`, stretched to a box; gives the SVG that stands for it, or none. */
  place(picture: Picture, box: Box): string;
  /** The page's colour; `none` leaves it transparent. */
  readonly background: string;
}

/** An SVG document on its own: pictures are embedded, the page is white. */
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
