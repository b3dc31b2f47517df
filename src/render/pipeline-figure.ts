/**
 * The figure of the whole refinement: a grid of five columns and three rows, read to the right in the upper two rows and to the
 * left in the third, with arrows along the data's real way.
 * ```
 *   image ──┬─ high CAM ── blurred ── edges ─┐ (legend)
 *           └─ low CAM ─── resized ┬─ focal points │ region of interest
 *   result ─── merger ─(+)─ filled ─(∪)─ growing ──┴─ histogram, bounds
 * ```
 */
import { type ArrowOptions, arrow, arrowColor, type Point } from './arrow.ts';
import { fitText, fontFamily, formatNumber, wrapText } from './font.ts';
import { maskPainter } from './mask-picture.ts';
import { type Box, type Medium, svgMedium } from './medium.ts';
import {
  formatBound,
  type PanelName,
  type PipelineFigure,
  type Prediction,
  panelNote,
  pipelineLegend,
  pipelinePanels,
  predictionBars,
} from './pipeline-panels.ts';
import { coordinate, element, svgDocument, text } from './svg.ts';

export type { PipelineFigure, Prediction } from './pipeline-panels.ts';

export interface DrawPipelineOptions {
  /** Heading; default none. */
  title?: string;
  /** Text below the figure, wrapped to its width; default none. */
  caption?: string;
  /** The classifier's predictions, best first; the first five are drawn, as bars below the image. Default none. */
  predictions?: readonly Prediction[];
}

/** Column and row of each panel. */
export const panelPlaces: Readonly<Record<PanelName, readonly [column: number, row: number]>> = {
  image: [0, 0],
  highCam: [1, 0],
  blurred: [2, 0],
  edges: [3, 0],
  lowCam: [1, 1],
  lowResized: [2, 1],
  focalPoints: [3, 1],
  roi: [4, 1],
  bounds: [4, 2],
  segmented: [3, 2],
  fullSegment: [2, 2],
  merged: [1, 2],
  result: [0, 2],
};

/** In SVG units. */
const gapX = 46;
const captionHeight = 38;
const channelHeight = 30;
const margin = 16;
const leftGutter = 30;
const nodeRadius = 8;
const lineHeight = 17;

/**
 * Draws a refinement, step by step, as an SVG document with a white background.
 *
 * Signed CAMs are drawn in blue and red around a white zero, with a small scale, the low-resolution one with square pixels; masks
 * in colour over the paled image. Below each panel stand its name and the parameter used.
 * @param r the image and every step of its refinement, all of the image's size but `lowCam`.
 * @param medium where the pictures go; default: into the document.
 * @throws when a map has another size than the image, holds a value that is not finite, or a probability is outside [0, 1].
 */
export function drawPipeline(
  r: PipelineFigure,
  options: DrawPipelineOptions = {},
  medium: Medium = svgMedium,
): string {
  const predictions = (options.predictions ?? []).slice(0, 5);
  for (const { name, probability } of predictions) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new Error(`drawPipeline: a probability is in [0, 1], that of '${name}' is ${probability}`);
    }
  }
  const panels = pipelinePanels(r, medium, maskPainter(r.image));
  const grid = layout(r, predictions.length > 0, options.title !== undefined);
  const names = Object.keys(panelPlaces) as PanelName[];
  const drawn = names.map((name, i) => {
    const { title, note, draw } = panels[name];
    const cell = grid.cell(...panelPlaces[name]);
    // The histogram fills its cell; pictures keep the image's aspect.
    const box = name === 'bounds' ? cell : grid.box(name);
    return element(
      'g',
      { 'data-panel': name },
      draw(box),
      heading(title, cell, String.fromCharCode(97 + i)),
      panelNote(note, cell.left, cell.top + cell.height + 32, cell.width, medium),
    );
  });
  let predictionsTop: number | undefined;
  if (predictions.length > 0) {
    const cell = grid.cell(0, 1);
    const height = Math.min(cell.height, 30 * predictions.length);
    predictionsTop = cell.top + cell.height - height;
    const single = predictions.length === 1;
    const note = single ? 'the most probable class' : `${predictions.length} most probable classes`;
    drawn.push(
      element(
        'g',
        { 'data-panel': 'predictions' },
        predictionBars(predictions, { ...cell, top: predictionsTop, height }),
        heading(single ? 'Prediction' : 'Predictions', cell),
        panelNote(note, cell.left, cell.top + cell.height + 32, cell.width, medium),
      ),
    );
  }
  const legendCell = grid.cell(4, 0);
  drawn.push(element('g', { 'data-panel': 'legend' }, pipelineLegend(r, legendCell, medium)));
  drawn.unshift(pipelineArrows(grid, predictionsTop, r.options.mergeType));

  if (options.title !== undefined) {
    const fitted = fitText(options.title, grid.width - leftGutter - margin, 18, 12, 600);
    drawn.push(
      text(fitted.content, {
        x: leftGutter,
        y: margin + 15,
        'font-size': fitted.size,
        'font-weight': 600,
        fill: '#111111',
      }),
    );
  }
  const lines = wrapText(options.caption ?? '', grid.width - leftGutter - margin, 13);
  lines.forEach((line, i) => {
    drawn.push(
      text(line, {
        x: leftGutter,
        y: grid.bottom + 14 + i * lineHeight,
        'font-size': 13,
        fill: '#333333',
      }),
    );
  });
  return svgDocument(
    {
      width: grid.width,
      height: grid.bottom + (lines.length === 0 ? 0 : lines.length * lineHeight + 6) + 4,
      title: options.title ?? 'Refinement of a class activation map, step by step',
      description: describe(r, predictions),
      background: medium.background,
    },
    element('g', { 'font-family': fontFamily }, ...drawn),
  );
}

/** Where the arrows run. */
export interface ArrowGrid {
  /** Of what stands below each picture. */
  captionHeight: number;
  cell(column: number, row: number): Box;
  /** The picture within its cell: centred, at the cell's bottom. */
  box(name: PanelName): Box;
  /** The middle of the gap to the right of a column. */
  gap(column: number): number;
  /** The middle of the channel below a row's captions. */
  channel(row: number): number;
}

interface Grid extends ArrowGrid {
  width: number;
  /** Where the panels, their captions and arrows end. */
  bottom: number;
}

function layout(r: PipelineFigure, withPredictions: boolean, withTitle: boolean): Grid {
  const [imageHeight, imageWidth] = r.image.shape;
  const aspect = imageWidth / imageHeight;
  // About the same area whatever the aspect; wide enough for the captions.
  const cellWidth = Math.min(Math.max(150 * Math.sqrt(aspect), 150), 230);
  const pictureHeight = Math.min(cellWidth / aspect, 240);
  const pictureWidth = pictureHeight * aspect;
  const cellHeight = Math.max(pictureHeight, withPredictions ? 146 : 118);
  const top = margin + (withTitle ? 30 : 0);
  const pitchX = cellWidth + gapX;
  const pitchY = cellHeight + captionHeight + channelHeight;
  const cell = (column: number, row: number): Box => ({
    left: leftGutter + column * pitchX,
    top: top + row * pitchY,
    width: cellWidth,
    height: cellHeight,
  });
  return {
    captionHeight,
    width: leftGutter + 5 * cellWidth + 4 * gapX + margin,
    bottom: top + 3 * pitchY + 2,
    cell,
    box: (name) => {
      const { left, top: cellTop } = cell(...panelPlaces[name]);
      return {
        left: left + (cellWidth - pictureWidth) / 2,
        top: cellTop + cellHeight - pictureHeight,
        width: pictureWidth,
        height: pictureHeight,
      };
    },
    gap: (column) => leftGutter + (column + 1) * pitchX - gapX / 2,
    channel: (row) => top + (row + 1) * pitchY - channelHeight / 2,
  };
}

function heading(title: string, cell: Box, letter?: string): string {
  const y = cell.top + cell.height + 16.5;
  const style = { y, 'font-size': 14, fill: '#111111' };
  const indent = letter === undefined ? 0 : 15.5;
  const fitted = fitText(title, cell.width - indent, 14, 12, 600);
  return (
    (letter === undefined ? '' : text(letter, { ...style, x: cell.left, fill: arrowColor })) +
    text(fitted.content, { ...style, x: cell.left + indent, 'font-size': fitted.size, 'font-weight': 600 })
  );
}

/**
 * The arrows from step to step, as an SVG group.
 * @param predictionsTop where the predictions below the image begin; undefined: there are none
 */
export function pipelineArrows(
  grid: ArrowGrid,
  predictionsTop: number | undefined,
  mergeType: string,
): string {
  const right = (name: PanelName): Point => {
    const box = name === 'bounds' ? grid.cell(...panelPlaces[name]) : grid.box(name);
    return [box.left + box.width, middle(name)];
  };
  const left = (name: PanelName): Point => {
    const box = name === 'bounds' ? grid.cell(...panelPlaces[name]) : grid.box(name);
    return [box.left, middle(name)];
  };
  const middle = (name: PanelName): number => grid.box(name).top + grid.box(name).height / 2;
  /** Top edge at a share of the width. */
  const top = (name: PanelName, share = 0.5): Point => {
    const box = name === 'bounds' ? grid.cell(...panelPlaces[name]) : grid.box(name);
    return [box.left + share * box.width, box.top];
  };
  /** Below the caption, at half the width. */
  const below = (name: PanelName): Point => {
    const cell = grid.cell(...panelPlaces[name]);
    return [cell.left + cell.width / 2, cell.top + cell.height + grid.captionHeight];
  };
  const parts: string[] = [];
  const draw = (points: readonly Point[], options?: ArrowOptions): void => {
    parts.push(arrow(points, options));
  };
  const across = (from: PanelName, to: PanelName): void => {
    draw(from === 'bounds' || panelPlaces[from][1] === 2 ? [left(from), right(to)] : [right(from), left(to)]);
  };

  // The network: from the image to both CAMs.
  across('image', 'highCam');
  draw([right('image'), [grid.gap(0), middle('image')], [grid.gap(0), middle('lowCam')], left('lowCam')]);
  // High resolution.
  across('highCam', 'blurred');
  across('blurred', 'edges');
  // Low resolution: to the focal points and, over them, to the region of interest.
  across('lowCam', 'lowResized');
  across('lowResized', 'focalPoints');
  draw([
    right('lowResized'),
    [grid.gap(2), middle('lowResized')],
    [grid.gap(2), grid.channel(0)],
    [top('roi')[0], grid.channel(0)],
    top('roi'),
  ]);
  // The edges go to region growing and to the histogram; on their way they pass over the arrow to the region of interest.
  const edgesTo = (target: Point, bridge: boolean): void =>
    draw(
      [
        right('edges'),
        [grid.gap(3), middle('edges')],
        [grid.gap(3), grid.channel(1)],
        [target[0], grid.channel(1)],
        target,
      ],
      { bridge },
    );
  edgesTo(top('segmented', 0.82), true);
  edgesTo(top('bounds', 0.18), false);
  draw([below('roi'), top('bounds')]);
  // Region growing: from the focal points, within the bounds.
  draw([below('focalPoints'), top('segmented')]);
  across('bounds', 'segmented');
  // Grown region and strong edges meet in a node before the filled segment.
  const union: Point = [grid.gap(2), middle('segmented')];
  draw([left('segmented'), [union[0] + nodeRadius, union[1]]]);
  draw([[union[0] - nodeRadius, union[1]], right('fullSegment')]);
  // Near the foot of the histogram, below the arrow of the bounds.
  const foot = grid.box('segmented');
  const strongStart: Point = [left('bounds')[0], foot.top + 0.8 * foot.height];
  draw([
    strongStart,
    [grid.gap(3), strongStart[1]],
    [grid.gap(3), grid.channel(2)],
    [union[0], grid.channel(2)],
    [union[0], union[1] + nodeRadius],
  ]);
  // Filled segment and resized CAM meet before the merger.
  const merge: Point = [grid.gap(1), middle('fullSegment')];
  draw([left('fullSegment'), [merge[0] + nodeRadius, merge[1]]]);
  draw([[merge[0] - nodeRadius, merge[1]], right('merged')]);
  draw([
    below('lowResized'),
    [below('lowResized')[0], grid.channel(1)],
    [merge[0], grid.channel(1)],
    [merge[0], merge[1] - nodeRadius],
  ]);
  across('merged', 'result');
  // The image, of which the result keeps pixels: past the predictions where there are any.
  if (predictionsTop !== undefined) {
    const gutter = leftGutter / 2;
    draw([left('image'), [gutter, middle('image')], [gutter, middle('result')], left('result')]);
    draw([below('image'), [below('image')[0], predictionsTop - 4]]);
  } else {
    draw([below('image'), top('result')]);
  }

  parts.push(node(union, 'union'), node(merge, mergeType === 'multiply' ? 'times' : 'plus'));
  const label = { 'font-size': 11, 'font-style': 'italic', fill: arrowColor, 'text-anchor': 'middle' };
  parts.push(
    text('network', { ...label, x: grid.gap(0), y: middle('image') - 5 }),
    text('bounds', { ...label, x: grid.gap(3), y: middle('segmented') - 5 }),
    text('edges above, in the ROI', {
      ...label,
      x: (grid.gap(2) + grid.gap(3)) / 2,
      y: grid.channel(2) - 4.5,
    }),
  );
  return element('g', { 'data-panel': 'arrows' }, ...parts);
}

/** A small circle in which two arrows meet, with the sign of what happens there (drawn, since fonts often lack the signs). */
function node([x, y]: Point, sign: 'union' | 'plus' | 'times'): string {
  const [cx, cy] = [coordinate(x), coordinate(y)];
  const d = {
    union: `M${coordinate(x - 3)} ${coordinate(y - 3.6)}v3.6a3 3 0 0 0 6 0v-3.6`,
    plus: `M${coordinate(x - 4)} ${cy}h8M${cx} ${coordinate(y - 4)}v8`,
    times: `M${coordinate(x - 3)} ${coordinate(y - 3)}l6 6m0 -6l-6 6`,
  }[sign];
  return (
    element('circle', {
      cx: x,
      cy: y,
      r: nodeRadius,
      fill: '#ffffff',
      stroke: arrowColor,
      'stroke-width': 1.2,
    }) +
    element('path', { d, fill: 'none', stroke: '#222222', 'stroke-width': 1.3, 'stroke-linecap': 'round' })
  );
}

function describe(r: PipelineFigure, predictions: readonly Prediction[]): string {
  const { options, bounds } = r;
  const kept =
    options.filterType === 'percentage'
      ? `the highest ${formatNumber(options.filterPercentage)} %`
      : `what exceeds ${formatNumber(options.filterThreshold)}`;
  const best = predictions[0];
  return (
    (best === undefined
      ? ''
      : `The image is classified as ${best.name} (${(100 * best.probability).toFixed(1)} %). `) +
    'Its high-resolution class activation map is blurred and its edges are taken. ' +
    `The low-resolution map gives the region of interest, its highest ${formatNumber(100 - options.roiPercentile)} %, and the focal points (${options.focalScope}). ` +
    `From them a region grows over edge values from ${formatBound(bounds.lower)} to ${formatBound(bounds.upper)}; with the stronger edges of the region of interest, and holes filled, ` +
    `it is merged with the low-resolution map (${options.mergeType}). The result keeps ${kept} of the image.`
  );
}
