/** A comparison of map methods as files for other programs: JSON, and tables. */
import type { Interval } from '../metrics/bootstrap.ts';
import type { Faithfulness } from '../metrics/faithfulness.ts';
import type { ClassLocalisation, LocalisationScores, ResampledFigure } from '../metrics/localisation.ts';
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
  /** Share of the images that the model predicts right; absent where maps are of the predicted class: labels need then be no classes. */
  readonly accuracy?: number;
  /** The method that the others are compared with. */
  readonly baseline: string;
  /** How many resamples the 95 % intervals are of. */
  readonly resamples: number;
  /** Of how many images, and in how many steps, faithfulness was measured; absent where it was not. */
  readonly faithfulness?: { readonly images: number; readonly steps: number };
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

export interface MethodFigures {
  readonly name: string;
  /** To make one map, in milliseconds. */
  readonly milliseconds: number;
  readonly scores: LocalisationScores;
  /** 95 % intervals. */
  readonly intervals: Readonly<Record<ResampledFigure, Interval>>;
  /** This method less the baseline, on the same resamples; absent of the baseline itself. */
  readonly difference?: Readonly<Record<ResampledFigure, Interval>>;
  readonly faithfulness?: Faithfulness;
  /** By class index; undefined where no image is of the class. */
  readonly classes: readonly (ClassLocalisation | undefined)[];
  /** Of each image: the best box's intersection over union at the cut that is best for 0.5. */
  readonly boxIous: readonly number[];
  /** Of each image: whether the map's highest value lies on the object. */
  readonly points: readonly boolean[];
}

/** The method that the others are compared with. */
export function baselineOf({ methods, baseline }: Localisation): MethodFigures | undefined {
  return methods.find(({ name }) => name === baseline);
}

/** A figure's value; undefined where it was not measured. */
export function figureOf({ scores }: MethodFigures, figure: ResampledFigure): number | undefined {
  return figure === 'maxBoxAccV2' ? scores.maxBoxAccV2.value : scores[figure];
}

/** Whose class the maps are of. */
export function explainedText({ classFrom }: Pick<Localisation, 'classFrom'>): string {
  return classFrom === 'folder' ? 'the true class' : 'the predicted class';
}

/** Everything as JSON. */
export function localisationJson(found: Localisation): string {
  const { classes, methods, images, skipped = [], ...rest } = found;
  const everything = {
    ...rest,
    classes,
    methods: methods.map(({ classes: byClass, boxIous, points, ...method }) => ({
      ...method,
      classes: Object.fromEntries(classes.flatMap((name, c) => (byClass[c] ? [[name, byClass[c]]] : []))),
    })),
    images: images.map(({ path, label, prediction, explained }, i) => ({
      image: path,
      label,
      prediction,
      explained,
      boxIou: Object.fromEntries(methods.map(({ name, boxIous }) => [name, boxIous[i]])),
      points: Object.fromEntries(methods.map(({ name, points }) => [name, points[i]])),
    })),
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
      max_box_acc_v2_difference_low: difference?.maxBoxAccV2[0],
      max_box_acc_v2_difference_high: difference?.maxBoxAccV2[1],
      pxap_difference_low: scores.pxap === undefined ? undefined : difference?.pxap[0],
      pxap_difference_high: scores.pxap === undefined ? undefined : difference?.pxap[1],
      pointing_difference_low: difference?.pointing[0],
      pointing_difference_high: difference?.pointing[1],
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

/** A row an image: each method's best box and whether it points at the object. */
export function methodImagesCsv({ methods, classes, images }: Localisation): string {
  return csv([
    [
      'image',
      'label',
      'prediction',
      'explained',
      ...methods.map(({ name }) => `iou(${name})`),
      ...methods.map(({ name }) => `points(${name})`),
    ],
    ...images.map(({ path, label, prediction, explained }, i) => [
      path,
      classes[label],
      prediction === undefined ? explained : classes[prediction],
      explained,
      ...methods.map(({ boxIous }) => boxIous[i]),
      ...methods.map(({ points }) => points[i]),
    ]),
  ]);
}
