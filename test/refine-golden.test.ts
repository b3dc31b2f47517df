import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RefineOptions, type RegionRefinement, refine } from '../src/refine/pipeline.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import type { FloatMap, Mask, Picture, Tensor } from '../src/tensor/tensor.ts';

/** HRM_REFINE_CASES may name another folder of cases, such as `tools/reference/refine.py` makes. */
const folder = process.env.HRM_REFINE_CASES ?? join(import.meta.dirname, 'golden', 'refine');
const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

interface Case {
  size: number;
  params: Record<string, number | string>;
  bounds: [number, number];
  focal_points_xy: [number, number][];
}

const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

describe.each(cases.map((entry) => entry.name))('%s', (name) => {
  const read = (file: string): Tensor =>
    decodeNpy(new Uint8Array(readFileSync(join(folder, name, `${file}.npy`))), `${name}/${file}.npy`);
  const golden: Case = JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8'));
  const options: RefineOptions = Object.fromEntries(
    Object.entries(golden.params).map(([key, value]) => [camelCase(key), value]),
  );
  const got: RegionRefinement = refine(
    read('image') as Picture,
    read('low') as FloatMap,
    read('high') as FloatMap,
    { ...options, refiner: 'regions' },
  );

  test.each([
    ['blurred', got.blurred, 1e-5],
    ['edges', got.edges, 1e-5],
    ['low_resized', got.lowResized, 1e-5],
    ['merged', got.merged, 1.5 / 255],
  ])('%s', (step, map: FloatMap, tolerance) => {
    const want = read(step) as FloatMap;
    expect(map.shape).toEqual(want.shape);
    const worst = want.data.reduce((w, value, i) => Math.max(w, Math.abs(value - map.data[i])), 0);
    expect(worst).toBeLessThanOrEqual(tolerance);
  });

  test.each([
    ['roi', got.roi],
    ['segmented', got.segmented],
    ['full_segment', got.fullSegment],
    ['kept', got.kept],
  ])('%s', (step, mask: Mask) => {
    const want = read(step) as Mask;
    expect(mask.shape).toEqual(want.shape);
    const different = want.data.reduce((n, value, i) => n + Number(value !== mask.data[i]), 0);
    expect(different / want.data.length).toBeLessThanOrEqual(0.001);
  });

  test('bounds', () => {
    expect(Math.abs(got.bounds.lower - golden.bounds[0])).toBeLessThanOrEqual(1e-5);
    expect(Math.abs(got.bounds.upper - golden.bounds[1])).toBeLessThanOrEqual(1e-5);
  });

  test('focal points', () => {
    const width = got.focalPoints.shape[1];
    const points = Array.from(got.focalPoints.data.keys()).filter((i) => got.focalPoints.data[i] === 1);
    const want = golden.focal_points_xy.map(([x, y]) => y * width + x);
    expect(points).toEqual(want.sort((a, b) => a - b));
  });

  test('result', () => {
    const { image, result, kept } = got;
    const channels = image.shape[2];
    expect(
      result.data.every((value, i) => value === image.data[i] * kept.data[Math.floor(i / channels)]),
    ).toBe(true);
  });
});
