/** What each panel of the pipeline figure shows: its picture, its name, the parameter used. Where it stands is pipeline-figure.ts's business. */
import { type FloatMap, type Mask, mapSize, type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { colorize } from './colormap.ts';
import { edgeHistogram } from './edge-histogram.ts';
import { formatNumber } from './font.ts';
import { histogramPlot } from './histogram-plot.ts';
import { hexColor, type maskPainter, maskParts, type Rgb } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import {
  colorMap,
  colorScale,
  countOf,
  cutOut,
  frame,
  framed,
  legend,
  outlineOf,
  type Panel,
  percentOf,
} from './panel.ts';
import { pictureSize } from './resample.ts';
import { element } from './svg.ts';

/** What the figure draws: every step of a refinement by regions under its name. H x W is the image's size. */
export interface PipelineFigure {
  /** Absent, too. */
  refiner?: 'regions';
  /** uint8 `[H, W, 3]` or `[H, W, 1]`. */
  image: Picture;
  /** Raw signed low-resolution CAM, float32, usually `[H / 16, W / 16]`. */
  lowCam: FloatMap;
  /** Raw signed high-resolution CAM, float32 `[H, W]`. */
  highCam: FloatMap;
  /** Float32 `[H, W]` in [0, 1]. */
  blurred: FloatMap;
  /** Float32 `[H, W]` in [0, 1]. */
  edges: FloatMap;
  /** The low-resolution CAM at the image's size: float32 `[H, W]`, raw signed. */
  lowResized: FloatMap;
  /** Region of interest, `[H, W]`. */
  roi: Mask;
  /** Edge values between which regions grow. */
  bounds: { lower: number; upper: number };
  /** Seeds of region growing, `[H, W]`. */
  focalPoints: Mask;
  /** The grown region, `[H, W]`. */
  segmented: Mask;
  /** The grown region and the strong edges, holes filled, `[H, W]`. */
  fullSegment: Mask;
  /** The refined CAM: float32 `[H, W]`, about [0, 1]. */
  merged: FloatMap;
  /** Pixels that stay, `[H, W]`. */
  kept: Mask;
  /** The image with only the kept pixels: uint8 `[H, W, 3]` or `[H, W, 1]`. */
  result: Picture;
  options: {
    /** In per cent. */
    roiPercentile: number;
    /** 'global' or 'local'. */
    focalScope: string;
    /** 'blend' or 'multiply'. */
    mergeType: string;
    /** Share of the segment in a blend. */
    mergeAlpha: number;
    /** 'percentage' or 'threshold'. */
    filterType: string;
    /** In per cent. */
    filterPercentage: number;
    filterThreshold: number;
  };
}

export type PanelName =
  | 'image'
  | 'highCam'
  | 'blurred'
  | 'edges'
  | 'lowCam'
  | 'lowResized'
  | 'focalPoints'
  | 'roi'
  | 'bounds'
  | 'segmented'
  | 'fullSegment'
  | 'merged'
  | 'result';

/** The colours of the steps, tell-apart in every common form of colour blindness (after Okabe and Ito). */
const colors = {
  roi: [0, 114, 178],
  focal: [213, 60, 0],
  grown: [230, 159, 0],
  strong: [150, 80, 150],
  holes: [0, 158, 115],
  below: [200, 202, 206],
} as const satisfies Readonly<Record<string, Rgb>>;

/** The pixels of a mask that lie outside another one. */
function without(mask: Mask, other: Mask): Mask {
  const out = tensor('uint8', mask.shape, mask.data.slice());
  const marks = out.data;
  for (let i = 0; i < marks.length; i++) if (other.data[i] !== 0) marks[i] = 0;
  return out;
}

/** The pixels of a mask where a map is at least `value`. */
function atLeast(mask: Mask, map: FloatMap, value: number): Mask {
  const out = tensor('uint8', mask.shape, mask.data.slice());
  const marks = out.data;
  for (let i = 0; i < marks.length; i++) if (!(map.data[i] >= value)) marks[i] = 0;
  return out;
}

/** Three decimals; three significant digits where those would show nothing. */
export function formatBound(value: number): string {
  return Math.abs(value) < 0.01 ? formatNumber(value) : value.toFixed(3);
}

/** Rings around groups of focal points so small that they would be lost at the size of a panel. */
function rings(mask: Mask, box: Box): string {
  const { height, width } = mapSize(mask, 'drawPipeline');
  const [sx, sy] = [box.width / width, box.height / height];
  return maskParts(mask)
    .map((part) => {
      const extent = Math.max((part.right - part.left) * sx, (part.bottom - part.top) * sy);
      if (extent > 12) return '';
      const radius = extent / 2 + 5;
      // A ring near the border is moved inwards: it must not be cut off.
      const cx = Math.min(Math.max(((part.left + part.right) / 2) * sx, radius), box.width - radius);
      const cy = Math.min(Math.max(((part.top + part.bottom) / 2) * sy, radius), box.height - radius);
      return element('circle', {
        cx: box.left + cx,
        cy: box.top + cy,
        r: radius,
        fill: 'none',
        stroke: hexColor(colors.focal),
        'stroke-width': 1.4,
      });
    })
    .join('');
}

function requireSizes(r: PipelineFigure): { height: number; width: number } {
  const { height, width } = pictureSize(r.image, 'drawPipeline');
  const same: Readonly<Record<string, Tensor>> = {
    highCam: r.highCam,
    blurred: r.blurred,
    edges: r.edges,
    lowResized: r.lowResized,
    roi: r.roi,
    focalPoints: r.focalPoints,
    segmented: r.segmented,
    fullSegment: r.fullSegment,
    merged: r.merged,
    kept: r.kept,
  };
  for (const [name, map] of Object.entries(same)) {
    if (map.shape.length !== 2 || map.shape[0] !== height || map.shape[1] !== width) {
      throw new Error(`drawPipeline: ${name} is [${map.shape}], the image [${r.image.shape}]`);
    }
  }
  mapSize(r.lowCam, 'drawPipeline');
  const result = pictureSize(r.result, 'drawPipeline');
  if (result.height !== height || result.width !== width) {
    throw new Error(`drawPipeline: result is [${r.result.shape}], the image [${r.image.shape}]`);
  }
  return { height, width };
}

/**
 * The panels of a pipeline figure. What each draws is computed when it draws.
 * @param paint the painter of the image.
 * @throws when a map has another size than the image, or holds a value that is not finite.
 */
export function pipelinePanels(
  r: PipelineFigure,
  medium: Medium,
  paint: ReturnType<typeof maskPainter>,
): Readonly<Record<PanelName, Panel>> {
  const { height, width } = requireSizes(r);
  const { options, bounds } = r;
  const lowSize = mapSize(r.lowCam, 'drawPipeline');
  const highScale = colorScale(r.highCam);
  const lowScale = colorScale(r.lowCam);
  const grownColor = colors.grown;

  const picture = (content: () => Picture, over?: (box: Box) => string): Panel['draw'] =>
    framed(medium, content, over);
  const outlineOfRoi = outlineOf(r.roi, colors.roi);

  return {
    image: { title: 'Image', note: `${width} × ${height} pixels`, draw: picture(() => r.image) },
    highCam: {
      title: 'High-resolution CAM',
      note: highScale,
      draw: picture(() => colorMap(r.highCam, highScale)),
    },
    blurred: {
      title: 'Blurred',
      note: 'scaled to 0–1, 5 × 5 mean',
      draw: picture(() => colorize(r.blurred, { colormap: 'magma', range: [0, 1] })),
    },
    edges: {
      title: 'Edges',
      note: 'Sobel magnitude, 0–1',
      draw: picture(() => colorize(r.edges, { colormap: 'greys', range: [0, 1] })),
    },
    lowCam: {
      title: 'Low-resolution CAM',
      note: lowScale,
      draw: picture(() => colorMap(r.lowCam, lowScale)),
    },
    lowResized: {
      title: 'Resized',
      note: `bilinear, from ${lowSize.width} × ${lowSize.height}`,
      draw: picture(() => colorMap(r.lowResized, lowScale)),
    },
    focalPoints: {
      title: 'Focal points',
      note: `${options.focalScope}, ${countOf(r.focalPoints)} pixels`,
      draw: picture(
        () => paint([{ mask: r.focalPoints, tint: colors.focal }]),
        (box) => rings(r.focalPoints, box),
      ),
    },
    roi: {
      title: 'Region of interest',
      note: `ROI: top ${formatNumber(100 - options.roiPercentile)} %`,
      draw: picture(() => paint([{ mask: r.roi, tint: 'image' }]), outlineOfRoi),
    },
    bounds: {
      title: 'Edges in the ROI',
      note:
        countOf(r.roi) === 0
          ? 'no pixel, no bounds'
          : `bounds ${formatBound(bounds.lower)} – ${formatBound(bounds.upper)}`,
      draw: (box) =>
        histogramPlot({
          ...box,
          histogram: edgeHistogram(r.edges, r.roi),
          bounds,
          colors: {
            below: hexColor(colors.below),
            within: hexColor(grownColor),
            above: hexColor(colors.strong),
          },
        }) + frame(box),
    },
    segmented: {
      title: 'Region growing',
      note: `${percentOf(r.segmented)} of the image`,
      draw: picture(() => paint([{ mask: r.segmented, tint: grownColor }])),
    },
    fullSegment: {
      title: 'Filled segment',
      note: `${percentOf(r.fullSegment)} of the image`,
      draw: picture(() => {
        const strong = without(atLeast(r.roi, r.edges, bounds.upper), r.segmented);
        const holes = without(without(r.fullSegment, r.segmented), strong);
        return paint([
          { mask: r.segmented, tint: grownColor },
          { mask: strong, tint: colors.strong },
          { mask: holes, tint: colors.holes },
        ]);
      }),
    },
    merged: {
      title: 'Merger',
      note:
        options.mergeType === 'blend'
          ? `blend, alpha ${formatNumber(options.mergeAlpha)}`
          : options.mergeType,
      draw: picture(() => colorize(r.merged, { colormap: 'magma', range: [0, 1] })),
    },
    result: {
      title: 'Result',
      note:
        options.filterType === 'percentage'
          ? `highest ${formatNumber(options.filterPercentage)} % kept`
          : `above ${formatNumber(options.filterThreshold)}: ${percentOf(r.kept)} kept`,
      draw: picture(() => cutOut(r.result, r.kept)),
    },
  };
}

/** The colours' meanings, one a line, from the top of the box. */
export function pipelineLegend(r: PipelineFigure, box: Box, medium: Medium): string {
  const entries = [
    { color: colors.focal, name: 'focal points' },
    { color: colors.roi, name: 'region of interest', outline: true },
    { color: colors.grown, name: 'within the bounds, grown' },
    { color: colors.strong, name: 'edges above, in the ROI' },
    { color: colors.holes, name: 'holes, filled' },
  ];
  return legend(entries, [r.lowCam, r.highCam], box, medium);
}
