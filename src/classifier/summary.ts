/** Describes an imported classifier, with its layers as a table. */
import { groupedCount } from '../text/count.ts';
import { printable } from '../text/printable.ts';
import { parameterCount, valuesOf } from './expansion.ts';
import { batchWords, firstClasses, fitWords, headWords, preprocessingWords, short } from './fact-words.ts';
import type { ImportFacts } from './facts.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import { keyedLines } from './keyed-lines.ts';
import { hasTaughtHead } from './taught-head.ts';

export interface ClassifierSummary
  extends Pick<
    ImportFacts,
    'preprocessing' | 'fit' | 'batch' | 'sizes' | 'activation' | 'head' | 'linearAt'
  > {
  readonly type: 'imported';
  /** The file that it was imported from. */
  readonly source: string;
  /** Whether its head was trained by this project, on the body of the source. */
  readonly isTaught: boolean;
  readonly classes: number;
  /** By index. */
  readonly classNames: readonly string[];
  readonly imSize: number;
  readonly channels: number;
  /** For a full model: its expansion. */
  readonly expansion?: {
    readonly form: 'transport';
    /** Number of trained parameters. */
    readonly parameters: number;
    /** The layers that it reads besides the target. */
    readonly reads: readonly string[];
  };
  /** The layer that CAM methods use by default. */
  readonly target: string;
  /** From the classifier back to the image. */
  readonly layers: readonly {
    readonly name: string;
    readonly operator: string;
    readonly channels: number;
    readonly height: number;
    readonly width: number;
    /** Number of tokens without a position. */
    readonly special: number;
  }[];
}

export function summarizeClassifier(classifier: ImportedClassifier): ClassifierSummary {
  const { imported, classes, imSize, channels, model, expansion } = classifier;
  const { preprocessing, fit, batch, sizes, activation, head, linearAt } = imported;
  return {
    type: 'imported',
    source: imported.source,
    isTaught: hasTaughtHead(classifier),
    expansion: expansion && {
      form: 'transport',
      parameters: parameterCount(expansion.weights),
      reads: valuesOf(expansion),
    },
    classes: classes.length,
    classNames: classes,
    imSize,
    channels,
    preprocessing,
    fit,
    batch,
    sizes,
    activation,
    head,
    linearAt,
    target: imported.layers.target,
    layers: imported.layers.all.map(({ name, channels: k, height, width, special }) => ({
      name,
      operator: model.producer(name)?.type ?? '',
      channels: k,
      height,
      width,
      special,
    })),
  };
}

function expansionWords(expansion: ClassifierSummary['expansion']): string {
  if (!expansion) return 'none: the low-resolution map is enlarged';
  const { form, parameters, reads } = expansion;
  const layers = reads.length === 0 ? 'the picture alone' : reads.map(short).join(', ');
  return `${form}, ${groupedCount(parameters, 'parameter')}, beside the target it reads ${layers}`;
}

/**
 * Lines of text: the facts, then one line for each layer that `--layer` may name, with the default one
 * marked.
 */
export function formatClassifierSummary(classifier: ImportedClassifier): string {
  const summary = summarizeClassifier(classifier);
  const { source, isTaught, expansion, classNames, imSize, channels, sizes, target, layers } = summary;
  const rows = layers.map(({ name, operator, channels: k, height, width, special }) => [
    name === target ? '*' : ' ',
    printable(name),
    printable(operator),
    `${k} x ${height} x ${width}${special > 0 ? ` (and ${special} without a place)` : ''}`,
  ]);
  const table = [['', 'layer', 'operator', 'output [K, h, w]'], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  return [
    `${isTaught ? 'taught on the body of' : 'imported from'} ${source}: ${groupedCount(classNames.length, 'class', 'classes')}, ${imSize} x ${imSize} x ${channels}`,
    ...keyedLines([
      ['input', batchWords(summary)],
      ['size', `${imSize} x ${imSize}${sizes === 'any' ? '; other sizes are possible' : ' only'}`],
      ['preprocessing', preprocessingWords(summary.preprocessing)],
      ['fit', fitWords(summary.fit)],
      ['classes', firstClasses(classNames)],
      ['output', summary.activation],
      ['head', headWords(summary)],
      ['expansion', expansionWords(expansion)],
    ]),
    'layers for --layer, from the classifier back to the image; * default',
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}
