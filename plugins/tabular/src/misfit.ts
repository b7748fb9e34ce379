/** What of a document is not as its schema says, as far as a reader would stumble over it: types, members and lists. Pure. */

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

/** The end of a sentence, such as `"columns.0" has no "name"`; undefined where nothing is wrong. */
export function misfit(whole: object, document: unknown): string | undefined {
  const named = (whole as { readonly $defs?: { readonly [name: string]: Schema } }).$defs ?? {};
  const look = (schema: Schema, value: unknown, place: string): string | undefined => {
    if (schema.$ref !== undefined) return look(named[schema.$ref.replace('#/$defs/', '')] ?? {}, value, place);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) {
      const found = choices.map((one) => look(one, value, place));
      return found.includes(undefined) ? undefined : found[0];
    }
    const types = [schema.type ?? []].flat();
    if (types.length > 0 && !types.some((type) => isOf(type, value)))
      return `${place} is not of the type ${types.join(' or ')}`;
    const values = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
    if (values && !values.includes(value)) return `${place} is none of the words that it may be`;
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) {
        const found = schema.items && look(schema.items, item, under(place, String(at)));
        if (found !== undefined) return found;
      }
    } else if (typeof value === 'object' && value !== null) {
      const members = value as { readonly [name: string]: unknown };
      const absent = schema.required?.find((name) => !Object.hasOwn(members, name));
      if (absent !== undefined) return `${place} has no "${absent}"`;
      for (const [name, member] of Object.entries(schema.properties ?? {})) {
        const found = Object.hasOwn(members, name) ? look(member, members[name], under(place, name)) : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  return look(whole as Schema, document, 'it');
}

function under(place: string, name: string): string {
  return place === 'it' ? `"${name}"` : `"${place.slice(1, -1)}.${name}"`;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
