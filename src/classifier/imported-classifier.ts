/** A classifier of others in this project's contract: its network for CAM methods, and its file. */
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
  gradientAnswers,
  gradientOutputs,
  headWeightsName,
  linearAnswers,
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

/** A classifier of another program in the form of a model file of this project. */
export interface ImportedClassifier {
  /** 'full': with an expansion. */
  readonly type: ModelType;
  readonly imported: ImportFacts;
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** The size at which it looks unless told, in pixels. */
  readonly imSize: number;
  readonly channels: 1 | 3;
  /** From `image` to the logits. */
  readonly model: ForeignModel;
  /** Of a linear head, as they are stored (`imported.headWeights`). */
  readonly headWeights?: Tensor<'float32'>;
  /** What a full model has on top. */
  readonly expansion?: ClassifierExpansion;
  /** How its head, or its expansion, was trained here, for people to read. */
  readonly training?: Readonly<Record<string, unknown>>;
}

const importedKey = 'hrm.imported';

/** Whether a model file holds an imported classifier. @throws `FileError` when it is no ONNX file */
export function isImportedFile(bytes: Uint8Array, name: string): boolean {
  return importedKey in readMetadata(bytes, name);
}

/**
 * Whose an ONNX file is: a network of this project, an imported classifier, another program's. @throws
 * `FileError` when it is none
 */
export function onnxKindOf(bytes: Uint8Array, name: string): 'own' | 'imported' | 'foreign' {
  checkFileKind(bytes, name);
  const metadata = readMetadata(bytes, name);
  if (importedKey in metadata) return 'imported';
  return 'hrm.format' in metadata ? 'own' : 'foreign';
}

const highName = 'high_res_cam';

/** The outputs of its model file. */
export function answersOf({ expansion }: Pick<ImportedClassifier, 'expansion'>): readonly string[] {
  return ['probabilities', 'explained_class', 'low_res_cam', ...(expansion ? [highName] : [])];
}

/**
 * The bytes of a model file: the classifier's nodes as they were, with what comes before and after them.
 * Where the head is not linear, the file takes one picture of `size`, since gradients need fixed shapes; with
 * an expansion, pictures of `size`.
 * @param size default: `imSize`
 */
export async function encodeImported(
  classifier: ImportedClassifier,
  createSession: CreateSession,
  size: number = classifier.imSize,
): Promise<Uint8Array> {
  const { type, imported, model, classes, channels, expansion, training = {} } = classifier;
  const { layers } = imported;
  const outputs = answersOf(classifier);
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
  const answers = gradientAnswers(imported, target, tail);
  if (expansion) highMap(answers, classifier, expansion, layersAt, size, highName);
  const inputShapes = { image: [1, size, size, channels] };
  return joinModel({
    foreign: inFloat32(tail.model, stages),
    after: answers.graph,
    shared: tail.shared,
    // A tail of another precision is written anew; whoever reads the file needs the original too.
    kept: [imported.logits],
    outputs,
    metadata,
    inputShapes,
    halfWeights,
  });
}

/** What comes after a classifier whose head is linear. */
function afterLinear(classifier: Omit<ImportedClassifier, 'model'>, layersAt: LayersAt, size: number): Graph {
  const { imported, headWeights, expansion } = classifier;
  const sides = expansion ? 'fixed' : 'free';
  const answers = linearAnswers(imported, layersAt(imported.layers.head), headWeights, sides);
  if (expansion) highMap(answers, classifier, expansion, layersAt, size, highName);
  return answers.graph;
}

/** Each doubles height and width: with more, a map of one cell would exceed the largest picture. */
const mostStages = 16;

const schema = z.object({
  'hrm.classes': saidClasses,
  'hrm.im_size': saidImageSize,
  'hrm.channels': saidChannels,
  'hrm.expansion': z.literal('transport').optional(),
  'hrm.stages': jsonText(
    z.array(z.object({ stage: z.number().int().min(0).max(mostStages), layer: z.string() })),
  ).optional(),
  'hrm.training': jsonText(z.record(z.string(), z.unknown())).optional(),
  [importedKey]: jsonText(importFactsSchema),
  'hrm.type': z.enum(['half', 'full']),
});

/**
 * Reads what `encodeImported` wrote.
 * @param createSession follows the shapes of its values; nothing of it runs
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
  const missing = values.find((value) => !file.maker(value));
  if (missing !== undefined) throw new FileError(name, `damaged: the value '${missing}' is missing`);
  if (stored !== undefined && !file.isStored(stored)) {
    throw new FileError(name, `damaged: the weights '${stored}' are missing`);
  }
  // Without the nodes that were added after the classifier's own: they are made anew for what is asked.
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
  // A gradient's nodes are made anew from the classifier's whenever they are needed.
  if (imported.head === 'linear') {
    const layer: LayersAt = (one) => layerNamed(imported, one);
    aboutFile(name, () => checkAdded(file, afterLinear(whole, layer, whole.imSize)));
  }
  return whole;
}

/** @throws `FileError` where a stage's layer is none, or one that another value stands for */
function expansionIn(
  file: ForeignModel,
  half: ImportedClassifier,
  stages: NonNullable<z.output<typeof schema>['hrm.stages']>,
  name: string,
): ClassifierExpansion {
  const { layers } = half.imported;
  const known = new Set(layers.all.map((layer) => layer.name));
  const unknown = stages.find(({ layer }) => !known.has(layer));
  if (unknown) throw new FileError(name, `damaged: 'hrm.stages' names '${unknown.layer}', which is no layer`);
  const twice = stages.find(
    ({ layer }, i) => layer === layers.target || stages.findIndex((one) => one.layer === layer) < i,
  );
  if (twice) throw new FileError(name, `damaged: 'hrm.stages' names '${twice.layer}' for two things`);
  return storedExpansion(file, half, stages, name);
}

/** @throws unless what the metadata say of the classifier is what its nodes and stored values say, as far as these do */
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
        `damaged: its metadata say that ${what} '${value}' is [${wanted}], its nodes that it is [${found}]`,
      );
    }
  };
  check(imported.logits, 'the value', imported.logitsShape);
  for (const layer of imported.layers.all) check(layer.name, 'the layer', shapeOfLayer(layer, 1, 'fixed'));
}

/** The heights and widths that a classifier takes. */
export function sizeRuleOf({ imported, imSize }: Pick<ImportedClassifier, 'imported' | 'imSize'>): SizeRule {
  return imported.sizes === 'fixed' ? { only: imSize } : { multiple: 1 };
}

/** What CAM methods ask of the classifier. */
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

/** The name of the node that makes a layer, and the layer's own. */
function aliasOf(model: ForeignModel, layer: string): (readonly [string, string])[] {
  const node = model.maker(layer);
  return node && node.name !== '' ? [[node.name, layer]] : [];
}

/** The model with some of its values in float32, too. */
export function inFloat32(model: ForeignModel, values: readonly string[]): ForeignModel {
  return values.reduce((all, value) => all.withFloat32(value, float32Name(value)), model);
}

/**
 * The shape of `image` as far as it is fixed: that of a file whose gradients need fixed shapes is fixed
 * altogether.
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
