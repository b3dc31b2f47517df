/** Rules for taking a node apart along the batch (`Operator.splitBatch`) that several operators share. */
import type { SplitRule } from '../operator.ts';

/** An element of the result depends on the elements at its place alone. Operands that have no batch serve every part. */
export const elementwise: SplitRule = ({ inputs, outputs: [y] }, batchSize) => ({
  parted: inputs.map(({ shape }) => shape.length === y.shape.length && shape[0] === batchSize),
});

/** An image of the result depends on that image of the first input; the other inputs (kernels, statistics) serve every image. */
export const perImage: SplitRule = ({ inputs }) => ({ parted: inputs.map((_, i) => i === 0) });
