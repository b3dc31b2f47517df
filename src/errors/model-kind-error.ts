import { FileError } from './file-error.ts';

type Kind = 'half' | 'full';

/**
 * A valid model file, but of the other kind: half where a full model is needed, or full where a half one
 * is.
 * @example
 * ```ts
 * import { ModelKindError } from 'high-res-mapping';
 * import { loadHalfModel } from 'high-res-mapping/node';
 *
 * try {
 *   await loadHalfModel('models/scenes.onnx');
 * } catch (error) {
 *   if (!(error instanceof ModelKindError)) throw error;
 *   console.log(`wanted: ${error.wanted}, found: ${error.found}`); //=> wanted: half, found: full
 * }
 * ```
 */
export class ModelKindError extends FileError {
  readonly wanted: Kind;
  readonly found: Kind;

  constructor(path: string, wanted: Kind, found: Kind, options?: ErrorOptions) {
    super(path, `a ${wanted} model is needed, this is a ${found} model`, options);
    this.wanted = wanted;
    this.found = found;
  }
}
