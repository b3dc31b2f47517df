/** All steps of the refinement as linked pictures, placed as in the project's figure: what changes is drawn anew, and nothing else. */
import { effect } from '@preact/signals-core';
import type { RegionRefinement } from '../refine/pipeline.ts';
import { remember } from '../refine/remember.ts';
import { formatNumber } from '../render/font.ts';
import { maskPainter } from '../render/mask-picture.ts';
import { type Box, type Medium, svgMedium } from '../render/medium.ts';
import type { Panel } from '../render/panel.ts';
import { panelPlaces, pipelineArrows } from '../render/pipeline-figure.ts';
import { type PanelName, pipelineLegend, pipelinePanels } from '../render/pipeline-panels.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import { paintColorBar, pixelAt } from './map-layer.ts';
import { put, toImageData } from './paint.ts';
import type { MapName } from './settings.ts';
import type { Place, Store } from './store.ts';

/** What a panel's picture and note are made of. */
const sources: Readonly<Record<PanelName, readonly (keyof RegionRefinement)[]>> = {
  image: ['image'],
  highCam: ['highCam'],
  blurred: ['blurred'],
  edges: ['edges'],
  lowCam: ['lowCam'],
  lowResized: ['lowResized'],
  focalPoints: ['image', 'focalPoints'],
  roi: ['image', 'roi'],
  bounds: ['edges', 'roi', 'bounds'],
  segmented: ['image', 'segmented'],
  fullSegment: ['image', 'edges', 'roi', 'bounds', 'segmented', 'fullSegment'],
  merged: ['merged'],
  result: ['result', 'kept'],
};

/** The steps that each one is made from, for those who cannot see the arrows. */
const before: Readonly<Record<PanelName, readonly PanelName[]>> = {
  image: [],
  highCam: ['image'],
  blurred: ['highCam'],
  edges: ['blurred'],
  lowCam: ['image'],
  lowResized: ['lowCam'],
  focalPoints: ['lowResized'],
  roi: ['lowResized'],
  bounds: ['edges', 'roi'],
  segmented: ['edges', 'focalPoints', 'bounds'],
  fullSegment: ['segmented', 'bounds'],
  merged: ['lowResized', 'fullSegment'],
  result: ['image', 'merged'],
};

const names = Object.keys(panelPlaces) as PanelName[];
const letter = (name: PanelName): string => String.fromCharCode(97 + names.indexOf(name));
/** SVG units across a picture. */
const unit = 200;

interface Card {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly svg: SVGSVGElement;
  readonly note: HTMLElement;
  readonly value: HTMLElement;
  readonly button: HTMLButtonElement;
  /** What was drawn last. */
  drawn: readonly unknown[];
}

export class Steps {
  readonly element: HTMLElement = document.createElement('div');
  readonly #cards: Readonly<Record<PanelName, Card>>;
  readonly #arrows: SVGSVGElement;
  readonly #legend: SVGSVGElement;
  /** Of which the legend tells. */
  #cams: readonly FloatMap[] = [];
  #mergeType = '';
  readonly #painter: typeof maskPainter = remember(maskPainter);

  constructor(store: Store) {
    this.element.className = 'steps';
    this.#arrows = svgElement('arrows');
    this.element.append(this.#arrows);
    const cards = names.map((name) => {
      const card = this.#card(name, store);
      this.element.append(card.element);
      return [name, card] as const;
    });
    this.#cards = Object.fromEntries(cards) as Record<PanelName, Card>;
    this.#legend = svgElement('legend');
    this.#legend.setAttribute('viewBox', '0 0 190 130');
    this.element.append(this.#legend);

    effect(() => {
      const { refinement } = store.activePane.value.refined.value;
      this.element.hidden = refinement === undefined;
      if (refinement !== undefined) this.#draw(refinement);
    });
    effect(() => this.#mark(store.settings.value.map));
    effect(() => this.#drawCursor(store.cursor.value, store.activePane.value.refined.value.refinement));
    new ResizeObserver(() => this.#drawArrows()).observe(this.element);
  }

  #card(name: PanelName, store: Store): Card {
    const element = document.createElement('figure');
    element.className = 'step';
    element.dataset.panel = name;
    const [column, row] = panelPlaces[name];
    element.style.setProperty('--column', String(column + 1));
    element.style.setProperty('--row', String(row + 1));
    const from = before[name].map(letter).join(', ');
    element.innerHTML = `
      <div class="frame"><button type="button" aria-labelledby="step-${name}" title="Show it over the picture"><canvas></canvas><i class="cross"></i></button><span class="value"></span></div>
      <figcaption><span class="title" id="step-${name}"><span class="letter">${letter(name)}</span> <b></b></span><span class="note"></span>${
        from === '' ? '' : `<span class="from">from ${from}</span>`
      }</figcaption>`;
    const button = element.querySelector('button') as HTMLButtonElement;
    const svg = svgElement('over');
    button.after(svg);
    button.addEventListener('click', () => store.set({ map: mapOf(name) }));
    button.addEventListener('pointermove', (event) => {
      if (name === 'bounds') return;
      const box = button.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      store.cursor.value = x >= 0 && x < 1 && y >= 0 && y < 1 ? { x, y } : undefined;
    });
    button.addEventListener('pointerleave', () => {
      store.cursor.value = undefined;
    });
    const find = <E extends Element>(selector: string): E => element.querySelector(selector) as E;
    return {
      element,
      canvas: find('canvas'),
      svg,
      note: find('.note'),
      value: find('.value'),
      button,
      drawn: [],
    };
  }

  #draw(refinement: RegionRefinement): void {
    let picture: Picture | undefined;
    const medium: Medium = {
      place: (placed) => {
        picture = placed;
        return '';
      },
      background: 'none',
      scales: true,
    };
    const panels = pipelinePanels(refinement, medium, this.#painter(refinement.image));
    const [height, width] = refinement.image.shape;
    const box: Box = { left: 0, top: 0, width: unit, height: (unit * height) / width };
    for (const name of names) {
      const card = this.#cards[name];
      const panel = panels[name];
      this.#note(card, panel);
      const drawn = sources[name].map((field) => refinement[field]);
      if (drawn.length === card.drawn.length && drawn.every((part, i) => part === card.drawn[i])) continue;
      card.drawn = drawn;
      picture = undefined;
      card.svg.setAttribute('viewBox', `0 0 ${unit} ${box.height}`);
      card.svg.innerHTML = panel.draw(box);
      card.canvas.hidden = picture === undefined;
      if (picture) put(card.canvas, toImageData(picture));
      card.button.style.aspectRatio = `${width} / ${height}`;
    }
    const cams = [refinement.lowCam, refinement.highCam];
    if (cams.some((cam, i) => cam !== this.#cams[i])) {
      this.#cams = cams;
      const all: Box = { left: 0, top: 0, width: 190, height: 130 };
      this.#legend.innerHTML = pipelineLegend(refinement, all, svgMedium);
    }
    const { mergeType } = refinement.options;
    if (mergeType !== this.#mergeType) {
      this.#mergeType = mergeType;
      this.#drawArrows();
    }
  }

  #note({ note, element }: Card, { title, note: content }: Panel): void {
    const name = element.querySelector('b') as HTMLElement;
    if (name.textContent !== title) name.textContent = title;
    if (typeof content === 'string') {
      if (note.textContent !== content) note.textContent = content;
      return;
    }
    const { low, high, colormap, from, to } = content;
    const key = `${low} ${high} ${colormap}`;
    if (note.dataset.key === key) return;
    note.dataset.key = key;
    const bar = document.createElement('canvas');
    const whole = paintColorBar(colormap);
    put(bar, part(whole, Math.round(255 * from), Math.round(255 * to)));
    note.replaceChildren(formatNumber(low), bar, formatNumber(high));
  }

  #mark(map: MapName): void {
    for (const name of names) {
      this.#cards[name].button.setAttribute('aria-pressed', String(name !== 'bounds' && name === map));
    }
  }

  #drawCursor(place: Place | undefined, refinement: RegionRefinement | undefined): void {
    this.element.classList.toggle('pointed', place !== undefined);
    if (place === undefined || refinement === undefined) return;
    this.element.style.setProperty('--x', `${100 * place.x}%`);
    this.element.style.setProperty('--y', `${100 * place.y}%`);
    for (const name of names) {
      if (name !== 'bounds') this.#cards[name].value.textContent = valueAt(refinement, name, place);
    }
  }

  /** The arrows of the figure, where its pictures stand here; none where they stand in another order, on a narrow page. */
  #drawArrows(): void {
    const wide = getComputedStyle(this.element).getPropertyValue('--figure').trim() === '1';
    this.#arrows.toggleAttribute('hidden', !wide);
    if (!wide || this.element.hidden) return;
    const { button } = this.#cards.image;
    const at = (column: number, row: number): Box => {
      const name =
        names.find((one) => panelPlaces[one][0] === column && panelPlaces[one][1] === row) ?? 'image';
      const card = this.#cards[name].element;
      return {
        left: card.offsetLeft,
        top: card.offsetTop,
        width: button.offsetWidth,
        height: button.offsetHeight,
      };
    };
    const rows = [0, 1, 2].map((row) => at(1, row));
    const columns = [0, 1, 2, 3].map((column) => at(column, 2));
    const captionHeight = this.#cards.image.element.offsetHeight - button.offsetHeight;
    const gap = columns[1].left - columns[0].left - columns[0].width;
    if (!(gap > 0)) return;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.#arrows.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#arrows.innerHTML = pipelineArrows(
      {
        captionHeight,
        cell: at,
        box: (name) => at(...panelPlaces[name]),
        gap: (column) => columns[column].left + columns[column].width + gap / 2,
        channel: (row) =>
          row < 2
            ? (rows[row].top + rows[row].height + captionHeight + rows[row + 1].top) / 2
            : rows[row].top + rows[row].height + captionHeight + 14,
      },
      undefined,
      this.#mergeType,
    );
  }
}

/** What the viewer shows for a step; for the histogram, the edges that it counts. */
function mapOf(name: PanelName): MapName {
  return name === 'bounds' ? 'edges' : name;
}

function valueAt(refinement: RegionRefinement, name: Exclude<PanelName, 'bounds'>, place: Place): string {
  if (name === 'image' || name === 'result') {
    const map = refinement.image;
    const { index } = pixelAt(map, place);
    if (name === 'result') return refinement.kept.data[index] ? 'kept' : 'not kept';
    const channels = map.shape[2];
    return map.data.slice(index * channels, (index + 1) * channels).join(' ');
  }
  const map = refinement[name];
  const value = map.data[pixelAt(map, place).index];
  if (map.dtype === 'uint8') return value ? 'inside' : 'outside';
  return formatNumber(Number(value));
}

function part(bar: ImageData, from: number, to: number): ImageData {
  const width = Math.max(1, to - from + 1);
  return new ImageData(bar.data.slice(4 * from, 4 * (from + width)), width, 1);
}

function svgElement(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.classList.add(name);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}
