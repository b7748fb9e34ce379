/** `standardise_email`: e-mail addresses in small letters. */
import { defineStandardForm } from './standard-form.ts';

export const standardiseEmail = defineStandardForm({
  name: 'standardise_email',
  meaning: 'email',
  things: 'e-mail addresses',
  how: 'small letters, without "mailto:"',
  kinds: [],
  unusualConfidence: 0.7,
});
