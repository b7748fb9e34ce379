/** How a value is put into a shell command, and where it must not be. Knows shells, not pipelines. */

export type Quote = 'bare' | 'single' | 'double';

/** What stands for itself everywhere. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
const PLAIN_RUN = /[A-Za-z0-9_@%+=:,./-]*/y;

/** Where what stands for itself ends. */
function endOfPlain(text: string, from: number): number {
  PLAIN_RUN.lastIndex = from;
  PLAIN_RUN.test(text);
  return PLAIN_RUN.lastIndex;
}

function needsQuotes(value: string): boolean {
  return !PLAIN.test(value);
}

/** `value` as one word (`bare`), or as a part of a text that is in quotes already. */
export function quoteWord(value: string, quote: Quote): string {
  if (PLAIN.test(value)) return value;
  switch (quote) {
    case 'bare':
      return `'${value.replaceAll("'", "'\\''")}'`;
    case 'single':
      return value.replaceAll("'", "'\\''");
    case 'double':
      return value.replace(/[\\"$`]/g, '\\$&');
  }
}

export function quoteWords(values: readonly string[], quote: Quote): string {
  return values.map((value) => quoteWord(value, quote)).join(' ');
}

export interface Place {
  readonly quote: Quote;
  /** Set where nothing but plain values is safe: what it is, as in `inside a here-document`. */
  readonly danger: string | undefined;
  /** Of a here-document: a value that is a part of it could end the document early. */
  readonly delimiter: string | undefined;
}

/** May the value stand there? */
export function fits(value: string, place: Place): boolean {
  if (value.includes('\0')) return false;
  if (place.danger === undefined) return true;
  return !needsQuotes(value) && !(place.delimiter?.includes(value) ?? false);
}

type Frame = 'double' | 'single' | 'ansi' | 'substitution' | 'arithmetic' | 'comment';

const DANGERS: { readonly [frame in Frame]?: string } = {
  ansi: "$'…'",
  substitution: '$(…)',
  arithmetic: 'arithmetic',
  comment: 'a comment',
};

const SIMPLE_PARAMETER = /^\$\{[^'"`$\\{}]*\}/;
const HERE_DELIMITER = /^<<(-?)[ \t]*(?:'([\w.-]+)'|"([\w.-]+)"|(\\?)([\w.-]+))(?=[\s;|&<>)])/;

/**
 * Follows a command through its quotes. Where it cannot be sure any more, everything up to the end counts as dangerous:
 * a value that is refused costs a line under `env`, one that is quoted wrongly runs as a command.
 */
export class ShellScanner {
  readonly #frames: { readonly kind: Frame; depth: number }[] = [];
  /** Why the rest cannot be followed. */
  #lost: string | undefined;
  readonly #awaited: { readonly word: string; readonly tabs: boolean; readonly literal: boolean }[] = [];
  #inHere = false;
  #hereLine = '';
  #wordStart = true;
  #escaped = false;

  /** The next piece of the command's own text. */
  feed(text: string): void {
    let at = 0;
    while (at < text.length && this.#lost === undefined) at = this.#step(text, at);
  }

  /** A value stands here. */
  hole(): Place {
    const quote = this.#quote();
    const here = this.#inHere ? this.#awaited[0]?.word : undefined;
    const danger = this.#danger();
    if (this.#inHere) this.#hereLine += '\0';
    this.#wordStart = false;
    this.#escaped = false;
    return { quote, danger, delimiter: here };
  }

  #quote(): Quote {
    const top = this.#frames[this.#frames.length - 1]?.kind;
    return top === 'double' ? 'double' : top === 'single' ? 'single' : 'bare';
  }

  #danger(): string | undefined {
    if (this.#lost !== undefined) return this.#lost;
    if (this.#inHere) return 'a here-document';
    if (this.#escaped) return 'a word, after a backslash';
    for (const { kind } of this.#frames) if (DANGERS[kind] !== undefined) return DANGERS[kind];
    return undefined;
  }

  #loseAt(what: string): number {
    this.#lost = what;
    return Number.MAX_SAFE_INTEGER;
  }

  /** Takes what stands at `at` and returns where to go on. */
  #step(text: string, at: number): number {
    if (this.#inHere) return this.#stepHere(text, at);
    if (this.#escaped) {
      this.#escaped = false;
      this.#wordStart = false;
      return at + 1;
    }
    const top = this.#frames[this.#frames.length - 1];
    const character = text[at] as string;
    const inComment = this.#frames.length === 1 && top?.kind === 'comment';
    if (character === '\n' && this.#awaited.length > 0 && this.#frames.length > 0 && !inComment) {
      return this.#loseAt('what follows a here-document');
    }
    switch (top?.kind) {
      case 'single':
        if (character === "'") this.#frames.pop();
        return at + 1;
      case 'comment':
        if (character !== '\n') return at + 1;
        this.#frames.pop();
        return this.#command(text, at);
      case 'ansi':
        // A quote after a backslash ends the text in one shell and not in another.
        if (character === '\\') return this.#loseAt("what follows a backslash in $'…'");
        if (character === "'") this.#frames.pop();
        return at + 1;
      case 'arithmetic':
        if (/['"`\\]/.test(character)) return this.#loseAt('what follows a quote in arithmetic');
        if (character === '(') top.depth++;
        if (character === ')' && --top.depth === 0) this.#frames.pop();
        return at + 1;
      case 'double':
        if (character === '"') {
          this.#frames.pop();
          return at + 1;
        }
        if (character === '\\') {
          this.#escaped = true;
          return at + 1;
        }
        return this.#expansion(text, at) ?? at + 1;
      default:
        return this.#command(text, at);
    }
  }

  /** Outside of quotes: the command itself, or one in `$(…)`. */
  #command(text: string, at: number): number {
    const character = text[at] as string;
    const wordStart = this.#wordStart;
    this.#wordStart = /[\s;&|()<>]/.test(character);
    const top = this.#frames[this.#frames.length - 1];
    switch (character) {
      case '\\':
        this.#escaped = true;
        return at + 1;
      case "'":
        this.#frames.push({ kind: 'single', depth: 0 });
        return at + 1;
      case '"':
        this.#frames.push({ kind: 'double', depth: 0 });
        return at + 1;
      case '#':
        if (wordStart) this.#frames.push({ kind: 'comment', depth: 0 });
        return at + 1;
      case '\n':
        if (this.#awaited.length > 0) this.#inHere = true;
        return at + 1;
      case '(':
        if (text[at + 1] === '(') {
          this.#frames.push({ kind: 'arithmetic', depth: 2 });
          return at + 2;
        }
        if (top) top.depth++;
        return at + 1;
      case ')':
        if (top && --top.depth < 0) this.#frames.pop();
        return at + 1;
      case '<':
      case '>':
        return this.#redirection(text, at);
      default:
        // The patterns of `case` have closing parentheses without opening ones.
        if (top && wordStart && /^case\b/.test(text.slice(at, at + 5))) {
          return this.#loseAt('what follows "case" in $(…)');
        }
        return this.#expansion(text, at) ?? (this.#wordStart ? at + 1 : endOfPlain(text, at + 1));
    }
  }

  #redirection(text: string, at: number): number {
    if (text[at + 1] === '(') {
      this.#frames.push({ kind: 'substitution', depth: 0 });
      return at + 2;
    }
    if (text.startsWith('<<<', at)) return at + 3;
    if (!text.startsWith('<<', at)) return at + 1;
    const found = HERE_DELIMITER.exec(text.slice(at, at + 200));
    if (!found || this.#frames.length > 0) return this.#loseAt('what follows a here-document');
    const [all, dash, single, double, backslash, bare] = found;
    const literal = single !== undefined || double !== undefined || backslash === '\\';
    this.#awaited.push({ word: single ?? double ?? bare ?? '', tabs: dash === '-', literal });
    return at + all.length;
  }

  /** `$…` and backticks, which begin in the open and in `"…"` alike; undefined when there is none. */
  #expansion(text: string, at: number): number | undefined {
    const character = text[at];
    if (character === '`') return this.#loseAt('what follows a backtick');
    if (character !== '$') return undefined;
    this.#wordStart = false;
    const inDouble = this.#frames[this.#frames.length - 1]?.kind === 'double';
    if (text.startsWith('$((', at)) {
      this.#frames.push({ kind: 'arithmetic', depth: 2 });
      return at + 3;
    }
    if (text.startsWith('$(', at)) {
      this.#frames.push({ kind: 'substitution', depth: 0 });
      this.#wordStart = true;
      return at + 2;
    }
    if (text.startsWith('${', at)) {
      const simple = SIMPLE_PARAMETER.exec(text.slice(at, at + 500));
      return simple ? at + simple[0].length : this.#loseAt('what follows ${');
    }
    if (text.startsWith('$[', at)) return this.#loseAt('what follows $[');
    if (text.startsWith("$'", at) && !inDouble) {
      this.#frames.push({ kind: 'ansi', depth: 0 });
      return at + 2;
    }
    return at + 1;
  }

  #stepHere(text: string, at: number): number {
    const newline = text.indexOf('\n', at);
    if (newline < 0) {
      this.#hereLine += text.slice(at);
      return text.length;
    }
    const line = this.#hereLine + text.slice(at, newline);
    this.#hereLine = '';
    const awaited = this.#awaited[0];
    if (!awaited) return newline + 1;
    // Shells differ in whether the document can end inside of a substitution.
    if (!awaited.literal && /`|\$\((?![^)]*\))/.test(line)) return this.#loseAt('what follows $(…) in a here-document');
    // A backslash joins the line to the next, which then is no end of the document.
    if (!awaited.literal && line.endsWith('\\')) return this.#loseAt('what follows a joined line in a here-document');
    if ((awaited.tabs ? line.replace(/^\t+/, '') : line) === awaited.word) {
      this.#awaited.shift();
      this.#inHere = this.#awaited.length > 0;
      this.#wordStart = true;
    }
    return newline + 1;
  }
}
