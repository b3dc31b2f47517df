/** Which output of a classifier has the classes, and how it is computed from the logits. */
import { FileError } from '../errors/file-error.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { passing } from './linear-head.ts';

export interface ClassOutput {
  /** Name of the output. */
  readonly name: string;
  /** The value before softmax or sigmoid. */
  readonly logits: string;
  /** The function that turns logits into probabilities. */
  readonly activation: 'softmax' | 'sigmoid';
  /** Whether the output is already probabilities. */
  readonly inside: boolean;
  readonly classes: number;
}

/** Output names that suggest the classes' output, and names that suggest another one. */
const telling = /logit|prob|class|score|softmax|pred/i;
const otherwise = /aux|feature|embed|hidden|pool|state/i;

/**
 * @param shapes of each output for one picture
 * @param multiLabel whether a picture may have several classes, used where the nodes end in neither softmax
 * nor sigmoid; default false
 * @throws `FileError` with the outputs found, if none is `[N, M]`
 */
export function classOutputOf(
  model: ForeignModel,
  shapes: Readonly<Record<string, readonly number[]>>,
  multiLabel: boolean = false,
): ClassOutput {
  const found = model.outputs.map((name) => ({ name, shape: shapes[name] ?? [] }));
  const fitting = found.filter(({ shape }) => isRow(shape));
  const list = found.map(({ name, shape }) => `'${name}' [${shape.join(', ')}]`).join(', ');
  if (fitting.length === 0) {
    const single = found.some(({ shape }) => shape.length >= 1 && shape.every((dim) => dim === 1));
    const reason = single
      ? 'one number is not a classification: export it with a logit or probability for each class, at least 2'
      : 'a classifier has an output [N, M], one number a class; detectors, segmenters and feature extractors have none';
    throw new FileError(model.name, `no image classifier: its outputs are ${list}; ${reason}`);
  }
  const { name, shape } = likeliest(model, fitting);
  const classes = shape.reduce((n, dim) => n * dim, 1);
  return { name, classes, ...beforeActivation(model, name, multiLabel) };
}

/**
 * The output with the most telling name; if names do not decide, the first that no other of them is computed
 * from.
 */
function likeliest<T extends { readonly name: string }>(model: ForeignModel, fitting: readonly T[]): T {
  const plain = fitting.filter(({ name }) => !otherwise.test(name));
  const named = plain.find(({ name }) => telling.test(name));
  if (named) return named;
  const left = plain.length > 0 ? plain : fitting;
  const isLast = ({ name }: T): boolean =>
    left.every(
      (other) =>
        other.name === name || !model.nodesFor([other.name]).some(({ reads }) => reads.includes(name)),
    );
  return left.find(isLast) ?? left[0];
}

/** `[1, M]`, M >= 2, or the same with further axes of length 1. */
export function isRow([batch, ...rest]: readonly number[]): boolean {
  return batch === 1 && rest.length >= 1 && rest.filter((dim) => dim !== 1).length === 1;
}

function beforeActivation(
  model: ForeignModel,
  output: string,
  multiLabel: boolean,
): Pick<ClassOutput, 'logits' | 'activation' | 'inside'> {
  let value = output;
  for (;;) {
    const node = model.producer(value);
    if (node === undefined) break;
    if (node.type === 'Softmax' || node.type === 'LogSoftmax') {
      return { logits: node.inputs[0], activation: 'softmax', inside: node.type === 'Softmax' };
    }
    if (node.type === 'Sigmoid') return { logits: node.inputs[0], activation: 'sigmoid', inside: true };
    if (!passing.includes(node.type)) break;
    value = node.inputs[0];
  }
  return { logits: output, activation: multiLabel ? 'sigmoid' : 'softmax', inside: false };
}
