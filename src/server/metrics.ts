/** Metrics of a running server, in Prometheus' format. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Values that are read when the metrics are requested. */
export interface Gauges {
  /** Requests in progress. */
  inWork(): number;
  /** Images that wait for a model. */
  waiting(): number;
  /** Bytes of stored results. */
  storedBytes(): number;
  /** Estimated bytes of open sessions. */
  sessionBytes(): number;
}

export type Stage = 'form' | 'decode' | 'infer' | 'refine';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of one server, in a registry of its own. */
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
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['route', 'method', 'status'],
      buckets: seconds,
      registers,
    });
    this.#stages = new Histogram({
      name: 'hrm_stage_duration_seconds',
      help: 'Time spent on a picture, by stage, including waiting',
      labelNames: ['stage'],
      buckets: seconds,
      registers,
    });
    this.#batches = new Histogram({
      name: 'hrm_batch_size',
      help: 'Images in a batch of a model',
      labelNames: ['model'],
      buckets: [1, 2, 4, 8, 16, 32],
      registers,
    });
    this.#gone = new Counter({
      name: 'hrm_clients_gone_total',
      help: 'Requests whose client disconnected before the answer',
      registers,
    });
  }

  /** Registers values that are counted elsewhere. */
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
    gauge('hrm_requests_in_work', 'Requests in progress, waiting ones included', inWork);
    gauge('hrm_images_waiting', 'Images that wait for a model', waiting);
    gauge('hrm_stored_result_bytes', 'Bytes of results stored for links', storedBytes);
    gauge(
      'hrm_session_bytes',
      'Estimated bytes of the sessions that are open for sizes and methods',
      sessionBytes,
    );
  }

  /**
   * Counts an answer.
   * @param route one of a few names, never the requested path
   * @param ms duration of the request
   */
  answered(route: string, method: string, status: number, ms: number): void {
    this.#requests.observe({ route, method, status: String(status) }, ms / 1000);
  }

  clientGone(): void {
    this.#gone.inc();
  }

  batch(model: string, size: number): void {
    this.#batches.observe({ model }, size);
  }

  /** Measures the time of a stage. */
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
