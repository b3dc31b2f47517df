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
 * Signed CAMs are drawn in blue and red around a white zero, with a small scale, the low-resolution one
 * with square pixels; masks in colour over the pale image. Below each panel are its name and the parameter
 * used.
 * @param refinement of `refine`, or that of `explain`
 * @param medium takes the pictures; default: embeds them into the document
 * @returns the SVG document, text
 * @throws when a map has another size than its step should have, or a value that is not finite, or a
 * probability is outside [0, 1]
 * @example
 * ```ts
 * import { drawPipeline, random, refine, renderScene, tensor } from 'high-res-mapping';
 * import { writeFileWhole } from 'high-res-mapping/node';
 *
 * const { picture, mask } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const high = tensor('float32', [64, 64], [...mask.data]); // a perfect map
 * const svg = drawPipeline(refine(picture, high, high, { refiner: 'crf' }), { title: 'A star' });
 * await writeFileWhole('pipeline.svg', svg);
 * const titles = ['Unary logits', 'Dense CRF', 'Refined CAM', 'Kept', 'Result'];
 * console.log(titles.every((title) => svg.includes(`>${title}<`))); //=> true
 * ```
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
