/**
 * The loader's arithmetic as WebAssembly (SIMD): resizing, affine transforms, numbers in [0, 1]. What TypeScript calls in `src/data`.
 * Written in AssemblyScript; `npm run wasm` makes `src/data/picture/kernels-wasm.ts` of it.
 */
export { base } from '../memory';
export { bilinear, nearest } from './affine';
export { resize } from './resize';
export { toUnitRange } from './unit-range';
