/**
 * The figure of a refinement by a CRF: a grid of four columns and three rows, read to the right in the upper two rows and to the left
 * in the third, with arrows along the data's real way.
 * ```
 *   image ──┬─ high CAM ── unary ─────(+)─ dense CRF ─┐
 *       ────┼─ low CAM     colours ── affinity        │
 *   result ─── kept ────── refined ───────────────────┘ (legend)
 * ```
 */
import { arrowColor, type Point } from './arrow.ts';
import { type CrfFigure, type CrfPanelName, crfLegend, crfPanels } from './crf-panels.ts';
import { FigureArrows, keptInWords } from './figure-arrows.ts';
import {
  type ArrowGrid,
  drawFigure,
  type FigureOptions,
  layout,
  node,
  nodeRadius,
  type Places,
} from './figure-page.ts';
import { formatNumber } from './font.ts';
import type { Medium } from './medium.ts';
import { text } from './svg.ts';

/** Column and row of each panel. */
export const crfPlaces: Places<CrfPanelName> = {
  image: [0, 0],
  highCam: [1, 0],
  unary: [2, 0],
  probabilities: [3, 0],
  lowCam: [1, 1],
  colours: [2, 1],
  affinity: [3, 1],
  merged: [2, 2],
  kept: [1, 2],
  result: [0, 2],
};

/** Draws it, as `drawPipeline` says. */
export function drawCrf(r: CrfFigure, options: FigureOptions, medium: Medium): string {
  const panels = crfPanels(r, medium);
  const grid = layout(r.image, crfPlaces, options);
  const content = {
    panels,
    arrows: crfArrows(grid, grid.predictionsTop),
    legend: crfLegend(r, grid.cell(3, 2), medium),
    description: describe(r),
  };
  return drawFigure(grid, crfPlaces, content, options, medium);
}

/**
 * The arrows from step to step, as an SVG group.
 * @param predictionsTop where the predictions below the image begin; undefined: there are none
 */
export function crfArrows(grid: ArrowGrid<CrfPanelName>, predictionsTop: number | undefined): string {
  const line = new FigureArrows(grid, crfPlaces);
  const { draw, left, middle, right, top } = line;

  // The network: from the image to both CAMs.
  draw([right('image'), left('highCam')]);
  draw([right('image'), [grid.gap(0), middle('image')], [grid.gap(0), middle('lowCam')], left('lowCam')]);
  draw([right('highCam'), left('unary')]);
  // The image's colours, past the network.
  const box = grid.box('image');
  const low = box.top + 0.82 * box.height;
  const past = grid.gap(0) + 11;
  draw(
    [
      [box.left + box.width, low],
      [past, low],
      [past, grid.channel(0)],
      [top('colours')[0], grid.channel(0)],
      top('colours'),
    ],
    { bridge: true },
  );
  draw([right('colours'), left('affinity')]);
  // What a cell says by itself and what the others say meet in a node.
  const meet: Point = [grid.gap(2), middle('probabilities')];
  draw([right('unary'), [meet[0] - nodeRadius, meet[1]]]);
  draw([[meet[0] + nodeRadius, meet[1]], left('probabilities')]);
  draw([
    top('affinity'),
    [top('affinity')[0], grid.channel(0)],
    [meet[0], grid.channel(0)],
    [meet[0], meet[1] + nodeRadius],
  ]);
  // Around the affinity, back to the left.
  const edge = right('probabilities')[0] + 9;
  draw([
    right('probabilities'),
    [edge, middle('probabilities')],
    [edge, grid.channel(1)],
    [top('merged')[0], grid.channel(1)],
    top('merged'),
  ]);
  draw([left('merged'), right('kept')]);
  draw([left('kept'), right('result')]);
  line.toResult('image', 'result', predictionsTop);
  const label = { 'font-size': 11, 'font-style': 'italic', fill: arrowColor, 'text-anchor': 'middle' };
  return line.with(node(meet, 'plus'), text('network', { ...label, x: grid.gap(0), y: middle('image') - 5 }));
}

function describe({ options }: CrfFigure): string {
  return (
    'Its high-resolution class activation map is averaged over cells and scaled to 0-1; ' +
    `what lies above ${formatNumber(options.crfThreshold)} speaks for the object. ` +
    `A dense conditional random field has cells agree with those near (${formatNumber(options.crfSpatial)} of the width) ` +
    `and of their colour (${formatNumber(options.crfColour)} units of CIELAB). Its logits, from the lowest to the highest there can be and enlarged, are the refined map; ` +
    `the result keeps ${keptInWords(options)} of the image.`
  );
}
