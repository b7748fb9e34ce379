/**
 * What a run tells GitHub Actions, so that failures stand beside the lines they are about: workflow commands,
 * `::error file=a.yaml,line=7::…`. And the other way round: that no text from outside is taken for such a command.
 * Pure; knows no stream and no environment.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import type { Location } from '../model/location.ts';
import type { StageRecord } from '../model/run-record.ts';
import { harmlessText } from '../util/harmless-text.ts';
import type { CollectedRun } from './run-collector.ts';

export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  /** May have several lines. */
  readonly message: string;
  /** Undefined: it is about nothing in a file. */
  readonly location: Location | undefined;
}

/** Of each level; for one step GitHub shows no more. */
const SHOWN_MAX = 10;
const TAIL_LINES = 10;

export function ofDiagnostics(diagnostics: readonly Diagnostic[]): Annotation[] {
  return diagnostics.map(({ severity: level, code: title, message, location, help }) => ({
    level,
    title,
    message: help === undefined ? message : `${message}\nhelp: ${help}`,
    location,
  }));
}

/** Failures with the end of what the stage printed, then warnings. The graph says where in its file a stage is. */
export function ofRun(run: CollectedRun, graph: Pick<StageGraph, 'stages'> | undefined): Annotation[] {
  const placeOf = (id: string | undefined) => graph?.stages.find((stage) => stage.id === id)?.origin;
  const failures = [...run.stages].flatMap(([id, stage]): Annotation[] =>
    stage.failure === null ? [] : [{ ...ofFailure(id, stage, stage.failure), location: placeOf(id) }],
  );
  const warnings = run.warnings.slice(0, SHOWN_MAX).map(
    ({ stage, message }): Annotation => ({
      level: 'warning',
      title: stage === undefined ? 'wrangle' : `Stage ${stage}`,
      message,
      location: placeOf(stage),
    }),
  );
  return [...failures, ...warnings];
}

function ofFailure(
  id: string,
  { outcome }: StageRecord,
  { message, tail, allowed }: NonNullable<StageRecord['failure']>,
): Omit<Annotation, 'location'> {
  const text = [message, ...tail.slice(-TAIL_LINES)].join('\n');
  if (outcome === 'skipped') return { level: 'warning', title: `Stage ${id} was skipped`, message: text };
  return allowed
    ? { level: 'warning', title: `Stage ${id} failed, and may`, message: text }
    : { level: 'error', title: `Stage ${id} failed`, message: text };
}

/** Lines without their newline. `fileOf` makes of a file's path one from the top of the repository. */
export function annotationLines(annotations: readonly Annotation[], fileOf: (file: string) => string): string[] {
  const shown = (['error', 'warning'] as const).flatMap((wanted) =>
    annotations.filter(({ level }) => level === wanted).slice(0, SHOWN_MAX),
  );
  return shown.map(({ level, title, message, location }) => {
    const place = location
      ? { file: fileOf(location.file), line: String(location.line), col: String(location.column) }
      : {};
    const properties = Object.entries({ ...place, title }).map(([name, value]) => `${name}=${escapeProperty(value)}`);
    return `::${level} ${properties.join(',')}::${escapeMessage(message)}`;
  });
}

function escapeMessage(text: string): string {
  return harmlessText(text, { plain: true }).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text in which the runner sees no command: it takes a line for one that begins with `::`, white space before it or not,
 * and one with `##[` anywhere. A space comes in between.
 */
export function withoutCommands(text: string): string {
  if (!text.includes('::') && !text.includes('##[')) return text;
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}

/** JSON that means the same. It begins with no `::`, so only the other form is to be broken. */
export function jsonWithoutCommands(json: string): string {
  return json.replaceAll('##[', '#\\u0023[');
}
