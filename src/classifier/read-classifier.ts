/** Determines what is needed to explain a classifier: its layers, its head, its target layer. */
import { FileError } from '../errors/file-error.ts';
import type { ForeignModel } from '../graph/onnx/foreign-model.ts';
import type { CreateSession } from '../runtime/session.ts';
import { argMax } from '../tensor/arg-max.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { headWeightsName } from './after-graph.ts';
import { type ClassOutput, isRow } from './class-output.ts';
import type { ClassifierLayer, Fit, ImportFacts } from './facts.ts';
import { layersOf, mayBeTarget, pyramidOf } from './layer-list.ts';
import { type LinearHead, linearHeadOf } from './linear-head.ts';
import type { OriginalRun } from './original-run.ts';
import type { Preprocessing } from './preprocessing.ts';
import { targetLayerOf } from './target-layer.ts';
import { asFloat32, readValues, sameForAll } from './values.ts';

/** What is known before the search for layers. */
export interface Settled {
  readonly run: OriginalRun;
  readonly createSession: CreateSession;
  readonly size: number;
  readonly fit: Fit;
  readonly batch: 1 | 'any';
  readonly preprocessing: Preprocessing;
  /** The target layer that the user chose; undefined: it is searched for. */
  readonly layer?: string;
  readonly name: string;
}

/**
 * The layers of a classifier, its head, and its target layer.
 * @param model from `image` to the logits
 * @throws `FileError` if it has no layer that can be explained
 */
export async function readClassifier(
  model: ForeignModel,
  { run, createSession, size, fit, batch, preprocessing, layer, name }: Settled,
): Promise<{ model: ForeignModel; imported: ImportFacts; headWeights?: Tensor<'float32'> }> {
  const { input, output } = run;
  const nodes = model.nodesFor([output.logits]);
  const image = tensor('float32', [1, size, size, input.channels]);
  image.data.fill(0.5);
  const values = await readValues(
    model,
    { image },
    nodes.flatMap(({ outputs }) => outputs).filter((one) => one !== ''),
    createSession,
  );
  const shapes = Object.fromEntries(Object.entries(values).map(([one, { shape }]) => [one, shape]));
  if (!isRow(shapes[output.logits])) {
    throw new FileError(
      name,
      `no image classifier: it computes probabilities from '${output.logits}' [${shapes[output.logits].join(', ')}]; [N, M] is needed`,
    );
  }
  const same = sameForAll(nodes, model);
  const constant = (one: string): Tensor | undefined =>
    same.has(one) ? asFloat32(values[one]) : model.isStored(one) ? model.stored(one) : undefined;
  const all = layersOf(model, output.logits, shapes, [size, size], input.layout);
  const places = new Map(all.map((one) => [one.name, one]));
  const head = linearHeadOf(model, output.logits, { shapes, places, constant });
  const byName = (asked: string): ClassifierLayer => {
    const node = model.nodes.find((one) => one.name === asked);
    const wanted = places.get(asked) ?? places.get(node?.outputs[0] ?? '');
    if (!wanted) throw new FileError(name, `no layer is called '${asked}'; hrm summary lists them`);
    return wanted;
  };
  const found = async (): Promise<ClassifierLayer> => {
    const candidates = all.filter((one) => mayBeTarget(model, one, (value) => constant(value) !== undefined));
    const logits = Array.from(values[output.logits].data, Number);
    const best = argMax(logits);
    return targetLayerOf(candidates, best, {
      model,
      logits: output.logits,
      classes: output.classes,
      image,
      createSession,
    });
  };
  const target = layer !== undefined ? byName(layer) : head ? byName(head.layer) : await found();
  const linear = head?.layer === target.name ? head : undefined;
  const tokens = all.some(({ form }) => form === 'NTC' || form === 'NCT');
  const sizes =
    input.height === undefined &&
    !tokens &&
    !linear?.fixedWindow &&
    (await takesSize(model, output, size + 32, input.channels, createSession))
      ? 'any'
      : 'fixed';
  return {
    model,
    headWeights: linear && storedWeights(linear, model),
    imported: {
      source: name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1),
      preprocessing,
      fit,
      batch: linear ? batch : 1,
      sizes,
      logits: output.logits,
      logitsShape: shapes[output.logits],
      activation: output.activation,
      head: linear ? 'linear' : 'other',
      linearAt: linear ? undefined : head?.layer,
      headWeights:
        linear && !linear.isIdentity
          ? (linear.stored ?? { name: headWeightsName, rows: 'classes' })
          : undefined,
      layers: {
        head: target.name,
        target: target.name,
        pyramid: pyramidOf(model, all, target, output.logits),
        all,
      },
    },
  };
}

/** The weights of a linear head as stored in the file; undefined: they are the identity. */
function storedWeights(head: LinearHead, model: ForeignModel): Tensor<'float32'> | undefined {
  if (head.isIdentity) return undefined;
  return head.stored ? (model.stored(head.stored.name) as Tensor<'float32'>) : head.weights;
}

async function takesSize(
  model: ForeignModel,
  { logits, classes }: ClassOutput,
  size: number,
  channels: number,
  createSession: CreateSession,
): Promise<boolean> {
  try {
    const image = tensor('float32', [1, size, size, channels]);
    const values = await readValues(model, { image }, [logits], createSession);
    return values[logits].data.length === classes;
  } catch {
    return false;
  }
}
