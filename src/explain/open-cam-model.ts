/** Opens a model file or a model as a half or a full model. */
import type { ImportedClassifier } from '../classifier/imported-classifier.ts';
import type { Model } from '../models/model.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { LoadOptions } from './cam-model.ts';
import { FullModel } from './full-model.ts';
import { HalfModel } from './half-model.ts';

/** A `FullModel` for a full model, else a `HalfModel`. */
export function openCamModel(
  model: Model | ImportedClassifier,
  createSession: CreateSession,
  options: LoadOptions = {},
): Promise<HalfModel | FullModel> {
  return model.type === 'full'
    ? FullModel.load(model, createSession, options)
    : HalfModel.load(model, createSession, options);
}
