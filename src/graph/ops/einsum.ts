import type { Dim } from '../dim.ts';
import { staticShape } from '../dim.ts';
import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';

type Attributes = { readonly equation: string };

/**
 * y = the sum of products that the equation describes: for 'bik,bkj->bij', y[b, i, j] = sum_k p[b, i, k] q[b,
 * k, j]. The gradient of an operand is such a sum, too, of dy and the other operand. One or two operands; no
 * '...'.
 */
export const Einsum: Operator<Attributes> = {
  type: 'Einsum',
  inputs: [1, 2],
  attributes: { equation: 'string' },
  infer: (inputs, { equation }) => {
    const { terms, result } = termsOf(equation);
    if (terms.length !== inputs.length) {
      throw new Error(`Einsum: '${equation}' has ${terms.length} operands, the node ${inputs.length}`);
    }
    const lengths = new Map<string, Dim>();
    for (const [i, { shape }] of inputs.entries()) {
      checkSameType('Einsum', inputs[0], inputs[i]);
      if (shape.length !== terms[i].length) {
        throw new Error(
          `Einsum: '${terms[i]}' of '${equation}' names ${terms[i].length} axes, not [${shape}]`,
        );
      }
      for (const [k, index] of [...terms[i]].entries()) {
        const known = lengths.get(index) ?? shape[k];
        if (known !== shape[k]) {
          throw new Error(`Einsum: '${index}' of '${equation}' has lengths ${known} and ${shape[k]}`);
        }
        lengths.set(index, known);
      }
    }
    return [{ dtype: inputs[0].dtype, shape: [...result].map((index) => lengths.get(index) as Dim) }];
  },
  gradient: ({ inputs, attributes: { equation } }, [dy], o) => {
    const { terms, result } = termsOf(equation);
    return inputs.map((x, i) => {
      const others = inputs.filter((_, k) => k !== i);
      const given = [result, ...terms.filter((_, k) => k !== i)];
      return operandGradient(x, terms[i], [dy, ...others], given, o);
    });
  },
};

/**
 * The gradient of one operand: a sum over all indices that it lacks, repeated along indices that only this
 * operand has.
 */
function operandGradient(
  x: Value,
  term: string,
  values: readonly Value[],
  terms: readonly string[],
  o: Builders,
): Value {
  const shape = staticShape(x.shape, 'gradient of Einsum');
  const isKnown = (index: string): boolean => terms.some((other) => other.includes(index));
  const known = [...term].filter(isKnown).join('');
  const sum = o.einsum(`${terms.join()}->${known}`, values);
  if (known === term) return sum;
  return o.expand(
    o.reshape(
      sum,
      shape.map((dim, i) => (isKnown(term[i]) ? dim : 1)),
    ),
    shape,
  );
}

/**
 * The indices of operands and result. Without '->', the result has the indices that occur once, in
 * alphabetical order.
 */
function termsOf(equation: string): { terms: readonly string[]; result: string } {
  const plain = equation.replaceAll(' ', '');
  if (!/^[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?$/.test(plain)) {
    throw new Error(`Einsum: letters, commas and one -> are needed, got '${equation}'`);
  }
  const [left, right] = plain.split('->');
  const terms = left.split(',');
  const letters = [...terms.join('')];
  const once = letters.filter((index) => letters.indexOf(index) === letters.lastIndexOf(index));
  const result = right ?? once.sort().join('');
  const twice = [...terms, result].find((term) => new Set(term).size < term.length);
  if (twice !== undefined) throw new Error(`Einsum: '${twice}' of '${equation}' names an axis twice`);
  const foreign = [...result].find((index) => !letters.includes(index));
  if (foreign) throw new Error(`Einsum: '${foreign}' is in no operand of '${equation}'`);
  return { terms, result };
}

/** The sum of products of one or two operands that the equation names, as in NumPy. */
export function einsum(equation: string, operands: readonly Value[]): Value {
  return operands[0].graph.add(Einsum, operands, { equation })[0];
}
