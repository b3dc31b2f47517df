/**
 * Transfers errors to another thread: a structured clone keeps an error's message and stack, but not its
 * class and fields.
 */
import { FileError } from './file-error.ts';
import { ModelKindError } from './model-kind-error.ts';
import { OutOfMemoryError } from './out-of-memory-error.ts';

/** An error in a form that can be cloned. */
export type PackedError = { readonly stack?: string; readonly cause?: PackedError } & (
  | Pick<FileError, 'path' | 'reason'>
  | Pick<ModelKindError, 'path' | 'wanted' | 'found'>
  | { readonly memory: string }
  | { readonly other: unknown }
);

/** Packs an error for `unpackError` in another thread. */
export function packError(error: unknown): PackedError {
  if (!(error instanceof FileError || error instanceof OutOfMemoryError)) return { other: error };
  const { stack, cause } = error;
  const origin = { stack, cause: cause === undefined ? undefined : packError(cause) };
  if (error instanceof OutOfMemoryError) return { ...origin, memory: error.message };
  const { path, reason } = error;
  if (!(error instanceof ModelKindError)) return { ...origin, path, reason };
  return { ...origin, path, wanted: error.wanted, found: error.found };
}

/** The error with its class, and with the stack of the thread that it comes from. */
export function unpackError(packed: PackedError): unknown {
  if ('other' in packed) return packed.other;
  const options = packed.cause && { cause: unpackError(packed.cause) };
  const error = make(packed, options);
  error.stack = packed.stack;
  return error;
}

function make(packed: Exclude<PackedError, { other: unknown }>, options?: ErrorOptions): Error {
  if ('memory' in packed) return new OutOfMemoryError(packed.memory, options);
  if ('reason' in packed) return new FileError(packed.path, packed.reason, options);
  return new ModelKindError(packed.path, packed.wanted, packed.found, options);
}
