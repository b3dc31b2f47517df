/**
 * The figure of a refinement by a CRF: a grid of four columns and three rows, read to the right in the upper
 * two rows and to the left in the third, with arrows along the flow of the data.
 * ```
 *   image ──┬─ high CAM ── unary ─────(+)─ dense CRF ─┐
 *       ────┼─ low CAM     colours ── affinity        │
 *   result ─── kept ────── refined ───────────────────┘ (legend)
 * ```
 */
import type { CrfRefinement } from '../refine/refinement.ts';
import { crfSteps, type PlacedStep } from '../refine/steps.ts';
import type { Point } from './arrow.ts';
import { crfLegend, crfPanels } from './crf-panels.ts';
import { arrowLabel, type FigureArrows } from './figure-arrows.ts';
import { node, nodeRadius, placesOf } from './figure-page.ts';
import { formatNumber } from './font.ts';
import { keptInWords } from './kept-words.ts';
import type { StepFigure } from './step-figure.ts';

type PanelName = PlacedStep<typeof crfSteps>;

export const crfFigure: StepFigure<CrfRefinement, PanelName> = {
  steps: crfSteps,
  places: placesOf(crfSteps),
  own: crfPanels,
  legend: crfLegend,
  route,
  routeKey: () => '',
  describe,
};

function route({
  across,
  draw,
  grid,
  leaveOut,
  left,
  middle,
  right,
  top,
}: FigureArrows<PanelName>): string[] {
  // The network: from the image to both CAMs.
  across('image', 'highCam');
  draw('image', 'lowCam', [
    right('image'),
    [grid.gap(0), middle('image')],
    [grid.gap(0), middle('lowCam')],
    left('lowCam'),
  ]);
  across('highCam', 'unary');
  // The image's colours, which bypass the network.
  const box = grid.box('image');
  const low = box.top + 0.82 * box.height;
  const past = grid.gap(0) + 11;
  draw(
    'image',
    'colours',
    [
      [box.left + box.width, low],
      [past, low],
      [past, grid.channel(0)],
      [top('colours')[0], grid.channel(0)],
      top('colours'),
    ],
    { bridge: true },
  );
  across('colours', 'affinity');
  leaveOut('unary', 'affinity'); // it gives only the peak, which is marked by a ring in both
  // The unary and the pairwise term are added in a node.
  const meet: Point = [grid.gap(2), middle('probabilities')];
  draw('unary', 'probabilities', [right('unary'), [meet[0] - nodeRadius, meet[1]]]);
  draw('unary', 'probabilities', [[meet[0] + nodeRadius, meet[1]], left('probabilities')]);
  draw('affinity', 'probabilities', [
    top('affinity'),
    [top('affinity')[0], grid.channel(0)],
    [meet[0], grid.channel(0)],
    [meet[0], meet[1] + nodeRadius],
  ]);
  // Around the affinity, back to the left.
  const edge = right('probabilities')[0] + 9;
  draw('probabilities', 'merged', [
    right('probabilities'),
    [edge, middle('probabilities')],
    [edge, grid.channel(1)],
    [top('merged')[0], grid.channel(1)],
    top('merged'),
  ]);
  across('merged', 'kept');
  across('kept', 'result');
  return [node(meet, 'plus'), arrowLabel('network', grid.gap(0), middle('image') - 5)];
}

function describe({ options }: CrfRefinement): string {
  return (
    'Its high-resolution class activation map is averaged over cells and scaled to 0-1; ' +
    `what lies above ${formatNumber(options.crfLevel)} times Otsu's threshold counts as object. ` +
    `A dense conditional random field has cells agree with those near (${formatNumber(options.crfSpatial)} of the width) ` +
    `and of their colour (${formatNumber(options.crfColour)} units of CIELAB). Its logits, from the lowest to the highest there can be and enlarged, are the refined map; ` +
    `the result keeps ${keptInWords(options)} of the image.`
  );
}
