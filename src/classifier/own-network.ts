/**
 * This project's own network, the DenseNet-FCN, as an imported classifier: what works with any classifier
 * then works with it, too.
 */
import { ForeignModel, joinModel } from '../graph/onnx/foreign-model.ts';
import type { Model } from '../models/model.ts';
import { encodeModel } from '../models/model-file.ts';
import type { CreateSession } from '../runtime/session.ts';
import { importClassifier } from './import-classifier.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import { namedPreprocessing } from './preprocessing.ts';

/**
 * Imports the half model of a model.
 * @param name in errors, and in the file as its source
 */
export async function ownNetwork(
  model: Model,
  createSession: CreateSession,
  name: string,
): Promise<ImportedClassifier> {
  const half = encodeModel({ ...model, type: 'half', expansion: undefined });
  const foreign = await ForeignModel.parse(half, name);
  const bytes = joinModel({ foreign, outputs: ['probabilities'], metadata: {} });
  const { classifier } = await importClassifier(bytes, createSession, {
    name,
    classes: model.classes,
    preprocessing: namedPreprocessing['0-1'],
    size: model.imSize,
  });
  return { ...classifier, training: model.training };
}
