/** The figure of a refiner's steps: their places, their sources, and how they are drawn. */
import { outcomeOf, type Refinement } from '../refine/refinement.ts';
import type { Steps } from '../refine/steps.ts';
import type { FloatMap } from '../tensor/tensor.ts';
import { FigureArrows } from './figure-arrows.ts';
import { type ArrowGrid, drawFigure, type FigureOptions, layout, type Places } from './figure-page.ts';
import { maskPainter } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import { type LegendEntry, legend, type Panel } from './panel.ts';
import { type MaskPainter, type OwnPanel, type Plot, stepPanels } from './step-panels.ts';

/** A refiner's figure; everything that is not in here follows from `steps`. */
export interface StepFigure<R extends Refinement, Name extends string> {
  readonly steps: Steps;
  readonly places: Places<Name>;
  /** The panels that differ from the default of their step's kind. */
  own(refinement: R, paint: MaskPainter): Partial<Record<Name, OwnPanel | Plot>>;
  /** The meanings of the colours. */
  readonly legend: readonly LegendEntry[];
  /**
   * Draws the arrows that do not take the default route.
   * @returns SVG over the arrows
   */
  route(line: FigureArrows<Name>, refinement: R): readonly string[];
  /** A key of what `route` depends on, besides the panels' places. */
  routeKey(refinement: R): string;
  /** How the result is computed, in words. */
  describe(refinement: R): string;
}

export function figurePanels<R extends Refinement, Name extends string>(
  figure: StepFigure<R, Name>,
  refinement: R,
  medium: Medium,
  paint: MaskPainter,
): Readonly<Record<Name, Panel>> {
  const { places, steps, own } = figure;
  return stepPanels(Object.keys(places) as Name[], steps, refinement, own(refinement, paint), medium, paint);
}

/**
 * The arrows between steps, as SVG.
 * @param predictionsTop where the predictions below the image begin; undefined: there are none
 */
export function figureArrows<R extends Refinement, Name extends string>(
  figure: StepFigure<R, Name>,
  grid: ArrowGrid<Name>,
  refinement: R,
  predictionsTop?: number,
): string {
  const line = new FigureArrows(grid, figure);
  const over = figure.route(line, refinement);
  line.toResult('image' as Name, 'result' as Name, predictionsTop);
  line.rest();
  return line.with(...over);
}

/**
 * The meanings of the colours, one a line, from the top of the box; if a map with its own unit has both
 * signs, also their meaning.
 */
export function figureLegend<R extends Refinement, Name extends string>(
  { legend: entries, steps }: StepFigure<R, Name>,
  refinement: R,
  box: Box,
  medium: Medium,
): string {
  return legend(entries, rawMaps(steps, refinement), box, medium);
}

/** The maps of a refinement that have a unit of their own. */
export function rawMaps(steps: Steps, refinement: Refinement): readonly FloatMap[] {
  const raw = Object.keys(steps).filter((name) => steps[name].kind === 'raw');
  return raw.map((name) => outcomeOf(refinement, name) as FloatMap);
}

/** Draws a refiner's figure; see `drawPipeline`. */
export function drawSteps<R extends Refinement, Name extends string>(
  figure: StepFigure<R, Name>,
  refinement: R,
  options: FigureOptions,
  medium: Medium,
): string {
  const { image } = refinement;
  const grid = layout(image, figure.places, options);
  const content = {
    panels: figurePanels(figure, refinement, medium, maskPainter(image)),
    arrows: figureArrows(figure, grid, refinement, grid.predictionsTop),
    legend: figureLegend(figure, refinement, grid.legend, medium),
    description: figure.describe(refinement),
  };
  return drawFigure(grid, figure.places, content, options, medium);
}
