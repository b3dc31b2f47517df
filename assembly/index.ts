/**
 * The refinement's kernels as WebAssembly with SIMD, called from `src/refine`, where each step is described.
 * Written in AssemblyScript; `npm run wasm` compiles it to `src/refine/maps/kernels-wasm.ts`.
 */
export { affinities, passMessages } from './crf';
export { meanFilter } from './mean-filter';
export { countLevels, markGreys, merge } from './merge';
export { cutOut } from './cut-out';
export { guided } from './guided';
export { above, withStrong } from './limits';
export { base } from './memory';
export { countIntervals, take, takeInterval } from './ranks';
export { fillHoles, growRegion } from './regions';
export { resize, resizeGrey } from './resize';
export { extremes, scale } from './scale';
export { sobel } from './sobel';
