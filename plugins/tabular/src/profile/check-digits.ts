/** Checks of numbers that carry a check digit. Pure. */

/** ISO/IEC 7812, annex B (Luhn). */
export function passesLuhn(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{8,19}$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    sum += at % 2 === 0 ? digit : digit < 5 ? 2 * digit : 2 * digit - 9;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the four first characters go to the end, letters are 10 to 35, and the rest of a division by 97 is 1. */
export function isIban(text: string): boolean {
  const plain = text.replace(/ /g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return false;
  let rest = 0;
  for (const character of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** EAN-8, UPC-A, EAN-13, GTIN-14: weights 3 and 1 from the right. */
export function isEan(text: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(text)) return false;
  let sum = 0;
  for (let at = 1; at < text.length; at++) sum += Number(text[text.length - 1 - at]) * (at % 2 === 1 ? 3 : 1);
  return (10 - (sum % 10)) % 10 === Number(text.at(-1));
}

/** ISBN-10 (weights 10 to 1, modulo 11) and ISBN-13. */
export function isIsbn(text: string): boolean {
  const plain = text.replace(/^isbn:? ?/i, '').replace(/[ -]/g, '');
  if (/^97[89]\d{10}$/.test(plain)) return isEan(plain);
  return /^\d{9}[\dXx]$/.test(plain) && weighted(plain, 10);
}

/** ISSN: weights 8 to 1, modulo 11. */
export function isIssn(text: string): boolean {
  return /^\d{4}-\d{3}[\dXx]$/.test(text) && weighted(text.replace('-', ''), 8);
}

function weighted(text: string, from: number): boolean {
  let sum = 0;
  for (const [at, character] of Array.from(text).entries()) {
    sum += (from - at) * (/x/i.test(character) ? 10 : Number(character));
  }
  return sum % 11 === 0;
}
