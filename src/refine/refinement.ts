/** What a refinement gives. */
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import type { Extremes } from './maps/scale.ts';
import type { CompleteOptions } from './parameters.ts';
import type { crfSteps, Outcome, Outcomes, regionSteps } from './steps.ts';

/** Every step's outcome under its name; `refiner` says which steps there are. */
export type Refinement = RegionRefinement | CrfRefinement;

/** What there is beside the steps. */
interface Refined {
  /** The maps that were constant and so were scaled to zeros, or came out constant. */
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

/** A step's outcome, by the step's name; its kind says which it is. */
export function outcomeOf(refinement: Refinement, step: string): Outcome[keyof Outcome] {
  return refinement[step as 'image'];
}

/** What a refiner is handed, all of it checked. */
export interface RefinerInput {
  readonly image: Picture;
  readonly low: FloatMap;
  readonly high: FloatMap;
  readonly highEnds: Extremes;
  readonly options: CompleteOptions;
}
