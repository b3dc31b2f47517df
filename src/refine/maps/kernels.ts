/** The WebAssembly kernels of the refinement. Their source is in `assembly`. */
import { WasmModule, type Workspace } from '../../tensor/wasm-workspace.ts';
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
  | 'guided'
  | 'passMessages'
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

/** The kernels, with the memory that they work in. */
export type KernelWorkspace = Workspace<KernelName>;

export const kernels: WasmModule<KernelName> = new WasmModule(kernelsWasm);
