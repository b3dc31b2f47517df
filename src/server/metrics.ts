/** Figures of a running server, as Prometheus reads them. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What is looked up when somebody asks. */
export interface Gauges {
  /** Requests that are worked on. */
  inWork(): number;
  /** Images that wait for a model. */
  waiting(): number;
  /** Bytes of results that are kept. */
  storedBytes(): number;
  /** Bytes of sessions that are kept, as estimated. */
  sessionBytes(): number;
}

export type Stage = 'form' | 'decode' | 'infer' | 'refine';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Of one server: a registry of its own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'route' | 'method' | 'status'>;
  readonly #stages: Histogram<'stage'>;
  readonly #batches: Histogram<'model'>;
  readonly #gone: Counter;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'hrm_request_duration_seconds',
      help: 'From the head of a request to the end of its answer',
      labelNames: ['route', 'method', 'status'],
      buckets: seconds,
      registers,
    });
    this.#stages = new Histogram({
      name: 'hrm_stage_duration_seconds',
      help: 'Of the work on a picture, by stage, waiting included',
      labelNames: ['stage'],
      buckets: seconds,
      registers,
    });
    this.#batches = new Histogram({
      name: 'hrm_batch_size',
      help: 'Images that a model computed together',
      labelNames: ['model'],
      buckets: [1, 2, 4, 8, 16, 32],
      registers,
    });
    this.#gone = new Counter({
      name: 'hrm_clients_gone_total',
      help: 'Requests whose client did not wait for the answer',
      registers,
    });
  }

  /** Shows figures that others count. */
  watch({ inWork, waiting, storedBytes, sessionBytes }: Gauges): void {
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read());
        },
      });
    gauge('hrm_requests_in_work', 'Requests that are worked on, waiting ones included', inWork);
    gauge('hrm_images_waiting', 'Images that wait for a model', waiting);
    gauge('hrm_stored_result_bytes', 'Bytes of results kept to be fetched', storedBytes);
    gauge(
      'hrm_session_bytes',
      'About how many bytes sessions take that are kept for sizes and methods',
      sessionBytes,
    );
  }

  /** @param route one of a few, never a path as it was asked for. @param ms how long it took */
  answered(route: string, method: string, status: number, ms: number): void {
    this.#requests.observe({ route, method, status: String(status) }, ms / 1000);
  }

  clientGone(): void {
    this.#gone.inc();
  }

  batch(model: string, size: number): void {
    this.#batches.observe({ model }, size);
  }

  /** Times a stage. */
  async stage<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const end = this.#stages.startTimer({ stage });
    try {
      return await work();
    } finally {
      end();
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
