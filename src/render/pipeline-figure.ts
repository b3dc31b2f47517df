/** The figure of a whole refinement, by either refiner. */
import type { Refinement } from '../refine/refinement.ts';
import { crfFigure } from './crf-figure.ts';
import { checkPredictions, type FigureOptions } from './figure-page.ts';
import { type Medium, svgMedium } from './medium.ts';
import { regionFigure } from './region-figure.ts';
import { drawSteps } from './step-figure.ts';

export type { Prediction } from './panel.ts';

/** Options of `drawPipeline`. */
export type DrawPipelineOptions = FigureOptions;

/**
 * Draws a refinement, step by step, as an SVG document with a white background.
 *
 * Signed CAMs are drawn in blue and red around a white zero, with a small scale, the low-resolution one with
 * square pixels; masks in colour over the pale image. Below each panel are its name and the parameter used.
 * @param medium takes the pictures; default: embeds them into the document
 * @throws when a map has another size than its step should have, or a value that is not finite, or a
 * probability is outside [0, 1]
 */
export function drawPipeline(
  refinement: Refinement,
  options: DrawPipelineOptions = {},
  medium: Medium = svgMedium,
): string {
  checkPredictions(options.predictions);
  return refinement.refiner === 'crf'
    ? drawSteps(crfFigure, refinement, options, medium)
    : drawSteps(regionFigure, refinement, options, medium);
}
