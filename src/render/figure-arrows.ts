/** Arrows between the panels of a figure: where they may begin and end, and what both figures draw alike. */
import { type ArrowOptions, arrow, type Point } from './arrow.ts';
import { type ArrowGrid, leftGutter, type Places } from './figure-page.ts';
import { formatNumber } from './font.ts';
import type { Box } from './medium.ts';

export class FigureArrows<Name extends string> {
  readonly #grid: ArrowGrid<Name>;
  readonly #places: Places<Name>;
  readonly #fills: Name | undefined;
  readonly #parts: string[] = [];

  /** @param fills the panel that fills its cell, if one does; all others keep the image's aspect */
  constructor(grid: ArrowGrid<Name>, places: Places<Name>, fills?: Name) {
    this.#grid = grid;
    this.#places = places;
    this.#fills = fills;
  }

  #cell(name: Name): Box {
    const [column, row] = this.#places[name];
    return this.#grid.cell(column, row);
  }

  #box(name: Name): Box {
    return name === this.#fills ? this.#cell(name) : this.#grid.box(name);
  }

  /** Half the height of the picture. */
  readonly middle = (name: Name): number => {
    const { top, height } = this.#grid.box(name);
    return top + height / 2;
  };

  readonly left = (name: Name): Point => [this.#box(name).left, this.middle(name)];

  readonly right = (name: Name): Point => [this.#box(name).left + this.#box(name).width, this.middle(name)];

  /** Top edge at a share of the width. */
  readonly top = (name: Name, share = 0.5): Point => {
    const { left, top, width } = this.#box(name);
    return [left + share * width, top];
  };

  /** Below the caption, at half the width. */
  readonly below = (name: Name): Point => {
    const { left, top, width, height } = this.#cell(name);
    return [left + width / 2, top + height + this.#grid.captionHeight];
  };

  readonly draw = (points: readonly Point[], options?: ArrowOptions): void => {
    this.#parts.push(arrow(points, options));
  };

  /** From the image to the result that keeps pixels of it: past the predictions where there are any. */
  toResult(image: Name, result: Name, predictionsTop: number | undefined): void {
    const { below, draw, left, middle, top } = this;
    if (predictionsTop === undefined) {
      draw([below(image), top(result)]);
      return;
    }
    const gutter = leftGutter / 2;
    draw([left(image), [gutter, middle(image)], [gutter, middle(result)], left(result)]);
    draw([below(image), [below(image)[0], predictionsTop - 4]]);
  }

  /** All that was drawn, and what lies over it. */
  with(...over: readonly string[]): string {
    return [...this.#parts, ...over].join('');
  }
}

/** In words, which part of the image a result keeps. */
export function keptInWords({
  filterType,
  filterPercentage,
  filterThreshold,
}: {
  readonly filterType: string;
  readonly filterPercentage: number;
  readonly filterThreshold: number;
}): string {
  return filterType === 'percentage'
    ? `the highest ${formatNumber(filterPercentage)} %`
    : `what exceeds ${formatNumber(filterThreshold)}`;
}
