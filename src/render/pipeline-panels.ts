/** What each panel of the pipeline figure shows: its picture, its name, the parameter used. Where it stands is pipeline-figure.ts's business. */
import { type FloatMap, type Mask, mapSize, type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { type ColormapName, colorize, colorTable, resolveRange } from './colormap.ts';
import { edgeHistogram } from './edge-histogram.ts';
import { fitText, formatNumber, textWidth } from './font.ts';
import { histogramPlot } from './histogram-plot.ts';
import { hexColor, maskOutline, type maskPainter, maskParts, type Rgb } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import { enlargePixels, pictureSize, shrinkPixels, toRgb } from './resample.ts';
import { coordinate, element, text } from './svg.ts';

/** What the figure draws: every step of a refinement under its name. H x W is the image's size. */
export interface PipelineFigure {
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

/** A class and its probability in [0, 1]. */
export interface Prediction {
  name: string;
  probability: number;
}

export interface Panel {
  title: string;
  /** One line below the title: text, or the scale of the colours. */
  note: string | ColorScale;
  draw(box: Box): string;
}

/** The values of a coloured map, for a small colour bar. */
export interface ColorScale {
  low: number;
  high: number;
  colormap: ColormapName;
  /** The part of the colour map that low to high use, in [0, 1]. */
  from: number;
  to: number;
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

/** Pictures are embedded with about this many pixels on their longer side, 400 dots an inch in a two-column print. */
const embeddedSide = 320;

function atSize(picture: Picture): Picture {
  return shrinkPixels(enlargePixels(picture, embeddedSide), embeddedSide);
}

/** The colours of the steps, tell-apart in every common form of colour blindness (after Okabe and Ito). */
const colors = {
  roi: [0, 114, 178],
  focal: [213, 60, 0],
  grown: [230, 159, 0],
  strong: [150, 80, 150],
  holes: [0, 158, 115],
  below: [200, 202, 206],
} as const satisfies Readonly<Record<string, Rgb>>;

/** How a map is coloured: diverging around zero where both signs occur, else from its least to its largest value. */
function colorScale(map: FloatMap): ColorScale {
  const [low, high] = resolveRange(map);
  if (!(low < 0 && high > 0)) return { low, high, colormap: 'magma', from: 0, to: 1 };
  const m = Math.max(-low, high);
  return { low, high, colormap: 'bluered', from: (low / m + 1) / 2, to: (high / m + 1) / 2 };
}

function colorMap(map: FloatMap, { low, high, colormap }: ColorScale): Picture {
  const m = Math.max(-low, high);
  if (colormap === 'bluered') return colorize(map, { colormap, range: [-m, m] });
  return colorize(map, { colormap, range: low < high ? [low, high] : 'minmax' });
}

function frame(box: Box): string {
  return element('rect', {
    x: box.left,
    y: box.top,
    width: box.width,
    height: box.height,
    fill: 'none',
    stroke: '#8a8d91',
    'stroke-width': 0.75,
  });
}

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

function countOf({ data }: Mask): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) count++;
  return count;
}

function percentOf(mask: Mask): string {
  return `${formatNumber((100 * countOf(mask)) / mask.data.length)} %`;
}

/** Three decimals; three significant digits where those would show nothing. */
export function formatBound(value: number): string {
  return Math.abs(value) < 0.01 ? formatNumber(value) : value.toFixed(3);
}

/** The kept pixels as they are, the others white: a cut-out. */
function cutOut(result: Picture, kept: Mask): Picture {
  const { shape, data } = toRgb(result);
  const out = tensor('uint8', shape, data.slice());
  for (let i = 0; i < kept.data.length; i++) {
    if (kept.data[i] === 0) out.data.fill(255, 3 * i, 3 * i + 3);
  }
  return out;
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

  const picture =
    (content: () => Picture, over: (box: Box) => string = () => ''): Panel['draw'] =>
    (box) =>
      medium.place(medium.scales ? content() : atSize(content()), box) + over(box) + frame(box);
  const outlineOfRoi = (box: Box): string =>
    element('path', {
      d: maskOutline(r.roi, box.left, box.top, box.width / width, box.height / height),
      fill: 'none',
      stroke: hexColor(colors.roi),
      'stroke-width': 1.3,
      'stroke-linecap': 'square',
    });

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
  const entries: { color: Rgb; name: string; outline?: boolean }[] = [
    { color: colors.focal, name: 'focal points' },
    { color: colors.roi, name: 'region of interest', outline: true },
    { color: colors.grown, name: 'within the bounds, grown' },
    { color: colors.strong, name: 'edges above, in the ROI' },
    { color: colors.holes, name: 'holes, filled' },
  ];
  const pitch = 18;
  const parts = entries.map(({ color, name, outline }, i) => {
    const y = box.top + i * pitch;
    return (
      element('rect', {
        x: box.left + 0.65,
        y: y + 0.65,
        width: 11,
        height: 11,
        fill: outline ? '#ffffff' : hexColor(color),
        stroke: hexColor(color),
        'stroke-width': 1.3,
      }) + text(name, { x: box.left + 19, y: y + 10.5, 'font-size': 12, fill: '#333333' })
    );
  });
  const diverging = [colorScale(r.lowCam), colorScale(r.highCam)].some((s) => s.colormap === 'bluered');
  if (diverging) {
    const y = box.top + entries.length * pitch + 4;
    const label = { y: y + 10, 'font-size': 12, fill: '#333333' };
    const start = box.left + textWidth('against', 12) + 8;
    parts.push(
      text('against', { ...label, x: box.left }),
      colorBar(
        { low: -1, high: 1, colormap: 'bluered', from: 0, to: 1 },
        { left: start, top: y + 2, width: 36, height: 8 },
        medium,
      ),
      text('for the class', { ...label, x: start + 36 + 6 }),
    );
  }
  return parts.join('');
}

function colorBar(scale: ColorScale, box: Box, medium: Medium): string {
  const table = colorTable(scale.colormap);
  const strip = tensor('uint8', [1, 128, 3]);
  for (let i = 0; i < 128; i++) {
    const color = Math.round(255 * (scale.from + ((scale.to - scale.from) * i) / 127));
    strip.data.set(table.subarray(3 * color, 3 * color + 3), 3 * i);
  }
  const { left: x, top: y, width, height } = box;
  return (
    medium.place(strip, box) +
    element('rect', { x, y, width, height, fill: 'none', stroke: '#8a8d91', 'stroke-width': 0.6 })
  );
}

/** The line below a panel's title: text, or least value, colour bar with a mark at zero, largest value. */
export function panelNote(
  note: string | ColorScale,
  left: number,
  baseline: number,
  width: number,
  medium: Medium,
): string {
  const style = { y: baseline, 'font-size': 12, fill: '#5f6368' };
  if (typeof note === 'string') {
    const fitted = fitText(note, width, 12, 10);
    return text(fitted.content, { ...style, x: left, 'font-size': fitted.size });
  }
  const [low, high] = [formatNumber(note.low), formatNumber(note.high)];
  if (note.low === note.high) return text(`${low} everywhere`, { ...style, x: left });
  const start = left + textWidth(low, 12) + 6;
  const length = 54;
  const parts = [
    text(low, { ...style, x: left }),
    colorBar(note, { left: start, top: baseline - 8, width: length, height: 7 }, medium),
    text(high, { ...style, x: start + length + 6 }),
  ];
  if (note.low < 0 && note.high > 0) {
    const zero = start + (length * -note.low) / (note.high - note.low);
    parts.push(
      element('path', {
        d: `M${coordinate(zero)} ${coordinate(baseline - 9.5)}v10`,
        stroke: '#222222',
        'stroke-width': 0.9,
      }),
    );
  }
  return parts.join('');
}

/** Classes with their probabilities as bars: the name above, the bar and the per cent below. */
export function predictionBars(predictions: readonly Prediction[], box: Box): string {
  const pitch = Math.min(30, box.height / Math.max(predictions.length, 1));
  const longest = box.width - 42;
  return predictions
    .map(({ name, probability }, i) => {
      const y = box.top + i * pitch;
      const weight = i === 0 ? 600 : 400;
      const fitted = fitText(name, box.width, 12, 9.5, weight);
      return (
        text(fitted.content, {
          x: box.left,
          y: y + 11,
          'font-size': fitted.size,
          'font-weight': weight === 600 ? 600 : undefined,
          fill: '#222222',
        }) +
        element('rect', {
          x: box.left,
          y: y + 15.5,
          width: Math.max(longest * probability, 1),
          height: 6,
          fill: i === 0 ? '#3b6ea5' : '#a9bdd3',
        }) +
        text(`${(100 * probability).toFixed(1)} %`, {
          x: box.left + Math.max(longest * probability, 1) + 5,
          y: y + 22,
          'font-size': 10.5,
          fill: '#5f6368',
        })
      );
    })
    .join('');
}
