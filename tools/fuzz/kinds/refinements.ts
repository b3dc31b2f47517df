import { refineParameters } from '../../../src/refine/parameters.ts';
import { type RefineOptions, refine } from '../../../src/refine/pipeline.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { tensor } from '../../../src/tensor/tensor.ts';
import { drawParameter } from '../draw-parameter.ts';
import { check, type Kind, oneOf } from '../kind.ts';

const odd = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-320,
  1e-20,
  1e20,
  1e308,
  2 ** 31,
  Number.NaN,
  Number.POSITIVE_INFINITY,
] as const;
const oddOnes: readonly unknown[] = [...odd, '', '3', null, [], {}, true, 10n];

/** Values of a map: noise, a constant, steps, values of any size. */
function mapOf(side: number, rng: Random): ReturnType<typeof tensor<'float32'>> {
  const scale = oneOf(rng, [1, 1, 1, 1e-30, 1e30, 0, -1]);
  const at = oneOf(rng, [0, 0, 5, -1e6]);
  const data = Float32Array.from({ length: side * side }, () => at + scale * rng.next());
  if (rng.next() < 0.05) data[rng.integer(data.length)] = oneOf(rng, odd);
  return tensor('float32', [side, side], data);
}

export const refinements: readonly Kind[] = [
  {
    name: 'maps and parameters of the refinement',
    share: 5,
    input: async (rng) => {
      const [lowSide, side] = [1 + rng.integer(16), 16 + rng.integer(80)];
      const image = tensor(
        'uint8',
        [side, side, 3],
        Uint8Array.from({ length: 3 * side * side }, () => rng.integer(256)),
      );
      const options = Object.fromEntries(
        refineParameters
          .filter(() => rng.next() < 0.4)
          .map((parameter) => [
            parameter.name,
            rng.next() < 0.08 ? oneOf(rng, oddOnes) : drawParameter(parameter, rng),
          ]),
      ) as RefineOptions;
      const [low, high] = [mapOf(lowSide, rng), mapOf(side, rng)];
      return async () => {
        const { merged } = refine(image, low, high, options);
        check(
          merged.data.every((value) => value >= 0 && value <= 1),
          'a refined map outside [0, 1]',
        );
      };
    },
  },
];
