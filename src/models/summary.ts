/** A model's layers as a table, as Keras' `summary()` prints them. */
import { describeLayers } from './inference.ts';
import type { Expansion, ModelConfig } from './model.ts';
import type { LayerRecord } from './scope.ts';

/** A model's layers and parameter counts. */
export interface ModelSummary {
  readonly type: string;
  /** Only for a full model. */
  readonly expansion?: Expansion;
  readonly classes: number;
  readonly imSize: number;
  readonly channels: number;
  /** Output shapes are `[N, C, H, W]`, or `[N, C]` after the global pool, for one image of `imSize`. */
  readonly layers: readonly LayerRecord[];
  /** Parameters that training changes. */
  readonly trainable: number;
  /** Batch norm's moving statistics. */
  readonly moving: number;
}

/**
 * The layers and parameter counts of a model's network. It needs no weights: a configuration is enough.
 * @example
 * ```ts
 * import { summarize } from 'high-res-mapping/models';
 *
 * const summary = summarize({ type: 'half', classes: ['ring', 'star'], imSize: 224, channels: 3 });
 * console.log(summary.layers.length, summary.trainable, summary.moving); //=> 69 1049906 12992
 * console.log(summary.layers.find(({ name }) => name === 'conv_aux')?.output); //=> [ 1, 16, 14, 14 ]
 * ```
 */
export function summarize(config: ModelConfig): ModelSummary {
  const layers = describeLayers(config, config.imSize);
  return {
    type: config.type,
    expansion: config.type === 'full' ? (config.expansion ?? 'reconstruction') : undefined,
    classes: config.classes.length,
    imSize: config.imSize,
    channels: config.channels,
    layers,
    trainable: layers.reduce((sum, layer) => sum + layer.trainable, 0),
    moving: layers.reduce((sum, layer) => sum + layer.moving, 0),
  };
}

/**
 * The summary as lines of text: one a layer, then the totals.
 * @example
 * ```ts
 * import { formatSummary, summarize } from 'high-res-mapping/models';
 *
 * const summary = summarize({ type: 'half', classes: ['ring', 'star'], imSize: 224, channels: 3 });
 * const lines = formatSummary(summary).split('\n');
 * console.log(lines[0]); //=> half model, 2 classes, 224 x 224 x 3
 * console.log(lines.find((line) => line.startsWith('conv_aux'))?.replace(/ +/g, ' '));
 * //=> conv_aux Conv 1x1 16 x 14 x 14 1,024 0
 * console.log(lines.at(-1)); //=> moving statistics:    12,992
 * ```
 */
export function formatSummary({
  type,
  expansion,
  classes,
  imSize,
  channels,
  layers,
  trainable,
  moving,
}: ModelSummary): string {
  const number = (n: number): string => n.toLocaleString('en-US');
  const rows = [
    ['layer', 'kind', 'output [C, H, W]', 'trainable', 'moving'],
    ...layers.map((layer) => [
      layer.name,
      layer.kind,
      layer.output.slice(1).join(' x '),
      number(layer.trainable),
      number(layer.moving),
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  const rule = '-'.repeat(line(rows[0]).length);
  return [
    `${type} model, ${classes} classes, ${imSize} x ${imSize} x ${channels}`,
    ...(expansion ? [`expansion: ${expansion}`] : []),
    rule,
    line(rows[0]),
    rule,
    ...rows.slice(1).map(line),
    rule,
    `trainable parameters: ${number(trainable)}`,
    `moving statistics:    ${number(moving)}`,
  ].join('\n');
}
