import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { ignoring, withDefaults } from './read-attributes.ts';
import { perImage } from './split-rules.ts';

/** y = x;  dx = dy.  Inference mode: nothing is dropped, and ratio and seed have no effect. */
export const Dropout: Operator<Record<never, never>> = {
  type: 'Dropout',
  inputs: [1, 3],
  optionalInputs: [1, 2],
  attributes: {},
  read: ignoring(['seed'], withDefaults('Dropout', {})),
  infer: (inputs) => {
    const training = inputs[2];
    if (training && !training.content) {
      throw new Error('Dropout: training_mode must be a value stored in the graph');
    }
    if (training?.content?.data[0]) throw new Error('Dropout: training_mode must be false here, got true');
    return inferUnary(inputs);
  },
  gradient: ({ inputs }, [dy]) => inputs.map((_, i) => (i === 0 ? dy : undefined)),
  splitBatch: perImage,
};

/** Dropout in inference mode: the value itself. */
export function dropout(x: Value): Value {
  return x.graph.add(Dropout, [x], {})[0];
}
