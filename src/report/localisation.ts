/** A comparison of map methods as files for other programs: JSON, and tables. */
import type { Interval } from '../metrics/bootstrap.ts';
import type { Faithfulness } from '../metrics/faithfulness.ts';
import type { GridFigure, GridPointing, GridScores } from '../metrics/grid-pointing.ts';
import type { ClassLocalisation, LocalisationScores, ResampledFigure } from '../metrics/localisation.ts';
import { count } from '../text/count.ts';
import { shortPercent } from '../text/percent.ts';
import { csv } from './csv.ts';

/** How well methods show where objects are. Shares are in [0, 1]. */
export interface Localisation {
  /** The model's file, or another name. */
  readonly model: string;
  /** 'half' or 'full'. */
  readonly type: 'half' | 'full';
  /** Height and width at which the model looked, in pixels. */
  readonly imSize: number;
  /** Height and width at which maps were measured, in pixels. */
  readonly evalSize: number;
  /** The folder that the images are of. */
  readonly data: string;
  /** What it ran on, such as 'cpu'. */
  readonly device: string;
  readonly seconds: number;
  /** The labels' names: classes, or folders that stand for several, or whose pictures are explained as what they are taken for. */
  readonly classes: readonly string[];
  /** Whose class the maps are of: that of the image's folder, or the predicted one. */
  readonly classFrom: 'folder' | 'predicted';
  /** How many images have a mask; the others have boxes only. */
  readonly masks: number;
  /** What was found of masks and boxes, and assumed, a line each. */
  readonly groundTruth?: readonly string[];
  /** Share of the images that the model predicts right; absent where maps are of the predicted class: labels need then be no classes. */
  readonly accuracy?: number;
  /** The method that the others are compared with. */
  readonly baseline: string;
  /** How many resamples the 95 % intervals are of. */
  readonly resamples: number;
  /** Of how many images, and in how many steps, faithfulness was measured; absent where it was not. */
  readonly faithfulness?: { readonly images: number; readonly steps: number };
  /** The mosaics of the grid pointing game; absent where it was not played. */
  readonly grid?: MosaicGrid;
  readonly methods: readonly MethodFigures[];
  readonly images: readonly LocalisedImage[];
  /** Images that took no part, each with the reason. */
  readonly skipped?: readonly (readonly [path: string, reason: string])[];
}

export interface LocalisedImage {
  readonly path: string;
  /** Index among `classes`. */
  readonly label: number;
  /** Likewise; absent where maps are of the predicted class. */
  readonly prediction?: number;
  /** Name of the model's class that the maps are of. */
  readonly explained: string;
}

export interface MosaicGrid {
  /** Cells a side. */
  readonly cells: number;
  /** How many mosaics were asked for; fewer are made where photographs run out. */
  readonly asked: number;
  /** How many photographs are classified right; of the predicted class, all. */
  readonly right: number;
  /** How many of these, the surest, mosaics were made of. */
  readonly sure: number;
  /** The least probability of the class among these, of a photograph by itself. */
  readonly least: number;
  /** The photographs of each mosaic, row by row. */
  readonly mosaics: readonly (readonly MosaicPhotograph[])[];
}

export interface MosaicPhotograph extends Pick<LocalisedImage, 'path' | 'explained'> {
  /** Of the class explained, of the photograph by itself. */
  readonly probability: number;
}

/** A figure with an interval: of the images, or of the mosaics. */
export type Figure = ResampledFigure | GridFigure;

/** Of each figure; those of the grid pointing game are absent where it was not played. */
type EachFigure<T> = Readonly<Record<ResampledFigure, T> & Partial<Record<GridFigure, T>>>;

/** What was measured of a method. */
export interface MethodFigures {
  readonly name: string;
  /** To make one map, in milliseconds. */
  readonly milliseconds: number;
  readonly scores: LocalisationScores & Partial<GridScores>;
  /** 95 % intervals. */
  readonly intervals: EachFigure<Interval>;
  /** This method less the baseline, on the same resamples; absent of the baseline itself. */
  readonly difference?: EachFigure<Interval>;
  readonly faithfulness?: Faithfulness;
  /** By class index; undefined where no image is of the class. */
  readonly classes: readonly (ClassLocalisation | undefined)[];
  /** Of each image: the best box's intersection over union at the cut that is best for 0.5. */
  readonly boxIous: readonly number[];
  /** Of each image: whether the map's highest value lies on the object. */
  readonly points: readonly boolean[];
  /** Of each image: the background's level; undefined where the map has none. */
  readonly backgrounds: readonly (number | undefined)[];
  /** Of each mosaic, of each photograph in it; absent where there are no mosaics. */
  readonly grid?: readonly (readonly GridPointing[])[];
}

/** The method that the others are compared with. */
export function baselineOf({ methods, baseline }: Localisation): MethodFigures | undefined {
  return methods.find(({ name }) => name === baseline);
}

/** A figure's value; undefined where it was not measured. */
export function figureOf({ scores }: MethodFigures, figure: Figure): number | undefined {
  if (figure === 'maxBoxAccV2') return scores.maxBoxAccV2.value;
  if (figure === 'background') return scores.background?.median;
  return scores[figure];
}

/** All figures with an interval, in the order of the tables, by the names that people know. */
export const figureTitles: Readonly<Record<Figure, string>> = {
  maxBoxAccV2: 'MaxBoxAccV2',
  pxap: 'PxAP',
  pointing: 'pointing',
  background: 'background',
  gridShare: 'GridPG',
  gridPeak: 'grid peak',
};

/** Those that were measured. */
export function measuredFigures({ methods }: Localisation): Figure[] {
  const all = Object.keys(figureTitles) as Figure[];
  return all.filter((figure) => methods.some((method) => figureOf(method, figure) !== undefined));
}

/** What the mosaics are, in a line, and which maps say nothing on them; undefined where there are none. */
export function gridText({ grid, methods, classFrom }: Localisation): string | undefined {
  if (grid === undefined) return undefined;
  const { cells, asked, right, sure, least, mosaics } = grid;
  const fewer =
    mosaics.length < asked ? ` (${asked} were asked for, but photographs of different classes ran out)` : '';
  const maps = mosaics.flat().length;
  const silent = methods.flatMap(({ name, scores: { gridSilent = 0 } }) =>
    gridSilent > 0 ? [`${name} ${gridSilent}`] : [],
  );
  const none =
    silent.length > 0 ? `; maps without evidence above 0, whose share is 0: ${silent.join(', ')}` : '';
  return (
    `grid pointing game: ${count(mosaics.length, 'mosaic')}${fewer} of ${cells} x ${cells} photographs, ` +
    `${maps} of the ${sure} surest of ${right}${classFrom === 'folder' ? ' classified right' : ''}, ` +
    `each with a probability of at least ${shortPercent(least)}; ` +
    `by chance ${shortPercent(1 / cells ** 2)}${none}`
  );
}

/** Of how many images each method's map has no level of the background; undefined where all have one. */
export function levellessText({ methods, images }: Localisation): string | undefined {
  const without = methods.flatMap(({ name, scores: { background } }) => {
    const missing = images.length - (background?.images ?? 0);
    return missing > 0 ? [`${name} ${missing}`] : [];
  });
  if (without.length === 0) return undefined;
  return `no level of the background, as no value is above 0 or the object fills the picture: ${without.join(', ')}`;
}

/** Whose class the maps are of. */
export function explainedText({ classFrom }: Pick<Localisation, 'classFrom'>): string {
  return classFrom === 'folder' ? 'the true class' : 'the predicted class';
}

/** Everything as JSON. */
export function localisationJson(found: Localisation): string {
  const { classes, methods, images, grid, skipped = [], ...rest } = found;
  const byMethod = <T>(value: (method: MethodFigures) => T): Record<string, T> =>
    Object.fromEntries(methods.map((method) => [method.name, value(method)]));
  const everything = {
    ...rest,
    classes,
    methods: methods.map(({ classes: byClass, boxIous, points, backgrounds, grid: _, ...method }) => ({
      ...method,
      classes: Object.fromEntries(classes.flatMap((name, c) => (byClass[c] ? [[name, byClass[c]]] : []))),
    })),
    images: images.map(({ path, label, prediction, explained }, i) => ({
      image: path,
      label,
      prediction,
      explained,
      boxIou: byMethod(({ boxIous }) => boxIous[i]),
      points: byMethod(({ points }) => points[i]),
      background: byMethod(({ backgrounds }) => backgrounds[i]),
    })),
    grid: grid && {
      ...grid,
      mosaics: grid.mosaics.map((photographs, i) =>
        photographs.map(({ path, explained, probability }, cell) => ({
          image: path,
          explained,
          probability,
          share: byMethod((method) => method.grid?.[i][cell].share),
          peak: byMethod((method) => method.grid?.[i][cell].peak),
        })),
      ),
    },
    skipped: Object.fromEntries(skipped),
  };
  return `${JSON.stringify(everything, null, 1)}\n`;
}

/** A row a method. */
export function methodsCsv({ methods }: Localisation): string {
  const rows = methods.map((method) => {
    const { name, milliseconds, scores, intervals, difference, faithfulness: f } = method;
    return {
      method: name,
      max_box_acc_v2: scores.maxBoxAccV2.value,
      max_box_acc_v2_low: intervals.maxBoxAccV2[0],
      max_box_acc_v2_high: intervals.maxBoxAccV2[1],
      box_acc_30: scores.maxBoxAccV2.at[0],
      box_acc_50: scores.maxBoxAccV2.at[1],
      box_acc_70: scores.maxBoxAccV2.at[2],
      pxap: scores.pxap,
      pxap_low: scores.pxap === undefined ? undefined : intervals.pxap[0],
      pxap_high: scores.pxap === undefined ? undefined : intervals.pxap[1],
      pointing: scores.pointing,
      pointing_low: intervals.pointing[0],
      pointing_high: intervals.pointing[1],
      pointing_near: scores.pointingNear,
      iou_best: scores.maskIou?.best,
      iou_best_threshold: scores.maskIou?.threshold,
      iou_half: scores.maskIou?.half,
      background_median: scores.background?.median,
      background_low: scores.background && intervals.background[0],
      background_high: scores.background && intervals.background[1],
      background_mean: scores.background?.mean,
      background_images: scores.background?.images ?? 0,
      grid_share: scores.gridShare,
      grid_share_low: intervals.gridShare?.[0],
      grid_share_high: intervals.gridShare?.[1],
      grid_peak: scores.gridPeak,
      grid_peak_low: intervals.gridPeak?.[0],
      grid_peak_high: intervals.gridPeak?.[1],
      grid_silent: scores.gridSilent,
      max_box_acc_v2_difference_low: difference?.maxBoxAccV2[0],
      max_box_acc_v2_difference_high: difference?.maxBoxAccV2[1],
      pxap_difference_low: scores.pxap === undefined ? undefined : difference?.pxap[0],
      pxap_difference_high: scores.pxap === undefined ? undefined : difference?.pxap[1],
      pointing_difference_low: difference?.pointing[0],
      pointing_difference_high: difference?.pointing[1],
      background_difference_low: scores.background && difference?.background[0],
      background_difference_high: scores.background && difference?.background[1],
      grid_share_difference_low: difference?.gridShare?.[0],
      grid_share_difference_high: difference?.gridShare?.[1],
      grid_peak_difference_low: difference?.gridPeak?.[0],
      grid_peak_difference_high: difference?.gridPeak?.[1],
      insertion: f?.insertion,
      deletion: f?.deletion,
      average_drop: f?.averageDrop,
      average_increase: f?.averageIncrease,
      coherency: f?.coherency,
      complexity: f?.complexity,
      adcc: f?.adcc,
      ms_per_image: milliseconds,
    };
  });
  return csv([Object.keys(rows[0]), ...rows.map((row) => Object.values(row))]);
}

/** A row a method and class. */
export function methodClassesCsv({ methods, classes }: Localisation): string {
  return csv([
    ['method', 'class', 'images', 'max_box_acc_v2', 'pxap', 'pointing'],
    ...methods.flatMap(({ name, classes: byClass }) =>
      classes.flatMap((of, c) => {
        const found = byClass[c];
        return found ? [[name, of, found.images, found.maxBoxAccV2, found.pxap, found.pointing]] : [];
      }),
    ),
  ]);
}

/** A row an image: each method's best box, whether it points at the object, and the background's level. */
export function methodImagesCsv({ methods, classes, images }: Localisation): string {
  return csv([
    [
      'image',
      'label',
      'prediction',
      'explained',
      ...methods.map(({ name }) => `iou(${name})`),
      ...methods.map(({ name }) => `points(${name})`),
      ...methods.map(({ name }) => `background(${name})`),
    ],
    ...images.map(({ path, label, prediction, explained }, i) => [
      path,
      classes[label],
      prediction === undefined ? explained : classes[prediction],
      explained,
      ...methods.map(({ boxIous }) => boxIous[i]),
      ...methods.map(({ points }) => points[i]),
      ...methods.map(({ backgrounds }) => backgrounds[i]),
    ]),
  ]);
}

/** A row a photograph of a mosaic: each method's share and peak; undefined where there are no mosaics. */
export function methodMosaicsCsv({ methods, grid }: Localisation): string | undefined {
  if (grid === undefined) return undefined;
  return csv([
    [
      'mosaic',
      'cell',
      'image',
      'explained',
      'probability',
      ...methods.map(({ name }) => `share(${name})`),
      ...methods.map(({ name }) => `peak(${name})`),
    ],
    ...grid.mosaics.flatMap((photographs, i) =>
      photographs.map(({ path, explained, probability }, cell) => [
        i,
        cell,
        path,
        explained,
        probability,
        ...methods.map((method) => method.grid?.[i][cell].share),
        ...methods.map((method) => method.grid?.[i][cell].peak),
      ]),
    ),
  ]);
}
