/** The model, in a thread of its own: the page stays responsive while it computes. */
import { expose } from 'comlink';
import webgpuMjs from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url&no-inline';
import webgpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url&no-inline';
import cpuMjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url&no-inline';
import cpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url&no-inline';
import { decodeImported, type ImportedClassifier, onnxKindOf } from '../../classifier/imported-classifier.ts';
import { FileError } from '../../errors/file-error.ts';
import { OutOfMemoryError } from '../../errors/out-of-memory-error.ts';
import type { CamMethod } from '../../explain/cam-method.ts';
import type { CamModel } from '../../explain/cam-model.ts';
import type { Asked } from '../../explain/explain.ts';
import type { Look } from '../../explain/look.ts';
import { methodsFor, openMethod } from '../../explain/methods/index.ts';
import { openCamModel } from '../../explain/open-cam-model.ts';
import { Graph } from '../../graph/graph.ts';
import { encodeOnnx } from '../../graph/onnx/proto.ts';
import { builders } from '../../graph/ops/index.ts';
import { isKerasFile } from '../../models/keras-file.ts';
import type { Model } from '../../models/model.ts';
import { decodeModel } from '../../models/model-file.ts';
import type { SizeRule } from '../../models/network.ts';
import { threadsHere, webgpuInSoftware, webgpuMissing, webRuntime } from '../../runtime/web.ts';
import { random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import type { ForeignFile } from './import-here.ts';
import type { ImportedFacts } from './imported-facts.ts';
import { importedFile } from './imported-file.ts';

/** What is known of a model that was opened, and of where it runs. */
export interface ModelFacts {
  readonly type: 'half' | 'full';
  /** Of a full model: what ties its high-res map to the class. */
  readonly expansion: string | undefined;
  readonly classes: readonly string[];
  readonly imSize: number;
  /** The sizes that it takes. */
  readonly sizes: SizeRule;
  readonly channels: 1 | 3;
  /** As of a `Looker`. */
  readonly crop: number | undefined;
  /** Of a classifier of another program. */
  readonly imported: ImportedFacts | undefined;
  /** CAM methods that its maps can be compared with. */
  readonly methods: readonly { readonly name: string; readonly title: string }[];
  readonly device: 'webgpu' | 'wasm';
  /** Of WebAssembly. */
  readonly threads: number;
  /** Why it runs there, for people to read. */
  readonly note: string;
}

const createSession = webRuntime({
  cpu: { mjs: absolute(cpuMjs), wasm: absolute(cpuWasm) },
  webgpu: { mjs: absolute(webgpuMjs), wasm: absolute(webgpuWasm) },
});

function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}

/** A model as its file has it. */
interface Decoded {
  readonly model: Model | ImportedClassifier;
  readonly imported?: ImportedFacts;
  readonly name: string;
}

class ModelWorker {
  #decoded: Decoded | undefined;
  #model: CamModel | undefined;
  /** Of the model, by name: those that were asked for at this size. They compute on the processor. */
  readonly #methods: Map<string, CamMethod> = new Map();
  #methodSize = '';
  /** The explanation under way: its session is not to be released. */
  #running: Promise<unknown> = Promise.resolve();

  /** Loads and compiles the runtime, which takes longer than anything else, while the model is still on its way. */
  async prepare(): Promise<void> {
    const graph = new Graph();
    graph.output(builders.identity(graph.input('x', 'float32', [1]), 'y'));
    await (await createSession(encodeOnnx(graph))).release();
  }

  /**
   * Opens a model file, or imports a classifier of another program, to run by WebAssembly; the model before goes on until this one works.
   * @throws when it is none
   */
  async open(file: ForeignFile): Promise<ModelFacts> {
    const decoded = await read(file);
    await this.#releaseMethods();
    const model = await load(decoded, 'cpu');
    this.#decoded = decoded;
    await this.#replace(model);
    const { type, expansion, classes, imSize, crop, network } = model;
    return {
      type,
      expansion,
      classes,
      imSize,
      crop,
      sizes: network.sizes,
      channels: model.channels as 1 | 3,
      imported: decoded.imported,
      methods: methodsFor(network).map(({ name, title }) => ({ name, title })),
      device: 'wasm',
      threads: threadsHere(),
      note: 'as chosen',
    };
  }

  /**
   * Lets the model run on WebGPU, if that works: compiling for it takes seconds, in which the processor goes on.
   * @param software whether a GPU that is imitated in software will do
   */
  async tryWebgpu(software: boolean): Promise<Pick<ModelFacts, 'device' | 'note'>> {
    const missing = await webgpuMissing();
    if (missing !== undefined) return { device: 'wasm', note: `no WebGPU: ${missing}` };
    if (!software && (await webgpuInSoftware())) {
      return { device: 'wasm', note: 'WebGPU is imitated in software here, which is slower' };
    }
    const [decoded, onProcessor] = [this.#decoded, this.#model];
    if (decoded === undefined || onProcessor === undefined) throw new Error('there is no model yet');
    let model: CamModel | undefined;
    try {
      model = await load(decoded, 'webgpu');
      const error = await disagreement(onProcessor, model);
      if (!(error <= 1e-3)) throw new Error(`its results are off by ${error.toPrecision(2)}`);
      if (this.#decoded !== decoded) throw new Error('another model was opened meanwhile');
    } catch (error) {
      await model?.release().catch(() => {});
      return { device: 'wasm', note: `WebGPU fails: ${(error as Error).message}` };
    }
    await this.#replace(model);
    return { device: 'webgpu', note: 'a GPU was found, and it computes what the processor does' };
  }

  async #releaseMethods(): Promise<void> {
    const methods = [...this.#methods.values()];
    this.#methods.clear();
    for (const method of methods) await method.release?.();
  }

  async #replace(model: CamModel): Promise<void> {
    const before = this.#model;
    this.#model = model;
    await this.#running.catch(() => {});
    await before?.release();
  }

  /** As `CamModel.look`; the method is given by its name, and computes on the processor. */
  async look(seen: Picture, { class: choice, method }: Asked<string>): Promise<Look> {
    const model = this.#model;
    if (model === undefined) throw new Error('there is no model yet');
    const opened = method === undefined ? undefined : await this.#method(method, model, String(seen.shape));
    const run = model.look(seen, { class: choice, method: opened });
    this.#running = run;
    return run;
  }

  /** Most have a session for each size of image, which takes memory: those of another size are released. */
  async #method(name: string, { network }: CamModel, size: string): Promise<CamMethod> {
    if (this.#methodSize !== size) await this.#releaseMethods();
    this.#methodSize = size;
    const method = this.#methods.get(name) ?? (await openMethod(name, network, createSession));
    this.#methods.set(name, method);
    return method;
  }
}

export type { ModelWorker };

/** What a file holds, by its content. @throws when it is no model; without its name, which the page says */
async function read({ bytes, name, ...given }: ForeignFile): Promise<Decoded> {
  if (isKerasFile(bytes)) {
    throw new Error(`it holds Keras weights; hrm convert ${name} model.onnx makes a model of them`);
  }
  try {
    const kind = onnxKindOf(bytes, name);
    if (kind === 'imported') {
      const model = await decodeImported(bytes, name, createSession);
      return { model, imported: importedFile(model), name };
    }
    if (kind === 'own') return { model: decodeModel(bytes, name), name };
    const { importHere } = await import('./import-here.ts');
    return { ...(await importHere({ bytes, name, ...given }, createSession)), name };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { cause, reason, path } = error;
    if (path !== name) throw error;
    throw cause instanceof OutOfMemoryError ? cause : new Error(reason, { cause });
  }
}

function load({ model, name }: Decoded, device: 'cpu' | 'webgpu'): Promise<CamModel> {
  return openCamModel(model, createSession, { name, device });
}

/** How far two sessions of one model are apart on a picture of noise: the largest difference, as a share of the largest value. */
async function disagreement(one: CamModel, other: CamModel): Promise<number> {
  const draw = random(0);
  // A small one, but classifiers of others may need more.
  const side = one.imported ? one.imSize : 64;
  const image = tensor('float32', [1, side, side, one.channels]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = draw.next();
  const [a, b] = [await one.explain(image, 0), await other.explain(image, 0)];
  const pairs = [
    [a.probabilities, b.probabilities],
    [a.lowResCam, b.lowResCam],
    [a.highResCam ?? a.lowResCam, b.highResCam ?? b.lowResCam],
  ];
  const errors = pairs.map(([x, y]) => {
    const largest = x.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = x.data.reduce((most, value, i) => Math.max(most, Math.abs(value - y.data[i])), 0);
    return y.data.every(Number.isFinite) ? worst / Math.max(largest, 1e-6) : Number.POSITIVE_INFINITY;
  });
  return Math.max(...errors);
}

expose(new ModelWorker());
