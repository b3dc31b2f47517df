/** A comparison of map methods as files for other programs: JSON, and tables. */
import type { Interval } from '../metrics/bootstrap.ts';
import type { Faithfulness } from '../metrics/faithfulness.ts';
import type { GridFigure, GridPointing, GridScores } from '../metrics/grid-pointing.ts';
import type { ClassLocalisation, LocalisationScores, ResampledFigure } from '../metrics/localisation.ts';
import { count } from '../text/count.ts';
import { shortPercent } from '../text/percent.ts';
import { csv } from './csv.ts';

/** How well methods localise objects. Shares are in [0, 1]. */
export interface Localisation {
  /** The model's file, or another name. */
  readonly model: string;
  /** 'half' or 'full'. */
  readonly type: 'half' | 'full';
  /** Height and width of the model's input, in pixels. */
  readonly imSize: number;
  /** Height and width at which maps were evaluated, in pixels. */
  readonly evalSize: number;
  /** The folder of the images. */
  readonly data: string;
  /** What it ran on, such as 'cpu'. */
  readonly device: string;
  readonly seconds: number;
  /**
   * The labels' names: classes, or folders that correspond to several classes, or whose pictures are
   * explained by their predicted class.
   */
  readonly classes: readonly string[];
  /** The class that the maps show: that of the image's folder, or the predicted one. */
  readonly classFrom: 'folder' | 'predicted';
  /** Number of images with a mask; the others have only boxes. */
  readonly masks: number;
  /** What was found and assumed about masks and boxes, a line each. */
  readonly groundTruth?: readonly string[];
  /**
   * Share of correct predictions; absent if maps show the predicted class, since labels need not be classes
   * then.
   */
  readonly accuracy?: number;
  /** The method that the others are compared with. */
  readonly baseline: string;
  /** Number of resamples for the 95 % intervals. */
  readonly resamples: number;
  /** Number of images, and of steps, with which faithfulness was measured; absent if it was not. */
  readonly faithfulness?: { readonly images: number; readonly steps: number };
  /** The mosaics of the grid pointing game; absent if it was not measured. */
  readonly grid?: MosaicGrid;
  readonly methods: readonly MethodFigures[];
  readonly images: readonly LocalisedImage[];
  /** Images that were left out, each with the reason. */
  readonly skipped?: readonly (readonly [path: string, reason: string])[];
}

export interface LocalisedImage {
  readonly path: string;
  /** Index among `classes`. */
  readonly label: number;
  /** Index among `classes`; absent if maps show the predicted class. */
  readonly prediction?: number;
  /** Name of the model's class that the maps show. */
  readonly explained: string;
}

export interface MosaicGrid {
  /** Cells per side. */
  readonly cells: number;
  /** Number of mosaics requested; fewer are made if there are not enough photographs. */
  readonly asked: number;
  /**
   * Number of photographs that are classified right; of all photographs, if maps show the predicted class.
   */
  readonly right: number;
  /** How many of these, the most confident, the mosaics were made of. */
  readonly sure: number;
  /** The lowest probability of the class among these, for the single photograph. */
  readonly least: number;
  /** The photographs of each mosaic, row by row. */
  readonly mosaics: readonly (readonly MosaicPhotograph[])[];
}

export interface MosaicPhotograph extends Pick<LocalisedImage, 'path' | 'explained'> {
  /** Probability of the explained class for the single photograph. */
  readonly probability: number;
}

/** A figure with an interval, over images or over mosaics. */
export type Figure = ResampledFigure | GridFigure;

/** A value for each figure; those of the grid pointing game are absent if it was not measured. */
type EachFigure<T> = Readonly<Record<ResampledFigure, T> & Partial<Record<GridFigure, T>>>;

/** The figures of one map method. */
export interface MethodFigures {
  readonly name: string;
  /** Time for one map, in milliseconds. */
  readonly milliseconds: number;
  readonly scores: LocalisationScores & Partial<GridScores>;
  /** 95 % intervals. */
  readonly intervals: EachFigure<Interval>;
  /**
   * Interval of this method's value minus the baseline's, on the same resamples; absent for the baseline
   * itself.
   */
  readonly difference?: EachFigure<Interval>;
  readonly faithfulness?: Faithfulness;
  /** By class index; undefined if the class has no images. */
  readonly classes: readonly (ClassLocalisation | undefined)[];
  /** For each image: the best box's intersection over union, at the cut that is best for 0.5. */
  readonly boxIous: readonly number[];
  /** For each image: whether the map's highest value lies on the object. */
  readonly points: readonly boolean[];
  /** For each image: the background's level; undefined if the map has none. */
  readonly backgrounds: readonly (number | undefined)[];
  /** For each mosaic and each photograph in it; absent if there are no mosaics. */
  readonly grid?: readonly (readonly GridPointing[])[];
}

/** The method that the others are compared with. */
export function baselineOf({ methods, baseline }: Localisation): MethodFigures | undefined {
  return methods.find(({ name }) => name === baseline);
}

/** A figure's value; undefined if it was not measured. */
export function figureOf({ scores }: MethodFigures, figure: Figure): number | undefined {
  if (figure === 'maxBoxAccV2') return scores.maxBoxAccV2.value;
  if (figure === 'background') return scores.background?.median;
  return scores[figure];
}

/** All figures with an interval, in the order of the tables, with their usual names. */
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

/** A line about the mosaics, and about maps without evidence on them; undefined if there are no mosaics. */
export function gridText({ grid, methods, classFrom }: Localisation): string | undefined {
  if (grid === undefined) return undefined;
  const { cells, asked, right, sure, least, mosaics } = grid;
  const fewer =
    mosaics.length < asked
      ? ` (${asked} were requested, but there were not enough photographs of different classes)`
      : '';
  const maps = mosaics.flat().length;
  const silent = methods.flatMap(({ name, scores: { gridSilent = 0 } }) =>
    gridSilent > 0 ? [`${name} ${gridSilent}`] : [],
  );
  const none =
    silent.length > 0 ? `; maps without evidence above 0, whose share is 0: ${silent.join(', ')}` : '';
  return (
    `grid pointing game: ${count(mosaics.length, 'mosaic')}${fewer} of ${cells} x ${cells} photographs, ` +
    `${maps} of the ${sure} most confident of ${right}${classFrom === 'folder' ? ' classified right' : ''}, ` +
    `each with a probability of at least ${shortPercent(least)}; ` +
    `by chance ${shortPercent(1 / cells ** 2)}${none}`
  );
}

/** For each method, how many images have no level of the background; undefined if all have one. */
export function levellessText({ methods, images }: Localisation): string | undefined {
  const without = methods.flatMap(({ name, scores: { background } }) => {
    const missing = images.length - (background?.images ?? 0);
    return missing > 0 ? [`${name} ${missing}`] : [];
  });
  if (without.length === 0) return undefined;
  return `no background level, because no value is above 0 or the object fills the picture: ${without.join(', ')}`;
}

/** The class that the maps show, in words. */
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

/** A row for each method. */
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

/** A row for each method and class. */
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

/**
 * A row for each image: each method's best box, whether it points at the object, and the background's level.
 */
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

/** A row for each photograph of a mosaic: each method's share and peak; undefined if there are no mosaics. */
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
