/**
 * `high-res-mapping/report`: pages and tables of evaluations, trainings and localisations. It runs anywhere.
 */
export type { EvaluationFigures } from './evaluation.ts';
export { evaluationReport } from './evaluation-report.ts';
export type { Localisation, MethodFigures } from './localisation.ts';
export {
  type LocalisedExample,
  localisationReport,
  type MethodExamples,
} from './localisation-report.ts';
export type { ExplainedClass, Mistake } from './mistakes-section.ts';
export { type EpochFigures, historyCsv } from './training-history.ts';
export { type TrainingReport, trainingReport } from './training-report.ts';
