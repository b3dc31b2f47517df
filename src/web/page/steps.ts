/**
 * All steps of the refinement as linked pictures, laid out as in the project's figure; only those that
 * changed are redrawn.
 */
import { effect, type Signal, signal } from '@preact/signals-core';
import { cacheLast } from '../../refine/cache-last.ts';
import { outcomeOf, type Refinement } from '../../refine/refinement.ts';
import { placedSources, type Steps as StepTable } from '../../refine/steps.ts';
import { crfFigure } from '../../render/crf-figure.ts';
import { type ArrowGrid, legendPlace } from '../../render/figure-page.ts';
import { formatNumber } from '../../render/font.ts';
import { maskPainter } from '../../render/mask-picture.ts';
import { type Box, type Medium, svgMedium } from '../../render/medium.ts';
import type { Panel } from '../../render/panel.ts';
import { regionFigure } from '../../render/region-figure.ts';
import {
  figureArrows,
  figureLegend,
  figurePanels,
  rawMaps,
  type StepFigure,
} from '../../render/step-figure.ts';
import type { FloatMap, Picture } from '../../tensor/tensor.ts';
import { mapShown, paintColorBar, pixelAt, wordOf } from '../picture/map-layer.ts';
import { put, toImageData } from '../picture/paint.ts';
import type { MapName } from '../state/settings.ts';
import type { Place, Store } from '../state/store.ts';

/** Width of a picture in SVG units. */
const unit = 200;

const painter: typeof maskPainter = cacheLast(maskPainter);

/** The figure of the current refiner. */
export class Steps {
  readonly element: HTMLElement = document.createElement('div');
  readonly #shown: Signal<Pick<Figure<never, never>, 'mark' | 'point'> | undefined> = signal(undefined);

  constructor(store: Store) {
    const regions = new Figure(store, regionFigure);
    const crf = new Figure(store, crfFigure);
    effect(() => {
      const { refinement } = store.activePane.value.refined.value;
      if (refinement === undefined) {
        this.element.replaceChildren();
        this.#shown.value = undefined;
      } else if (refinement.refiner === 'crf') this.#show(crf, refinement);
      else this.#show(regions, refinement);
    });
    effect(() => {
      const { refinement } = store.activePane.value.refined.value;
      this.#shown.value?.mark(mapShown(store.settings.value.map, refinement));
    });
    effect(() => {
      // Read, so that the values under a resting cursor are updated.
      void store.activePane.value.refined.value;
      this.#shown.value?.point(store.cursor.value);
    });
  }

  #show<R extends Refinement, Name extends string>(figure: Figure<R, Name>, refinement: R): void {
    figure.show(refinement);
    this.#shown.value = figure;
    if (figure.element.parentElement === null) this.element.replaceChildren(figure.element);
  }
}

interface Card {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly svg: SVGSVGElement;
  readonly note: HTMLElement;
  readonly value: HTMLElement;
  readonly button: HTMLButtonElement;
  /** The inputs of the last drawing. */
  drawn: readonly unknown[];
}

class Figure<R extends Refinement, Name extends string> {
  readonly element: HTMLElement = document.createElement('div');
  readonly #figure: StepFigure<R, Name>;
  readonly #names: readonly Name[];
  readonly #cards: Readonly<Record<Name, Card>>;
  readonly #arrows: SVGSVGElement;
  readonly #legend: SVGSVGElement;
  #shown: R | undefined;
  /** The maps that the legend describes. */
  #raw: readonly FloatMap[] = [];
  #routeKey: string | undefined;

  constructor(store: Store, figure: StepFigure<R, Name>) {
    this.#figure = figure;
    this.#names = Object.keys(figure.places) as Name[];
    this.element.className = 'steps';
    const places = [...Object.values<readonly [number, number]>(figure.places), legendPlace(figure.places)];
    const columns = 1 + Math.max(...places.map(([column]) => column));
    this.element.style.setProperty('--columns', String(columns));
    this.#arrows = svgElement('arrows');
    this.element.append(this.#arrows);
    const cards = this.#names.map((name) => {
      const card = this.#card(name, store);
      this.element.append(card.element);
      return [name, card] as const;
    });
    this.#cards = Object.fromEntries(cards) as unknown as Record<Name, Card>;
    this.#legend = svgElement('legend');
    this.#legend.setAttribute('viewBox', '0 0 190 130');
    place(this.#legend, legendPlace(figure.places));
    this.element.append(this.#legend);
    new ResizeObserver(() => this.#drawArrows()).observe(this.element);
  }

  #letter(name: Name): string {
    return String.fromCharCode(97 + this.#names.indexOf(name));
  }

  /** The viewer's map for a step. */
  #mapOf(name: Name): MapName {
    return (this.#figure.steps[name].shownAs ?? name) as MapName;
  }

  #card(name: Name, store: Store): Card {
    const element = document.createElement('figure');
    element.className = 'step';
    const { steps, places } = this.#figure;
    const { kind } = steps[name];
    element.dataset.panel = name;
    element.dataset.kind = kind;
    place(element, places[name]);
    const sources = placedSources(steps, name) as Name[];
    const from = sources.map((source) => this.#letter(source)).join(', ');
    const id = `step-${name}`;
    element.innerHTML = `
      <div class="frame"><button type="button" aria-labelledby="${id}" title="Show it over the picture"><canvas></canvas><i class="cross"></i></button><span class="value"></span></div>
      <figcaption><span class="title" id="${id}"><span class="letter">${this.#letter(name)}</span> <b></b></span><span class="note"></span>${
        from === '' ? '' : `<span class="from">from ${from}</span>`
      }</figcaption>`;
    const button = element.querySelector('button') as HTMLButtonElement;
    const svg = svgElement('over');
    button.after(svg);
    button.addEventListener('click', () => store.set({ map: this.#mapOf(name) }));
    button.addEventListener('pointermove', (event) => {
      if (kind === 'interval') return;
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

  /** Redraws the steps that changed. */
  show(refinement: R): void {
    this.#shown = refinement;
    let picture: Picture | undefined;
    const medium: Medium = {
      place: (placed) => {
        picture = placed;
        return '';
      },
      background: 'none',
      scales: true,
    };
    const panels = figurePanels(this.#figure, refinement, medium, painter(refinement.image));
    const [height, width] = refinement.image.shape;
    const box: Box = { left: 0, top: 0, width: unit, height: (unit * height) / width };
    for (const name of this.#names) {
      const card = this.#cards[name];
      const panel = panels[name];
      note(card, panel);
      const drawn = drawnOf(this.#figure.steps, name).map((step) => outcomeOf(refinement, step));
      if (drawn.length === card.drawn.length && drawn.every((part, i) => part === card.drawn[i])) continue;
      card.drawn = drawn;
      picture = undefined;
      card.svg.setAttribute('viewBox', `0 0 ${unit} ${box.height}`);
      card.svg.innerHTML = panel.draw(box);
      card.canvas.hidden = picture === undefined;
      if (picture) put(card.canvas, toImageData(picture));
      card.button.style.aspectRatio = `${width} / ${height}`;
    }
    const raw = rawMaps(this.#figure.steps, refinement);
    if (raw.some((map, i) => map !== this.#raw[i])) {
      this.#raw = raw;
      const room = { left: 0, top: 0, width: 190, height: 130 };
      this.#legend.innerHTML = figureLegend(this.#figure, refinement, room, svgMedium);
    }
    const routeKey = this.#figure.routeKey(refinement);
    if (routeKey !== this.#routeKey) {
      this.#routeKey = routeKey;
      this.#drawArrows();
    }
  }

  /** Marks the step that is shown over the picture. */
  mark(map: MapName): void {
    for (const name of this.#names) {
      this.#cards[name].button.setAttribute('aria-pressed', String((name as string) === map));
    }
  }

  /** Shows a cross in all pictures, and the value at that position. */
  point(at: Place | undefined): void {
    this.element.classList.toggle('pointed', at !== undefined);
    if (at === undefined || this.#shown === undefined) return;
    this.element.style.setProperty('--x', `${100 * at.x}%`);
    this.element.style.setProperty('--y', `${100 * at.y}%`);
    const { steps } = this.#figure;
    for (const name of this.#names)
      this.#cards[name].value.textContent = valueAt(this.#shown, steps, name, at);
  }

  /** Draws the figure's arrows, unless the page is so narrow that its pictures are in another layout. */
  #drawArrows(): void {
    const wide = getComputedStyle(this.element).getPropertyValue('--figure').trim() === '1';
    this.#arrows.toggleAttribute('hidden', !wide);
    if (!wide || this.#shown === undefined) return;
    const { places } = this.#figure;
    const { button, element: imageCard } = this.#cards['image' as Name];
    const boxOf = (is: (place: readonly [number, number]) => boolean): Box => {
      const name = this.#names.find((one) => is(places[one]));
      const card = name === undefined ? imageCard : this.#cards[name].element;
      return {
        left: card.offsetLeft,
        top: card.offsetTop,
        width: button.offsetWidth,
        height: button.offsetHeight,
      };
    };
    const at = (column: number, row: number): Box => boxOf((one) => one[0] === column && one[1] === row);
    const columnOf = (column: number): Box => boxOf((one) => one[0] === column);
    const rowOf = (row: number): Box => boxOf((one) => one[1] === row);
    const captionHeight = imageCard.offsetHeight - button.offsetHeight;
    const gap = columnOf(1).left - columnOf(0).left - button.offsetWidth;
    if (!(gap > 0)) return;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.#arrows.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const grid: ArrowGrid<Name> = {
      captionHeight,
      cell: at,
      box: (name) => {
        const [column, row] = places[name];
        return at(column, row);
      },
      gap: (column) => columnOf(column).left + button.offsetWidth + gap / 2,
      channel: (row) => {
        const { top, height: side } = rowOf(row);
        const bottom = top + side + captionHeight;
        return row < 2 ? (bottom + rowOf(row + 1).top) / 2 : bottom + 14;
      },
    };
    this.#arrows.innerHTML = figureArrows(this.#figure, grid, this.#shown);
  }
}

/** The steps that are drawn in a panel's picture: a change of one of them redraws it. */
function drawnOf(steps: StepTable, name: string): string[] {
  const { kind, sources, marks } = steps[name];
  // Other inputs of the picture change only together with these. A mask is drawn over the image.
  return [name, ...sources, ...(marks ? [marks] : []), ...(kind === 'mask' ? ['image'] : [])];
}

function note({ note: line, element }: Card, { title, note: content }: Panel): void {
  const name = element.querySelector('b') as HTMLElement;
  if (name.textContent !== title) name.textContent = title;
  if (typeof content === 'string') {
    if (line.textContent !== content) line.textContent = content;
    return;
  }
  const { low, high, colormap, from, to } = content;
  const key = `${low} ${high} ${colormap}`;
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  const bar = document.createElement('canvas');
  const whole = paintColorBar(colormap);
  put(bar, part(whole, Math.round(255 * from), Math.round(255 * to)));
  line.replaceChildren(formatNumber(low), bar, formatNumber(high));
}

/** The value of a step's picture at a position, in words; undefined for a histogram. */
function valueAt(refinement: Refinement, steps: StepTable, name: string, at: Place): string {
  const step = steps[name];
  if (step.cutBy !== undefined) return valueAt(refinement, steps, step.cutBy, at);
  const outcome = outcomeOf(refinement, name);
  if (!('data' in outcome)) return '';
  const { index } = pixelAt(outcome, at);
  if (step.kind === 'mask') return wordOf(step, outcome.data[index]);
  const {
    data,
    shape: [, , channels = 1],
  } = outcome;
  return step.kind === 'picture'
    ? data.slice(index * channels, (index + 1) * channels).join(' ')
    : formatNumber(data[index]);
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

/** Places an element in the figure's grid. */
function place(element: HTMLElement | SVGElement, [column, row]: readonly [number, number]): void {
  element.style.setProperty('--column', String(column + 1));
  element.style.setProperty('--row', String(row + 1));
}
