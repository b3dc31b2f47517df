/** WebAssembly kernels and the memory they work in: how numbers get in and out. Their source is in `assembly`. */

/** The kernels of a module. They take addresses, then numbers; what each means is written in `assembly`. */
type Kernels<Name extends string> = Readonly<Record<Name, (...numbers: readonly number[]) => number>>;

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const pageBytes = 2 ** 16;
/** Memory beyond this is not kept for the next workspace. */
const keptBytes = 2 ** 26;
/** `assembly/memory.ts`: kernels may read and write so many bytes beyond the end of an array. */
const slackBytes = 64;

/** A compiled module of kernels: makes workspaces. */
export class WasmModule<Name extends string> {
  readonly #base64: string;
  #module: WebAssembly.Module | undefined;
  #kept: WebAssembly.Instance | undefined;

  /**
   * Compiles nothing before the first workspace.
   * @param base64 the module, as `npm run wasm` writes it
   */
  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** A workspace in the memory that all of them share: it takes over the memory of the one before. */
  workspace(): Workspace<Name> {
    if (this.#kept === undefined || memoryOf(this.#kept).buffer.byteLength > keptBytes) {
      this.#kept = this.#instantiate();
    }
    return new Workspace(this.#kept);
  }

  /** A workspace whose memory no other one takes over: for what is to stay there. */
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

/** The kernels of a module with memory to work in. */
export class Workspace<Name extends string> {
  readonly run: Kernels<Name>;
  readonly #memory: WebAssembly.Memory;
  /** Where memory begins that is free to be laid out. */
  readonly #start: number;
  #end: number;

  /**
   * @param instance exports `memory`, `base` (where free memory begins) and the kernels. Its type is written out: Node's own types have
   * no `WebAssembly`
   */
  constructor(instance: { readonly exports: Readonly<Record<string, unknown>> }) {
    this.run = instance.exports as unknown as Kernels<Name>;
    this.#memory = memoryOf(instance);
    this.#start = (instance.exports.base as WebAssembly.Global).value;
    this.#end = this.#start;
  }

  /** Gives all room back. */
  clear(): void {
    this.#end = this.#start;
  }

  /** Room for so many bytes, with any content, at a multiple of 16; its address. @throws when memory ends. */
  room(bytes: number): number {
    const address = Math.ceil(this.#end / 16) * 16;
    this.#end = address + bytes + slackBytes;
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

  /** Copies as many float32 numbers out as `to` holds. */
  readFloats(address: number, to: Float32Array): void {
    to.set(new Float32Array(this.#memory.buffer, address, to.length));
  }

  /** Copies as many uint8 numbers out as `to` holds. */
  readBytes(address: number, to: Uint8Array): void {
    to.set(new Uint8Array(this.#memory.buffer, address, to.length));
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

function memoryOf(instance: { readonly exports: Readonly<Record<string, unknown>> }): WebAssembly.Memory {
  return instance.exports.memory as WebAssembly.Memory;
}
