/**
 * The panels of the figure of a refinement by regions that differ from the default, and the parameters used.
 */
import type { RegionRefinement } from '../refine/refinement.ts';
import type { regionSteps } from '../refine/steps.ts';
import { type FloatMap, type Mask, mapSize, tensor } from '../tensor/tensor.ts';
import { colorize } from './colormap.ts';
import { edgeHistogram } from './edge-histogram.ts';
import { formatNumber } from './font.ts';
import { histogramPlot } from './histogram-plot.ts';
import { keptNote } from './kept-words.ts';
import { hexColor, maskParts, type Rgb } from './mask-picture.ts';
import type { Box } from './medium.ts';
import { colorMap, colorScale, countOf, type LegendEntry, outlineOf } from './panel.ts';
import type { MaskPainter, OwnPanels } from './step-panels.ts';
import { element } from './svg.ts';

/**
 * The colours of the steps, distinguishable with every common form of colour blindness (after Okabe and Ito).
 */
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

/** Three decimals; three significant digits if three decimals would be zeros. */
export function formatBound(value: number): string {
  return Math.abs(value) < 0.01 ? formatNumber(value) : value.toFixed(3);
}

/** Rings around groups of focal points that are too small to be visible in a panel. */
function rings(mask: Mask, box: Box): string {
  const { height, width } = mapSize(mask, 'drawPipeline');
  const [sx, sy] = [box.width / width, box.height / height];
  return maskParts(mask)
    .map((part) => {
      const extent = Math.max((part.right - part.left) * sx, (part.bottom - part.top) * sy);
      if (extent > 12) return '';
      const radius = extent / 2 + 5;
      // A ring near the border is moved inwards, so that it is not cut off.
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

export function regionPanels(
  { options, bounds, ...r }: RegionRefinement,
  paint: MaskPainter,
): OwnPanels<typeof regionSteps> {
  const [lowHeight, lowWidth] = r.lowCam.shape;
  return {
    blurred: { note: 'scaled to 0–1, 5 × 5 mean' },
    edges: {
      note: 'Sobel magnitude, 0–1',
      picture: () => colorize(r.edges, { colormap: 'greys', range: [0, 1] }),
    },
    lowResized: {
      note: `bilinear, from ${lowWidth} × ${lowHeight}`,
      // In the colours of the map that it was computed from.
      picture: () => colorMap(r.lowResized, colorScale(r.lowCam)),
    },
    focalPoints: {
      note: `${options.focalScope}, ${countOf(r.focalPoints)} pixels`,
      tint: colors.focal,
      over: (box) => rings(r.focalPoints, box),
    },
    roi: {
      note: `ROI: top ${formatNumber(100 - options.roiPercentile)} %`,
      tint: 'image',
      over: outlineOf(r.roi, colors.roi),
    },
    bounds: {
      note:
        countOf(r.roi) === 0
          ? 'no pixel, no bounds'
          : `bounds ${formatBound(bounds.lower)} – ${formatBound(bounds.upper)}`,
      plot: (box) =>
        histogramPlot({
          ...box,
          histogram: edgeHistogram(r.edges, r.roi),
          bounds,
          colors: {
            below: hexColor(colors.below),
            within: hexColor(colors.grown),
            above: hexColor(colors.strong),
          },
        }),
    },
    segmented: { tint: colors.grown },
    fullSegment: {
      picture: () => {
        const strong = without(atLeast(r.roi, r.edges, bounds.upper), r.segmented);
        const holes = without(without(r.fullSegment, r.segmented), strong);
        return paint([
          { mask: r.segmented, tint: colors.grown },
          { mask: strong, tint: colors.strong },
          { mask: holes, tint: colors.holes },
        ]);
      },
    },
    merged: {
      note:
        options.mergeType === 'blend'
          ? `blend, alpha ${formatNumber(options.mergeAlpha)}`
          : options.mergeType,
    },
    result: {
      note: `${keptNote(options, r.kept)} kept`,
    },
  };
}

/** The meanings of the colours. */
export const regionLegend: readonly LegendEntry[] = [
  { color: colors.focal, name: 'focal points' },
  { color: colors.roi, name: 'region of interest', outline: true },
  { color: colors.grown, name: 'within the bounds, grown' },
  { color: colors.strong, name: 'edges above, in the ROI' },
  { color: colors.holes, name: 'holes, filled' },
];
