/** Caches the page for offline use. */

/**
 * Registers the service worker of the built site. Without it (an old browser, a page from a file) the page
 * works only online.
 */
export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
  } catch (error) {
    console.info(`This page will not work offline: ${(error as Error).message}`);
  }
}

/** Caches files that not every user needs: the runtime for WebGPU, or the model at an address. */
export async function keep(what: 'webgpu' | { readonly address: string }): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage(what);
}
