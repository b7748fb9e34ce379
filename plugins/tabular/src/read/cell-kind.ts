/** What kind of value a cell looks like: enough to tell a table from a text, and names of columns from values. Pure. */

export type CellKind =
  | 'empty'
  | 'number'
  | 'percentage'
  | 'currency'
  | 'date'
  | 'time'
  | 'datetime'
  | 'email'
  | 'url'
  | 'missing'
  | 'code'
  | 'words'
  | 'text';

const DATE =
  '(?:\\d{1,4}[-/.]\\d{1,2}[-/.]\\d{1,4}|\\d{1,2}[- /.]?[A-Za-z]{3,9}[- /.,]{0,2}\\d{2,4}|[A-Za-z]{3,9}\\.? \\d{1,2},? \\d{4})';
const TIME = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[AaPp]\\.?[Mm]\\.?)?';
const NUMBER = '[+-]?(?:\\d+(?:[.,]\\d*)?|\\d{1,3}(?:[,. ]\\d{3})+(?:[.,]\\d+)?|[.,]\\d+)';

/** The first that matches is the kind. */
const KINDS: readonly (readonly [CellKind, RegExp])[] = [
  ['number', new RegExp(`^${NUMBER}(?:[eE][+-]?\\d+)?$|^[+-]?(?:inf(?:inity)?|nan)$`, 'i')],
  ['missing', /^(?:n\/a|na|null|none|-+|\?|\.|#n\/a|nil)$/i],
  ['date', new RegExp(`^${DATE}$`)],
  ['time', new RegExp(`^${TIME}$`)],
  ['datetime', new RegExp(`^${DATE}[T ,]{1,2}${TIME}(?: ?Z|[ ]?[+-]\\d{2}:?\\d{2})?$`)],
  ['percentage', new RegExp(`^${NUMBER} ?%$`)],
  ['currency', new RegExp(`^[+-]?\\(?[$€£¥] ?${NUMBER}\\)?$|^${NUMBER} ?[$€£¥]$`)],
  ['email', /^[^\s@,;|"]+@[^\s@,;|"]+\.[A-Za-z]{2,}$/],
  ['url', /^(?:https?:\/\/|ftp:\/\/|www\.)[^\s"]+$/i],
  ['code', /^[\p{L}\p{N}_#][\p{L}\p{N}_./#-]{0,39}$/u],
  ['words', /^[\p{L}\p{N}(][\p{L}\p{N} .,&()'’/_:%#+-]{0,120}$/u],
];

export function kindOf(cell: string): CellKind {
  const text = cell.trim();
  if (text === '') return 'empty';
  if (text.length > 200) return 'text';
  for (const [kind, form] of KINDS) if (form.test(text)) return kind;
  return 'text';
}

/** Kinds that names of columns do not have. */
const VALUES: ReadonlySet<CellKind> = new Set([
  'number',
  'percentage',
  'currency',
  'date',
  'time',
  'datetime',
  'email',
  'url',
]);

export function isValueKind(kind: CellKind): boolean {
  return VALUES.has(kind);
}
