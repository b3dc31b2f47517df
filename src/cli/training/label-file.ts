/** Soft labels on the disk: those of a stream may exceed the memory. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Picture, sizeOf, tensor } from '../../tensor/tensor.ts';
import type { SoftLabels } from './images.ts';

/**
 * Only the names are in memory. The file is already unlinked, so it disappears when it is closed, even when
 * the process is killed.
 */
export class LabelFile implements SoftLabels {
  readonly #places: Map<string, number> = new Map();
  readonly #file: number;
  #shape: readonly number[] = [];

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'hrm-soft-labels-'));
    this.#file = openSync(join(folder, 'labels'), 'w+');
    rmSync(folder, { recursive: true });
  }

  get size(): number {
    return this.#places.size;
  }

  get(path: string): Picture | undefined {
    const place = this.#places.get(path);
    if (place === undefined) return undefined;
    const data = new Uint8Array(sizeOf(this.#shape));
    readSync(this.#file, data, 0, data.length, place * data.length);
    return tensor('uint8', this.#shape, data);
  }

  /** All labels must have one shape. */
  set(path: string, { shape, data }: Picture): void {
    this.#shape = shape;
    const place = this.#places.get(path) ?? this.size;
    writeSync(this.#file, data, 0, data.length, place * data.length);
    this.#places.set(path, place);
  }

  close(): void {
    closeSync(this.#file);
  }
}
