/** `standardise_url`: scheme and host of URLs in small letters, without the usual port. */
import { defineStandardForm } from './standard-form.ts';

export const standardiseUrl = defineStandardForm({
  name: 'standardise_url',
  meaning: 'url',
  things: 'URLs',
  how: 'scheme and host in small letters, without the usual port',
  kinds: [],
  unusualConfidence: 0.8,
});
