import type { Tensor } from '../tensor/tensor.ts';
import { snakeCase } from '../text/case.ts';
import { outcomeOf, type Refinement } from './refinement.ts';
import { refinerSteps } from './steps.ts';

/** All maps of a refinement by their names in files: `low_cam`, as in `NAME.low_cam.npy`. */
export function mapsOf(refinement: Refinement): Record<string, Tensor> {
  const maps: Record<string, Tensor> = {};
  for (const [name, { npy = true }] of Object.entries(refinerSteps[refinement.refiner])) {
    const outcome = outcomeOf(refinement, name);
    if (npy && 'data' in outcome) maps[snakeCase(name)] = outcome;
  }
  return maps;
}
