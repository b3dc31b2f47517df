/**
 * One photograph explained in a fresh process as `hrm explain` does it, step by step; prints as JSON what
 * each step took, in milliseconds, and the whole.
 *
 *     node bench/explain.mjs MODEL PICTURE SIZE FOLDER      of the built project, in `dist`
 */
import { readdirSync } from 'node:fs';

const steps = {};
let last = 0;
const done = (step) => {
  const now = performance.now();
  steps[step] = (steps[step] ?? 0) + now - last;
  last = now;
};
done('process start');

const [modelFile, path, size, folder] = process.argv.slice(2);
const load = (file) => import(`../dist/${file}.js`);
await load('runtime/node');
done('import ONNX Runtime');
const { readPicture } = await load('data/decode');
const { toImage } = await load('data/read-image');
done('import sharp');
const { loadFullModel } = await load('load-model');
done('import models, protobuf, zod');
const { drawPng } = await load('render/draw-png');
const { drawPipeline } = await load('render/pipeline-figure');
const { drawOverlay } = await load('render/overlay');
done('import resvg, d3');
const { refine } = await load('refine/pipeline');
const { mapAt } = await load('explain/cam-model');
const { explanationJson } = await load('report/explanation');
const { writeFileWhole } = await load('data/write-file');
for (const command of readdirSync(new URL('../dist/cli', import.meta.url))) {
  const name = command.replace(/\.js$/, '');
  if (name !== command && name !== 'main' && name !== 'demo') await load(`cli/${name}`);
}
done('import the other commands');

const model = await loadFullModel(modelFile);
done('load the model');
const seen = await readPicture(path, { size: Number(size), channels: model.channels });
done('decode');
const image = toImage(seen);
const explanation = await model.explain(image);
done('network');
const refinement = refine(seen, mapAt(explanation.lowResCam, 0), mapAt(explanation.highResCam, 0));
done('refine');
const picture = await readPicture(path);
done('decode');
const [predictions] = model.topN(explanation.probabilities, 5);
const draw = async (what, drawing) => {
  const png = await drawPng((medium) => {
    const svg = drawing(medium);
    done(`${what}: draw`);
    return svg;
  });
  done(`${what}: to PNG`);
  return png;
};
const pipeline = await draw('pipeline figure', (medium) =>
  drawPipeline(refinement, { title: path, predictions }, medium),
);
const overlay = await draw('overlay figure', (medium) =>
  drawOverlay(picture, refinement.merged, { title: path, label: 'refined CAM', size: 480 }, medium),
);
await writeFileWhole(`${folder}/pipeline.png`, pipeline);
await writeFileWhole(`${folder}/overlay.png`, overlay);
await writeFileWhole(`${folder}/explanation.json`, explanationJson({ image: path, refinement }));
done('write files');
await model.release();
done('end');
console.log(JSON.stringify({ steps, total: performance.now() }));
