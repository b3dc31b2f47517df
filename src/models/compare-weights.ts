/** Compares two models' weights, layer by layer. */
import { count } from '../text/count.ts';
import { describeParameters } from './inference.ts';
import type { Model } from './model.ts';

export interface LayerDifference {
  readonly name: string;
  /** Numbers in the layer, moving statistics included. */
  readonly size: number;
  /** The largest difference of two numbers; infinite between NaN and a number. */
  readonly largest: number;
  /** The shapes, if they differ: `kernel [16,3] and [16,4]`. `largest` is infinite then. */
  readonly shapes?: string;
}

/** The result of `compareWeights`. */
export interface WeightComparison {
  /** Layers that both models have, in the network's order. */
  readonly shared: readonly LayerDifference[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
  /** Number of equal layers before the first that differs. */
  readonly agreeing: number;
  /** Number of layers that differ. */
  readonly differing: number;
}

/**
 * Compares two models' weights, layer by layer, such as those of a full model with those of its half model.
 * @param tolerance layers whose largest difference is at most this count as equal; default 0
 * @throws when a model lacks a weight of its network
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { tensor } from 'high-res-mapping';
 * import { compareWeights, decodeModel } from 'high-res-mapping/models';
 *
 * const a = decodeModel(await readFile('models/scenes.onnx'), 'scenes.onnx');
 * const b = { ...a, weights: new Map(a.weights).set('aux_output/bias', tensor('float32', [6])) };
 * const { shared, agreeing, differing } = compareWeights(a, b);
 * console.log(differing, shared.length, shared[agreeing].name); //=> 1 91 aux_output
 * ```
 */
export function compareWeights(a: Model, b: Model, tolerance = 0): WeightComparison {
  const [layersOfA, layersOfB] = [layersOf(a), layersOf(b)];
  const shared = [...layersOfA]
    .filter(([name]) => layersOfB.has(name))
    .map(([name, weights]) => compareLayer(name, weights, a, b));
  const agree = shared.map(({ largest }) => largest <= tolerance);
  const first = agree.indexOf(false);
  return {
    shared,
    onlyInA: [...layersOfA.keys()].filter((name) => !layersOfB.has(name)),
    onlyInB: [...layersOfB.keys()].filter((name) => !layersOfA.has(name)),
    agreeing: first < 0 ? shared.length : first,
    differing: agree.filter((one) => !one).length,
  };
}

/**
 * The comparison as lines of text: one a layer, then a summary.
 * @param tolerance as given to `compareWeights`; default 0
 * @returns lines, joined by line feeds
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { tensor } from 'high-res-mapping';
 * import { compareWeights, decodeModel, formatComparison } from 'high-res-mapping/models';
 *
 * const a = decodeModel(await readFile('models/scenes.onnx'), 'scenes.onnx');
 * const b = { ...a, weights: new Map(a.weights).set('aux_output/bias', tensor('float32', [6])) };
 * const lines = formatComparison(compareWeights(a, b)).split('\n');
 * console.log(lines[0]); //=> layer                numbers  largest difference
 * console.log(lines.at(-1)); //=> the first 62 of 91 layers agree; 1 differs: aux_output
 * ```
 */
export function formatComparison(
  { shared, onlyInA, onlyInB, agreeing, differing }: WeightComparison,
  tolerance = 0,
): string {
  const rows = shared.map(({ name, size, largest, shapes }) => [
    name,
    size.toLocaleString('en-US'),
    shapes ?? (largest === 0 ? '0' : Number.isFinite(largest) ? largest.toExponential(2) : 'not a number'),
    largest <= tolerance ? '' : 'differs',
  ]);
  const head = ['layer', 'numbers', 'largest difference', ''];
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 1 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(Math.max(...rows.map((row) => line(row).length)));
  const layers = (n: number): string => count(n, 'layer');
  const only = (which: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`only in ${which}: ${layers(names.length)}, ${names[0]} to ${names.at(-1)}`];
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    ...only('A', onlyInA),
    ...only('B', onlyInB),
    differing === 0
      ? `all ${layers(shared.length)} that both have agree`
      : `the first ${agreeing} of ${layers(shared.length)} agree; ${differing === 1 ? '1 differs:' : `${differing} differ, first`} ${shared[agreeing].name}`,
  ].join('\n');
}

/** A model's layers in the network's order, each with the names of its weights. */
function layersOf(model: Model): Map<string, string[]> {
  const layers = new Map<string, string[]>();
  for (const { name } of describeParameters(model)) {
    const [layer] = name.split('/');
    layers.set(layer, [...(layers.get(layer) ?? []), name]);
  }
  return layers;
}

function compareLayer(layer: string, names: readonly string[], a: Model, b: Model): LayerDifference {
  let largest = 0;
  let size = 0;
  const shapes: string[] = [];
  for (const name of names) {
    const [of, against] = [a, b].map(({ weights }) => weights.get(name));
    if (!of || !against) throw new Error(`compare: the weight '${name}' is missing`);
    size += of.data.length;
    if (String(of.shape) === String(against.shape)) {
      largest = Math.max(largest, largestDifference(of.data, against.data));
    } else {
      shapes.push(`${name.slice(layer.length + 1)} [${of.shape}] and [${against.shape}]`);
      largest = Number.POSITIVE_INFINITY;
    }
  }
  return { name: layer, size, largest, ...(shapes.length > 0 ? { shapes: shapes.join(', ') } : {}) };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
