/** An imported classifier's layers as a table. */
import type { ImportedClassifier } from './imported-classifier.ts';

export interface ClassifierSummary {
  readonly type: 'imported';
  readonly source: string;
  readonly classes: number;
  readonly imSize: number;
  readonly channels: number;
  readonly head: 'linear' | 'other';
  /** The layer that methods look at unless told. */
  readonly target: string;
  /** From the classifier back to the image. */
  readonly layers: readonly {
    readonly name: string;
    readonly operator: string;
    readonly channels: number;
    readonly height: number;
    readonly width: number;
    /** Tokens that belong to no place. */
    readonly special: number;
  }[];
}

export function summarizeClassifier(classifier: ImportedClassifier): ClassifierSummary {
  const { imported, classes, imSize, channels, model } = classifier;
  return {
    type: 'imported',
    source: imported.source,
    classes: classes.length,
    imSize,
    channels,
    head: imported.head,
    target: imported.layers.target,
    layers: imported.layers.all.map(({ name, channels: k, height, width, special }) => ({
      name,
      operator: model.maker(name)?.type ?? '',
      channels: k,
      height,
      width,
      special,
    })),
  };
}

/** As lines of text: one a layer that `--layer` may name, the one that methods look at marked. */
export function formatClassifierSummary(classifier: ImportedClassifier): string {
  const { source, classes, imSize, channels, head, target, layers } = summarizeClassifier(classifier);
  const rows = layers.map(({ name, operator, channels: k, height, width, special }) => [
    name === target ? '*' : ' ',
    name,
    operator,
    `${k} x ${height} x ${width}${special > 0 ? ` (and ${special} of no place)` : ''}`,
  ]);
  const head_ = head === 'linear' ? 'linear in the means of feature maps: CAM' : 'not linear: HiResCAM';
  const table = [['', 'layer', 'operator', 'output [K, h, w]'], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  return [
    `imported from ${source}: ${classes} classes, ${imSize} x ${imSize} x ${channels}`,
    `head: ${head_}`,
    'layers for --layer, from the classifier back to the image; * where methods look unless told',
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}
