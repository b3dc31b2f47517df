/** What the project asks of whatever runs its graphs. `node.ts` provides it through ONNX Runtime. */
import type { Tensor } from '../tensor/tensor.ts';

/** Where a graph runs: the processor, any GPU through WebGPU, or an NVIDIA GPU through CUDA; `cuda:1` is the second card. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | `cuda:${number}`;
export const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda'];

/** The number of the card, from 0, that a device is through CUDA; undefined of another device. */
export function cudaCard(device: Device): number | undefined {
  if (!device.startsWith('cuda')) return undefined;
  return device === 'cuda' ? 0 : Number(device.slice('cuda:'.length));
}

/** By which interface a device is used: the form of a graph depends on it. */
export type Interface = 'cpu' | 'webgpu' | 'cuda';

export function interfaceOf(device: Device): Interface {
  return device === 'cpu' || device === 'webgpu' ? device : 'cuda';
}

/** Where and for what a graph is run. */
export interface SessionOptions {
  /** Default 'cpu'. */
  readonly device?: Device;
  /**
   * 'training' spares the rewrites that pay only where weights are fixed; 'once' all of them, for a graph that runs one time. 'in turn'
   * is inference by one of several sessions that run one after the other: its threads do not wait busily for the next run, which would
   * take the processor from the others. Default 'inference'.
   */
  readonly purpose?: 'inference' | 'in turn' | 'training' | 'once';
  /** Results, float32 vectors, that stay on the device where it allows that: WebGPU in Node. See `Session.runKeeping`. */
  readonly keep?: readonly string[];
  /**
   * Whether WebGPU's validation is off, in Node. That is faster, but where a buffer is too large or memory runs out, results are
   * zeros without an error, in all sessions of the process that are open beside this one, too. Default: false.
   */
  readonly unchecked?: boolean;
}

/**
 * How far ONNX Runtime rewrites a graph. Rewrites beyond 'extended' change memory layouts for fixed weights; a training step has
 * none.
 */
export const optimizationLevels: Readonly<
  Record<NonNullable<SessionOptions['purpose']>, 'all' | 'extended' | 'disabled'>
> = { inference: 'all', 'in turn': 'all', training: 'extended', once: 'disabled' };

export interface OutputType {
  /** As ONNX Runtime calls it, `float16` for instance. */
  readonly type: string;
  /** Names, perhaps empty ones, where a length is not known. */
  readonly shape: readonly (number | string)[];
}

/** A result that stayed where it was computed. A session of the same device can be fed it. */
export interface Kept {
  read(): Promise<Tensor>;
  /** Frees its memory. */
  release(): void;
}

/** A graph that is ready to run, on whatever runs it. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What is known of the outputs before a run, by name; absent where nobody says. */
  readonly outputTypes?: Readonly<Record<string, OutputType>>;
  /**
   * One run. Every input must be fed.
   * @param outputs the results wanted; default all of them
   */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** One run whose results named by `SessionOptions.keep` stay on the device. */
  runKeeping?(feeds: Readonly<Record<string, Tensor | Kept>>): Promise<KeepingRun>;
  /** Frees the memory; the session cannot run again. */
  release(): Promise<void>;
}

/** What a run gave: results on the processor, and those that stayed on the device. */
export interface KeepingRun {
  readonly results: Readonly<Record<string, Tensor>>;
  readonly kept: Readonly<Record<string, Kept>>;
}

/** Makes a session from the bytes of an ONNX file. @throws when they are no model, or the device is not there. */
export type CreateSession = (model: Uint8Array, options?: SessionOptions) => Promise<Session>;
