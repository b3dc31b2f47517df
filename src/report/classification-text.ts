/** A classification report as text for the terminal. */
import type { ClassificationReport } from '../metrics/classification.ts';

/** A table with a row a class, then the averages. Shares are in percent. */
export function formatClassification(
  { accuracy, micro, macro, classes }: ClassificationReport,
  { title, loss, seconds }: { title: string; loss: number; seconds: number },
): string {
  const percent = (share: number): string => (100 * share).toFixed(1).padStart(9);
  const total = classes.reduce((sum, { support }) => sum + support, 0);
  const width = Math.max(12, ...classes.map(({ name }) => name.length));
  const row = (name: string, s: { precision: number; recall: number; f1: number }, support: number): string =>
    `${name.padEnd(width)} ${percent(s.precision)} ${percent(s.recall)} ${percent(s.f1)} ${String(support).padStart(8)}`;
  return [
    title,
    `${''.padEnd(width)} precision    recall        F1   images`,
    ...classes.map((scores) => row(scores.name, scores, scores.support)),
    ''.padEnd(width + 39, '-'),
    row('micro', micro, total),
    row('macro', macro, total),
    `accuracy ${(100 * accuracy).toFixed(2)} %, cross-entropy ${loss.toFixed(4)}, ${(total / seconds).toFixed(1)} images/s`,
  ].join('\n');
}
