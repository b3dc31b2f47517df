/** Applies a classifier's expansion to any maps of its cells, such as those of CAM methods. */
import { Graph } from '../graph/graph.ts';
import { joinModel } from '../graph/onnx/foreign-model.ts';
import { openBatched } from '../runtime/open-batched.ts';
import type { CreateSession, Device, Session } from '../runtime/session.ts';
import { SessionCache } from '../runtime/session-cache.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { borrowMaps } from './after-graph.ts';
import { type ClassifierExpansion, highMap, valuesOf } from './expansion.ts';
import { batchDim } from './facts.ts';
import { type ImportedClassifier, importedSessionBytes, inFloat32 } from './imported-classifier.ts';
import { layersAtSize } from './layers-at-size.ts';

const result = 'high_res_map';

interface Open {
  readonly session: Session;
  /** Height and width of the low-res map. */
  readonly cells: readonly number[];
}

export class Expander {
  readonly #classifier: ImportedClassifier;
  readonly #expansion: ClassifierExpansion;
  readonly #createSession: CreateSession;
  readonly #device: Device;
  readonly #sessions: SessionCache;

  constructor(
    classifier: ImportedClassifier & { readonly expansion: ClassifierExpansion },
    createSession: CreateSession,
    device: Device = 'cpu',
    sessions: SessionCache = new SessionCache({ sessions: 1 }),
  ) {
    this.#classifier = classifier;
    this.#expansion = classifier.expansion;
    this.#createSession = createSession;
    this.#device = device;
    this.#sessions = sessions;
  }

  /**
   * @param images `[N, H, W, C]` in [0, 1], H = W
   * @param maps raw, `[N, h, w]`
   * @returns `[N, H, W]`, with the mean of each map unchanged; undefined if the maps have another size than
   * the low-res map
   */
  expand(images: Tensor<'float32'>, maps: Tensor<'float32'>): Promise<Tensor<'float32'> | undefined> {
    const [, size] = images.shape;
    const bytes = importedSessionBytes(this.#classifier, size, size);
    return this.#sessions.use(
      { owner: this, key: String(size), bytes },
      () => this.#make(size),
      async ({ cells, session }) => {
        if (String(maps.shape.slice(1)) !== String(cells)) return undefined;
        const { [result]: high } = await session.run({ image: images, evidence: maps });
        return high as Tensor<'float32'>;
      },
    );
  }

  release(): Promise<void> {
    return this.#sessions.release(this);
  }

  async #make(size: number): Promise<Open> {
    const { imported, channels, model } = this.#classifier;
    const { target } = imported.layers;
    const values = [target, ...valuesOf(this.#expansion)];
    const layersAt = await layersAtSize(this.#classifier, values, size, this.#createSession);
    const { height, width } = layersAt(target);
    const batch = batchDim(imported);
    const graph = new Graph();
    const maps = borrowMaps(graph, imported, layersAt(target), 'fixed');
    const low = graph.input('evidence', 'float32', [batch, height, width]);
    highMap({ graph, low, maps }, this.#classifier, this.#expansion, layersAt, size, result);
    const file = joinModel({
      foreign: inFloat32(model, values),
      after: graph,
      outputs: [result],
      metadata: {},
      inputShapes: { image: [batch, size, size, channels] },
    });
    const options = { device: this.#device, purpose: 'in turn' } as const;
    const session = await openBatched(file, imported.batch, this.#createSession, options);
    return { session, cells: [height, width] };
  }
}
