/** The figures of both refiners, as the page shows them: their panels, where they stand, and what each is made of. */
import type { CrfRefinement, Refinement, RegionRefinement } from '../../refine/pipeline.ts';
import { remember } from '../../refine/remember.ts';
import { crfArrows, crfPlaces } from '../../render/crf-figure.ts';
import { type CrfPanelName, crfLegend, crfPanels } from '../../render/crf-panels.ts';
import type { ArrowGrid, Places } from '../../render/figure-page.ts';
import { maskPainter } from '../../render/mask-picture.ts';
import { type Box, type Medium, svgMedium } from '../../render/medium.ts';
import type { Panel } from '../../render/panel.ts';
import { panelPlaces, pipelineArrows } from '../../render/pipeline-figure.ts';
import { type PanelName, pipelineLegend, pipelinePanels } from '../../render/pipeline-panels.ts';
import type { MapName } from '../state/settings.ts';

export interface StepFigure<R extends Refinement, Name extends string> {
  readonly places: Places<Name>;
  /** Column and row of the legend. */
  readonly legendPlace: readonly [number, number];
  /** What a panel's picture and note are made of. */
  readonly sources: Readonly<Record<Name, readonly (keyof R)[]>>;
  /** The steps that each one is made from, for those who cannot see the arrows. */
  readonly before: Readonly<Record<Name, readonly Name[]>>;
  /** What the viewer shows for a step whose name is not that of a map. */
  readonly shows: Partial<Readonly<Record<Name, MapName>>>;
  panels(refinement: R, medium: Medium): Readonly<Record<Name, Panel>>;
  legend(refinement: R, box: Box): string;
  arrows(grid: ArrowGrid<Name>, refinement: R): string;
  /** What the arrows depend on, beside the panels' places. */
  arrowsOf(refinement: R): string;
}

const paint: typeof maskPainter = remember(maskPainter);

export const regionFigure: StepFigure<RegionRefinement, PanelName> = {
  places: panelPlaces,
  legendPlace: [4, 0],
  sources: {
    image: ['image'],
    highCam: ['highCam'],
    blurred: ['blurred'],
    edges: ['edges'],
    lowCam: ['lowCam'],
    lowResized: ['lowResized'],
    focalPoints: ['image', 'focalPoints'],
    roi: ['image', 'roi'],
    bounds: ['edges', 'roi', 'bounds'],
    segmented: ['image', 'segmented'],
    fullSegment: ['image', 'edges', 'roi', 'bounds', 'segmented', 'fullSegment'],
    merged: ['merged'],
    result: ['result', 'kept'],
  },
  before: {
    image: [],
    highCam: ['image'],
    blurred: ['highCam'],
    edges: ['blurred'],
    lowCam: ['image'],
    lowResized: ['lowCam'],
    focalPoints: ['lowResized'],
    roi: ['lowResized'],
    bounds: ['edges', 'roi'],
    segmented: ['edges', 'focalPoints', 'bounds'],
    fullSegment: ['segmented', 'bounds'],
    merged: ['lowResized', 'fullSegment'],
    result: ['image', 'merged'],
  },
  shows: { bounds: 'edges' }, // which the histogram counts
  panels: (r, medium) => pipelinePanels(r, medium, paint(r.image)),
  legend: (r, box) => pipelineLegend(r, box, svgMedium),
  arrows: (grid, r) => pipelineArrows(grid, undefined, r.options.mergeType),
  arrowsOf: (r) => r.options.mergeType,
};

export const crfFigure: StepFigure<CrfRefinement, CrfPanelName> = {
  places: crfPlaces,
  legendPlace: [3, 2],
  sources: {
    image: ['image'],
    highCam: ['highCam'],
    unary: ['unary'],
    probabilities: ['probabilities'],
    lowCam: ['lowCam'],
    colours: ['colours', 'peak'],
    affinity: ['affinity'],
    merged: ['merged'],
    kept: ['image', 'kept'],
    result: ['result', 'kept'],
  },
  before: {
    image: [],
    highCam: ['image'],
    unary: ['highCam'],
    probabilities: ['unary', 'affinity'],
    lowCam: ['image'],
    colours: ['image'],
    affinity: ['colours', 'unary'],
    merged: ['probabilities'],
    kept: ['merged'],
    result: ['image', 'kept'],
  },
  shows: { colours: 'image', kept: 'result' },
  panels: crfPanels,
  legend: (r, box) => crfLegend(r, box, svgMedium),
  arrows: (grid) => crfArrows(grid, undefined),
  arrowsOf: () => '',
};
