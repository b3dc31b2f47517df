/**
 * `npm run demo [-- PICTURE...]`: explains photographs with the model in the package. Without arguments, it
 * explains the photographs in the package.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPictureName } from '../data/dataset/picture-name.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { keptSource } from '../data/picture/picture-source.ts';
import { explain } from '../explain/explain.ts';
import { fullSize } from '../explain/full-size.ts';
import { loadFullModel } from '../load-model.ts';
import { explanationPage, type PageItem } from '../report/explanation-page.ts';
import { whereToLook } from '../report/where-to-look.ts';
import { percent } from '../text/percent.ts';
import { makeFolder, resultNames } from './files.ts';
import { photoModel } from './models-along.ts';
import { writeExplanation } from './write-explanation.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const samples = join(root, 'samples', 'photos');

async function demo(given: readonly string[]): Promise<void> {
  const start = performance.now();
  const model = await loadFullModel(photoModel);
  const images = given.length > 0 ? given.map((path) => resolve(path)) : await sampleImages();
  const names = resultNames(images);
  const out = join(root, 'demo-out');
  await makeFolder(out);
  console.log(
    `\nmodel: ${relative(root, photoModel)}, EfficientNet-Lite0, which knows ImageNet's ${model.classes.length.toLocaleString('en')} classes\n`,
  );
  const width = Math.max(...names.map((name) => name.length), 7);
  console.log(`${'picture'.padEnd(width)}  ${'prediction'.padEnd(24)}  where to look`);
  const items: PageItem[] = [];
  for (const [i, image] of images.entries()) {
    const source = keptSource(pictureFile(image));
    const of = await explain(model, source);
    const full = await fullSize(source, of);
    const write = ['figure', 'pipeline', 'overlay', 'mask', 'cutout', 'json'] as const;
    await writeExplanation(
      out,
      names[i],
      { image, source, model: relative(root, photoModel), of, full },
      { write },
    );
    const where = whereToLook(full.levels);
    const { predictions, explained: shown } = of;
    console.log(
      `${names[i].padEnd(width)}  ${`${shown.name} ${percent(shown.probability)}`.padEnd(24)}  ${where}`,
    );
    items.push({
      name: names[i],
      figure: `${names[i]}.figure.png`,
      pipeline: `${names[i]}.pipeline.png`,
      predictions: predictions.slice(0, 5),
      explained: shown.name,
      where: `Where to look: ${where}.`,
    });
  }
  const page = join(out, 'index.html');
  await writeFileWhole(page, explanationPage({ title: 'Where the evidence lies', intro, items }));
  console.log(
    `\nfigures: ${out}\nopen in a browser: ${page}\n(${((performance.now() - start) / 1000).toFixed(1)} s)`,
  );
  await model.release();
}

async function sampleImages(): Promise<string[]> {
  const files = await readdir(samples);
  return files
    .filter(isPictureName)
    .sort()
    .map((file) => join(samples, file));
}

const intro: readonly string[] = [
  "The model for photographs that comes with the project, EfficientNet-Lite0, knows ImageNet's 1,000 classes: animals, vehicles, tools, food, plants, places. It names one of them for every picture, whatever the picture shows.",
  'Colour marks where the evidence for the predicted class lies. The model can be taught classes of your own in a minute: docs/commands.md shows how.',
];

try {
  await demo(process.argv.slice(2));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
