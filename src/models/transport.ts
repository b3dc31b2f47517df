/**
 * An expansion for any classifier: it moves evidence to a finer grid, and neither adds nor removes any. It is
 * trained to predict where evidence belongs; how much there is, and of which class, is given by the
 * classifier's own map.
 *
 *     M[p] = (P / Q) sum over q of T[p, q] E[q],          sum over p of T[p, q] = 1 for each q
 *     T[p, q] = softmax over p of ( a[p] . b[q] / sqrt(R)  -  |p - q|^2 / (2 reach^2)  +  own e[p] )
 *
 * E: the map of a class on the classifier's Q cells, raw and signed. M: the same evidence on P pixels. a: R
 * numbers for each pixel, from a decoder; b: R numbers for each cell. e: E enlarged and divided by its
 * largest absolute value, so that evidence moves to where the class has evidence, not to whatever is near.
 * Each column of T sums to 1: mean M = mean E, whatever the weights are. Where E is 0 everywhere, so is M.
 */
import { staticShape } from '../graph/dim.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { resizeWeights } from '../graph/ops/resize-weights.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { convolution, normalize, normalizeRelu, features as withMoments } from './layers.ts';
import type { Scope } from './scope.ts';

/** Channels of the decoder, and R. */
const width = 32;
const keys = 16;
/** Standard deviation of the distance term, as a share of the picture. */
const reach = 0.17;
/** Weight of the class's own evidence. */
const ownWeight = 2;

type Grid = readonly [rows: number, columns: number];

/** Feature maps of a classifier, by the number of the stage that reads them (`stageGrids`). */
export type StageFeatures = ReadonlyMap<number, Value>;

export interface TransportInputs {
  /** `[N, C, H, W]` in [0, 1]; H and W are numbers. */
  readonly image: Value;
  /** Low-resolution feature maps, one pixel a cell, `[N, K, h, w]`. */
  readonly cells: Value;
  /** Finer feature maps, `[N, K, h, w]`, if there are any. */
  readonly finer: StageFeatures;
  /** Number of the decoder's stages. */
  readonly stages: number;
  /** E: maps of S classes, `[N, S, h, w]`. */
  readonly evidence: Value;
  /** Other values to move with the weights for E, `[N, S, h, w]`. Default: E itself. */
  readonly carried?: Value;
}

/** The grid of pixels that evidence is moved to: half the picture's size, rounded up. */
export function transportGrid([rows, columns]: Grid): Grid {
  return [Math.ceil(rows / 2), Math.ceil(columns / 2)];
}

/**
 * The number of a decoder's stages: down to the last grid with at least 1.5 times as many rows and columns as
 * there are cells.
 */
export function stageCount(image: Grid, cells: Grid): number {
  let count = 0;
  let grid = transportGrid(image);
  while (count === 0 || (grid[0] >= 1.5 * cells[0] && grid[1] >= 1.5 * cells[1])) {
    count++;
    grid = transportGrid(grid);
  }
  return count;
}

/** The grids of the decoder's stages, from the finest, number 0: half the picture's size, a quarter, ... */
export function stageGrids(image: Grid, stages: number): Grid[] {
  const grids: Grid[] = [];
  let grid = transportGrid(image);
  while (grids.length < stages) {
    grids.push(grid);
    grid = transportGrid(grid);
  }
  return grids;
}

/** The number of stages of a trained expansion. */
export function trainedStages(weights: { has(name: string): boolean }): number {
  let count = 0;
  while (weights.has(`expand_${count}_conv2D/kernel`)) count++;
  return count;
}

/** Limit on pairs of a cell and a pixel. A few numbers for each are in memory: a quarter of a gigabyte. */
const mostPairs = 2 ** 26;

/** M, `[N, S, ceil(H/2), ceil(W/2)]`. */
export function transport(scope: Scope, inputs: TransportInputs): Value {
  const { graph } = scope;
  const { image, evidence, carried = evidence } = inputs;
  const classes = Number(evidence.shape[1]);
  const cells = gridOf(evidence);
  const pixels = transportGrid(gridOf(image));
  const [cellCount, pixelCount] = [cells[0] * cells[1], pixels[0] * pixels[1]];
  if (cellCount * pixelCount > mostPairs) {
    const size = gridOf(image).join(' x ');
    throw new Error(
      `image size: the expansion takes at most ${mostPairs} pairs of a cell and a pixel, at ${size} there are ${cellCount * pixelCount}`,
    );
  }

  const query = pointwise(scope, 'expand_query', decoder(scope, inputs), keys);
  const key = normalize(
    scope,
    'expand_key_bn',
    withMoments(scope, pointwise(scope, 'expand_key', inputs.cells, keys)),
    'zeros', // zeros, so that at first evidence stays near
  );
  const rows = o.transpose(o.reshape(key, [0, keys, cellCount]), [0, 2, 1]);
  const alike = o.matMul(rows, o.reshape(query, [0, keys, pixelCount]));
  const near = nearness(graph, cells, pixels);
  // T without a class, `[N, Q, P]`. The evidence of each class then weights its pixels.
  const shared = o.softmax(o.add(o.mul(alike, graph.scalar(1 / Math.sqrt(keys))), near), 2);

  const own = ownWeights(evidence, pixels);
  const columns = o.transpose(o.matMul(shared, o.transpose(own, [0, 2, 1])), [0, 2, 1]);
  const from = o.div(o.reshape(carried, [0, classes, cellCount]), columns);
  const moved = o.mul(own, o.matMul(from, shared));
  return o.reshape(o.mul(moved, graph.scalar(pixelCount / cellCount)), [0, classes, ...pixels]);
}

/** M at the picture's size, `[N, S, H, W]`, with the same mean. */
export function enlargeMoved(moved: Value, size: Grid): Value {
  return resample(moved, size, keepingSums);
}

/** exp(own e), `[N, S, P]`. */
function ownWeights(evidence: Value, pixels: Grid): Value {
  const { graph } = evidence;
  const most = o.reduceMax(o.abs(evidence), [2, 3], true);
  const share = o.div(evidence, o.add(most, graph.scalar(1e-12)));
  const fine = o.reshape(resample(share, pixels), [0, Number(evidence.shape[1]), pixels[0] * pixels[1]]);
  return o.exp(o.mul(fine, graph.scalar(ownWeight)));
}

/**
 * A U-shaped network from the cells to half the picture's size, with finer feature maps and the picture as
 * skips: `[N, 32, h, w]`. Where the classifier has no feature maps of a stage's size, the picture replaces
 * them.
 */
function decoder(scope: Scope, { image, cells, finer, stages }: TransportInputs): Value {
  let x = pointwise(scope, 'expand_cells', cells, width);
  const grids = stageGrids(gridOf(image), stages);
  for (const [stage, grid] of [...grids.entries()].reverse()) {
    const name = `expand_${stage}`;
    const skip = finer.get(stage);
    const parts = [repeatTo(x, grid)];
    if (skip) parts.push(repeatTo(pointwise(scope, `${name}_skip`, skip, width), grid));
    if (stage === 0 || !skip) {
      const seen = resample(o.sub(image, scope.graph.scalar(0.5)), grid);
      parts.push(convolution(scope, `${name}_image`, seen, { out: width, size: 3, decay: true }));
    }
    const sum = withMoments(
      scope,
      parts.reduce((a, b) => o.add(a, b)),
    );
    const joined = normalizeRelu(scope, `${name}_bn`, sum);
    const wide = convolution(scope, `${name}_conv2D`, joined, { out: width, size: 3, decay: true });
    x = normalizeRelu(scope, `${name}_out_bn`, withMoments(scope, wide));
  }
  return x;
}

function pointwise(scope: Scope, name: string, x: Value, out: number): Value {
  return convolution(scope, name, x, { out, size: 1, decay: true });
}

function gridOf(maps: Value): Grid {
  const [rows, columns] = staticShape(maps.shape.slice(2), 'expansion');
  return [rows, columns];
}

/** -|p - q|^2 / (2 reach^2), `[Q, P]`; positions are the centres of cells and pixels, in [0, 1]. */
function nearness(graph: Graph, cells: Grid, pixels: Grid): Value {
  const rows = o.reshape(graph.constant(nearnessAlong(cells[0], pixels[0])), [cells[0], 1, pixels[0], 1]);
  const columns = o.reshape(graph.constant(nearnessAlong(cells[1], pixels[1])), [1, cells[1], 1, pixels[1]]);
  // Stored by axis, because the whole matrix would be larger than all weights in a file.
  return o.reshape(o.add(rows, columns), [cells[0] * cells[1], pixels[0] * pixels[1]]);
}

function nearnessAlong(cells: number, pixels: number): Tensor<'float32'> {
  const out = tensor('float32', [cells, pixels]);
  for (let q = 0; q < cells; q++) {
    for (let p = 0; p < pixels; p++) {
      const distance = (p + 0.5) / pixels - (q + 0.5) / cells;
      out.data[q * pixels + p] = -(distance * distance) / (2 * reach * reach);
    }
  }
  return out;
}

/** Each pixel repeated over the positions of a grid that is at least as fine, by nearest neighbour. */
function repeatTo(x: Value, grid: Grid): Value {
  return String(gridOf(x)) === String(grid) ? x : o.resizeNearest(x, grid);
}

/**
 * `[N, C, h, w]` at another size, bilinear.
 * @param change turns the weights along an axis, `[to, from]`, into other ones
 */
function resample(
  x: Value,
  [rows, columns]: Grid,
  change: (weights: Tensor<'float32'>) => Tensor<'float32'> = (weights) => weights,
): Value {
  const [fromRows, fromColumns] = gridOf(x);
  const along = (from: number, to: number): Tensor<'float32'> =>
    change(resizeWeights({ from, to, scale: to / from }, 'linear', 'half_pixel', 'floor'));
  const down = x.graph.constant(along(fromRows, rows));
  const across = x.graph.constant(transposed(along(fromColumns, columns)));
  return o.matMul(o.matMul(down, x), across);
}

/** Weights whose columns sum to `to / from`, so that the mean is preserved. */
function keepingSums(weights: Tensor<'float32'>): Tensor<'float32'> {
  const [to, from] = weights.shape;
  const sums = new Float64Array(from);
  for (const [i, weight] of weights.data.entries()) sums[i % from] += weight;
  return tensor(
    'float32',
    weights.shape,
    weights.data.map((weight, i) => (weight * to) / from / sums[i % from]),
  );
}

function transposed({ shape: [rows, columns], data }: Tensor<'float32'>): Tensor<'float32'> {
  const out = tensor('float32', [columns, rows]);
  for (const [i, value] of data.entries()) out.data[(i % columns) * rows + Math.floor(i / columns)] = value;
  return out;
}
