import type { RefineParameter } from '../../src/refine/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { oneOf } from './kind.ts';

/** A valid value of a parameter of the refinement; the ends of a range are drawn more often. */
export function drawParameter(parameter: RefineParameter, rng: Random): string | number {
  if ('words' in parameter) return oneOf(rng, Object.keys(parameter.words));
  const [low, high] = parameter.range;
  const value = oneOf(rng, [
    low,
    high,
    low + (high - low) * 1e-9,
    rng.uniform(low, high),
    rng.uniform(low, high),
  ]);
  return parameter.whole ? Math.round(value) : value;
}
