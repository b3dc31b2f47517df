/**
 * The figure of the whole refinement: a grid of five columns and three rows, read to the right in the upper two rows and to the
 * left in the third, with arrows along the data's real way.
 * ```
 *   image ──┬─ high CAM ── blurred ── edges ─┐ (legend)
 *           └─ low CAM ─── resized ┬─ focal points │ region of interest
 *   result ─── merger ─(+)─ filled ─(∪)─ growing ──┴─ histogram, bounds
 * ```
 */
import { arrowColor, type Point } from './arrow.ts';
import { drawCrf } from './crf-figure.ts';
import type { CrfFigure } from './crf-panels.ts';
import { FigureArrows, keptInWords } from './figure-arrows.ts';
import {
  type ArrowGrid,
  checkPredictions,
  drawFigure,
  type FigureOptions,
  layout,
  node,
  nodeRadius,
  type Places,
} from './figure-page.ts';
import { formatNumber } from './font.ts';
import { maskPainter } from './mask-picture.ts';
import { type Medium, svgMedium } from './medium.ts';
import {
  formatBound,
  type PanelName,
  type PipelineFigure,
  pipelineLegend,
  pipelinePanels,
} from './pipeline-panels.ts';
import { text } from './svg.ts';

export type { CrfFigure } from './crf-panels.ts';
export type { Prediction } from './panel.ts';
export type { PipelineFigure } from './pipeline-panels.ts';

export type DrawPipelineOptions = FigureOptions;

/** Column and row of each panel. */
export const panelPlaces: Places<PanelName> = {
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

/**
 * Draws a refinement, step by step, as an SVG document with a white background.
 *
 * Signed CAMs are drawn in blue and red around a white zero, with a small scale, the low-resolution one with square pixels; masks
 * in colour over the paled image. Below each panel stand its name and the parameter used.
 * @param r the image and every step of its refinement, all of the image's size but `lowCam` and what a CRF has by cells.
 * @param medium where the pictures go; default: into the document.
 * @throws when a map has another size than the image, holds a value that is not finite, or a probability is outside [0, 1].
 */
export function drawPipeline(
  r: PipelineFigure | CrfFigure,
  options: DrawPipelineOptions = {},
  medium: Medium = svgMedium,
): string {
  checkPredictions(options.predictions);
  return r.refiner === 'crf' ? drawCrf(r, options, medium) : drawRegions(r, options, medium);
}

function drawRegions(r: PipelineFigure, options: DrawPipelineOptions, medium: Medium): string {
  const panels = pipelinePanels(r, medium, maskPainter(r.image));
  const grid = layout(r.image, panelPlaces, options);
  const content = {
    panels,
    fills: 'bounds',
    arrows: pipelineArrows(grid, grid.predictionsTop, r.options.mergeType),
    legend: pipelineLegend(r, grid.cell(4, 0), medium),
    description: describe(r),
  } as const;
  return drawFigure(grid, panelPlaces, content, options, medium);
}

/**
 * The arrows from step to step, as an SVG group.
 * @param predictionsTop where the predictions below the image begin; undefined: there are none
 */
export function pipelineArrows(
  grid: ArrowGrid<PanelName>,
  predictionsTop: number | undefined,
  mergeType: string,
): string {
  const line = new FigureArrows(grid, panelPlaces, 'bounds');
  const { below, draw, left, middle, right, top } = line;
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
  line.toResult('image', 'result', predictionsTop);
  const label = { 'font-size': 11, 'font-style': 'italic', fill: arrowColor, 'text-anchor': 'middle' };
  return line.with(
    node(union, 'union'),
    node(merge, mergeType === 'multiply' ? 'times' : 'plus'),
    text('network', { ...label, x: grid.gap(0), y: middle('image') - 5 }),
    text('bounds', { ...label, x: grid.gap(3), y: middle('segmented') - 5 }),
    text('edges above, in the ROI', {
      ...label,
      x: (grid.gap(2) + grid.gap(3)) / 2,
      y: grid.channel(2) - 4.5,
    }),
  );
}

function describe(r: PipelineFigure): string {
  const { options, bounds } = r;
  return (
    'Its high-resolution class activation map is blurred and its edges are taken. ' +
    `The low-resolution map gives the region of interest, its highest ${formatNumber(100 - options.roiPercentile)} %, and the focal points (${options.focalScope}). ` +
    `From them a region grows over edge values from ${formatBound(bounds.lower)} to ${formatBound(bounds.upper)}; with the stronger edges of the region of interest, and holes filled, ` +
    `it is merged with the low-resolution map (${options.mergeType}). The result keeps ${keptInWords(options)} of the image.`
  );
}
