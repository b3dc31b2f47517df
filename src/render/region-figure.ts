/**
 * The figure of a refinement by regions: a grid of five columns and three rows, read to the right in the
 * upper two rows and to the left in the third, with arrows along the flow of the data.
 * ```
 *   image ──┬─ high CAM ── blurred ── edges ─┐ (legend)
 *           └─ low CAM ─── resized ┬─ focal points │ region of interest
 *   result ─── merger ─(+)─ filled ─(∪)─ growing ──┴─ histogram, bounds
 * ```
 */
import type { RegionRefinement } from '../refine/refinement.ts';
import { type PlacedStep, regionSteps } from '../refine/steps.ts';
import type { Point } from './arrow.ts';
import { arrowLabel, type FigureArrows } from './figure-arrows.ts';
import { node, nodeRadius, placesOf } from './figure-page.ts';
import { formatNumber } from './font.ts';
import { keptInWords } from './kept-words.ts';
import { formatBound, regionLegend, regionPanels } from './region-panels.ts';
import type { StepFigure } from './step-figure.ts';

type PanelName = PlacedStep<typeof regionSteps>;

export const regionFigure: StepFigure<RegionRefinement, PanelName> = {
  steps: regionSteps,
  places: placesOf(regionSteps),
  own: regionPanels,
  legend: regionLegend,
  route,
  routeKey: ({ options }) => options.mergeType,
  describe,
};

function route(line: FigureArrows<PanelName>, { options }: RegionRefinement): string[] {
  const { across, below, draw, grid, left, middle, right, top } = line;

  // The network: from the image to both CAMs.
  across('image', 'highCam');
  draw('image', 'lowCam', [
    right('image'),
    [grid.gap(0), middle('image')],
    [grid.gap(0), middle('lowCam')],
    left('lowCam'),
  ]);
  // High resolution.
  across('highCam', 'blurred');
  across('blurred', 'edges');
  // Low resolution: to the focal points and, above them, to the region of interest.
  across('lowCam', 'lowResized');
  across('lowResized', 'focalPoints');
  draw('lowResized', 'roi', [
    right('lowResized'),
    [grid.gap(2), middle('lowResized')],
    [grid.gap(2), grid.channel(0)],
    [top('roi')[0], grid.channel(0)],
    top('roi'),
  ]);
  // The edges go to region growing and to the histogram; their arrows cross the arrow to the region of
  // interest.
  const edgesTo = (to: PanelName, target: Point, bridge: boolean): void =>
    draw(
      'edges',
      to,
      [
        right('edges'),
        [grid.gap(3), middle('edges')],
        [grid.gap(3), grid.channel(1)],
        [target[0], grid.channel(1)],
        target,
      ],
      { bridge },
    );
  edgesTo('segmented', top('segmented', 0.82), true);
  edgesTo('bounds', top('bounds', 0.18), false);
  draw('roi', 'bounds', [below('roi'), top('bounds')]);
  // Region growing: from the focal points, within the bounds.
  draw('focalPoints', 'segmented', [below('focalPoints'), top('segmented')]);
  across('bounds', 'segmented');
  // The grown region and the strong edges are united in a node before the filled segment.
  const union: Point = [grid.gap(2), middle('segmented')];
  draw('segmented', 'fullSegment', [left('segmented'), [union[0] + nodeRadius, union[1]]]);
  draw('segmented', 'fullSegment', [[union[0] - nodeRadius, union[1]], right('fullSegment')]);
  // Near the bottom of the histogram, below the arrow of the bounds.
  const foot = grid.box('segmented');
  const strongStart: Point = [left('bounds')[0], foot.top + 0.8 * foot.height];
  draw('bounds', 'fullSegment', [
    strongStart,
    [grid.gap(3), strongStart[1]],
    [grid.gap(3), grid.channel(2)],
    [union[0], grid.channel(2)],
    [union[0], union[1] + nodeRadius],
  ]);
  // The filled segment and the resized CAM are merged in a node.
  const merge: Point = [grid.gap(1), middle('fullSegment')];
  draw('fullSegment', 'merged', [left('fullSegment'), [merge[0] + nodeRadius, merge[1]]]);
  draw('fullSegment', 'merged', [[merge[0] - nodeRadius, merge[1]], right('merged')]);
  draw('lowResized', 'merged', [
    below('lowResized'),
    [below('lowResized')[0], grid.channel(1)],
    [merge[0], grid.channel(1)],
    [merge[0], merge[1] - nodeRadius],
  ]);
  across('merged', 'result');
  return [
    node(union, 'union'),
    node(merge, options.mergeType === 'multiply' ? 'times' : 'plus'),
    arrowLabel('network', grid.gap(0), middle('image') - 5),
    arrowLabel('bounds', grid.gap(3), middle('segmented') - 5),
    arrowLabel('edges above, in the ROI', (grid.gap(2) + grid.gap(3)) / 2, grid.channel(2) - 4.5),
  ];
}

function describe({ options, bounds }: RegionRefinement): string {
  return (
    'Its high-resolution class activation map is blurred and its edges are taken. ' +
    `The low-resolution map gives the region of interest, its highest ${formatNumber(100 - options.roiPercentile)} %, and the focal points (${options.focalScope}). ` +
    `From them a region grows over edge values from ${formatBound(bounds.lower)} to ${formatBound(bounds.upper)}; with the stronger edges of the region of interest, and holes filled, ` +
    `it is merged with the low-resolution map (${options.mergeType}). The result keeps ${keptInWords(options)} of the image.`
  );
}
