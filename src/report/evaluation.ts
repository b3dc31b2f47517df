/** An evaluation as files for other programs: JSON, and tables. */
import type { Agreement } from '../metrics/agreement.ts';
import type { ClassificationReport } from '../metrics/classification.ts';
import { count } from '../text/count.ts';
import { percent } from '../text/percent.ts';
import { csv } from './csv.ts';

/** How well a model does on labelled images: the figures. */
export interface EvaluationFigures {
  /** The model's file, or another name. */
  readonly model: string;
  /** 'half' (a classifier) or 'full' (with its expansion). */
  readonly type: 'half' | 'full';
  /** Height and width at which it looked, in pixels. */
  readonly imSize: number;
  /** It saw the square in the middle of each picture alone, of this share of the shorter side; absent: all of it. */
  readonly crop?: number;
  /** 3: RGB; 1: grey. */
  readonly channels: number;
  /** The folder that the images are of. */
  readonly data: string;
  /** What it ran on, such as 'cpu'. */
  readonly device: string;
  /** Of all images, decoding included. */
  readonly seconds: number;
  readonly report: ClassificationReport;
  /** Share of the images whose true class is among the `k` most probable. */
  readonly topK: { readonly k: number; readonly accuracy: number };
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Where a half model saw the same images: its file, and how far the two agree. */
  readonly halfAndFull?: Agreement & { readonly half: string };
  /** Image files that could not be read, each with the reason. */
  readonly skipped?: readonly (readonly [path: string, reason: string])[];
  /** How many of the images that chose the model's weights are among these; absent: none, as far as is known. */
  readonly choseWeights?: { readonly found: number; readonly all: number };
}

/** That the figures flatter the model, in a sentence; undefined where nothing is known that makes them. */
export function flatteryText({ choseWeights }: EvaluationFigures): string | undefined {
  if (!choseWeights) return undefined;
  const { found, all } = choseWeights;
  const which = found === all ? `the ${count(all, 'image')}` : `${found} of the ${count(all, 'image')}`;
  return `${which} on which this model's weights were chosen as the best are among these: the figures flatter it; images that took no part would say more`;
}

export interface EvaluatedImage {
  readonly path: string;
  /** Class index. */
  readonly label: number;
  /** Class index. */
  readonly prediction: number;
  /** Of the true class among all, from 1: the most probable. */
  readonly rank: number;
  /** By class. */
  readonly probabilities: Float32Array;
}

/** With what was predicted of each image. */
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

/** A row of all averages: rows of several evaluations make a table to compare them. */
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

/** A row a class. */
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

/** A row an image: classes by name, and the probability of each. */
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
      // Nine digits are all that a float32 has.
      ...Array.from(probabilities, (value) => Number(value.toPrecision(9))),
    ]),
  ]);
}

/** What part of the pictures a model saw, in words; nothing where it saw all of them. */
export function cropText(crop: number | undefined): string {
  return crop === undefined ? '' : `the middle of each picture, ${percent(crop)} of its shorter side`;
}

/** How many images were classified. */
export function imageCount({ classes }: ClassificationReport): number {
  return classes.reduce((sum, { support }) => sum + support, 0);
}

/** The agreement of half and full model as a sentence. */
export function agreementText({ images, agreeing, largestDifference }: Agreement): string {
  const difference = Number(largestDifference.toPrecision(3));
  return `half and full: ${agreeing} of ${images} predictions agree, largest difference of a probability ${difference}`;
}
