/** An evaluation as text for the terminal. */
import { type ClassificationReport, occurringClasses, type Scores } from '../metrics/classification.ts';
import { worstConfusions } from '../metrics/mistakes.ts';
import { count } from '../text/count.ts';
import { inPercent, percent } from '../text/percent.ts';
import { printable } from '../text/printable.ts';
import { agreementText, cropText, type EvaluationFigures, flatteryText, imageCount } from './evaluation.ts';

/**
 * With more classes than this, those that do not occur are left out, and the matrix is replaced by the most
 * frequent mistakes.
 */
const mostInMatrix = 20;
/** Number of characters of the longest name that heads a column of the matrix. */
const longestHead = 5;
/** Number of mistakes that are listed then. */
const mostMistakes = 10;

/**
 * A table with a row for each class, then the averages; the confusion matrix of up to 20 classes, else the
 * most frequent mistakes; the overall figures. Shares are in per cent.
 */
export function formatEvaluation(figures: EvaluationFigures): string {
  const { model, type, crop, data, topK, loss, seconds, halfAndFull } = figures;
  const classes = figures.report.classes.map((one) => ({ ...one, name: printable(one.name) }));
  const report = { ...figures.report, classes };
  const total = imageCount(report);
  const flattery = flatteryText(figures);
  const mistakes = report.classes.length > mostInMatrix ? mistakesList(report) : matrix(report);
  return [
    `${model} (${type}) on ${data}${crop === undefined ? '' : `: ${cropText(crop)}`}`,
    ...table(report, total),
    '',
    ...mistakes,
    '',
    `accuracy ${percent(report.accuracy, 2)}, top-${topK.k} accuracy ${percent(topK.accuracy, 2)}, cross-entropy ${loss.toFixed(4)}, ` +
      `${(total / seconds).toFixed(1)} images/s`,
    ...(halfAndFull ? [agreementText(halfAndFull)] : []),
    ...(flattery === undefined ? [] : [`note: ${flattery}`]),
  ].join('\n');
}

function table(report: ClassificationReport, total: number): string[] {
  const { micro, macro } = report;
  const many = report.classes.length > mostInMatrix;
  const classes = many ? occurringClasses(report).map((c) => report.classes[c]) : report.classes;
  const left = report.classes.length - classes.length;
  const width = nameWidth(classes);
  const column = (share: number): string => inPercent(share).padStart(9);
  const row = (name: string, { precision, recall, f1 }: Scores, support: number): string =>
    `${name.padEnd(width)} ${column(precision)} ${column(recall)} ${column(f1)} ${String(support).padStart(8)}`;
  return [
    `${''.padEnd(width)} precision    recall        F1   images`,
    ...classes.map((scores) => row(scores.name, scores, scores.support)),
    ...(left > 0 ? [`and ${count(left, 'class', 'classes')} without images and predictions`] : []),
    ''.padEnd(width + 39, '-'),
    row('micro', micro, total),
    row('macro', macro, total),
  ];
}

/**
 * Short names head the columns; longer ones are numbered, and the numbers head the columns. A dot is a zero.
 */
function matrix({ classes, confusion }: ClassificationReport): string[] {
  const names = classes.map(({ name }) => name);
  const numbered = names.some((name) => name.length > longestHead);
  const digits = String(classes.length).length;
  const heads = numbered ? names.map((_, i) => String(i + 1)) : names;
  const rows = numbered ? names.map((name, i) => `${String(i + 1).padStart(digits)} ${name}`) : names;
  const width = nameWidth(classes) + (numbered ? digits + 1 : 0);
  const largest = confusion.flat().reduce((a, b) => Math.max(a, b), 0);
  const cell = 1 + Math.max(3, String(largest).length, ...heads.map((head) => head.length));
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(width) + cells.map((text) => text.padStart(cell)).join('');
  return [
    'confusion matrix: a row holds the images of a class, a column the images predicted as a class',
    line('', heads),
    ...confusion.map((counts, t) =>
      line(
        rows[t],
        counts.map((n) => (n === 0 ? '.' : String(n))),
      ),
    ),
  ];
}

function mistakesList(report: ClassificationReport): string[] {
  const worst = worstConfusions(report, mostMistakes);
  if (worst.length === 0) return ['no image was predicted wrong'];
  const digits = Math.max(...worst.map(({ count }) => String(count).length));
  return [
    'most frequent mistakes, and their share of the true class',
    ...worst.map(
      ({ truth, predicted, count, share }) =>
        `${String(count).padStart(digits)}  ${percent(share, 0).padStart(5)}  ${truth} predicted as ${predicted}`,
    ),
  ];
}

function nameWidth(classes: ClassificationReport['classes']): number {
  return Math.max(12, ...classes.map(({ name }) => name.length));
}
