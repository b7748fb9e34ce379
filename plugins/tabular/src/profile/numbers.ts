/** Numbers for JSON. Pure. */

/** A number where JSON's has the same value, else the text as it was. */
export function exactNumber(text: string): number | string {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  return digitsOf(text) === digitsOf(String(number)) ? number : text;
}

/** Sign, significant digits and exponent, in one way of writing: `1.50`, `15e-1` and `1.5` are the same. */
function digitsOf(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign === '-' ? '-' : ''}${digits}e${Number(exponent) - fraction.length + (all.length - digits.length)}`;
}

/** 6 decimals; 0 of nothing. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : six(part / whole);
}

/** 6 decimals; never -0. */
export function six(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0;
}
