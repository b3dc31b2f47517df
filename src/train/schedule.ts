/** The learning rate from epoch to epoch. */
export interface Schedule {
  /** The rate of the next epoch. @param loss mean training loss of the epoch that has ended */
  next(loss: number): number;
}

/**
 * Multiplies the rate by `factor` after `patience` epochs without a lower loss, never below `minimum`; as Keras'
 * `ReduceLROnPlateau`: a loss counts as lower when it is so by more than `threshold`. Defaults: sqrt(0.1), 10 epochs, 1e-5, 1e-4.
 */
export function reduceOnPlateau(
  start: number,
  {
    factor = Math.sqrt(0.1),
    patience = 10,
    minimum = 1e-5,
    threshold = 1e-4,
  }: { factor?: number; patience?: number; minimum?: number; threshold?: number } = {},
): Schedule {
  let rate = start;
  let best = Number.POSITIVE_INFINITY;
  let waited = 0;
  return {
    next: (loss) => {
      if (loss < best - threshold) {
        best = loss;
        waited = 0;
      } else if (++waited >= patience) {
        rate = Math.min(rate, Math.max(minimum, rate * factor));
        waited = 0;
      }
      return rate;
    },
  };
}
