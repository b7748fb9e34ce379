/** Values of a meaning in the one way of writing that standards ask for. Pure. */
import { cut } from './values.ts';

/** `detail`: which kind, as `semantic.detail` says. Undefined where there is no other way to write it. */
export type StandardForm = (text: string, detail: string | null) => string | undefined;

/** By the name of the meaning. */
export const STANDARD_FORMS: { readonly [meaning: string]: StandardForm } = {
  // The part after the @ is the same in any case; so is the part before it with all that matter.
  email: (text) => {
    const plain = text.replace(/^mailto:/i, '');
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(plain) ? plain.toLowerCase() : undefined;
  },
  url: (text) => {
    const match = /^(https?|ftp):\/\/([^/?#\s]+)([^\s]*)$/i.exec(text);
    if (!match) return undefined;
    const [, scheme = '', authority = '', rest = ''] = match;
    const at = authority.lastIndexOf('@') + 1;
    const port = { http: /:80$/, https: /:443$/, ftp: /:21$/ }[scheme.toLowerCase()];
    const host = authority
      .slice(at)
      .toLowerCase()
      .replace(port ?? /$^/, '');
    return `${scheme.toLowerCase()}://${authority.slice(0, at)}${host}${rest}`;
  },
  // E.164. Digits after `x` are an extension, which has no place in it; `(0)` is not dialled from abroad.
  phone: (text, detail) => {
    const digits = text.replace(/^\+(\d{1,3})\s*\(0\)/, '+$1').replace(/[\s()./-]/g, '');
    if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
    if (detail !== 'north_america') return undefined;
    const national = /^\+?1?([2-9]\d{2}[2-9]\d{6})$/.exec(digits)?.[1];
    return national === undefined ? undefined : `+1${national}`;
  },
  postal_code: (text, detail) => {
    const letters = text.replace(/[\s-]+/g, '').toUpperCase();
    if (detail === 'us') {
      // What was taken for a number has lost its zero.
      return /^\d{4}$/.test(text) ? `0${text}` : undefined;
    }
    if (detail === 'uk' && /^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/.test(letters)) {
      return `${letters.slice(0, -3)} ${letters.slice(-3)}`;
    }
    if (detail === 'ca' && /^[A-Z]\d[A-Z]\d[A-Z]\d$/.test(letters)) return `${letters.slice(0, 3)} ${letters.slice(3)}`;
    if (detail === 'nl' && /^\d{4}[A-Z]{2}$/.test(letters)) return `${letters.slice(0, 4)} ${letters.slice(4)}`;
    return undefined;
  },
};

/** Rows with a value that its standard writes otherwise, and the most frequent of them. `values` come by count. */
export function unusual(
  meaning: string,
  detail: string | null,
  values: readonly { readonly trimmed: string; readonly count: number }[],
): { count: number; value: string; standard: string } | null {
  const form = STANDARD_FORMS[meaning];
  if (!form) return null;
  let first: { value: string; standard: string } | undefined;
  let total = 0;
  for (const { trimmed, count } of values) {
    const standard = form(trimmed, detail);
    if (standard === undefined || standard === trimmed) continue;
    first ??= { value: cut(trimmed), standard: cut(standard) };
    total += count;
  }
  return first ? { count: total, ...first } : null;
}
