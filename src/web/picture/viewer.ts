/**
 * The picture with the map over it, and a cursor that reads the map's values: moved by the pointer or the
 * arrow keys.
 */
import { effect } from '@preact/signals-core';
import { formatNumber } from '../../render/font.ts';
import type { Pane } from '../state/pane.ts';
import type { Place, Store } from '../state/store.ts';
import { type Layer, layerOf, mapTitle, paintColorBar, paintLayer, pixelAt, wordOf } from './map-layer.ts';
import { put, toImageData } from './paint.ts';

export class Viewer {
  readonly element: HTMLElement = document.createElement('div');
  readonly #store: Store;
  readonly #pane: Pane;
  #layer: Layer | undefined;

  constructor(store: Store, pane: Pane) {
    this.#store = store;
    this.#pane = pane;
    this.element.className = 'viewer';
    this.element.innerHTML = `
      <div class="stack" tabindex="0" role="application" aria-describedby="cursor-help">
        <canvas class="picture"></canvas><canvas class="map"></canvas><i class="cross"></i>
      </div>
      <div class="scale"><span class="low"></span><canvas class="bar"></canvas><span class="high"></span><span class="what"></span></div>
      <output class="readout"></output>`;
    const stack = this.#find('.stack');
    stack.addEventListener('pointermove', (event) => this.#point(event));
    stack.addEventListener('pointerdown', (event) => this.#point(event));
    stack.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') store.cursor.value = undefined;
    });
    stack.addEventListener('keydown', (event) => this.#key(event));
    effect(() => this.#drawPicture());
    effect(() => this.#drawMap());
    effect(() => this.#drawCursor());
  }

  #find<E extends HTMLElement = HTMLElement>(selector: string): E {
    return this.element.querySelector(selector) as E;
  }

  #drawPicture(): void {
    const explained = this.#pane.explained.value;
    const stack = this.#find('.stack');
    if (explained === undefined) return;
    const { picture, file } = explained;
    put(this.#find<HTMLCanvasElement>('.picture'), toImageData(picture));
    const [height, width] = picture.shape;
    stack.style.setProperty('--aspect', `${width} / ${height}`);
    stack.style.setProperty('--ratio', String(width / height));
    stack.setAttribute(
      'aria-label',
      `${file.name} with the map of ${explained.explained.name} over it. Arrow keys move a cursor that reads the map.`,
    );
  }

  #drawMap(): void {
    const explained = this.#pane.explained.value;
    if (explained === undefined) return;
    const settings = this.#store.settings.value;
    const layer = layerOf(explained, this.#pane.refined.value.refinement, settings);
    this.#layer = layer;
    const canvas = this.#find<HTMLCanvasElement>('.map');
    canvas.hidden = layer === undefined;
    const scale = this.#find('.scale');
    scale.hidden = layer === undefined || layer.cutBy !== undefined;
    if (layer === undefined) return;
    put(canvas, paintLayer(layer, settings));
    canvas.classList.toggle('square', layer.name !== 'lowResized');
    put(this.#find<HTMLCanvasElement>('.bar'), paintColorBar(layer.colormap));
    const unit = layer.diverging ? ['against', 'for the class'] : ['', ''];
    this.#find('.low').textContent = `${unit[0]} ${formatNumber(layer.range[0])}`.trim();
    this.#find('.high').textContent = `${formatNumber(layer.range[1])} ${unit[1]}`.trim();
    const { method } = explained;
    this.#find('.what').textContent = `${mapTitle(layer.name)}${method ? `, of ${method.title}` : ''}`;
  }

  #drawCursor(): void {
    const { value: place } = this.#store.cursor;
    const explained = this.#pane.explained.value;
    // Read, so that the value under a resting cursor changes with the map.
    void this.#pane.refined.value;
    void this.#store.settings.value;
    const cross = this.#find('.cross');
    const readout = this.#find('.readout');
    cross.hidden = place === undefined;
    if (place === undefined || explained === undefined) {
      readout.textContent = '';
      return;
    }
    cross.style.left = `${100 * place.x}%`;
    cross.style.top = `${100 * place.y}%`;
    const { width, height } = explained.file;
    const at = `x ${Math.min(Math.floor(place.x * width), width - 1)}, y ${Math.min(Math.floor(place.y * height), height - 1)}`;
    if (this.#layer === undefined) {
      readout.textContent = at;
      return;
    }
    const { map, cutBy } = this.#layer;
    const { column, row, index } = pixelAt(map, place);
    const value = cutBy ? wordOf(cutBy, map.data[index]) : formatNumber(map.data[index]);
    readout.textContent = `${at} · map ${column}, ${row} · ${value}`;
  }

  #point(event: PointerEvent): void {
    const box = this.#find('.stack').getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const inside = x >= 0 && x < 1 && y >= 0 && y < 1;
    this.#find('.readout').removeAttribute('aria-live');
    this.#store.cursor.value = inside ? { x, y } : undefined;
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#store.cursor.value = undefined;
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const step = steps[event.key];
    const explained = this.#pane.explained.value;
    if (step === undefined || explained === undefined) return;
    event.preventDefault();
    // Screen readers announce values only for the keyboard: for a moving pointer there would be too many.
    this.#find('.readout').setAttribute('aria-live', 'polite');
    const [height, width] = this.#layer?.map.shape ?? explained.seen.shape;
    const far = event.shiftKey ? 10 : 1;
    const move = (at: number, by: number, size: number): number => {
      const pixel = Math.min(Math.floor(at * size), size - 1) + by * far;
      return (Math.min(Math.max(pixel, 0), size - 1) + 0.5) / size;
    };
    const from: Place | undefined = this.#store.cursor.value;
    this.#store.cursor.value =
      from === undefined
        ? { x: 0.5, y: 0.5 }
        : { x: move(from.x, step[0], width), y: move(from.y, step[1], height) };
  }
}
