/**
 * The loader's kernels as WebAssembly with SIMD: resizing, affine transforms, bytes to [0, 1]. They are
 * called from `src/data`. Written in AssemblyScript; `npm run wasm` compiles it to
 * `src/data/picture/kernels-wasm.ts`.
 */
export { base } from '../memory';
export { bilinear, nearest } from './affine';
export { resize } from './resize';
export { toUnitRange } from './unit-range';
