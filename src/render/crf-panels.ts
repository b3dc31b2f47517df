/** What each panel of a CRF's figure shows: its picture, its name, the parameter used. Where it stands is crf-figure.ts's business. */
import { type FloatMap, type Mask, mapSize, type Picture, type Tensor } from '../tensor/tensor.ts';
import { colorize } from './colormap.ts';
import { formatNumber } from './font.ts';
import { hexColor, maskPainter, type Rgb } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import {
  colorMap,
  colorScale,
  cutOut,
  framed,
  type LegendEntry,
  legend,
  outlineOf,
  type Panel,
  percentOf,
} from './panel.ts';
import { pictureSize } from './resample.ts';
import { element } from './svg.ts';

/** What the figure draws: every step of a refinement by a CRF under its name. H x W is the image's size, n that of its grid. */
export interface CrfFigure {
  refiner: 'crf';
  /** uint8 `[H, W, 3]` or `[H, W, 1]`. */
  image: Picture;
  /** Raw signed low-resolution CAM, float32, usually `[H / 16, W / 16]`. The refinement makes no use of it. */
  lowCam: FloatMap;
  /** Raw signed high-resolution CAM, float32 `[H, W]`. */
  highCam: FloatMap;
  /** The image averaged over cells, uint8 `[n, n, 3]`. */
  colours: Picture;
  /** What the high-resolution CAM says of each cell, in logits: float32 `[n, n]`. */
  unary: FloatMap;
  /** The cell of the highest logit. */
  peak: { x: number; y: number };
  /** How much that cell heeds each other one: float32 `[n, n]`. */
  affinity: FloatMap;
  /** How probably each cell shows the object: float32 `[n, n]` in [0, 1]. */
  probabilities: FloatMap;
  /** The refined CAM: float32 `[H, W]` in [0, 1]. */
  merged: FloatMap;
  /** Pixels that stay, `[H, W]`. */
  kept: Mask;
  /** The image with only the kept pixels: uint8 `[H, W, 3]` or `[H, W, 1]`. */
  result: Picture;
  options: {
    crfThreshold: number;
    crfSpatial: number;
    crfColour: number;
    crfWeight: number;
    /** 'percentage' or 'threshold'. */
    filterType: string;
    /** In per cent. */
    filterPercentage: number;
    filterThreshold: number;
  };
}

export type CrfPanelName =
  | 'image'
  | 'highCam'
  | 'unary'
  | 'probabilities'
  | 'lowCam'
  | 'colours'
  | 'affinity'
  | 'merged'
  | 'kept'
  | 'result';

/** Tell-apart in every common form of colour blindness (after Okabe and Ito). */
const colors = {
  kept: [213, 60, 0],
  peak: [0, 158, 115],
} as const satisfies Readonly<Record<string, Rgb>>;

function requireSizes(r: CrfFigure): void {
  const image = pictureSize(r.image, 'drawPipeline');
  const cells = pictureSize(r.colours, 'drawPipeline');
  const check = (
    maps: Readonly<Record<string, Tensor>>,
    { height, width }: { height: number; width: number },
    like: string,
  ): void => {
    for (const [name, { shape }] of Object.entries(maps)) {
      if (shape[0] !== height || shape[1] !== width) {
        throw new Error(`drawPipeline: ${name} is [${shape}], ${like}`);
      }
    }
  };
  const { highCam, merged, kept, result, unary, affinity, probabilities } = r;
  check({ highCam, merged, kept, result }, image, `the image [${r.image.shape}]`);
  check({ unary, affinity, probabilities }, cells, `the grid of colours [${r.colours.shape}]`);
  mapSize(r.lowCam, 'drawPipeline');
}

/**
 * The panels of a CRF's figure.
 * @throws when a map has another size than the image or the grid, or holds a value that is not finite.
 */
export function crfPanels(r: CrfFigure, medium: Medium): Readonly<Record<CrfPanelName, Panel>> {
  requireSizes(r);
  const { options, peak } = r;
  const { height, width } = pictureSize(r.image, 'drawPipeline');
  const cells = pictureSize(r.colours, 'drawPipeline');
  const lowScale = colorScale(r.lowCam);
  const highScale = colorScale(r.highCam);
  const unaryScale = colorScale(r.unary);
  const probable = (map: FloatMap): Picture => colorize(map, { colormap: 'magma', range: [0, 1] });
  const picture = (content: () => Picture, over?: (box: Box) => string): Panel['draw'] =>
    framed(medium, content, over);
  const ringAtPeak = (box: Box): string => {
    const at = (place: number, count: number, length: number): number =>
      Math.min(Math.max(((place + 0.5) / count) * length, 5), length - 5);
    const ring = {
      cx: box.left + at(peak.x, cells.width, box.width),
      cy: box.top + at(peak.y, cells.height, box.height),
      r: 4,
      fill: 'none',
    };
    return (
      element('circle', { ...ring, stroke: '#ffffff', 'stroke-width': 3.4 }) +
      element('circle', { ...ring, stroke: hexColor(colors.peak), 'stroke-width': 1.8 })
    );
  };
  const outlineOfKept = outlineOf(r.kept, colors.kept);

  return {
    image: { title: 'Image', note: `${width} × ${height} pixels`, draw: picture(() => r.image) },
    highCam: {
      title: 'High-resolution CAM',
      note: highScale,
      draw: picture(() => colorMap(r.highCam, highScale)),
    },
    unary: {
      title: 'Unary logits',
      note: unaryScale,
      draw: picture(() => colorMap(r.unary, unaryScale), ringAtPeak),
    },
    probabilities: {
      title: 'Dense CRF',
      note: `weight ${formatNumber(options.crfWeight)}, ${cells.width} × ${cells.height} cells`,
      draw: picture(() => probable(r.probabilities)),
    },
    lowCam: {
      title: 'Low-resolution CAM',
      note: lowScale,
      draw: picture(() => colorMap(r.lowCam, lowScale)),
    },
    colours: {
      title: 'Colours of the cells',
      note: `means of ${cells.width} × ${cells.height} cells`,
      draw: picture(() => r.colours, ringAtPeak),
    },
    affinity: {
      title: 'Affinity to the peak',
      note: `reach ${formatNumber(options.crfSpatial)}, colour ${formatNumber(options.crfColour)}`,
      draw: picture(() => colorize(r.affinity, { colormap: 'magma', range: 'minmax' }), ringAtPeak),
    },
    merged: {
      title: 'Refined CAM',
      note: 'bilinear, from 0 to 1',
      draw: picture(() => probable(r.merged)),
    },
    kept: {
      title: 'Kept',
      note:
        options.filterType === 'percentage'
          ? `highest ${formatNumber(options.filterPercentage)} %`
          : `above ${formatNumber(options.filterThreshold)}: ${percentOf(r.kept)}`,
      draw: picture(() => maskPainter(r.image)([{ mask: r.kept, tint: 'image' }]), outlineOfKept),
    },
    result: {
      title: 'Result',
      note: `${percentOf(r.kept)} of the image`,
      draw: picture(() => cutOut(r.result, r.kept)),
    },
  };
}

/** The colours' meanings, one a line, from the top of the box. */
export function crfLegend(r: CrfFigure, box: Box, medium: Medium): string {
  const entries: LegendEntry[] = [
    { color: colors.peak, name: 'peak: the highest logit', outline: true },
    { color: colors.kept, name: 'what the result keeps', outline: true },
  ];
  return legend(entries, [r.lowCam, r.highCam, r.unary], box, medium);
}
