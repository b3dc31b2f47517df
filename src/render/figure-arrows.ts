/** Arrows between the panels of a figure: their ends, their routes, and the parts that both figures share. */
import { placedSources, type Steps } from '../refine/steps.ts';
import { type ArrowOptions, arrow, arrowColor, type Point } from './arrow.ts';
import { type ArrowGrid, leftGutter, type Places } from './figure-page.ts';
import type { Box } from './medium.ts';
import { text } from './svg.ts';

export class FigureArrows<Name extends string> {
  readonly grid: ArrowGrid<Name>;
  readonly #steps: Steps;
  readonly #places: Places<Name>;
  readonly #parts: string[] = [];
  /** Pairs of steps, `from to`, whose arrow was drawn or must not be drawn. */
  readonly #done = new Set<string>();

  constructor(
    grid: ArrowGrid<Name>,
    { steps, places }: { readonly steps: Steps; readonly places: Places<Name> },
  ) {
    this.grid = grid;
    this.#steps = steps;
    this.#places = places;
  }

  #cell(name: Name): Box {
    const [column, row] = this.#places[name];
    return this.grid.cell(column, row);
  }

  /** A histogram fills its cell; other panels keep the image's aspect. */
  #box(name: Name): Box {
    return this.#steps[name].kind === 'interval' ? this.#cell(name) : this.grid.box(name);
  }

  /** Y of half the height of the picture. */
  readonly middle = (name: Name): number => {
    const { top, height } = this.grid.box(name);
    return top + height / 2;
  };

  readonly left = (name: Name): Point => [this.#box(name).left, this.middle(name)];

  readonly right = (name: Name): Point => [this.#box(name).left + this.#box(name).width, this.middle(name)];

  /** A point on the top edge, at a share of the width. */
  readonly top = (name: Name, share = 0.5): Point => {
    const { left, top, width } = this.#box(name);
    return [left + share * width, top];
  };

  /** The point below the caption, at half the width. */
  readonly below = (name: Name): Point => {
    const { left, top, width, height } = this.#cell(name);
    return [left + width / 2, top + height + this.grid.captionHeight];
  };

  /** Draws an arrow, or a part of it, from one step to another. */
  readonly draw = (from: Name, to: Name, points: readonly Point[], options?: ArrowOptions): void => {
    this.#parts.push(arrow(points, options));
    this.leaveOut(from, to);
  };

  /** Draws a straight arrow between neighbours in a row. */
  readonly across = (from: Name, to: Name): void => {
    const toTheLeft = this.#places[to][0] < this.#places[from][0];
    this.draw(from, to, toTheLeft ? [this.left(from), this.right(to)] : [this.right(from), this.left(to)]);
  };

  /** Leaves out the arrow between two steps. */
  readonly leaveOut = (from: Name, to: Name): void => {
    this.#done.add(`${from} ${to}`);
  };

  /**
   * Draws the arrow from the image to the result, which shows pixels of it, around the predictions if there
   * are any.
   */
  toResult(image: Name, result: Name, predictionsTop: number | undefined): void {
    const { below, draw, left, middle, top } = this;
    if (predictionsTop === undefined) {
      draw(image, result, [below(image), top(result)]);
      return;
    }
    const gutter = leftGutter / 2;
    draw(image, result, [left(image), [gutter, middle(image)], [gutter, middle(result)], left(result)]);
    draw(image, result, [below(image), [below(image)[0], predictionsTop - 4]]);
  }

  /** Draws the arrows that are still missing, from each step's sources to the step. */
  rest(): void {
    for (const to of Object.keys(this.#places) as Name[]) {
      for (const from of placedSources(this.#steps, to) as Name[]) {
        if (this.#done.has(`${from} ${to}`)) continue;
        if (this.#areNeighbours(from, to)) this.across(from, to);
        else
          this.draw(from, to, this.#way(from, to), { bridge: this.#places[from][0] !== this.#places[to][0] });
      }
    }
  }

  #areNeighbours(from: Name, to: Name): boolean {
    const [[column, row], [toColumn, toRow]] = [this.#places[from], this.#places[to]];
    return row === toRow && Math.abs(toColumn - column) === 1;
  }

  /**
   * The default route. Within a column it passes the right side; else it goes through the gap beside one
   * panel, the channel below the upper of the two, and the gap beside the other. It avoids the middle of gaps
   * and channels, where individually routed arrows run.
   */
  #way(from: Name, to: Name): Point[] {
    const aside = 9;
    const [start, row] = this.#places[from];
    const [end, endRow] = this.#places[to];
    const at = (name: Name, toTheRight: boolean, share: number): Point => {
      const { left, top, width, height } = this.#box(name);
      return [toTheRight ? left + width : left, top + share * height];
    };
    const [leaves, enters] = [end >= start, end <= start];
    const [tail, tip] = [at(from, leaves, 0.7), at(to, enters, 0.3)];
    if (start === end) {
      const x = Math.max(tail[0], tip[0]) + aside;
      return [tail, [x, tail[1]], [x, tip[1]], tip];
    }
    const first = this.grid.gap(leaves ? start : start - 1) + aside;
    const last = this.grid.gap(enters ? end : end - 1) + aside;
    if (first === last) return [tail, [first, tail[1]], [first, tip[1]], tip];
    const channel = this.grid.channel(Math.min(row, endRow)) + aside;
    return [tail, [first, tail[1]], [first, channel], [last, channel], [last, tip[1]], tip];
  }

  /** All that was drawn, with SVG to lay over it. */
  with(...over: readonly string[]): string {
    return [...this.#parts, ...over].join('');
  }
}

/** A word beside an arrow. */
export function arrowLabel(content: string, x: number, y: number): string {
  const style = { 'font-size': 11, 'font-style': 'italic', fill: arrowColor, 'text-anchor': 'middle' };
  return text(content, { ...style, x, y });
}
