/** `standardise_phone`: phone numbers as `+15551234567` (E.164), where they are written in several ways. */
import { defineStandardForm } from './standard-form.ts';

export const standardisePhone = defineStandardForm({
  name: 'standardise_phone',
  meaning: 'phone',
  things: 'phone numbers',
  how: 'E.164, a plus and digits',
  // National numbers of other countries do not say which.
  kinds: ['international', 'north_america'],
  needsPatterns: true,
  unusualConfidence: 0.8,
});
