/** Returns freed memory to the operating system; by default glibc's allocator keeps it. */

/** Allocations of this size or more, in bytes, get pages of their own, which are returned when freed. */
const ownPages = 2 ** 18;
/** Free bytes that stay at the end of a heap. */
const keptFree = 2 ** 20;
/** `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` of malloc.h. */
const parameters: readonly (readonly [number: number, bytes: number])[] = [
  [-3, ownPages],
  [-1, keptFree],
];

/**
 * Makes this process return freed memory to the operating system. Sessions that are opened and released leave
 * holes of many megabytes between those that stay, since glibc raises the threshold for pages of their own to
 * the largest size freed. With another allocator, or if the environment configures glibc's, nothing changes.
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
    // Not glibc, or koffi does not support this machine.
  }
}
