/** WebAssembly kernels, with the memory that they work in. Their source is in `assembly`. */

/** The kernels of a module. They take addresses, then numbers, which are documented in `assembly`. */
type Kernels<Name extends string> = Readonly<Record<Name, (...numbers: readonly number[]) => number>>;

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const pageBytes = 2 ** 16;
/** Limit in bytes on the memory that is reused for the next workspace. */
const keptBytes = 2 ** 26;
/** `assembly/memory.ts`: kernels may read and write this many bytes beyond the end of an array. */
const slackBytes = 64;

/** A compiled module of kernels, which creates workspaces. */
export class WasmModule<Name extends string> {
  readonly #base64: string;
  #module: WebAssembly.Module | undefined;
  #kept: WebAssembly.Instance | undefined;

  /**
   * Compiles the module with the first workspace.
   * @param base64 the module, as `npm run wasm` writes it
   */
  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** A workspace in shared memory: it invalidates the previous one. */
  workspace(): Workspace<Name> {
    if (this.#kept === undefined || memoryOf(this.#kept).buffer.byteLength > keptBytes) {
      this.#kept = this.#instantiate();
    }
    return new Workspace(this.#kept);
  }

  /** A workspace with its own memory, for data that must stay. */
  ownWorkspace(): Workspace<Name> {
    return new Workspace(this.#instantiate());
  }

  #instantiate(): WebAssembly.Instance {
    this.#module ??= new WebAssembly.Module(
      Uint8Array.from(atob(this.#base64), (byte) => byte.charCodeAt(0)),
    );
    return new WebAssembly.Instance(this.#module);
  }
}

/** The kernels of a module with memory for their arrays. */
export class Workspace<Name extends string> {
  readonly run: Kernels<Name>;
  readonly #memory: WebAssembly.Memory;
  /** Start of the memory for arrays. */
  readonly #start: number;
  #end: number;

  /**
   * @param instance exports `memory`, `base` (the start of the memory for arrays) and the kernels. Its type
   * is written out: Node's own types have no `WebAssembly`
   */
  constructor(instance: { readonly exports: Readonly<Record<string, unknown>> }) {
    this.run = instance.exports as unknown as Kernels<Name>;
    this.#memory = memoryOf(instance);
    this.#start = (instance.exports.base as WebAssembly.Global).value;
    this.#end = this.#start;
  }

  /** Frees all arrays. */
  clear(): void {
    this.#end = this.#start;
  }

  /**
   * Allocates bytes with undefined content.
   * @returns their address, a multiple of 16
   * @throws when memory is exhausted
   */
  room(bytes: number): number {
    const address = Math.ceil(this.#end / 16) * 16;
    this.#end = address + bytes + slackBytes;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /**
   * Allocates bytes set to 0.
   * @returns their address
   */
  zeros(bytes: number): number {
    const address = this.room(bytes);
    new Uint8Array(this.#memory.buffer, address, bytes).fill(0);
    return address;
  }

  /**
   * Allocates an array and copies numbers into it.
   * @returns its address
   */
  put(numbers: Numbers): number {
    const address = this.room(numbers.byteLength);
    this.write(address, numbers);
    return address;
  }

  /** Copies numbers to an allocated address. */
  write(address: number, numbers: Numbers): void {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    new Uint8Array(this.#memory.buffer, address, bytes.length).set(bytes);
  }

  /** Copies float32 numbers into `to`, as many as it holds. */
  readFloats(address: number, to: Float32Array): void {
    to.set(new Float32Array(this.#memory.buffer, address, to.length));
  }

  /** Copies uint8 numbers into `to`, as many as it holds. */
  readBytes(address: number, to: Uint8Array): void {
    to.set(new Uint8Array(this.#memory.buffer, address, to.length));
  }

  /** A copy of float32 numbers. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length).slice();
  }

  /** A copy of int32 numbers. */
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length).slice();
  }

  /** A copy of uint8 numbers. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length).slice();
  }
}

function memoryOf(instance: { readonly exports: Readonly<Record<string, unknown>> }): WebAssembly.Memory {
  return instance.exports.memory as WebAssembly.Memory;
}
