/** `serve`: runs models behind an HTTP server. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readBytes } from '../data/files/read-file.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { returnFreedMemory } from '../runtime/returned-memory.ts';
import type { Device } from '../runtime/session.ts';
import { SessionCache } from '../runtime/session-cache.ts';
import { parseHosts, parseToken } from '../server/access.ts';
import type { LogFormat } from '../server/access-log.ts';
import { readBuiltPage } from '../server/built-page.ts';
import { Metrics } from '../server/metrics.ts';
import { openServedModel } from '../server/open-model.ts';
import type { ServedModel } from '../server/served-model.ts';
import { checkReach, startServer } from '../server/server.ts';
import { Service } from '../server/service.ts';
import { readStaticFiles, type StaticFile } from '../server/static-files.ts';
import { sentence } from '../text/sentence.ts';
import { resultNames } from './files.ts';
import { photo15Model, photoModel, scenesModel } from './models-along.ts';
import {
  deviceOption,
  type GivenModelOptions,
  gpuOption,
  imageSize,
  imageSizeOption,
  modelOptions,
  readOptions,
  real,
  valueRangeOption,
  whole,
} from './options.ts';
import { stopSignals } from './training/stop-signals.ts';
import { version } from './version.ts';

interface ServeOptions extends GivenModelOptions {
  weightDir?: string;
  imSize?: number;
  valueRange?: ValueRange;
  device: Device;
  host: string;
  port: number;
  tokenFile?: string;
  allowedHosts?: readonly string[];
  maxConnections: number;
  addressConnections: number;
  page?: string;
  open?: boolean;
  maxBody: number;
  maxPixels: number;
  maxResultPixels: number;
  maxImSize: number;
  maxRequests: number;
  maxBatch: number;
  batchWait: number;
  timeout: number;
  stopTimeout: number;
  store: number;
  storeMinutes: number;
  sessions: number;
  workers?: number;
  log?: LogFormat;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const mega = 1_000_000;

export function serveCommand(): Command {
  const command = new Command('serve')
    .usage('[options] [--weight-dir FILE [FILE...]]')
    .description('start an HTTP server that explains and classifies pictures, and serves the page')
    .argument('[files...]', 'more models; a request chooses one by name')
    .option(
      '--weight-dir <file>',
      'a model, .onnx or Keras .h5, or any ONNX image classifier; default: the included models',
    )
    .addOption(imageSizeOption())
    .addOption(valueRangeOption())
    .addOption(deviceOption())
    .addOption(gpuOption())
    .option(
      '--host <name>',
      'address to listen on; any other than a loopback address needs --token-file',
      '127.0.0.1',
    )
    .option('--port <n>', 'port to listen on; 0: any free port', whole(0, 65_535), 8080)
    .option('--token-file <file>', 'file with the token that clients must send')
    .option(
      '--allowed-hosts <names>',
      'host names, separated by commas, that a proxy uses for the server; requests to other names are refused, except to loopback names',
      hosts,
    )
    .option('--page <dir>', 'folder with the page to serve; default: the built page, if there is one')
    .option('--open', 'open the page in a browser')
    .option('--max-body <mb>', 'maximum size of a request, in megabytes', real(0.001, 1000), 20)
    .option('--max-pixels <mp>', 'maximum size of a picture, in megapixels', real(0.001, 1000), 50)
    .option(
      '--max-result-pixels <mp>',
      'maximum size of a mask, cut-out or overlay, in megapixels; larger pictures get results of reduced size',
      real(0.001, 134),
      25,
    )
    .option(
      '--max-im-size <n>',
      'maximum input size of the model that a request may choose, in pixels',
      imageSize,
      512,
    )
    .option(
      '--max-requests <n>',
      'maximum number of requests at a time, including waiting ones',
      whole(1),
      64,
    )
    .option('--max-connections <n>', 'maximum number of connections', whole(2, 65_535), 512)
    .option(
      '--address-connections <n>',
      'maximum number of connections from one address',
      whole(1, 65_535),
      256,
    )
    .option('--max-batch <n>', 'maximum number of images in a batch', whole(1, 1024), 8)
    .option(
      '--batch-wait <ms>',
      'how long an image waits for others to join its batch, in milliseconds',
      real(0, 10_000),
      2,
    )
    .option('--timeout <s>', 'maximum duration of a request, in seconds', real(0.1, 3600), 30)
    .option(
      '--stop-timeout <s>',
      'at a stop, how long running requests may take to finish, in seconds',
      real(0, 3600),
      10,
    )
    .option(
      '--store <mb>',
      'maximum size of the results kept for links, in megabytes',
      real(0, 1_000_000),
      256,
    )
    .option('--store-minutes <m>', 'how long results are kept, in minutes', real(0.01, 100_000), 10)
    .option(
      '--sessions <mb>',
      'approximate memory for models that are kept ready for their recent sizes and methods, in megabytes',
      real(0, 1_000_000),
      1000,
    )
    .option('--workers <n>', 'threads that decode and refine; default: one per core, at most 4', whole(1, 64))
    .addOption(
      new Option('--log <format>', 'print a line for each request, in this format').choices(['json', 'text']),
    )
    .action((files: string[], options: ServeOptions) => run(files, options));
  for (const option of modelOptions()) command.addOption(option);
  return command;
}

async function run(more: readonly string[], options: ServeOptions): Promise<void> {
  const { host, port, log, timeout, stopTimeout } = options;
  const token = options.tokenFile === undefined ? undefined : await readToken(options.tokenFile);
  // Checked before models are opened, which takes a while.
  checkReach(host, token);
  const { files, missing } = await pageFiles(options.page);
  const metrics = new Metrics();
  const onFault = (error: unknown): void =>
    console.error(`error: ${String((error as Error)?.stack ?? error)}`);
  await returnFreedMemory();
  const sessions = new SessionCache({ bytes: options.sessions * mega });
  const models = await openModels(more, options, metrics, sessions);
  const service = new Service({
    models,
    imSize: options.imSize,
    metrics,
    sessions,
    maxPixels: options.maxPixels * mega,
    valueRange: options.valueRange,
    maxResultPixels: options.maxResultPixels * mega,
    maxImSize: options.maxImSize,
    maxRequests: options.maxRequests,
    timeout,
    workers: options.workers ?? Math.min(4, availableParallelism()),
    storeBytes: options.store * mega,
    storeSeconds: 60 * options.storeMinutes,
    onFault,
  });
  const signals = stopSignals(() => console.log('stopping when the running requests are finished'));
  try {
    await service.warmUp();
    const server = await startServer({
      service,
      metrics,
      version: version(),
      host,
      port,
      token,
      allowedHosts: options.allowedHosts,
      maxConnections: options.maxConnections,
      addressConnections: options.addressConnections,
      maxBody: options.maxBody * mega,
      timeout,
      stopTimeout,
      files,
      log,
      write: console.log,
      onFault,
    });
    console.log(
      `serving ${models.map(({ name }) => name).join(', ')} (${options.device}) on ${server.address}`,
    );
    if (missing !== undefined) console.log(missing);
    if (options.open) await openPage(server.address);
    await aborted(signals.signal);
    if (!(await server.stop())) throw new Error(`requests were not finished within ${stopTimeout} s`);
  } finally {
    signals.release();
  }
}

function hosts(text: string): string[] {
  try {
    return parseHosts(text);
  } catch (error) {
    throw new InvalidArgumentError(sentence((error as Error).message));
  }
}

/** Opens the page in a browser. The server runs even without one. */
async function openPage(address: string): Promise<void> {
  try {
    const { default: open } = await import('open');
    await open(address);
  } catch (error) {
    console.error(`warning: no browser could be opened: ${(error as Error).message}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function readToken(path: string): Promise<string> {
  return parseToken(new TextDecoder().decode(await readBytes(path)), path);
}

/** The files of the named page, else of the built one; or the reason why there are none. */
async function pageFiles(
  folder: string | undefined,
): Promise<{ files?: Map<string, StaticFile>; missing?: string }> {
  if (folder !== undefined) return { files: await readStaticFiles(folder) };
  if (!existsSync(join(root, 'dist', 'web', 'index.html'))) {
    return { missing: 'the page is not built; to build it: npm run build:web' };
  }
  try {
    return { files: await readBuiltPage(root) };
  } catch (error) {
    // The API works without the page.
    return { missing: `the page is not served: ${(error as Error).message}` };
  }
}

async function openModels(
  more: readonly string[],
  { weightDir, ...options }: ServeOptions,
  metrics: Metrics,
  sessions: SessionCache,
): Promise<ServedModel[]> {
  const { device, maxBatch, batchWait } = options;
  const reading = readOptions(options);
  const paths = [
    ...(weightDir === undefined ? [photoModel, photo15Model, scenesModel] : [weightDir]),
    ...more,
  ];
  const names = resultNames(paths);
  const models: ServedModel[] = [];
  for (const [i, path] of paths.entries()) {
    const name = names[i];
    const onBatch = (size: number): void => metrics.batch(name, size);
    models.push(
      await openServedModel(path, { name, device, reading, sessions, maxBatch, batchWait, onBatch }),
    );
  }
  return models;
}
