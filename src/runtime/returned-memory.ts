/** Freed memory that goes back to the system: glibc's allocator keeps it unless told otherwise. */

/** From this size on, in bytes, an allocation has pages of its own, which go back to the system when it is freed. */
const ownPages = 2 ** 18;
/** So much, in bytes, stays free at the end of a heap. */
const keptFree = 2 ** 20;
/** `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` of malloc.h. */
const parameters: readonly (readonly [number: number, bytes: number])[] = [
  [-3, ownPages],
  [-1, keptFree],
];

/**
 * Makes this process give memory back that it has freed: sessions that come and go leave holes of many megabytes between those that stay,
 * since glibc by itself raises the size from which allocations have pages of their own to the largest that was freed. Where another
 * allocator runs, or the environment sets glibc's, nothing changes.
 */
export async function returnFreedMemory(): Promise<void> {
  if (process.platform !== 'linux') return;
  const { MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, GLIBC_TUNABLES } = process.env;
  if (MALLOC_MMAP_THRESHOLD_ || MALLOC_TRIM_THRESHOLD_ || GLIBC_TUNABLES) return;
  try {
    const { default: koffi } = await import('koffi');
    const mallopt = koffi.load('libc.so.6').func('int mallopt(int, int)');
    for (const [parameter, bytes] of parameters) mallopt(parameter, bytes);
  } catch {
    // No glibc, or no koffi for this machine.
  }
}
