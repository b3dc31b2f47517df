/** What is known of an imported classifier, and its layers as a table. */
import { groupedCount } from '../text/count.ts';
import { printable } from '../text/printable.ts';
import { learntNumbers, valuesOf } from './expansion.ts';
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
  /** The file that it was made from. */
  readonly source: string;
  /** Whether its head was trained here, on the body of the source. */
  readonly isTaught: boolean;
  readonly classes: number;
  /** By index. */
  readonly classNames: readonly string[];
  readonly imSize: number;
  readonly channels: number;
  /** Of a full model: what brings maps to full resolution. */
  readonly expansion?: {
    readonly form: 'transport';
    /** How many numbers it has learnt. */
    readonly parameters: number;
    /** The layers that it reads beside the target. */
    readonly reads: readonly string[];
  };
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
  const { imported, classes, imSize, channels, model, expansion } = classifier;
  const { preprocessing, fit, batch, sizes, activation, head, linearAt } = imported;
  return {
    type: 'imported',
    source: imported.source,
    isTaught: hasTaughtHead(classifier),
    expansion: expansion && {
      form: 'transport',
      parameters: learntNumbers(expansion.weights),
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
      operator: model.maker(name)?.type ?? '',
      channels: k,
      height,
      width,
      special,
    })),
  };
}

function expansionWords(expansion: ClassifierSummary['expansion']): string {
  if (!expansion) return 'none: low_res_cam is enlarged';
  const { form, parameters, reads } = expansion;
  const layers = reads.length === 0 ? 'the picture alone' : reads.map(short).join(', ');
  return `${form}, ${groupedCount(parameters, 'parameter')}, beside the target it reads ${layers}`;
}

/** As lines of text: what is known of it, and one a layer that `--layer` may name, the one that methods look at marked. */
export function formatClassifierSummary(classifier: ImportedClassifier): string {
  const summary = summarizeClassifier(classifier);
  const { source, isTaught, expansion, classNames, imSize, channels, sizes, target, layers } = summary;
  const rows = layers.map(({ name, operator, channels: k, height, width, special }) => [
    name === target ? '*' : ' ',
    printable(name),
    printable(operator),
    `${k} x ${height} x ${width}${special > 0 ? ` (and ${special} of no place)` : ''}`,
  ]);
  const table = [['', 'layer', 'operator', 'output [K, h, w]'], ...rows];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  return [
    `${isTaught ? 'taught on the body of' : 'imported from'} ${source}: ${groupedCount(classNames.length, 'class', 'classes')}, ${imSize} x ${imSize} x ${channels}`,
    ...keyedLines([
      ['input', batchWords(summary)],
      ['size', `${imSize} x ${imSize}${sizes === 'any' ? '; others may be asked for' : ' alone'}`],
      ['preprocessing', preprocessingWords(summary.preprocessing)],
      ['fit', fitWords(summary.fit)],
      ['classes', firstClasses(classNames)],
      ['output', summary.activation],
      ['head', headWords(summary)],
      ['expansion', expansionWords(expansion)],
    ]),
    'layers for --layer, from the classifier back to the image; * where methods look unless told',
    ...table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}
