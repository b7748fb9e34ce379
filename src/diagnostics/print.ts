/**
 * Diagnostics for a person and for a program. Knows texts and widths, not where they go.
 *
 *     pipelines/clean.yaml:7:23 error[input-not-found] No stage makes "data/raw.csv" and no such file exists.
 *           inputs: { data: data/raw.csv }
 *                           ~~~~~~~~~~~~
 *       pipelines/clean.yaml:3:12 note: stage "fetch" makes "data/row.csv". Did you mean that?
 *       help: …
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import { compareText } from '../util/compare.ts';
import { harmlessText } from '../util/harmless-text.ts';

export interface PrintOptions {
  readonly color?: boolean;
  /** Columns of the terminal; source lines are cut to it. */
  readonly width?: number | undefined;
}

const LINE_WIDTH = 160;
const LINE_WIDTH_MIN = 40;
const TAB_WIDTH = 2;

/** Blocks in order, an empty line between them, a newline at the end; empty when there are none. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  options: PrintOptions = {},
): string {
  if (diagnostics.length === 0) return '';
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    let found = lines.get(file);
    if (!found) {
      found = (texts.get(file) ?? '').split('\n');
      lines.set(file, found);
    }
    return found;
  };
  return `${sortDiagnostics(diagnostics)
    .map((diagnostic) => printOne(diagnostic, linesOf, options))
    .join('\n\n')}\n`;
}

/** By file, position, code, message; what has no place comes first. Of two that are the same one is left. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const sorted = [...diagnostics].sort(
    (a, b) =>
      compareLocations(a.location, b.location) || compareText(a.code, b.code) || compareText(a.message, b.message),
  );
  return sorted.filter((diagnostic, index) => {
    const before = sorted[index - 1];
    return !(
      before &&
      before.code === diagnostic.code &&
      before.message === diagnostic.message &&
      compareLocations(before.location, diagnostic.location) === 0
    );
  });
}

function compareLocations(a: Location | undefined, b: Location | undefined): number {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

function printOne(
  diagnostic: Diagnostic,
  linesOf: (file: string) => readonly string[],
  { color = false, width = LINE_WIDTH }: PrintOptions,
): string {
  const { code, severity, message, location, related, help } = diagnostic;
  const paint = (style: string, text: string) => (color ? `\u001b[${style}m${text}\u001b[0m` : text);
  const label = paint(severity === 'error' ? '31;1' : '33;1', `${severity}[${code}]`);
  const where = location ? `${paint('1', place(location))} ` : '';
  const lines = [`${where}${label} ${message}`];
  if (location) {
    const shown = excerpt(linesOf(location.file)[location.line - 1], location, Math.max(width, LINE_WIDTH_MIN) - 2);
    if (shown) lines.push(shown.text, paint(severity === 'error' ? '31' : '33', shown.squiggle));
  }
  for (const note of related) lines.push(`  ${place(note.location)} ${paint('36', 'note:')} ${note.message}`);
  if (help !== undefined) lines.push(`  ${paint('36', 'help:')} ${help}`);
  return lines.join('\n');
}

function place({ file, line, column }: Location): string {
  return `${harmlessText(file, { plain: true }).replaceAll('\n', '\\n')}:${line}:${column}`;
}

interface Excerpt {
  readonly text: string;
  readonly squiggle: string;
}

/** The line as a terminal shows it, cut around the range when it is long, and the marks under the range. */
function excerpt(
  line: string | undefined,
  { line: from, column, end_line, end_column }: Location,
  room: number,
): Excerpt | undefined {
  if (line === undefined) return undefined;
  const whole = line.replace(/\r$/, '');
  const start = Math.min(column - 1, whole.length);
  const end = end_line === from ? Math.min(end_column - 1, whole.length) : whole.length;
  if (whole.trim() === '') return undefined;
  // Cut before anything is measured: a line may have megabytes.
  const lead = Math.floor(room / 2);
  const first = start > lead && whole.length > room ? start - lead : 0;
  const piece = whole.slice(first, first + room);
  const prefix = first > 0 ? '…' : '';
  const suffix = first + room < whole.length ? '…' : '';
  const before = show(piece.slice(0, start - first));
  const marked = show(piece.slice(start - first, Math.max(end - first, start - first)));
  const after = show(piece.slice(Math.max(end - first, start - first)));
  return {
    text: `${prefix}${before}${marked}${after}${suffix}`,
    squiggle: ' '.repeat(columnsOf(prefix) + columnsOf(before)) + '~'.repeat(Math.max(1, columnsOf(marked))),
  };
}

function show(text: string): string {
  return harmlessText(text.replaceAll('\r', '␍'), { plain: true }).replaceAll('\t', ' '.repeat(TAB_WIDTH));
}

/** Columns of a terminal: marks that combine take none, East Asian letters and pictures take two. */
const NARROW = /^[\u0020-\u02ff]*$/;
const ZERO = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let total = 0;
  for (const character of text) total += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return total;
}

/** As `check --json` has it. */
export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly end_line: number | null;
  readonly end_column: number | null;
  readonly related: readonly (Location & { readonly message: string })[];
  readonly help: string | null;
}

export function toJsonDiagnostic({ code, severity, message, location, related, help }: Diagnostic): JsonDiagnostic {
  return {
    code,
    severity,
    message,
    file: location?.file ?? null,
    line: location?.line ?? null,
    column: location?.column ?? null,
    end_line: location?.end_line ?? null,
    end_column: location?.end_column ?? null,
    related: related.map((note) => ({ message: note.message, ...note.location })),
    help: help ?? null,
  };
}
