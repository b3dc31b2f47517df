/** This machine's MPI library, with the functions that are needed. It is called through koffi. */
import type { KoffiFunc, LibraryHandle } from 'koffi';
import { firstLine } from '../../errors/first-line.ts';
import type { Launch } from './launcher.ts';

/** A handle: an address in Open MPI, a number in MPICH. */
type Handle = bigint | number;

/** A C function, called by koffi. It returns MPI's error code; 0 is success. */
type Call = KoffiFunc<(...args: never[]) => number>;

export interface MpiLibrary {
  readonly file: string;
  readonly inPlace: bigint;
  readonly world: Handle;
  readonly byte: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly sum: Handle;
  /**
   * Calls a function.
   * @throws with the function's name and MPI's error code
   */
  readonly call: (name: keyof typeof functions, ...args: unknown[]) => void;
}

/**
 * Parameters of each function. `handle` is a communicator, a type or an operation; requests and statuses are
 * written into memory of this project.
 */
const functions = {
  MPI_Init_thread: ['void *', 'void *', 'int', 'void *'],
  MPI_Comm_rank: ['handle', 'void *'],
  MPI_Comm_size: ['handle', 'void *'],
  MPI_Allreduce: ['intptr_t', 'void *', 'int', 'handle', 'handle', 'handle'],
  MPI_Iallreduce: ['intptr_t', 'void *', 'int', 'handle', 'handle', 'handle', 'void *'],
  MPI_Test: ['void *', 'void *', 'void *'],
  MPI_Bcast: ['void *', 'int', 'handle', 'int', 'handle'],
  MPI_Abort: ['handle', 'int'],
  MPI_Finalize: [],
} as const;

/** Names of the library's file, first those of the launcher's kind. */
const files = {
  'Open MPI': ['libmpi.so.40', 'libmpi.so.20', 'libmpi.40.dylib'],
  MPICH: ['libmpi.so.12', 'libmpich.so.12', 'libmpich.so', 'libmpi.12.dylib'],
  either: ['libmpi.so', 'libmpi.dylib'],
} as const;

/** The environment variable that names the file, if it is not found otherwise. */
export const libraryVariable = 'HRM_MPI_LIBRARY';

/**
 * Loads the library.
 * @param named its file; default: the value of `HRM_MPI_LIBRARY`, else the one that the loader finds
 * @throws if there is none, in one line
 */
export async function loadMpi(
  { by, kind, size }: Launch,
  named: string | undefined = process.env[libraryVariable] || undefined,
): Promise<MpiLibrary> {
  const { default: koffi } = await import('koffi');
  const others = kind === 'MPICH' ? files['Open MPI'] : files.MPICH;
  const usual = kind === 'MPICH' ? files.MPICH : files['Open MPI'];
  const names = named === undefined ? [...usual, ...files.either, ...others] : [named];
  let reason: unknown;
  for (const file of names) {
    try {
      // Parts of MPI that are loaded later resolve its symbols globally in the process.
      return bound(file, koffi.load(file, { global: true } as never));
    } catch (error) {
      reason ??= error;
    }
  }
  throw new Error(
    named === undefined
      ? `${by} has started ${size} processes, but no MPI library was found (${names.join(', ')}); set ${libraryVariable} to its file`
      : `${libraryVariable}: ${named} cannot be loaded: ${firstLine(reason)}`,
  );
}

/**
 * MPICH's handles, defined by its ABI (https://www.mpich.org/abi/), which Intel MPI, MVAPICH and Cray's
 * share.
 */
const mpichHandles = {
  inPlace: -1n,
  world: 0x44000000,
  byte: 0x4c00010d,
  float: 0x4c00040a,
  double: 0x4c00080b,
  sum: 0x58000003,
} as const;

function bound(file: string, library: LibraryHandle): MpiLibrary {
  const open = openMpiHandles(library);
  const type = { handle: open ? 'void *' : 'int' };
  const made = new Map<string, Call>();
  const call: MpiLibrary['call'] = (name, ...args) => {
    let own = made.get(name);
    if (own === undefined) {
      const types = functions[name].map((one) => (one === 'handle' ? type.handle : one));
      own = library.func(name, 'int', types) as unknown as Call;
      made.set(name, own);
    }
    const code = own(...(args as never[]));
    if (code !== 0) throw new Error(`${name} of ${file} failed with code ${code}`);
  };
  return { file, ...(open ?? mpichHandles), call };
}

/** Open MPI's handles, which are the addresses of variables; undefined if the library lacks them. */
function openMpiHandles(library: LibraryHandle): Omit<MpiLibrary, 'file' | 'call'> | undefined {
  const address = (name: string): bigint => library.symbol(name, 'void *') as unknown as bigint;
  try {
    return {
      inPlace: 1n,
      world: address('ompi_mpi_comm_world'),
      byte: address('ompi_mpi_byte'),
      float: address('ompi_mpi_float'),
      double: address('ompi_mpi_double'),
      sum: address('ompi_mpi_op_sum'),
    };
  } catch {
    return undefined;
  }
}
