/** Numbers that measure something. Pure. */
import type { ProfileColumn } from '../documents.generated.ts';
import { isNumberType } from './kinds.ts';

/** A number that counts or measures, and is no code. */
export function isMeasure({ type, feature_class, length, semantic }: ProfileColumn): boolean {
  if (!isNumberType(type)) return false;
  if (type !== 'integer') return true;
  if (feature_class !== 'numeric') return false;
  if (semantic.some((one) => one.type === 'phone' || one.type === 'postal_code')) return false;
  return !(length && length.min === length.max && length.min >= 4);
}
