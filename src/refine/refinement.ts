/** The results of a refinement. */
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import type { Extremes } from './maps/scale.ts';
import type { CompleteOptions } from './parameters.ts';
import type { crfSteps, Outcome, Outcomes, regionSteps } from './steps.ts';

/** The results of all steps by their names; `refiner` determines which steps there are. */
export type Refinement = RegionRefinement | CrfRefinement;

/** The fields other than steps. */
interface Refined {
  /** The maps that were flat and therefore scaled to zeros, or that came out flat. */
  readonly flat: readonly ('low' | 'high' | 'merged')[];
  readonly options: CompleteOptions;
}

/** Refined by regions. */
export interface RegionRefinement extends Refined, Outcomes<typeof regionSteps> {
  readonly refiner: 'regions';
}

/** Refined by a dense CRF on a grid of cells. */
export interface CrfRefinement extends Refined, Outcomes<typeof crfSteps> {
  readonly refiner: 'crf';
}

/** The result of a step, by the step's name; its type depends on the step's kind. */
export function outcomeOf(refinement: Refinement, step: string): Outcome[keyof Outcome] {
  return refinement[step as 'image'];
}

/** The checked input of a refiner. */
export interface RefinerInput {
  readonly image: Picture;
  readonly low: FloatMap;
  readonly high: FloatMap;
  readonly highEnds: Extremes;
  readonly options: CompleteOptions;
}
