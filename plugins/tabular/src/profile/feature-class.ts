/** What a column is to machine learning, in the nine classes of Shah and others (SortingHat, 2021). Pure rules. */
import type { ProfileColumn } from '../documents.generated.ts';
import { isMomentType, isNumberType } from './kinds.ts';
import { wordsOf } from './semantic-types.ts';

type Known = Pick<
  ProfileColumn,
  | 'name'
  | 'type'
  | 'values'
  | 'distinct'
  | 'missing'
  | 'completeness'
  | 'semantic'
  | 'text'
  | 'length'
  | 'numbers'
  | 'datetime'
  | 'list'
  | 'numeric'
  | 'boolean'
>;

export function featureClass(column: Known): ProfileColumn['feature_class'] {
  const { name, type, values, distinct, text, semantic, numbers, datetime, list, numeric } = column;
  const meaning = new Set(semantic.map((one) => one.type));
  const words = wordsOf(name);
  const distinctness = values === 0 ? 0 : distinct / values;
  const isIdName = /(^|_)(id|key|uuid|guid|index|row|serial)(_|$)|(id|key)$/.test(words);
  if (values === 0 || distinct <= 1) return 'not_generalizable';
  if (isMomentType(type) || (datetime && datetime.count >= 0.9 * values && type !== 'integer' && !isNumberType(type)))
    return 'datetime';
  if (meaning.has('url')) return 'url';
  if (type === 'uuid' || meaning.has('hash') || meaning.has('identifier')) return 'not_generalizable';
  if (column.boolean || type === 'boolean') return 'categorical';
  if (isNumberType(type)) {
    if (
      type === 'integer' &&
      distinctness >= 0.98 &&
      (isIdName || numeric?.monotonic === 'strictly_increasing') &&
      values > 10
    )
      return 'not_generalizable';
    if (meaning.has('year') || meaning.has('postal_code') || meaning.has('month')) return 'categorical';
    if (type === 'integer' && isIdName && distinctness < 0.5) return 'categorical';
    if (type === 'integer' && distinct <= Math.min(10, 0.05 * values)) return 'categorical';
    if (
      type === 'integer' &&
      /(^|_)(code|type|class|category|flag|status|group|level|zip)(_|$)/.test(words) &&
      distinctness < 0.5
    )
      return 'categorical';
    return 'numeric';
  }
  if (list || type === 'list') return 'list';
  if (type === 'json') return 'context_specific';
  const average = text?.words_mean ?? 1;
  if (numbers && numbers.affixed >= (numbers.share >= 0.9 ? 0.1 : 0.5) * values) return 'embedded_number';
  if (distinct <= Math.max(2, Math.min(1000, 0.2 * values)) && average < 8) return 'categorical';
  if (average >= 6 || ((column.length?.mean ?? 0) >= 40 && average >= 4)) return 'sentence';
  if (distinctness >= 0.95 && average <= 1.2 && (text?.digits ?? 0) >= 0.5 * values) return 'not_generalizable';
  if (meaning.has('us_state') || meaning.has('us_state_code') || meaning.has('country') || meaning.has('country_code'))
    return 'categorical';
  return distinctness < 0.5 && average < 4 ? 'categorical' : 'context_specific';
}
