/**
 * The grid pointing game (GridPG): in a mosaic of photographs of different classes, how much of a class's
 * evidence lies on its own photograph. Source: Böhle, Fritz, Schiele, *Convolutional Dynamic Alignment
 * Networks for Interpretable Classifications*, CVPR 2021, its localisation metric, and its code.
 */
import { type FloatMap, mapSize } from '../tensor/tensor.ts';
import type { Resampled } from './bootstrap.ts';
import type { Box } from './boxes.ts';
import { checkFinite } from './evaluation-map.ts';
import { maskOfBoxes, pointsAt } from './pointing.ts';

/**
 * The place of a mosaic's cell, `[x0, y0, x1, y1)`. Borders are at `round(k length / n)`, so that cells
 * differ by at most one pixel if `n` does not divide the length.
 * @param size height and width of the mosaic, in pixels
 * @param n cells a side, >= 1
 * @param cell from 0 to n² - 1, row by row
 * @throws when there is no such cell
 * @example
 * ```ts
 * import { gridCell } from 'high-res-mapping/metrics';
 *
 * console.log(gridCell([320, 320], 2, 1)); // the upper right one of 2 x 2
 * //=> [ 160, 0, 320, 160 ]
 * console.log(gridCell([320, 320], 3, 4)); // the middle one of 3 x 3
 * //=> [ 107, 107, 213, 213 ]
 * ```
 */
export function gridCell(
  [height, width]: readonly [height: number, width: number],
  n: number,
  cell: number,
): Box {
  if (!(Number.isInteger(n) && n >= 1)) throw new Error(`gridCell: n must be a whole number >= 1, got ${n}`);
  if (!(Number.isInteger(cell) && cell >= 0 && cell < n * n)) {
    throw new Error(`gridCell: cells of ${n} x ${n} are from 0 to ${n * n - 1}, got ${cell}`);
  }
  const [row, column] = [Math.floor(cell / n), cell % n];
  const edge = (k: number, length: number): number => Math.round((k * length) / n);
  return [edge(column, width), edge(row, height), edge(column + 1, width), edge(row + 1, height)];
}

/** The measures of one map of a mosaic. */
export interface GridPointing {
  /**
   * Share of the map's positive evidence in the cell of its class, in [0, 1]; 0 if it has no positive
   * evidence.
   */
  readonly share: number;
  /** Whether the map's highest value lies in that cell. */
  readonly peak: boolean;
  /** Whether no value is above 0: then `share` is 0, as in the paper's code. */
  readonly silent: boolean;
}

/**
 * Share and peak of one map. Negative values count as 0; the peak is the first of several highest values in
 * reading order.
 * @param map float32 `[H, W]`, raw, in the mosaic's size
 * @param n cells a side
 * @param cell of the map's class, row by row
 * @throws when there is no such cell, or a value is not finite
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { gridPointing } from 'high-res-mapping/metrics';
 *
 * const map = tensor('float32', [2, 4], [3, 0, 1, 0, 0, 0, 0, -1]);
 * console.log(gridPointing(map, 2, 0)); // of the class whose photograph is the upper left one
 * //=> { share: 0.75, peak: true, silent: false }
 * ```
 */
export function gridPointing(map: FloatMap, n: number, cell: number): GridPointing {
  const { height, width } = mapSize(map, 'gridPointing');
  const box = gridCell([height, width], n, cell);
  checkFinite(map, 'gridPointing');
  const inside = maskOfBoxes([box], height, width);
  let [own, all] = [0, 0];
  for (let i = 0; i < map.data.length; i++) {
    const evidence = Math.max(0, map.data[i]);
    all += evidence;
    if (inside.data[i] !== 0) own += evidence;
  }
  return { share: all > 0 ? own / all : 0, peak: pointsAt(map, inside), silent: !(all > 0) };
}

/** The figures that have intervals. */
export type GridFigure = 'gridShare' | 'gridPeak';

/** A method's figures over all mosaics. */
export interface GridScores extends Readonly<Record<GridFigure, number>> {
  /** The mean share, in [0, 1]; 1/n² for a map that does not depend on the class. */
  readonly gridShare: number;
  /** Share of the maps whose highest value lies in the cell of its class. */
  readonly gridPeak: number;
  /** Number of maps without a value above 0. */
  readonly gridSilent: number;
}

/**
 * A method's figures over the maps of all mosaics.
 * @param mosaics for each mosaic its maps from `gridPointing`, one for each class in it
 * @throws when there are no maps
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { gridPointing, gridScores } from 'high-res-mapping/metrics';
 *
 * // A mosaic of 2 x 2 photographs, and the maps of the classes of the first two.
 * const first = gridPointing(tensor('float32', [2, 2], [3, 1, 0, 0]), 2, 0);
 * const second = gridPointing(tensor('float32', [2, 2], [1, 1, 2, 0]), 2, 1);
 * console.log(gridScores([[first, second]])); //=> { gridShare: 0.5, gridPeak: 0.5, gridSilent: 0 }
 * ```
 */
export function gridScores(mosaics: readonly (readonly GridPointing[])[]): GridScores {
  const maps = mosaics.flat();
  if (maps.length === 0) throw new Error('gridScores: there are no maps');
  return {
    gridShare: maps.reduce((sum, { share }) => sum + share, 0) / maps.length,
    gridPeak: maps.filter(({ peak }) => peak).length / maps.length,
    gridSilent: maps.filter(({ silent }) => silent).length,
  };
}

/**
 * The figures on each resample of the mosaics, for `interval95` or `scoreIntervals`.
 * @param mosaics from `gridPointing`, with equally many maps each
 * @param weights from `resampleWeights` of the mosaics, the same for every method
 * @throws when there are no mosaics, or a mosaic has no maps
 * @example
 * ```ts
 * import { interval95, resampleGrid, resampleWeights } from 'high-res-mapping/metrics';
 *
 * // The share of each map's evidence in its own cell, on three mosaics of four photographs.
 * const shares = [[0.75, 1, 0.5, 0.75], [0.5, 0.25, 0.5, 0.75], [1, 1, 0.75, 0.25]];
 * const mosaics = shares.map((maps) => maps.map((share) => ({ share, peak: share > 0.5, silent: false })));
 * const { gridShare } = resampleGrid(mosaics, resampleWeights(mosaics.length, 1000, 0));
 * console.log(gridShare.length, interval95(gridShare)); //=> 1000 [ 0.5, 0.75 ]
 * ```
 */
export function resampleGrid(
  mosaics: readonly (readonly GridPointing[])[],
  weights: readonly ArrayLike<number>[],
): Resampled<GridFigure> {
  if (mosaics.length === 0) throw new Error('resampleGrid: there are no mosaics');
  const each = mosaics.map((maps) => gridScores([maps]));
  const values = (figure: GridFigure): Float64Array =>
    Float64Array.from(
      weights,
      (weight) => each.reduce((sum, one, i) => sum + weight[i] * one[figure], 0) / each.length,
    );
  return { gridShare: values('gridShare'), gridPeak: values('gridPeak') };
}
