/** Of which made-up names are made. */
export const SYLLABLES = [
  'ba',
  'den',
  'fel',
  'gor',
  'hin',
  'kes',
  'lom',
  'mar',
  'nor',
  'pil',
  'rus',
  'tal',
  'ver',
  'wen',
  'zor',
];
