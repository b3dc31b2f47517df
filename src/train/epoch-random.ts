import { type Random, random } from '../tensor/random.ts';

/**
 * The random decisions of a training. In each epoch: the order of the images, their augmentation, their
 * collages. Once, as epoch 0: the images that are held out.
 */
const purposes = { order: 1, augmentation: 2, 'hold-out': 3, collages: 4 } as const;

/**
 * The random generator of one epoch and one purpose. It depends on seed, purpose and epoch alone, so that a
 * run can resume at any epoch without repeating the ones before.
 */
export function epochRandom(seed: number, purpose: keyof typeof purposes, epoch: number): Random {
  const mix = (word: number, key: number): number => random(word + key).integer(2 ** 32);
  return random([purposes[purpose], epoch].reduce(mix, mix(seed, 0)));
}
