/** The model, in a worker, so that the page stays responsive. */
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

/** The facts of an open model, and of where it runs. */
export interface ModelFacts {
  readonly type: 'half' | 'full';
  /** For a full model: the kind of its expansion. */
  readonly expansion: string | undefined;
  readonly classes: readonly string[];
  readonly imSize: number;
  /** The sizes that it accepts. */
  readonly sizes: SizeRule;
  readonly channels: 1 | 3;
  /** As in `Looker`. */
  readonly crop: number | undefined;
  /** For an imported classifier. */
  readonly imported: ImportedFacts | undefined;
  /** The CAM methods that can explain it. */
  readonly methods: readonly { readonly name: string; readonly title: string }[];
  readonly device: 'webgpu' | 'wasm';
  /** Threads of WebAssembly. */
  readonly threads: number;
  /** Why it runs there, for the user. */
  readonly note: string;
}

const createSession = webRuntime({
  cpu: { mjs: absolute(cpuMjs), wasm: absolute(cpuWasm) },
  webgpu: { mjs: absolute(webgpuMjs), wasm: absolute(webgpuWasm) },
});

function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}

/** A model as decoded from its file. */
interface Decoded {
  readonly model: Model | ImportedClassifier;
  readonly imported?: ImportedFacts;
  readonly name: string;
}

class ModelWorker {
  #decoded: Decoded | undefined;
  #model: CamModel | undefined;
  /** The model's CAM methods by name, for the current size. They run on the CPU. */
  readonly #methods: Map<string, CamMethod> = new Map();
  #methodSize = '';
  /** The explanation in progress: its session must not be released. */
  #running: Promise<unknown> = Promise.resolve();

  /** Loads and compiles the runtime, which takes longest, while the model is still being fetched. */
  async prepare(): Promise<void> {
    const graph = new Graph();
    graph.output(builders.identity(graph.input('x', 'float32', [1]), 'y'));
    await (await createSession(encodeOnnx(graph))).release();
  }

  /**
   * Opens a model file, or imports a classifier of another program, to run with WebAssembly; the previous
   * model stays in use until this one works.
   * @throws when it is not a model
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
   * Moves the model to WebGPU, if that works. Compiling for it takes seconds, during which the CPU is used.
   * @param software whether a GPU emulated in software is accepted
   */
  async tryWebgpu(software: boolean): Promise<Pick<ModelFacts, 'device' | 'note'>> {
    const missing = await webgpuMissing();
    if (missing !== undefined) return { device: 'wasm', note: `no WebGPU: ${missing}` };
    if (!software && (await webgpuInSoftware())) {
      return { device: 'wasm', note: 'WebGPU is emulated in software here, which is slower' };
    }
    const [decoded, onProcessor] = [this.#decoded, this.#model];
    if (decoded === undefined || onProcessor === undefined) throw new Error('no model is open');
    let model: CamModel | undefined;
    try {
      model = await load(decoded, 'webgpu');
      const error = await disagreement(onProcessor, model);
      if (!(error <= 1e-3)) throw new Error(`its results are off by ${error.toPrecision(2)}`);
      if (this.#decoded !== decoded) throw new Error('another model was opened in the meantime');
    } catch (error) {
      await model?.release().catch(() => {});
      return { device: 'wasm', note: `WebGPU fails: ${(error as Error).message}` };
    }
    await this.#replace(model);
    return { device: 'webgpu', note: 'a GPU was found, and its results equal those of the CPU' };
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

  /** As `CamModel.look`; the method is given by its name, and runs on the CPU. */
  async look(seen: Picture, { class: choice, method }: Asked<string>): Promise<Look> {
    const model = this.#model;
    if (model === undefined) throw new Error('no model is open');
    const opened = method === undefined ? undefined : await this.#method(method, model, String(seen.shape));
    const run = model.look(seen, { class: choice, method: opened });
    this.#running = run;
    return run;
  }

  /**
   * Most methods have a session for each image size, which takes memory: those of another size are released.
   */
  async #method(name: string, { network }: CamModel, size: string): Promise<CamMethod> {
    if (this.#methodSize !== size) await this.#releaseMethods();
    this.#methodSize = size;
    const method = this.#methods.get(name) ?? (await openMethod(name, network, createSession));
    this.#methods.set(name, method);
    return method;
  }
}

export type { ModelWorker };

/**
 * The model in a file, recognised by its content.
 * @throws when it is not a model; the page adds the file's name to the message
 */
async function read({ bytes, name, ...given }: ForeignFile): Promise<Decoded> {
  if (isKerasFile(bytes)) {
    throw new Error(`it holds Keras weights; convert them into a model with hrm convert ${name} model.onnx`);
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

/**
 * The largest difference between two sessions' results on a picture of noise, relative to the largest value.
 */
async function disagreement(one: CamModel, other: CamModel): Promise<number> {
  const draw = random(0);
  // A small size, which imported classifiers may not accept.
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
