/** The steps' arithmetic, as WebAssembly: where it runs, and how numbers get in and out. Its source is in `assembly`. */
import { kernelsWasm } from './kernels-wasm.ts';

type KernelName =
  | 'above'
  | 'affinities'
  | 'countIntervals'
  | 'countLevels'
  | 'cutOut'
  | 'extremes'
  | 'fillHoles'
  | 'growRegion'
  | 'hear'
  | 'markGreys'
  | 'meanFilter'
  | 'merge'
  | 'resize'
  | 'resizeGrey'
  | 'scale'
  | 'sobel'
  | 'take'
  | 'takeInterval'
  | 'withStrong';

/** Takes addresses, then numbers. What each means is written in `assembly`. */
type Kernels = Readonly<Record<KernelName, (...numbers: readonly number[]) => number>>;

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const pageBytes = 2 ** 16;
/** Memory beyond this is not kept for the next time. */
const keptBytes = 2 ** 26;

let module: WebAssembly.Module | undefined;
let kept: WebAssembly.Instance | undefined;

function instantiate(): WebAssembly.Instance {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(kernelsWasm), (byte) => byte.charCodeAt(0)));
  return new WebAssembly.Instance(module);
}

function shared(): WebAssembly.Instance {
  if (kept === undefined || memoryOf(kept).buffer.byteLength > keptBytes) kept = instantiate();
  return kept;
}

function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  return instance.exports.memory as WebAssembly.Memory;
}

const start = 1024;

/** The kernels with memory to work in. One at a time: a new workspace takes over the memory of the one before. */
export class Workspace {
  readonly run: Kernels;
  readonly #memory: WebAssembly.Memory;
  #end = start;

  constructor(instance: WebAssembly.Instance = shared()) {
    this.run = instance.exports as unknown as Kernels;
    this.#memory = memoryOf(instance);
  }

  /** A workspace whose memory no other one takes over: for what is to stay there. */
  static alone(): Workspace {
    return new Workspace(instantiate());
  }

  /** Gives all room back. */
  clear(): void {
    this.#end = start;
  }

  /** Room for so many bytes, with any content; its address. @throws when memory ends. */
  room(bytes: number): number {
    const address = this.#end;
    this.#end = (address + bytes + 31) & ~15; // kernels may go up to 16 bytes further
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /** Room for so many bytes, all 0; its address. */
  zeros(bytes: number): number {
    const address = this.room(bytes);
    new Uint8Array(this.#memory.buffer, address, bytes).fill(0);
    return address;
  }

  /** Copies numbers in; their address. */
  put(numbers: Numbers): number {
    const address = this.room(numbers.byteLength);
    this.write(address, numbers);
    return address;
  }

  /** Copies numbers to where there is room for them. */
  write(address: number, numbers: Numbers): void {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    new Uint8Array(this.#memory.buffer, address, bytes.length).set(bytes);
  }

  /** Copies float32 numbers out. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length).slice();
  }

  /** Copies int32 numbers out. */
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length).slice();
  }

  /** Copies uint8 numbers out. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length).slice();
  }
}
