/** The loader's WebAssembly kernels. Their source is in `assembly/pictures`. */
import { WasmModule, type Workspace } from '../../tensor/wasm-workspace.ts';
import { kernelsWasm } from './kernels-wasm.ts';

type KernelName = 'bilinear' | 'nearest' | 'resize' | 'toUnitRange';

/** The loader's kernels with working memory. */
export type KernelWorkspace = Workspace<KernelName>;

/** The compiled kernels. */
export const kernels: WasmModule<KernelName> = new WasmModule(kernelsWasm);
