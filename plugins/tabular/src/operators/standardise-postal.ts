/** `standardise_postal`: postal codes with their space or hyphen, capital letters and first zero. */
import { defineStandardForm } from './standard-form.ts';

export const standardisePostal = defineStandardForm({
  name: 'standardise_postal',
  meaning: 'postal_code',
  things: 'postal codes',
  how: 'capital letters, a space or hyphen in its place, and the zero at the start',
  kinds: ['us', 'uk', 'ca', 'nl'],
  unusualConfidence: 0.6,
});
