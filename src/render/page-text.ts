/** Text of drawings that are part of a page, in the page's font, which depends on the reader's system. */
import { fitText, textWidth } from './font.ts';

/** How many times wider than the figures' font common system fonts are, at most. */
const widest = 1.25;

/** An upper bound of a line's width, in the units of `size`. */
export function pageTextWidth(content: string, size: number): number {
  return widest * textWidth(content, size);
}

/** A line shortened, with an ellipsis, to fit `width` in any common font. */
export function fitPageText(content: string, width: number, size: number): string {
  return fitText(content, width / widest, size).content;
}
