/** The loader's arithmetic, as WebAssembly. Its source is in `assembly/pictures`. */
import { WasmModule, type Workspace } from '../../tensor/wasm-workspace.ts';
import { kernelsWasm } from './kernels-wasm.ts';

type KernelName = 'bilinear' | 'nearest' | 'resize' | 'toUnitRange';

/** The loader's kernels with memory to work in. */
export type KernelWorkspace = Workspace<KernelName>;

export const kernels: WasmModule<KernelName> = new WasmModule(kernelsWasm);
