/** What a user types to make a device work. */
import { existsSync, readdirSync } from 'node:fs';
import { type CudaParts, cudaIsPossible, driverLibrary } from '../../runtime/devices/cuda.ts';
import { findLibrary } from '../../runtime/devices/find-library.ts';

/** Where the commands put what they fetch. */
const folder = 'cuda-libs';

/** How NVIDIA's libraries are called by people, and the Python package that has them; `{cu}` is `-cu12` before CUDA 13. */
const known: readonly (readonly [pattern: RegExp, title: string, wheel: string])[] = [
  [/^libcudart\.so\.(\d+)/, 'CUDA', 'nvidia-cuda-runtime'],
  [/^libcublas(?:Lt)?\.so\.(\d+)/, 'cuBLAS', 'nvidia-cublas'],
  [/^libcurand\.so\.(\d+)/, 'cuRAND', 'nvidia-curand'],
  [/^libcufft\.so\.(\d+)/, 'cuFFT', 'nvidia-cufft'],
  [/^libnvrtc\.so\.(\d+)/, 'NVRTC', 'nvidia-cuda-nvrtc'],
  [/^libcudnn\.so\.(\d+)/, 'cuDNN', 'nvidia-cudnn'],
];

/** `libcudnn.so.9 (cuDNN 9)` */
export function titled(library: string): string {
  if (library === driverLibrary) return `${library} (the NVIDIA driver)`;
  const found = known.find(([pattern]) => pattern.test(library));
  return found === undefined ? library : `${library} (${found[1]} ${found[0].exec(library)?.[1]})`;
}

/**
 * The Python packages that have these libraries, as pip is asked for them: `nvidia-cublas~=13.0`.
 * @param cuda CUDA's main version
 */
export function wheelsOf(libraries: readonly string[], cuda: number): string[] {
  const wheels = libraries.flatMap((library) => {
    const found = known.find(([pattern]) => pattern.test(library));
    if (found === undefined) return [];
    const [pattern, , name] = found;
    const suffix = name === 'nvidia-cudnn' || cuda < 13 ? `-cu${cuda}` : '';
    return [`${name}${suffix}~=${pattern.exec(library)?.[1]}.0`];
  });
  return [...new Set(wheels)];
}

/** CUDA's main version, as the libraries' names say it. */
function cudaVersion(libraries: readonly string[]): number {
  const numbers = libraries.map((name) => /^lib(?:cudart|cublas|cublasLt)\.so\.(\d+)/.exec(name)?.[1]);
  return Number(numbers.find((number) => number !== undefined) ?? 13);
}

/**
 * The commands that make CUDA work here, beside a driver; none where nothing is missing that can be had so.
 * @param version of ONNX Runtime
 */
export function cudaRemedy({ provider, missing }: CudaParts, version: string): string[] {
  if (!cudaIsPossible) return [];
  const wheels = [
    ...(provider ? [] : [`onnxruntime-gpu==${version}`]),
    ...wheelsOf(missing, cudaVersion(missing)),
  ];
  if (wheels.length === 0) return [];
  // Kernels that cuDNN compiles as it runs need it; nothing names it as missing.
  if (missing.some((name) => name.startsWith('libcudnn'))) {
    const cuda = cudaVersion(missing);
    wheels.push(...wheelsOf([`libnvrtc.so.${cuda}`], cuda));
  }
  return [
    `pip install --target ${folder} --no-deps --only-binary=:all: --python-version 3.12 ${wheels.join(' ')}`,
    `hrm devices --cuda-from ${folder}`,
  ];
}

/** What no package of Python has. */
export function driverNotes({ missing }: Pick<CudaParts, 'missing'>): string[] {
  if (!missing.includes(driverLibrary)) return [];
  return [
    `${driverLibrary} comes with NVIDIA's driver, 580 or newer for CUDA 13; a container gets it by 'docker run --gpus all'`,
  ];
}

/** Where drivers for Vulkan put their descriptions. */
const descriptions = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** What WebGPU lacks here, on Linux: elsewhere its driver comes with the system. */
export function webgpuRemedy(hasNvidia: boolean): {
  readonly notes: readonly string[];
  readonly commands: readonly string[];
} {
  if (process.platform !== 'linux') return { notes: [], commands: [] };
  if (process.arch !== 'x64') {
    return { notes: ['ONNX Runtime for Node has WebGPU on Linux for x64 alone'], commands: [] };
  }
  const packages: string[] = [];
  if (findLibrary('libvulkan.so.1') === undefined) packages.push('libvulkan1');
  if (!descriptions.some((one) => existsSync(one) && readdirSync(one).length > 0)) {
    packages.push(hasNvidia ? 'nvidia-vulkan-icd' : 'mesa-vulkan-drivers');
  }
  return {
    notes: hasNvidia
      ? [
          "a container gets NVIDIA's driver for Vulkan by 'docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all'",
        ]
      : ['it needs a GPU, and its driver for Vulkan: of AMD and Intel in Mesa, of NVIDIA in its own driver'],
    commands: packages.length > 0 ? [`apt-get install ${packages.join(' ')}`] : [],
  };
}
