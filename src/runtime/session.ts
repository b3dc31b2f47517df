/** The project's interface to the runtime of its graphs. `node.ts` implements it with ONNX Runtime. */
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Where a graph runs: the CPU, any GPU through WebGPU, or an NVIDIA GPU through CUDA; `cuda:1` is the second
 * card.
 */
export type Device = 'cpu' | 'webgpu' | 'cuda' | `cuda:${number}`;
export const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda'];

/** The number of the card, from 0, of a CUDA device; undefined for other devices. */
export function cudaCard(device: Device): number | undefined {
  if (!device.startsWith('cuda')) return undefined;
  return device === 'cuda' ? 0 : Number(device.slice('cuda:'.length));
}

/** The API of a device: the form of a graph depends on it. */
export type Interface = 'cpu' | 'webgpu' | 'cuda';

export function interfaceOf(device: Device): Interface {
  return device === 'cpu' || device === 'webgpu' ? device : 'cuda';
}

/** Options of `CreateSession`. */
export interface SessionOptions {
  /** Default 'cpu'. */
  readonly device?: Device;
  /**
   * 'training' leaves out the rewrites that need fixed weights; 'once' all rewrites, for a graph that runs
   * once. 'in turn' is inference by one of several sessions that run one after the other: its threads do not
   * spin while they wait for the next run, which would slow down the others. Default 'inference'.
   */
  readonly purpose?: 'inference' | 'in turn' | 'training' | 'once';
  /**
   * Results, float32 vectors, that stay on the device if it supports that: WebGPU in Node. See
   * `Session.runKeeping`.
   */
  readonly keep?: readonly string[];
  /**
   * Whether WebGPU's validation is off, in Node. That is faster, but if a buffer is too large or memory runs
   * out, results are zeros without an error, also in other open sessions of the process. Default false.
   */
  readonly unchecked?: boolean;
}

/**
 * How far ONNX Runtime rewrites a graph. Rewrites beyond 'extended' change memory layouts for fixed weights;
 * a training step has none.
 */
export const optimizationLevels: Readonly<
  Record<NonNullable<SessionOptions['purpose']>, 'all' | 'extended' | 'disabled'>
> = { inference: 'all', 'in turn': 'all', training: 'extended', once: 'disabled' };

export interface OutputType {
  /** ONNX Runtime's name, such as `float16`. */
  readonly type: string;
  /** An unknown length is a name, possibly an empty one. */
  readonly shape: readonly (number | string)[];
}

/** A result that stayed on its device. It can be fed to a session of the same device. */
export interface Kept {
  read(): Promise<Tensor>;
  /** Frees its memory. */
  release(): void;
}

/** An opened model, which can be run. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What is known of the outputs before a run, by name; absent if nothing is. */
  readonly outputTypes?: Readonly<Record<string, OutputType>>;
  /**
   * One run. Every input must be fed.
   * @param outputs the results to return; default: all
   */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** One run whose results named by `SessionOptions.keep` stay on the device. */
  runKeeping?(feeds: Readonly<Record<string, Tensor | Kept>>): Promise<KeepingRun>;
  /** Frees the memory; the session cannot run again. */
  release(): Promise<void>;
}

/** The results of a run: those in CPU memory, and those that stayed on the device. */
export interface KeepingRun {
  readonly results: Readonly<Record<string, Tensor>>;
  readonly kept: Readonly<Record<string, Kept>>;
}

/**
 * Opens a session from the bytes of an ONNX file.
 * @throws when they are not a model, or the device does not exist
 */
export type CreateSession = (model: Uint8Array, options?: SessionOptions) => Promise<Session>;
