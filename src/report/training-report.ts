/** The page at the end of a training: what was trained, the curves, and the evaluation. */
import type { ClassificationReport } from '../metrics/classification.ts';
import type { CamSample } from '../render/cam-sheet.ts';
import { type Curve, curvePlot } from '../render/curve-plot.ts';
import { groupedCount } from '../text/count.ts';
import { duration } from '../text/duration.ts';
import { percent, shortPercent } from '../text/percent.ts';
import { evaluationSection } from './evaluation-section.ts';
import { escapeHtml } from './page.ts';
import { definitions, listed, reportPage, significant, skippedSection, tileList } from './page-parts.ts';
import type { EpochFigures } from './training-history.ts';
import { samplesSection } from './training-samples.ts';

/** The content of a training's page. */
export interface TrainingReport {
  /** Name of the results, such as `birds/half`. */
  readonly name: string;
  readonly model: {
    /** 'half' (a classifier) or 'full' (its expansion). */
    readonly type: 'half' | 'full';
    /** The classifier on whose frozen body a linear head was trained; absent: a network of this project. */
    readonly backbone?: string;
    /** Height and width of the images, in pixels. */
    readonly imSize: number;
    /** 3: RGB; 1: grey. */
    readonly channels: number;
    /** Number of trained parameters. */
    readonly parameters?: number;
  };
  readonly data: {
    readonly folder: string;
    /** Absent if class folders are not used. */
    readonly classes?: readonly string[];
    readonly trainImages: number;
    /**
     * Number of training images that were held out, on which the best epoch was chosen instead of on the test
     * images.
     */
    readonly heldOutImages?: number;
    /**
     * Number of images in a separate folder, on which the best epoch was chosen instead of on the test
     * images.
     */
    readonly validationImages?: number;
    /** Absent if there are none. */
    readonly testImages?: number;
  };
  /** By their names on the command line: `batch-size`. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What it ran on, such as 'cpu'. */
  readonly device: string;
  /** Time of the whole training, with validation. */
  readonly seconds: number;
  /** When it ended, formatted for the reader. */
  readonly ended?: string;
  /** At least one epoch. */
  readonly history: readonly EpochFigures[];
  /** The epoch of the best weights, from 1. */
  readonly bestEpoch: number;
  /** The evaluation of the best weights on the test images. */
  readonly evaluation?: ClassificationReport;
  /** Test pictures with their maps, by the best weights. */
  readonly samples?: readonly CamSample[];
  /** Image files that could not be read, each with the reason. */
  readonly skipped?: readonly (readonly [path: string, reason: string])[];
}

/**
 * The page of a training as one HTML document, with nothing to load from elsewhere.
 * @throws when the history is empty, or a figure in it is not finite
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { trainingReport } from 'high-res-mapping/report';
 *
 * const page = trainingReport({
 *   name: 'pets',
 *   model: { type: 'half', imSize: 224, channels: 3 },
 *   data: { folder: 'pets', classes: ['cat', 'dog'], trainImages: 1200, testImages: 300 },
 *   options: { optimizer: 'adam', 'batch-size': 8 },
 *   device: 'cpu',
 *   seconds: 8,
 *   history: [{ epoch: 1, loss: 0.75, learningRate: 0.01, seconds: 8, imagesPerSecond: 150 }],
 *   bestEpoch: 1,
 * });
 * await writeFile('training.html', page);
 * console.log(/<title>(.*)<\/title>/.exec(page)?.[1]); //=> Training of pets: 2 classes
 * ```
 */
export function trainingReport(report: TrainingReport): string {
  const { name, history, evaluation, samples = [], data } = report;
  if (history.length === 0) throw new Error(`trainingReport: '${name}' has no epochs`);
  return reportPage({
    title: `Training of ${name}${data.classes ? `: ${data.classes.length} classes` : ''}`,
    heading: `Training of ${name}`,
    summary: summary(report),
    tiles: tiles(report),
    sections: [
      curvesSection(report),
      evaluation ? evaluationSection(evaluation, 'By the best weights. ') : '',
      samples.length > 0 ? samplesSection(samples) : '',
      settingsSection(report),
      skippedSection(report.skipped),
    ],
  });
}

/** The training in two sentences. */
function summary({ model, data, history, device, seconds, bestEpoch, skipped = [] }: TrainingReport): string {
  const what =
    model.backbone !== undefined
      ? `A linear head on the frozen body of ${model.backbone}`
      : model.type === 'half'
        ? 'A half model, which classifies,'
        : 'A full model';
  const { heldOutImages, validationImages, testImages } = data;
  const onTest = model.backbone === undefined && model.type === 'half' ? testImages : undefined;
  const validated = heldOutImages ?? validationImages ?? onTest;
  const test = validated === undefined ? '' : ` and validated on ${groupedCount(validated, 'image')}`;
  const of = data.classes ? ` of ${groupedCount(data.classes.length, 'class', 'classes')}` : '';
  const bad = skipped.length === 0 ? '' : ` ${groupedCount(skipped.length, 'file')} could not be read.`;
  return (
    `${what} was trained on ${groupedCount(data.trainImages, 'image')}${of}${test}: ` +
    `${groupedCount(history.length, 'epoch')} on ${device} in ${duration(seconds)}. The best weights are those of epoch ${bestEpoch}.${bad}`
  );
}

/** The most important figures. */
function tiles({ history, bestEpoch, evaluation }: TrainingReport): string {
  const best = history.find(({ epoch }) => epoch === bestEpoch) ?? history[history.length - 1];
  const accuracy = evaluation?.accuracy ?? best.valAccuracy;
  const speed = history.reduce((sum, { imagesPerSecond }) => sum + imagesPerSecond, 0) / history.length;
  const found: [value: string, label: string][] = [];
  const of = evaluation ? 'test' : 'validation';
  if (accuracy !== undefined) found.push([shortPercent(accuracy), `of the ${of} images right`]);
  if (evaluation) found.push([shortPercent(evaluation.macro.f1), 'F1, mean over the classes']);
  if (best.valLoss !== undefined) found.push([significant(best.valLoss), 'validation loss']);
  found.push([significant(best.loss), 'training loss'], [significant(speed), 'images a second']);
  return tileList(found);
}

function curvesSection({ model, history, bestEpoch }: TrainingReport): string {
  const curve = (name: string, color: string, key: keyof EpochFigures): Curve => ({
    name,
    color,
    values: history.map((epoch) => epoch[key]),
  });
  const measured = ({ values }: Curve): boolean => values.some((value) => value !== undefined);
  const mark = { epoch: bestEpoch, label: `best: epoch ${bestEpoch}` };
  const loss = [
    curve('training', 'var(--training)', 'loss'),
    curve('validation', 'var(--validation)', 'valLoss'),
  ].filter(measured);
  const accuracy = [
    curve('training', 'var(--training)', 'accuracy'),
    curve('validation', 'var(--validation)', 'valAccuracy'),
  ].filter(measured);
  const rate = curve('learning rate', 'var(--training)', 'learningRate');
  const speed = curve('images/s', 'var(--training)', 'imagesPerSecond');
  const lossText =
    model.type === 'half'
      ? 'Cross-entropy; training: with the L2 penalty.'
      : 'Mean squared error, with the L2 penalty.';
  const figures = [
    figure(
      'Loss',
      lossText,
      curvePlot({ title: 'Loss by epoch', curves: loss, scale: scaleOf(loss), from: 0, mark }),
    ),
    accuracy.length === 0
      ? ''
      : figure(
          'Accuracy',
          'Share of the images predicted right.',
          curvePlot({
            title: 'Accuracy by epoch',
            curves: accuracy,
            from: 0,
            to: 1,
            format: shortPercent,
            mark,
          }),
        ),
    figure(
      'Learning rate',
      'Of the last step of each epoch.',
      curvePlot({ title: 'Learning rate by epoch', curves: [rate], scale: scaleOf([rate]), from: 0 }),
    ),
    figure(
      'Speed',
      'Training images a second.',
      curvePlot({ title: 'Images a second by epoch', curves: [speed], from: 0 }),
    ),
  ];
  return `<section>
<h2>Epoch by epoch</h2>
<div class="curves">
${figures.filter((one) => one !== '').join('\n')}
</div>
<details><summary>All figures</summary>
${epochTable(history, bestEpoch)}
</details>
</section>`;
}

/** Logarithmic if the values span more than a factor of ten. */
function scaleOf(curves: readonly Curve[]): 'linear' | 'log' {
  const values = curves.flatMap((curve) => curve.values).filter((value) => value !== undefined);
  const low = values.reduce((a, b) => Math.min(a, b));
  return low > 0 && values.some((value) => value > 10 * low) ? 'log' : 'linear';
}

function figure(title: string, note: string, svg: string): string {
  return `<figure>
<figcaption><b>${escapeHtml(title)}</b> ${escapeHtml(note)}</figcaption>
${svg}
</figure>`;
}

function epochTable(history: readonly EpochFigures[], bestEpoch: number): string {
  const all: [title: string, key: keyof EpochFigures, write: (value: number) => string][] = [
    ['epoch', 'epoch', String],
    ['loss', 'loss', significant],
    ['validation loss', 'valLoss', significant],
    ['accuracy', 'accuracy', percent],
    ['validation accuracy', 'valAccuracy', percent],
    ['learning rate', 'learningRate', significant],
    ['images/s', 'imagesPerSecond', significant],
    ['seconds', 'seconds', significant],
  ];
  const columns = all.filter(([, key]) => history.some((epoch) => epoch[key] !== undefined));
  const rows = history.map((epoch) => {
    const cells = columns.map(([, key, write]) => {
      const value = epoch[key];
      return `<td>${value === undefined ? '' : write(value)}</td>`;
    });
    return `<tr${epoch.epoch === bestEpoch ? ' class="best"' : ''}>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table class="grid">
<thead><tr>${columns.map(([title]) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function settingsSection({ model, data, options, device, seconds, ended, history }: TrainingReport): string {
  const { classes } = data;
  const facts: [string, string | number | undefined][] = [
    ['model', model.type === 'half' ? 'half: the classifier' : 'full: the expansion of a half model'],
    ['backbone, frozen', model.backbone],
    ['parameters trained', model.parameters?.toLocaleString('en')],
    [
      'images',
      `${model.imSize} × ${model.imSize} pixels, ${model.channels === 1 ? 'grey' : `${model.channels} channels`}`,
    ],
    ['data', data.folder],
    ['training images', data.trainImages.toLocaleString('en')],
    ['images held out, to validate on', data.heldOutImages?.toLocaleString('en')],
    ['images to validate on', data.validationImages?.toLocaleString('en')],
    ['test images', data.testImages?.toLocaleString('en') ?? 'none'],
    ['classes', classes && `${classes.length}: ${listed(classes)}`],
    ['epochs done', history.length],
    ['device', device],
    ['time', duration(seconds)],
    ['ended', ended],
  ];
  return `<section>
<h2>What was trained</h2>
<div class="columns">
${definitions('Model and data', facts)}
${definitions(
  'Options',
  Object.entries(options).map(([key, value]) => [key, String(value)]),
)}
</div>
</section>`;
}
