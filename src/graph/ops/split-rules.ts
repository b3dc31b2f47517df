/** Rules for splitting a node along the batch (`Operator.splitBatch`) that several operators share. */
import type { SplitRule } from '../operator.ts';

/** For operators that work element by element: every part reads operands without a batch whole. */
export const elementwise: SplitRule = ({ inputs, outputs: [y] }, batchSize) => ({
  isSplit: inputs.map(({ shape }) => shape.length === y.shape.length && shape[0] === batchSize),
});

/**
 * For operators that work on each image of the first input: every part reads the other inputs (kernels,
 * statistics) whole.
 */
export const perImage: SplitRule = ({ inputs }) => ({ isSplit: inputs.map((_, i) => i === 0) });
