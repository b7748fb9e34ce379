// Text from outside, made fit for a terminal and for messages. Knows nothing of where it came from.

const ESC = '\u001b';
const RESET = `${ESC}[0m`;
/** Colours and styles: `ESC [ numbers m`, at most 32 numbers. */
const SGR_SOURCE = '\\u001b\\[(?:[0-9]{0,5}[;:]){0,31}[0-9]{0,5}m';
/**
 * What does something instead of standing for itself: controls (C0, DEL, C1), halves of surrogate pairs, line and
 * paragraph separators, marks that reverse the direction of text, and characters that are invisible by design. Written
 * as numbers, because looking up Unicode's properties takes longer than the rest of a command with nothing to do.
 */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';
const DIRECTION_MARKS = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\u206a-\\u206f';
const HARMFUL_SOURCE = `[${CONTROLS}\\ud800-\\udfff\\u2028\\u2029${DIRECTION_MARKS}\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]`;

const SGR = new RegExp(SGR_SOURCE, 'gu');
const SGR_OR_HARMFUL = new RegExp(`(${SGR_SOURCE})|(?!\\t)${HARMFUL_SOURCE}`, 'gu');
const HARMFUL = new RegExp(HARMFUL_SOURCE, 'gu');
/** Most text has nothing to escape; this finds out at a tenth of the cost. */
const SUSPICIOUS = new RegExp(`(?!\\t|\\n)${HARMFUL_SOURCE}`, 'u');

export interface HarmlessOptions {
  /** Leaves colours out instead of letting them through. */
  readonly plain?: boolean;
}

/**
 * Only printable characters, newlines, tabs and colours (closed at the end of each line) pass. The rest is shown in
 * caret form (`^[`) or as its code (`\u202e`). Of a line that was written over with `\r`, as progress bars do, the last
 * text stays. Harmless text passes unchanged, and twice is the same as once.
 */
export function harmlessText(text: string, options: HarmlessOptions = {}): string {
  if (!SUSPICIOUS.test(text)) return text;
  return text
    .split('\n')
    .map((line) => harmlessLine(line, options.plain === true))
    .join('\n');
}

function harmlessLine(line: string, plain: boolean): string {
  if (!SUSPICIOUS.test(line)) return line;
  let open = false;
  const safe = lastSegment(line).replace(SGR_OR_HARMFUL, (found, sgr: string | undefined) => {
    if (sgr === undefined) return visible(found);
    if (plain) return '';
    open = !isReset(found);
    return found;
  });
  return open ? safe + RESET : safe;
}

function isReset(sgr: string): boolean {
  return sgr === RESET || sgr === `${ESC}[m`;
}

/** The last text that a line was written over with; a `\r` at its end only precedes the newline. */
function lastSegment(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((segment) => segment.replace(SGR, '') !== '') ?? '';
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  const hex = code.toString(16).padStart(4, '0');
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`;
}

/** A name from outside, for messages: on one line, in quotes, as JSON writes it. */
export function quoteName(name: string): string {
  return JSON.stringify(name).replace(HARMFUL, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
