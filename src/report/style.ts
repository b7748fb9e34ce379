/** Colours for a terminal, or none. Knows nothing of what is coloured, and reads no environment by itself. */

export type ColorMode = 'auto' | 'always' | 'never';

export interface ColorQuestion {
  /** Of `--color`. */
  readonly mode: ColorMode;
  /** `NO_COLOR`, `FORCE_COLOR` and `TERM` are looked at. */
  readonly env: { readonly [name: string]: string | undefined };
  /** Of the stream that is written to. */
  readonly isTty: boolean;
}

/** The flag wins, then FORCE_COLOR, then NO_COLOR (each if not empty), then whether it is a terminal. */
export function wantsColor({ mode, env, isTty }: ColorQuestion): boolean {
  if (mode !== 'auto') return mode === 'always';
  const { FORCE_COLOR: force, NO_COLOR: none, TERM: terminal } = env;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  if (none !== undefined && none !== '') return false;
  return isTty && terminal !== 'dumb';
}

export interface Style {
  readonly isColored: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Each function leaves its text as it is when there are no colours. */
export function makeStyle(isColored: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    isColored && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    isColored,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

export const PLAIN: Style = makeStyle(false);
