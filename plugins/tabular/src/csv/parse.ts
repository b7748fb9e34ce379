/**
 * Reads CSV text piece by piece into cells. Accepts what people write: quotes begin a cell only at its start, a quote
 * inside an unquoted cell is a character, text after a closing quote belongs to the cell, lines end in LF, CR or CRLF.
 * Decides nothing about headers or types.
 */

export interface Dialect {
  readonly delimiter: string;
  readonly quote: '"' | undefined;
}

/** One record. The arrays are the caller's. */
export interface CsvRow {
  /** Line of its first character, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Per cell, whether it was in quotes: `""` is an empty text, nothing at all is a missing value. */
  readonly quoted: readonly boolean[];
}

export interface CsvTraits {
  lf: boolean;
  crlf: boolean;
  cr: boolean;
  /** Lines without a character; they are no rows. */
  blankLines: number;
  /** The file ends inside quotes that begin at this line. */
  unclosedAt: number | undefined;
  /** Number of quotes where a strict reader does not expect them. */
  looseQuotes: number;
}

const states = { start: 0, plain: 1, quoted: 2, closed: 3 } as const;
type State = (typeof states)[keyof typeof states];

export class CsvParser {
  readonly traits: CsvTraits = {
    lf: false,
    crlf: false,
    cr: false,
    blankLines: 0,
    unclosedAt: undefined,
    looseQuotes: 0,
  };
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #onRow: (row: CsvRow) => void;
  /** With one column a blank line is a row with a missing value. */
  readonly #blankIsRow: boolean;
  #state: State = states.start;
  #cells: string[] = [];
  #quoted: boolean[] = [];
  /** The cell so far, up to the current piece. */
  #cell = '';
  #cellQuoted = false;
  #line = 1;
  #rowLine = 1;
  #afterCr = false;

  constructor(dialect: Dialect, onRow: (row: CsvRow) => void, options: { readonly blankIsRow?: boolean } = {}) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote === undefined ? -1 : dialect.quote.charCodeAt(0);
    this.#onRow = onRow;
    this.#blankIsRow = options.blankIsRow === true;
  }

  write(text: string): void {
    const { start, plain, quoted, closed } = states;
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    // Where the part of the cell begins that is not in `#cell` yet.
    let from = 0;
    let state = this.#state;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#afterCr) {
        this.#afterCr = false;
        if (code === 10) {
          this.traits.crlf = true;
          from = at + 1;
          continue;
        }
        this.traits.cr = true;
      }
      if (state === quoted) {
        if (code === quote) {
          this.#cell += text.slice(from, at);
          from = at + 1;
          state = closed;
        } else if (code === 10) this.#line += 1;
        continue;
      }
      if (code === delimiter) {
        this.#endCell(text.slice(from, at));
        from = at + 1;
        state = start;
      } else if (code === 10 || code === 13) {
        this.#endRow(text.slice(from, at));
        from = at + 1;
        state = start;
        if (code === 13) this.#afterCr = true;
        else this.traits.lf = true;
      } else if (state === closed) {
        if (code === quote) {
          // `""` inside quotes: one quote, and the cell goes on.
          this.#cell += '"';
          from = at + 1;
          state = quoted;
        } else {
          this.traits.looseQuotes += 1;
          state = plain;
        }
      } else if (code === quote) {
        if (state === start) {
          this.#cellQuoted = true;
          from = at + 1;
          state = quoted;
        } else this.traits.looseQuotes += 1;
      } else state = plain;
    }
    if (from < text.length) this.#cell += text.slice(from);
    this.#state = state;
  }

  /** The end of the file: what has no line end is a row too. */
  end(): void {
    if (this.#afterCr) this.traits.cr = true;
    if (this.#state === states.quoted) this.traits.unclosedAt = this.#rowLine;
    if (this.#state !== states.start || this.#cells.length > 0 || this.#cell !== '') this.#endRow('');
  }

  #endCell(rest: string): void {
    this.#cells.push(this.#cell === '' ? rest : this.#cell + rest);
    this.#quoted.push(this.#cellQuoted);
    this.#cell = '';
    this.#cellQuoted = false;
  }

  #endRow(rest: string): void {
    const isBlank = this.#cells.length === 0 && this.#cell === '' && rest === '' && !this.#cellQuoted;
    if (isBlank && !this.#blankIsRow) this.traits.blankLines += 1;
    else {
      this.#endCell(rest);
      this.#onRow({ line: this.#rowLine, cells: this.#cells, quoted: this.#quoted });
    }
    this.#cells = [];
    this.#quoted = [];
    this.#line += 1;
    this.#rowLine = this.#line;
  }
}
