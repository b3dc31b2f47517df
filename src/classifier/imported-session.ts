/** The session of an imported classifier's model file, at whatever size its pictures have. */
import { FileError } from '../errors/file-error.ts';
import { OutOfMemoryError } from '../errors/out-of-memory-error.ts';
import { openBatched } from '../runtime/open-batched.ts';
import type { CreateSession, Device, Session } from '../runtime/session.ts';
import { SessionCache } from '../runtime/session-cache.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  answersOf,
  encodeImported,
  type ImportedClassifier,
  importedSessionBytes,
} from './imported-classifier.ts';

/**
 * Where the low-res map is a CAM, one session serves every size. Gradients and an expansion need fixed
 * shapes: with them there is one for each size, and unless told the one for the size that was seen last is kept.
 */
export class ImportedSession implements Session {
  readonly inputNames: readonly string[] = ['image', 'class_index'];
  readonly outputNames: readonly string[];
  readonly #name: string;
  readonly #classifier: ImportedClassifier;
  readonly #createSession: CreateSession;
  readonly #device: Device;
  readonly #sessions: SessionCache;

  /**
   * @param sessions where it keeps them; default: the last one
   * @param name stands in errors, usually the file's name
   */
  constructor(
    classifier: ImportedClassifier,
    createSession: CreateSession,
    device: Device = 'cpu',
    sessions: SessionCache = new SessionCache({ sessions: 1 }),
    name: string = classifier.imported.source,
  ) {
    this.#name = name;
    this.#classifier = classifier;
    this.outputNames = answersOf(classifier);
    this.#createSession = createSession;
    this.#device = device;
    this.#sessions = sessions;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    const [, height, width] = feeds.image.shape;
    if (height !== width && !this.#takesAnySize) {
      throw new Error(`image size: this model takes squares alone, got ${height} x ${width}`);
    }
    const key = this.#takesAnySize ? 'any size' : String(height);
    const bytes = importedSessionBytes(this.#classifier, height, width);
    try {
      return await this.#sessions.use(
        { owner: this, key, bytes },
        () => this.#make(height),
        ({ session }) => session.run(feeds, outputs),
      );
    } catch (error) {
      if (error instanceof OutOfMemoryError) throw error;
      // The one that it was imported at works, unless the file is damaged.
      if (height === this.#classifier.imSize) throw FileError.from(this.#name, error);
      const usual = `${this.#classifier.imSize} x ${this.#classifier.imSize}`;
      throw new Error(`the classifier fails at ${height} x ${width} pixels, its usual size is ${usual}`, {
        cause: error,
      });
    }
  }

  release(): Promise<void> {
    return this.#sessions.release(this);
  }

  /** Neither gradients nor an expansion fix the shapes. */
  get #takesAnySize(): boolean {
    const { imported, expansion } = this.#classifier;
    return imported.head === 'linear' && !expansion;
  }

  async #make(size: number): Promise<{ session: Session }> {
    const file = await encodeImported(this.#classifier, this.#createSession, size);
    const options = { device: this.#device, purpose: 'in turn' } as const;
    const { batch } = this.#classifier.imported;
    return { session: await openBatched(file, batch, this.#createSession, options) };
  }
}
