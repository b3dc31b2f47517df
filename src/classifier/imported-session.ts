/** The session of an imported classifier's model file, for pictures of any size that it accepts. */
import { FileError } from '../errors/file-error.ts';
import { OutOfMemoryError } from '../errors/out-of-memory-error.ts';
import { openBatched } from '../runtime/open-batched.ts';
import type { CreateSession, Device, Session } from '../runtime/session.ts';
import { SessionCache } from '../runtime/session-cache.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  encodeImported,
  type ImportedClassifier,
  importedSessionBytes,
  outputNamesOf,
} from './imported-classifier.ts';

/**
 * If the low-res map is a CAM, one session serves every size. Gradients and an expansion need fixed shapes:
 * then there is a session for each size, and by default the last one is kept.
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
   * @param sessions cache for sessions; default: the last one is kept
   * @param name in errors, usually the file's
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
    this.outputNames = outputNamesOf(classifier);
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
      throw new Error(`image size: this model takes only squares, got ${height} x ${width}`);
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
      // The size of the import works unless the file is damaged.
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

  /** Whether neither gradients nor an expansion fix the shapes. */
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
