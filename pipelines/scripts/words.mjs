// How the reports of these pipelines write numbers, shares and values from data.

/** Thousands are kept apart by a comma, whatever the language of the machine. */
export function amount(count) {
  const [whole, rest] = String(count).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

export function plural(count, noun, nouns = `${noun}s`) {
  return `${amount(count)} ${count === 1 ? noun : nouns}`;
}

/** 0.1234 -> 12.3 %. What is not nothing is never written as 0 %, and what is not all never as 100 %. */
export function percent(share) {
  if (share <= 0) return '0 %';
  if (share >= 1) return '100 %';
  if (share < 0.001) return '< 0.1 %';
  if (share > 0.999) return '> 99.9 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** A value of the data on one line, short, with nothing in it that a terminal or a browser would act on. */
export function plain(value, length = 60) {
  const text = String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) =>
    mark === '\n'
      ? '⏎'
      : mark === '\t'
        ? '⇥'
        : `<U+${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
  const characters = Array.from(text);
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(words, most = 3) {
  if (words.length <= 1) return words.join('');
  if (words.length <= most) return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  return `${words.slice(0, most - 1).join(', ')} and ${amount(words.length - most + 1)} more`;
}
