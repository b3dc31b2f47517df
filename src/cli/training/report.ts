/** The report page of a finished run: `report.html`. */
import { classify } from '../../explain/classify.ts';
import { type ClassificationReport, classificationReport } from '../../metrics/classification.ts';
import { trainingReport } from '../../report/training-report.ts';
import type { Progress } from '../../train/progress.ts';
import type { Emit } from './events.ts';
import type { RunParts } from './parts.ts';
import { files } from './run-folder.ts';
import { flag, type RunOptions } from './run-options.ts';
import { imagesIn } from './split.ts';
import { withModel } from './with-model.ts';

export interface EndedRun extends RunParts {
  readonly progress: Progress;
  /** Time of the whole training. */
  readonly seconds: number;
}

/**
 * Evaluates the best weights on the test images, and writes the page.
 * @returns the result on the test images, if there are any
 * @throws when the page cannot be written
 */
export async function writeReport(run: EndedRun, emit: Emit): Promise<ClassificationReport | undefined> {
  const { plan, folder, images, trainee, samples, progress, seconds } = run;
  const { options, train, validation, test } = plan;
  const { type, backbone, imSize, channels, dataDir, device } = options;
  const { classes } = train;
  const best = await folder.read(files.best);
  const { evaluation, shown } = await withModel(best, device, async (model) => {
    const onBatch = (done: number): void =>
      emit({ event: 'evaluating', done, images: test ? imagesIn(test) : 0 });
    if (test) onBatch(0);
    const classified = test && (await classify(model, images.test(), onBatch));
    return {
      evaluation: classified && classificationReport(classified.labels, classified.predictions, classes),
      shown: await samples.explain(model),
    };
  });
  const kind = validation?.dir === train.dir ? 'heldOutImages' : 'validationImages';
  const page = trainingReport({
    name: folder.name,
    model: { type, imSize, channels, parameters: trainee.parameters, backbone },
    data: {
      folder: dataDir,
      classes: options.teach === 'predicted' ? undefined : classes,
      trainImages: imagesIn(train),
      ...(validation && validation !== test && { [kind]: imagesIn(validation) }),
      testImages: test && imagesIn(test),
    },
    options: namedOptions(options),
    device,
    seconds,
    ended: new Date().toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' }),
    history: progress.history,
    bestEpoch: progress.best?.epoch ?? 0,
    evaluation,
    samples: shown,
    skipped: images.unreadable,
  });
  await folder.write(files.report, page);
  return evaluation;
}

/** Options that the page shows elsewhere. */
const elsewhere: readonly string[] = [
  'type',
  'backbone',
  'dataDir',
  'imSize',
  'channels',
  'device',
  'strict',
];

/** The options by their names on the command line. */
function namedOptions(options: RunOptions): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([key, value]) => value !== undefined && !elsewhere.includes(key))
      .map(([key, value]) => [flag(key).slice(2), Array.isArray(value) ? String(value) : value]),
  );
}
