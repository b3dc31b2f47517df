/** Starts the page. */
import { effect } from '@preact/signals-core';
import { keep, keepOffline } from './offline/offline.ts';
import { showApp } from './page/app.ts';
import { Store } from './state/store.ts';
import './page/style.css';
import { applyTheme } from './page/theme.ts';

applyTheme();
const store = new Store(location.hash);
showApp(store, document.querySelector('#app') as HTMLElement);
void store.models.load();
void store.show(location.hash);
void keepOffline();
effect(() => {
  const model = store.models.open.value;
  if (model?.device === 'webgpu') void keep('webgpu');
  if (model?.listed.address !== undefined) void keep({ address: model.listed.address });
});

// The address follows the view after a short delay: browsers limit changes per second.
let writing: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const { hash } = store;
  clearTimeout(writing);
  writing = setTimeout(
    () => history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`),
    150,
  );
});
addEventListener('hashchange', () => void store.show(location.hash));

function paneAt(target: EventTarget | null): 0 | 1 | undefined {
  const found = (target as Element | null)?.closest?.('[data-pane]')?.getAttribute('data-pane');
  return found === '0' ? 0 : found === '1' ? 1 : undefined;
}

const { body } = document;
body.addEventListener('dragover', (event) => {
  event.preventDefault();
  body.classList.add('dropping');
});
body.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) body.classList.remove('dropping');
});
body.addEventListener('drop', (event) => {
  event.preventDefault();
  body.classList.remove('dropping');
  void store.openFiles([...(event.dataTransfer?.files ?? [])], paneAt(event.target));
});
addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  void store.openFiles(files);
});
