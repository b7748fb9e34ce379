/** What the CEL library says is wrong, in words for people who never heard of overloads and tokens. */

const TYPES: { readonly [name: string]: string } = {
  string: 'a text',
  int: 'a whole number',
  uint: 'a whole number',
  double: 'a number with a fraction',
  bool: 'true or false',
  null: 'null',
  list: 'a list',
  map: 'a mapping',
};

const STRINGS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

/** In lower case and without a full stop. */
export function celReason(summary: string, source: string): string {
  const told = translated(summary) ?? lower(summary);
  const hint = /^unexpected (character|token)|^expected/i.test(summary) ? slipIn(source) : undefined;
  return hint === undefined ? told : `${told}; ${hint}`;
}

function translated(summary: string): string | undefined {
  const binary = /^No such overload: (\S.*?) ([-+*/%]|[=!<>]=?|==|in|&&|\|\|) (\S.*)$/i.exec(summary);
  if (binary) {
    const [left, right] = [typeName(binary[1]), typeName(binary[3])];
    if (left === undefined || right === undefined) return undefined;
    const isMixed = left !== right && [left, right].every((type) => type.includes('number') || type === 'a text');
    const help = isMixed ? '; string(…), int(…) and double(…) make one of the other' : '';
    return `"${binary[2]}" does not go with ${left} and ${right}${help}`;
  }
  const unary = /^No such overload: ([-!])(\S+)$/i.exec(summary);
  const operand = unary && typeName(unary[2]);
  if (unary && operand !== undefined) return `"${unary[1]}" does not go with ${operand}`;
  if (/(unexpected token: |got )EOF$/i.test(summary)) return 'it ends too early';
  const key = /^No such key: ([^:]*)$/i.exec(summary);
  return key ? `there is no key ${JSON.stringify(key[1])}` : undefined;
}

function typeName(type = ''): string | undefined {
  const inner = /^dyn<(.*)>$/.exec(type)?.[1] ?? type;
  return TYPES[/^[a-z]+/.exec(inner)?.[0] ?? ''];
}

/** What is written otherwise in other languages. */
function slipIn(source: string): string | undefined {
  const code = source.replace(STRINGS, '""');
  if (/(?<![=!<>])=(?!=)/.test(code)) return 'to compare, write "=="';
  if (/\b(and|or|not)\b/i.test(code)) return 'for "and", "or" and "not" write "&&", "||" and "!"';
  return undefined;
}

function lower(text: string): string {
  return (text.charAt(0).toLowerCase() + text.slice(1)).replace(/\.$/, '');
}
