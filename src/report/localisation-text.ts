/** A comparison of map methods as text for the terminal. */
import type { ClassLocalisation } from '../metrics/localisation.ts';
import { inPercent } from '../text/percent.ts';
import { printable } from '../text/printable.ts';
import {
  baselineOf,
  explainedText,
  type Figure,
  figureOf,
  figureTitles,
  gridText,
  type Localisation,
  levellessText,
  type MethodFigures,
  measuredFigures,
} from './localisation.ts';

/** With more classes than this, none are listed. */
const mostClasses = 20;

/** The tables: methods, their differences to the baseline, faithfulness, classes. Shares are in per cent. */
export function formatLocalisation(found: Localisation): string {
  const { model, type, data, images, masks, accuracy, imSize, evalSize, resamples } = found;
  const truth =
    masks === images.length ? 'masks' : masks === 0 ? 'boxes only' : `masks of ${masks}, boxes of the others`;
  const notes = [gridText(found), levellessText(found)].filter((note) => note !== undefined);
  return [
    `${model} (${type}) on ${data}: ${images.length} images at ${imSize} x ${imSize}, measured at ${evalSize} x ${evalSize}, ${truth}`,
    `${accuracy === undefined ? '' : `top-1 accuracy ${percentOrDash(accuracy)} %; `}maps are of ${explainedText(found)}; in per cent, with 95 % intervals from ${resamples} resamples`,
    '',
    ...methodsTable(found),
    ...notes,
    '',
    ...differenceTable(found),
    ...faithfulnessTable(found),
    ...classTables(found),
  ].join('\n');
}

function methodsTable(found: Localisation): string[] {
  const { methods } = found;
  const figures = measuredFigures(found);
  const masks = figures.includes('pxap');
  return table(
    ['method', ...figures.map((figure) => figureTitles[figure]), ...(masks ? ['IoU'] : []), 'ms/image'],
    methods.map((method) => [
      method.name,
      ...figures.map((figure) => withInterval(method, figure)),
      ...(masks ? [percentOrDash(method.scores.maskIou?.best)] : []),
      method.milliseconds.toFixed(1),
    ]),
  );
}

/** `59.4 [55.1, 63.0]` */
function withInterval(method: MethodFigures, figure: Figure): string {
  const value = figureOf(method, figure);
  const interval = method.intervals[figure];
  if (value === undefined || interval === undefined) return '-';
  const [low, high] = interval;
  return `${percentOrDash(value)} [${percentOrDash(low)}, ${percentOrDash(high)}]`;
}

function differenceTable(found: Localisation): string[] {
  const base = baselineOf(found);
  const others = found.methods.filter(({ difference }) => difference);
  if (base === undefined || others.length === 0) return [];
  const figures = measuredFigures(found);
  const each = found.grid ? 'image by image, mosaic by mosaic' : 'image by image';
  return [
    `difference to ${base.name}, ${each}; * where the interval excludes 0`,
    ...table(
      ['method', ...figures.map((figure) => figureTitles[figure])],
      others.map((method) => [method.name, ...figures.map((figure) => differenceText(method, base, figure))]),
    ),
    '',
  ];
}

/** `+2.1 [0.3, 4.0] *`; '-' if it was not measured. */
export function differenceText(method: MethodFigures, base: MethodFigures, figure: Figure): string {
  const [one, other] = [figureOf(method, figure), figureOf(base, figure)];
  const interval = method.difference?.[figure];
  if (one === undefined || other === undefined || interval === undefined) return '-';
  const [low, high] = interval;
  const mark = low > 0 || high < 0 ? '*' : ' ';
  return `${signed(one - other)} [${signed(low)}, ${signed(high)}] ${mark}`;
}

function faithfulnessTable({ methods, faithfulness, images }: Localisation): string[] {
  if (faithfulness === undefined) return [];
  return [
    `faithfulness, on ${faithfulness.images} of the ${images.length} images, insertion and deletion in ${faithfulness.steps} steps`,
    ...table(
      ['method', 'insertion', 'deletion', 'avg drop', 'increase', 'coherency', 'complexity', 'ADCC'],
      methods.map(({ name, faithfulness: f }) => [
        name,
        ...[
          f?.insertion,
          f?.deletion,
          f?.averageDrop,
          f?.averageIncrease,
          f?.coherency,
          f?.complexity,
          f?.adcc,
        ].map(percentOrDash),
      ]),
    ),
    '',
  ];
}

function classTables(found: Localisation): string[] {
  const { classes, methods } = found;
  const listed = classes.flatMap((name, c) => (methods[0].classes[c] ? [{ name, c }] : []));
  if (listed.length > mostClasses) return [`${listed.length} classes: see --json or --out for each of them`];
  const one = (title: string, value: (of: ClassLocalisation) => number | undefined): string[] => {
    const rows = listed.map(({ name, c }) => [
      printable(name),
      String(methods[0].classes[c]?.images),
      ...methods.map(({ classes: byClass }) => percentOrDash(byClass[c] && value(byClass[c]))),
    ]);
    return [...table([title, 'images', ...methods.map(({ name }) => name)], rows), ''];
  };
  const masks = methods[0].scores.pxap !== undefined;
  return [
    ...one('MaxBoxAccV2', ({ maxBoxAccV2 }) => maxBoxAccV2),
    ...(masks ? one('PxAP', ({ pxap }) => pxap) : []),
    ...one('pointing', ({ pointing }) => pointing),
  ].slice(0, -1);
}

/** Columns as wide as their widest cell; the first is left-aligned, the others right-aligned. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  );
}

/** In per cent, with one decimal; '-' if there is no value. */
export function percentOrDash(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? '-' : inPercent(share);
}

function signed(share: number): string {
  const text = percentOrDash(share);
  return share >= 0 && text !== '-' ? `+${text}` : text;
}
