/** Text of drawings that are part of a page: it takes the page's font, which is the reader's. */
import { fitText, textWidth } from './font.ts';

/** Common fonts of systems are up to this many times as wide as that of the figures. */
const widest = 1.25;

/** Width that a line may take, in the units of `size`. */
export function pageTextWidth(content: string, size: number): number {
  return widest * textWidth(content, size);
}

/** A line cut, with an ellipsis, to what fits `width` in any common font. */
export function fitPageText(content: string, width: number, size: number): string {
  return fitText(content, width / widest, size).content;
}
