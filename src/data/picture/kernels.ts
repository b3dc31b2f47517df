/** The loader's arithmetic, as WebAssembly: where it runs, and how numbers get in and out. Its source is in `assembly/pictures`. */
import { kernelsWasm } from './kernels-wasm.ts';

type KernelName = 'bilinear' | 'nearest' | 'resize' | 'toUnitRange';

/** Takes addresses, then numbers. What each means is written in `assembly/pictures`. */
type Kernels = Readonly<Record<KernelName, (...numbers: readonly number[]) => number>>;

const pageBytes = 2 ** 16;

let instance: WebAssembly.Instance | undefined;

/** The kernels with memory to work in. One at a time: a new workspace takes over the memory of the one before. */
export class Workspace {
  readonly run: Kernels;
  readonly #memory: WebAssembly.Memory;
  #end: number;

  constructor() {
    instance ??= new WebAssembly.Instance(
      new WebAssembly.Module(Uint8Array.from(atob(kernelsWasm), (byte) => byte.charCodeAt(0))),
    );
    const { base, memory, ...run } = instance.exports;
    this.run = run as Kernels;
    this.#memory = memory as WebAssembly.Memory;
    this.#end = (base as WebAssembly.Global).value;
  }

  /** Room for so many bytes, with any content, and 64 bytes behind it that kernels may touch; its address. */
  room(bytes: number): number {
    const address = (this.#end + 15) & ~15;
    this.#end = address + bytes + 64;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /** Copies numbers in; their address. */
  put(numbers: Uint8Array): number {
    const address = this.room(numbers.byteLength);
    this.bytes(address, numbers.byteLength).set(numbers);
    return address;
  }

  /** Bytes in memory, until more room is asked for. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** Numbers in memory, until more room is asked for. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }
}
