import type { Imported } from './import-classifier.ts';
export function importLines({ classifier, report }: Imported): string[] {
  return [
    `imported: ${classifier.imported.source}, head ${classifier.imported.head}, ${JSON.stringify(report.preprocessingFrom)}`,
  ];
}
