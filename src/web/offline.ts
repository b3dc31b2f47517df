/** Keeps the page for when there is no network. */

/** Registers the service worker of the built site; without one (an old browser, a page from a file) the page works, online. */
export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
  } catch (error) {
    console.info(`This page will not work offline: ${(error as Error).message}`);
  }
}

/** Keeps what was loaded for this device alone: the runtime for WebGPU, which is not kept for all. */
export async function keepRuntime(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage('keep-webgpu');
}
