import { FileError } from './file-error.ts';

type Kind = 'half' | 'full';

/** A valid model file, but of the other kind. */
export class ModelKindError extends FileError {
  readonly wanted: Kind;
  readonly found: Kind;

  constructor(path: string, wanted: Kind, found: Kind, options?: ErrorOptions) {
    super(path, `a ${wanted} model is needed, this is a ${found} model`, options);
    this.wanted = wanted;
    this.found = found;
  }
}
