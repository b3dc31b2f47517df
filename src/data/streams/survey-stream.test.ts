import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tarOf } from '../../../test/helpers/tar.ts';
import { contentDigestOf } from '../files/content-digest.ts';
import type { StreamedPicture } from './container.ts';
import { openContainers } from './open-containers.ts';
import { type PictureStream, pictureStream } from './picture-stream.ts';
import { type Survey, type SurveyOptions, surveyStream } from './survey-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-survey-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two tars: 40 pictures of `cat`, 2 of `dog`, one of no class, one class without a picture. */
async function streamIn(name: string): Promise<PictureStream> {
  const files: Record<string, string> = {};
  for (let i = 0; i < 42; i++) {
    files[`p${i}.jpg`] = `picture ${i}`;
    files[`p${i}.cls`] = i % 20 === 1 && i > 1 ? 'dog' : 'cat';
  }
  writeFileSync(join(folder, `${name}-0.tar`), await tarOf(files));
  writeFileSync(join(folder, `${name}-1.tar`), await tarOf({ 'x.jpg': 'x', 'y.cls': 'fox' }));
  return pictureStream(await openContainers(join(folder, `${name}-{0,1}.tar`)), { index: 0, count: 1 });
}

function survey(stream: PictureStream, options: Partial<SurveyOptions> = {}): Promise<Survey> {
  const usual = { share: 0.3, seed: 1, byClass: true, digests: 3, shown: 4, onNote: () => {} };
  return surveyStream(stream, { ...usual, ...options });
}

async function heldOut(stream: PictureStream, { isHeldOut }: Survey): Promise<StreamedPicture[]> {
  const found: StreamedPicture[] = [];
  for await (const { picture } of stream.read()) if (isHeldOut(picture)) found.push(picture);
  return found;
}

test('counts classes and held-out pictures, and recognises held-out ones by name alone', async () => {
  const stream = await streamIn('a');
  const found = await survey(stream);
  const { classes, pictures, shown, digests } = found;
  expect([classes.map(({ name }) => name), pictures]).toEqual([['cat', 'dog'], 44]);
  expect(classes.map(({ trained, heldOut }) => trained + heldOut)).toEqual([40, 2]);
  const out = await heldOut(stream, found);
  const labels = out.map(({ label }) => label);
  for (const { name, heldOut: count } of classes) {
    expect(labels.filter((label) => label === name)).toHaveLength(count);
  }
  expect(out.length).toBeGreaterThan(3);
  expect(out.length).toBeLessThan(25);
  expect(digests).toEqual(
    out
      .map(({ picture }) => contentDigestOf(picture as Uint8Array))
      .sort()
      .slice(0, 3),
  );
  expect(shown).toHaveLength(4);
  expect(out).toEqual(expect.arrayContaining([...shown]));
  expect((await heldOut(stream, await survey(stream, { seed: 2 }))).map(({ key }) => key)).not.toEqual(
    out.map(({ key }) => key),
  );
});

test('keeps a picture of each class for training', async () => {
  const stream = await streamIn('b');
  const found = await survey(stream, { share: 0.999999 });
  expect(found.classes.map(({ trained }) => trained)).toEqual([1, 1]);
  expect(await heldOut(stream, found)).toHaveLength(40);
});

test('without classes, all pictures have one class; a share of 0 holds out none', async () => {
  const stream = await streamIn('c');
  const found = await survey(stream, { byClass: false, share: 0 });
  expect(found.classes).toMatchObject([{ name: 'pictures', trained: 43, heldOut: 0 }]);
  expect(await heldOut(stream, found)).toEqual([]);
});

test('sorts numeric classes as numbers', async () => {
  const files = Object.fromEntries(
    [10, 9, 2].flatMap((i) => [
      [`p${i}.jpg`, 'x'],
      [`p${i}.cls`, `${i}`],
    ]),
  );
  writeFileSync(join(folder, 'n.tar'), await tarOf(files));
  const stream = pictureStream(await openContainers(join(folder, 'n.tar')), { index: 0, count: 1 });
  expect((await survey(stream)).classes.map(({ name }) => name)).toEqual(['2', '9', '10']);
});

test('stops at the abort signal, with its reason', async () => {
  const stream = await streamIn('d');
  await expect(survey(stream, { signal: AbortSignal.abort('SIGTERM') })).rejects.toBe('SIGTERM');
});
