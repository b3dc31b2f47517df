/**
 * The figure of a refinement by a CRF: a grid of four columns and three rows, read to the right in the upper two rows and to the left
 * in the third, with arrows along the data's real way.
 * ```
 *   image ──┬─ high CAM ── unary ─────(+)─ dense CRF ─┐
 *       ────┼─ low CAM     colours ── affinity        │
 *   result ─── kept ────── refined ───────────────────┘ (legend)
 * ```
 */
import { type ArrowOptions, arrow, arrowColor, type Point } from './arrow.ts';
import { type CrfFigure, type CrfPanelName, crfLegend, crfPanels } from './crf-panels.ts';
import {
  drawFigure,
  type FigureOptions,
  type Grid,
  layout,
  leftGutter,
  node,
  nodeRadius,
  type Places,
} from './figure-page.ts';
import { formatNumber } from './font.ts';
import type { Medium } from './medium.ts';
import { text } from './svg.ts';

const places: Places<CrfPanelName> = {
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
  const grid = layout(r.image, places, options);
  const content = {
    panels,
    arrows: arrows(grid),
    legend: crfLegend(r, grid.cell(3, 2), medium),
    description: describe(r),
  };
  return drawFigure(grid, places, content, options, medium);
}

function arrows(grid: Grid<CrfPanelName>): string {
  const middle = (name: CrfPanelName): number => grid.box(name).top + grid.box(name).height / 2;
  const right = (name: CrfPanelName): Point => [grid.box(name).left + grid.box(name).width, middle(name)];
  const left = (name: CrfPanelName): Point => [grid.box(name).left, middle(name)];
  const top = (name: CrfPanelName): Point => {
    const box = grid.box(name);
    return [box.left + box.width / 2, box.top];
  };
  /** Below the caption, at half the width. */
  const below = (name: CrfPanelName): Point => {
    const cell = grid.cell(...places[name]);
    return [cell.left + cell.width / 2, cell.top + cell.height + grid.captionHeight];
  };
  const parts: string[] = [];
  const draw = (points: readonly Point[], options?: ArrowOptions): void => {
    parts.push(arrow(points, options));
  };

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
  // The image, of which the result keeps pixels: past the predictions where there are any.
  if (grid.predictionsTop !== undefined) {
    const gutter = leftGutter / 2;
    draw([left('image'), [gutter, middle('image')], [gutter, middle('result')], left('result')]);
    draw([below('image'), [below('image')[0], grid.predictionsTop - 4]]);
  } else {
    draw([below('image'), top('result')]);
  }
  parts.push(node(meet, 'plus'));
  const label = { 'font-size': 11, 'font-style': 'italic', fill: arrowColor, 'text-anchor': 'middle' };
  parts.push(text('network', { ...label, x: grid.gap(0), y: middle('image') - 5 }));
  return parts.join('');
}

function describe({ options }: CrfFigure): string {
  const kept =
    options.filterType === 'percentage'
      ? `the highest ${formatNumber(options.filterPercentage)} %`
      : `what exceeds ${formatNumber(options.filterThreshold)}`;
  return (
    'Its high-resolution class activation map is scaled to 0-1 and averaged over cells; ' +
    `what lies above ${formatNumber(options.crfThreshold)} speaks for the object. ` +
    `A dense conditional random field has cells agree with those near (${formatNumber(options.crfSpatial)} of the width) ` +
    `and of their colour (${formatNumber(options.crfColour)} units of CIELAB). The probabilities, enlarged, are the refined map; ` +
    `the result keeps ${kept} of the image.`
  );
}
