/** An evaluation as files for other programs: JSON, and tables. */
import type { Agreement } from '../metrics/agreement.ts';
import type { ClassificationReport } from '../metrics/classification.ts';
import { count } from '../text/count.ts';
import { percent } from '../text/percent.ts';
import { csv } from './csv.ts';

/** The figures of a model on labelled images. */
export interface EvaluationFigures {
  /** The model's file, or another name. */
  readonly model: string;
  /** 'half' (a classifier) or 'full' (with its expansion). */
  readonly type: 'half' | 'full';
  /** Height and width of the model's input, in pixels. */
  readonly imSize: number;
  /**
   * The share of the shorter side, if the model saw only the square in the middle of each picture; absent: it
   * saw all of it.
   */
  readonly crop?: number;
  /** 3: RGB; 1: grey. */
  readonly channels: number;
  /** The folder of the images. */
  readonly data: string;
  /** What it ran on, such as 'cpu'. */
  readonly device: string;
  /** Time for all images, with decoding. */
  readonly seconds: number;
  readonly report: ClassificationReport;
  /** Share of the images whose true class is among the `k` most probable. */
  readonly topK: { readonly k: number; readonly accuracy: number };
  /** Mean cross-entropy. */
  readonly loss: number;
  /** If a half model saw the same images: its file, and the agreement of the two. */
  readonly halfAndFull?: Agreement & { readonly half: string };
  /** Image files that could not be read, each with the reason. */
  readonly skipped?: readonly (readonly [path: string, reason: string])[];
  /**
   * How many of the images on which the model's weights were chosen are among these; absent: none, as far as
   * is known.
   */
  readonly choseWeights?: { readonly found: number; readonly all: number };
}

/** A sentence with the reason why the figures flatter the model; undefined if none is known. */
export function flatteryText({ choseWeights }: EvaluationFigures): string | undefined {
  if (!choseWeights) return undefined;
  const { found, all } = choseWeights;
  const which = found === all ? `the ${count(all, 'image')}` : `${found} of the ${count(all, 'image')}`;
  return `${which} used to choose this model's best weights are among these: the figures are too optimistic; use images that took no part`;
}

export interface EvaluatedImage {
  readonly path: string;
  /** Class index. */
  readonly label: number;
  /** Class index. */
  readonly prediction: number;
  /** Rank of the true class, from 1: the most probable. */
  readonly rank: number;
  /** One for each class. */
  readonly probabilities: Float32Array;
}

/** The figures, with the prediction of each image. */
export interface Evaluation extends EvaluationFigures {
  readonly images: readonly EvaluatedImage[];
}

/** Everything as JSON. */
export function evaluationJson(evaluation: Evaluation): string {
  const {
    model,
    type,
    crop,
    data,
    loss,
    topK,
    report,
    halfAndFull,
    choseWeights,
    skipped = [],
    images,
  } = evaluation;
  const everything = {
    model,
    type,
    crop,
    data,
    loss,
    topK,
    ...report,
    halfAndFull,
    choseWeights,
    skipped: Object.fromEntries(skipped),
    images: images.map(({ path, label, prediction, rank, probabilities }) => ({
      image: path,
      label,
      prediction,
      rank,
      probabilities: Array.from(probabilities),
    })),
  };
  return `${JSON.stringify(everything, null, 1)}\n`;
}

/** A row with all averages: rows of several evaluations make a table to compare them. */
export function summaryCsv(figures: EvaluationFigures): string {
  const { model, type, data, report, topK, loss, skipped = [] } = figures;
  const { accuracy, micro, macro } = report;
  const row = {
    model,
    type,
    data,
    images: imageCount(report),
    skipped: skipped.length,
    accuracy,
    k: topK.k,
    top_k_accuracy: topK.accuracy,
    cross_entropy: loss,
    micro_precision: micro.precision,
    micro_recall: micro.recall,
    micro_f1: micro.f1,
    macro_precision: macro.precision,
    macro_recall: macro.recall,
    macro_f1: macro.f1,
  };
  return csv([Object.keys(row), Object.values(row)]);
}

/** A row for each class. */
export function classesCsv({ classes }: ClassificationReport): string {
  return csv([
    ['class', 'precision', 'recall', 'f1', 'images'],
    ...classes.map(({ name, precision, recall, f1, support }) => [name, precision, recall, f1, support]),
  ]);
}

/** The confusion matrix: a row for each true class, a column for each predicted one. */
export function confusionCsv({ classes, confusion }: ClassificationReport): string {
  return csv([
    ['true class', ...classes.map(({ name }) => name)],
    ...confusion.map((row, t) => [classes[t].name, ...row]),
  ]);
}

/** A row for each image: classes by name, and the probability of each. */
export function predictionsCsv({ report, images }: Evaluation): string {
  const names = report.classes.map(({ name }) => name);
  return csv([
    ['image', 'label', 'prediction', 'correct', 'rank', ...names.map((name) => `p(${name})`)],
    ...images.map(({ path, label, prediction, rank, probabilities }) => [
      path,
      names[label],
      names[prediction],
      label === prediction,
      rank,
      // A float32 has at most nine significant digits.
      ...Array.from(probabilities, (value) => Number(value.toPrecision(9))),
    ]),
  ]);
}

/** The part of the pictures that a model saw, in words; empty if it saw all of them. */
export function cropText(crop: number | undefined): string {
  return crop === undefined ? '' : `the middle of each picture, ${percent(crop)} of its shorter side`;
}

/** Number of images that were classified. */
export function imageCount({ classes }: ClassificationReport): number {
  return classes.reduce((sum, { support }) => sum + support, 0);
}

/** The agreement of half and full model as a sentence. */
export function agreementText({ images, agreeing, largestDifference }: Agreement): string {
  const difference = Number(largestDifference.toPrecision(3));
  return `half and full: ${agreeing} of ${images} predictions agree, largest difference of a probability ${difference}`;
}
