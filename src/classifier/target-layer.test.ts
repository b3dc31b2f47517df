import { expect, test } from 'vitest';
import { bias, classifierOf, weights } from '../../test/helpers/foreign-classifiers.ts';
import { node } from '../../test/helpers/foreign-onnx.ts';
import { createSession } from '../runtime/node.ts';
import { tensor } from '../tensor/tensor.ts';
import { importClassifier } from './import-classifier.ts';
import { namedPreprocessing } from './preprocessing.ts';

const preprocessing = namedPreprocessing['0-1'];

/**
 * Layers whose values reach the logits only through zeros, then one more, then an operator without a
 * gradient.
 */
const dead = (count: number, unknown: boolean) => {
  const silent = Array.from({ length: count }, (_, i) => `silent${i}`);
  return classifierOf({
    nodes: [
      node(unknown ? 'LRN' : 'Relu', ['a'], ['n'], unknown ? { size: 3 } : {}),
      node('Relu', ['n'], ['live']),
      node('GlobalMaxPool', ['live'], ['p']),
      ...silent.map((name, i) => node('Relu', [silent[i - 1] ?? 'live'], [name])),
      node('GlobalMaxPool', [silent[count - 1]], ['q']),
      node('Mul', ['q', 'zero'], ['nothing']),
      node('Add', ['p', 'nothing'], ['sum']),
      node('Flatten', ['sum'], ['f']),
      node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: { w: weights, b: bias, zero: tensor('float32', [], [0]) },
  });
};

test.each([1, 4, 5, 6, 7, 13])(
  'finds the target layer behind %i layers without a gradient',
  async (count) => {
    const { classifier } = await importClassifier(dead(count, true), createSession, { preprocessing });
    expect(classifier.imported.layers).toMatchObject({ target: 'live', pyramid: ['live'] });
    const known = await importClassifier(dead(count, false), createSession, { preprocessing });
    expect(known.classifier.imported.layers).toMatchObject({ target: 'live', pyramid: ['live', 'r1'] });
  },
);

test('rejects an operator without a gradient between every layer and the logits', async () => {
  const head = {
    nodes: [
      node('GlobalMaxPool', ['a'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('CumSum', ['f', 'axis'], ['c']),
      node('Gemm', ['c', 'w', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: { w: weights, b: bias, axis: tensor('int64', [], [1]) },
  };
  await expect(
    importClassifier(classifierOf(head), createSession, { preprocessing, name: 'a.onnx' }),
  ).rejects.toThrow(
    "a.onnx: the operator CumSum ('c') lies between the layer and the logits, and has no gradient here",
  );
});
