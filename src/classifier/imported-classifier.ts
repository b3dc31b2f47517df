/** An imported classifier: its network for CAM methods, and its model file. */
import { z } from 'zod';
import { aboutFile, FileError } from '../errors/file-error.ts';
import type { Shape } from '../graph/dim.ts';
import type { Graph } from '../graph/graph.ts';
import { ForeignModel, joinModel } from '../graph/onnx/foreign-model.ts';
import { onnxTypes } from '../graph/onnx/onnx-types.ts';
import { readMetadata } from '../graph/onnx/proto.ts';
import { jsonText } from '../models/json-metadata.ts';
import type { ModelType } from '../models/model.ts';
import {
  checkSize,
  gradientName,
  logitsName,
  mapsName,
  type Network,
  type SizeRule,
} from '../models/network.ts';
import { readSaid, saidChannels, saidClasses, saidImageSize } from '../models/said-metadata.ts';
import type { CreateSession } from '../runtime/session.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  activationOutputs,
  gradientOutputs,
  headWeightsName,
  hiResCamOutputs,
  linearOutputs,
  shapeOfLayer,
} from './after-graph.ts';
import { checkAdded } from './check-added.ts';
import { type ClassifierExpansion, highMap, storedExpansion, valuesOf } from './expansion.ts';
import { batchDim, type ImportFacts, importFactsSchema, layerNamed } from './facts.ts';
import { checkFileKind } from './file-kind.ts';
import { type LayersAt, layersAtSize } from './layers-at-size.ts';
import { checkPreprocessing, neutralPixel } from './preprocessing.ts';
import { readTail, type TailOptions } from './tail.ts';
import { checkValueSizes } from './value-sizes.ts';
import { float32Name } from './values.ts';

/** A classifier of another program, with the facts, weights and class names that this project needs. */
export interface ImportedClassifier {
  /** 'full': with an expansion. */
  readonly type: ModelType;
  readonly imported: ImportFacts;
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** The default size of its input, in pixels. */
  readonly imSize: number;
  readonly channels: 1 | 3;
  /** The nodes from `image` to the logits. */
  readonly model: ForeignModel;
  /** The weights of a linear head, as stored (`imported.headWeights`). */
  readonly headWeights?: Tensor<'float32'>;
  /** The expansion of a full model. */
  readonly expansion?: ClassifierExpansion;
  /** How its head or its expansion was trained by this project, for people to read. */
  readonly training?: Readonly<Record<string, unknown>>;
}

const importedKey = 'hrm.imported';

/**
 * Whether a model file has an imported classifier.
 * @throws `FileError` when it is not an ONNX file
 */
export function isImportedFile(bytes: Uint8Array, name: string): boolean {
  return importedKey in readMetadata(bytes, name);
}

/**
 * The kind of an ONNX file: a network of this project, an imported classifier, or a file of another program.
 * @throws `FileError` when it is not an ONNX file
 */
export function onnxKindOf(bytes: Uint8Array, name: string): 'own' | 'imported' | 'foreign' {
  checkFileKind(bytes, name);
  const metadata = readMetadata(bytes, name);
  if (importedKey in metadata) return 'imported';
  return 'hrm.format' in metadata ? 'own' : 'foreign';
}

const highName = 'high_res_cam';

/** The names of its model file's outputs. */
export function outputNamesOf({ expansion }: Pick<ImportedClassifier, 'expansion'>): readonly string[] {
  return ['probabilities', 'explained_class', 'low_res_cam', ...(expansion ? [highName] : [])];
}

/**
 * The bytes of a model file: the classifier's nodes unchanged, with the nodes before and after them. If
 * the head is not linear, the file takes one picture of `size`, since gradients need fixed shapes; with an
 * expansion, pictures of `size`.
 * @param createSession of `high-res-mapping/node` or `high-res-mapping/browser`
 * @param size height and width of its input in pixels, default: `imSize`
 * @returns an ONNX file, for `HalfModel.load`, with an expansion for `FullModel.load`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { encodeImported, HalfModel, importClassifier } from 'high-res-mapping';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const { classifier } = await importClassifier(await readFile('classifier.onnx'), createSession);
 * const named = { ...classifier, classes: ['cat', 'cow', 'dog', 'hen', 'owl', 'pig'] };
 * const model = await HalfModel.load(await encodeImported(named, createSession), createSession);
 * console.log(classifier.classes.join(' ')); //=> #0 #1 #2 #3 #4 #5
 * console.log(model.classes.join(' ')); //=> cat cow dog hen owl pig
 * await model.release();
 * ```
 */
export async function encodeImported(
  classifier: ImportedClassifier,
  createSession: CreateSession,
  size: number = classifier.imSize,
): Promise<Uint8Array> {
  const { type, imported, model, classes, channels, expansion, training = {} } = classifier;
  const { layers } = imported;
  const outputs = outputNamesOf(classifier);
  const halfWeights = imported.weights === 'float16';
  const stages = expansion ? valuesOf(expansion) : [];
  const layersAt = await layersAtSize(classifier, [layers.target, ...stages], size, createSession);
  const metadata = {
    'hrm.format': '1',
    'hrm.type': type,
    ...(expansion && { 'hrm.expansion': 'transport', 'hrm.stages': JSON.stringify(expansion.stages) }),
    'hrm.classes': JSON.stringify(classes),
    'hrm.im_size': String(size),
    'hrm.channels': String(channels),
    'hrm.training': JSON.stringify(training),
    [importedKey]: JSON.stringify(imported),
  };
  if (imported.head === 'linear') {
    const after = afterLinear(classifier, layersAt, size);
    const foreign = inFloat32(model, [imported.logits, layers.head, ...stages]);
    const stored = imported.headWeights?.name;
    const shared = new Set(stored === undefined || stored === headWeightsName ? [] : [stored]);
    const batch = batchDim(imported);
    const inputShapes = expansion ? { image: [batch, size, size, channels] } : freeSizes(classifier);
    return joinModel({ foreign, after, shared, outputs, metadata, inputShapes, halfWeights });
  }
  const target = layerNamed(imported, layers.target);
  const tail = await readTail({
    ...tailOptions(classifier, createSession, [size, size]),
    layers: [target.name],
  });
  const answers = hiResCamOutputs(imported, target, tail);
  if (expansion) highMap(answers, classifier, expansion, layersAt, size, highName);
  const inputShapes = { image: [1, size, size, channels] };
  return joinModel({
    foreign: inFloat32(tail.model, stages),
    after: answers.graph,
    shared: tail.shared,
    // A tail of another precision is rewritten in float32, and readers of the file need the original, too.
    kept: [imported.logits],
    outputs,
    metadata,
    inputShapes,
    halfWeights,
  });
}

/** The nodes after a classifier with a linear head. */
function afterLinear(classifier: Omit<ImportedClassifier, 'model'>, layersAt: LayersAt, size: number): Graph {
  const { imported, headWeights, expansion } = classifier;
  const sides = expansion ? 'fixed' : 'free';
  const answers = linearOutputs(imported, layersAt(imported.layers.head), headWeights, sides);
  if (expansion) highMap(answers, classifier, expansion, layersAt, size, highName);
  return answers.graph;
}

/** Each stage doubles height and width: with more, a map of one cell would exceed the largest picture. */
const maxStages = 16;

const schema = z.object({
  'hrm.classes': saidClasses,
  'hrm.im_size': saidImageSize,
  'hrm.channels': saidChannels,
  'hrm.expansion': z.literal('transport').optional(),
  'hrm.stages': jsonText(
    z.array(z.object({ stage: z.number().int().min(0).max(maxStages), layer: z.string() })),
  ).optional(),
  'hrm.training': jsonText(z.record(z.string(), z.unknown())).optional(),
  [importedKey]: jsonText(importFactsSchema),
  'hrm.type': z.enum(['half', 'full']),
});

/**
 * Reads a file of `encodeImported`.
 * @param createSession used to infer shapes; nothing of the file runs
 * @throws `FileError` when it is damaged, or its values would take more memory than any classifier needs
 */
export async function decodeImported(
  bytes: Uint8Array,
  name: string,
  createSession: CreateSession,
): Promise<ImportedClassifier> {
  const file = await ForeignModel.parse(bytes, name);
  const found = aboutFile(name, () => readSaid(schema, file.metadata));
  const imported = found[importedKey];
  const weights = imported.headWeights?.name;
  const stored = weights === headWeightsName ? `hrm/after/${weights}` : weights;
  const values = [imported.logits, ...imported.layers.all.map((layer) => layer.name)];
  const missing = values.find((value) => !file.producer(value));
  if (missing !== undefined) throw new FileError(name, `damaged: the value '${missing}' is missing`);
  if (stored !== undefined && !file.isStored(stored)) {
    throw new FileError(name, `damaged: the weights '${stored}' are missing`);
  }
  // Without the nodes added after the classifier's own: they are rebuilt for each purpose.
  const model = file.cut(values, stored === undefined ? [] : [stored]);
  try {
    await checkFacts(model, found, createSession);
  } catch (error) {
    throw FileError.from(name, error);
  }
  const { 'hrm.training': training = {} } = found;
  const half: ImportedClassifier = {
    type: 'half',
    imported,
    classes: found['hrm.classes'],
    imSize: found['hrm.im_size'],
    channels: found['hrm.channels'],
    model,
    headWeights: stored === undefined ? undefined : (model.stored(stored) as Tensor<'float32'>),
    training: Object.keys(training).length === 0 ? undefined : training,
  };
  const stages = found['hrm.stages'];
  const { 'hrm.type': type, 'hrm.expansion': form } = found;
  if ((type === 'full') !== (form !== undefined) || (form !== undefined) !== (stages !== undefined)) {
    throw new FileError(
      name,
      `damaged: hrm.type is ${type}, hrm.expansion ${form ?? 'missing'}, hrm.stages ${stages ? 'there' : 'missing'}`,
    );
  }
  const whole: ImportedClassifier = stages
    ? { ...half, type: 'full', expansion: expansionIn(file, half, stages, name) }
    : half;
  // The nodes of gradients are always rebuilt from the classifier's.
  if (imported.head === 'linear') {
    const layer: LayersAt = (one) => layerNamed(imported, one);
    aboutFile(name, () => checkAdded(file, afterLinear(whole, layer, whole.imSize)));
  }
  return whole;
}

/** @throws `FileError` when a stage names a layer that does not exist, or one that is used already */
function expansionIn(
  file: ForeignModel,
  half: ImportedClassifier,
  stages: NonNullable<z.output<typeof schema>['hrm.stages']>,
  name: string,
): ClassifierExpansion {
  const { layers } = half.imported;
  const known = new Set(layers.all.map((layer) => layer.name));
  const unknown = stages.find(({ layer }) => !known.has(layer));
  if (unknown)
    throw new FileError(name, `damaged: 'hrm.stages' names '${unknown.layer}', which is not a layer`);
  const twice = stages.find(
    ({ layer }, i) => layer === layers.target || stages.findIndex((one) => one.layer === layer) < i,
  );
  if (twice) throw new FileError(name, `damaged: 'hrm.stages' names '${twice.layer}' twice`);
  return storedExpansion(file, half, stages, name);
}

/** @throws when the metadata contradict the classifier's nodes and stored values */
async function checkFacts(
  model: ForeignModel,
  said: z.output<typeof schema>,
  createSession: CreateSession,
): Promise<void> {
  const { [importedKey]: imported, 'hrm.im_size': size, 'hrm.channels': channels } = said;
  checkPreprocessing(imported.preprocessing, channels, 'damaged');
  const m = sizeOf(imported.logitsShape);
  const names = said['hrm.classes'].length;
  if (m !== names) throw new Error(`damaged: ${names} class names, ${m} logits`);
  const image = { type: onnxTypes.float32, shape: [1, size, size, channels] };
  const shapes = await checkValueSizes(model, { image }, createSession);
  const check = (value: string, what: string, wanted: Shape): void => {
    const found = shapes.get(value)?.shape;
    if (found && String(found) !== String(wanted)) {
      throw new Error(
        `damaged: its metadata give ${what} '${value}' as [${wanted}], its nodes as [${found}]`,
      );
    }
  };
  check(imported.logits, 'the value', imported.logitsShape);
  for (const layer of imported.layers.all) check(layer.name, 'the layer', shapeOfLayer(layer, 1, 'fixed'));
}

/** The heights and widths that a classifier accepts. */
export function sizeRuleOf({ imported, imSize }: Pick<ImportedClassifier, 'imported' | 'imSize'>): SizeRule {
  return imported.sizes === 'fixed' ? { only: imSize } : { multiple: 1 };
}

/** The classifier as a network for CAM methods. */
export function importedNetwork(classifier: ImportedClassifier, createSession: CreateSession): Network {
  const { imported, classes, channels, model } = classifier;
  const { all, head, target, pyramid } = imported.layers;
  return {
    classes,
    channels,
    sizes: sizeRuleOf(classifier),
    batch: imported.batch,
    neutralPixel: neutralPixel(imported.preprocessing, channels),
    layers: {
      names: all.map(({ name }) => name),
      aliases: new Map(all.flatMap(({ name }) => aliasOf(model, name))),
      head,
      target,
      pyramid,
    },
    headWeights: headMatrix(classifier),
    sessionBytes: (height, width) => importedSessionBytes(classifier, height, width),
    async activationModel(names) {
      const layers = names.map((name) => layerNamed(imported, name));
      const after = activationOutputs(imported, layers);
      const outputs = [logitsName, ...names.map(mapsName)];
      const foreign = inFloat32(model, [imported.logits, ...names]);
      return joinModel({ foreign, after, outputs, metadata: {}, inputShapes: freeSizes(classifier) });
    },
    async gradientModel(names, size) {
      for (const side of size) checkSize(sizeRuleOf(classifier), side);
      const layers = names.map((name) => layerNamed(imported, name));
      const tail = await readTail({ ...tailOptions(classifier, createSession, size), layers: names });
      const after = gradientOutputs(layers, tail);
      const outputs = [logitsName, ...names.map(mapsName), ...names.map(gradientName)];
      const inputShapes = { image: [1, ...size, channels] };
      const { shared } = tail;
      return joinModel({ foreign: tail.model, after, shared, outputs, metadata: {}, inputShapes });
    },
  };
}

function tailOptions(
  { model, imported, classes, channels }: ImportedClassifier,
  createSession: CreateSession,
  [height, width]: readonly [number, number],
): Omit<TailOptions, 'layers'> {
  const image = tensor('float32', [1, height, width, channels]);
  image.data.fill(0.5);
  return { model, logits: imported.logits, classes: classes.length, image, createSession };
}

/** As `Network.sessionBytes`. */
export function importedSessionBytes(
  { imported, imSize, model }: ImportedClassifier,
  height: number,
  width: number,
): number {
  const maps = imported.layers.all.reduce(
    (sum, layer) => sum + 4 * layer.channels * layer.height * layer.width,
    0,
  );
  return 2 * model.storedBytes + (maps * height * width) / (2 * imSize * imSize);
}

/** The name of the node that computes a layer, and the layer's own. */
function aliasOf(model: ForeignModel, layer: string): (readonly [string, string])[] {
  const node = model.producer(layer);
  return node && node.name !== '' ? [[node.name, layer]] : [];
}

/** The model with some of its values cast to float32. */
export function inFloat32(model: ForeignModel, values: readonly string[]): ForeignModel {
  return values.reduce((all, value) => all.withFloat32(value, float32Name(value)), model);
}

/**
 * The shape of `image`, symbolic where it is free. A file with gradients has a fixed shape, since these need
 * one.
 */
export function freeSizes({ imported, imSize, channels }: ImportedClassifier): Record<string, Shape> {
  const batch = batchDim(imported);
  return {
    image: imported.sizes === 'fixed' ? [batch, imSize, imSize, channels] : [batch, 'H', 'W', channels],
  };
}

/** The weights of a linear head, `[K, M]`. */
function headMatrix({ imported, headWeights, classes }: ImportedClassifier): Tensor<'float32'> | undefined {
  if (imported.head !== 'linear') return undefined;
  const m = classes.length;
  if (!headWeights) {
    const identity = tensor('float32', [m, m]);
    for (let i = 0; i < m; i++) identity.data[i * m + i] = 1;
    return identity;
  }
  const { data } = headWeights;
  const k = data.length / m;
  if (imported.headWeights?.rows === 'channels') return tensor('float32', [k, m], data);
  const out = tensor('float32', [k, m]);
  for (let c = 0; c < m; c++) {
    for (let j = 0; j < k; j++) out.data[j * m + c] = data[c * k + j];
  }
  return out;
}
