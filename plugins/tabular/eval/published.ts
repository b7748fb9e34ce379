/** What others publish for the data of each kind, and whether they were given anything but the data. */
interface Published {
  /** Beginning of the folder's name. */
  readonly folder: string;
  readonly metric: string;
  readonly figure: string;
  readonly system: string;
  /** What it was told: nothing, the dialect, labelled cells, labelled columns. */
  readonly given: string;
}

const PUBLISHED: readonly Published[] = [
  {
    folder: 'csv-pollock',
    metric: 'simple score of 10',
    figure: '9.961',
    system: 'DuckDB (all 2,290 files)',
    given: 'the dialect',
  },
  {
    folder: 'csv-pollock',
    metric: 'simple score of 10',
    figure: '9.193',
    system: 'CleverCSV (all 2,290 files)',
    given: 'nothing',
  },
  {
    folder: 'csv-pollock',
    metric: 'weighted score of 10',
    figure: '9.599',
    system: 'DuckDB (all 2,290 files)',
    given: 'the dialect',
  },
  {
    folder: 'csv-survey',
    metric: 'simple score of 10',
    figure: '9.01',
    system: 'OpenCSV (all survey files)',
    given: 'the dialect',
  },
  {
    folder: 'csv-survey',
    metric: 'simple score of 10',
    figure: '8.90',
    system: 'CleverCSV (all survey files)',
    given: 'nothing',
  },
  {
    folder: 'types-sortinghat',
    metric: 'accuracy of nine classes',
    figure: '.9265',
    system: 'SortingHat, random forest',
    given: 'labelled columns',
  },
  { folder: 'types-ptype', metric: 'accuracy of types', figure: '.93', system: 'ptype', given: 'nothing' },
  { folder: 'clean-hospital', metric: 'detection F1', figure: '.72', system: 'Raha', given: '20 labelled rows' },
  { folder: 'clean-hospital', metric: 'repair F1', figure: '.66', system: 'Raha and Baran', given: '20 labelled rows' },
  { folder: 'clean-beers', metric: 'detection F1', figure: '.99', system: 'Raha', given: '20 labelled rows' },
  { folder: 'clean-beers', metric: 'repair F1', figure: '.90', system: 'Raha and Baran', given: '20 labelled rows' },
  { folder: 'clean-flights', metric: 'detection F1', figure: '.81', system: 'Raha', given: '20 labelled rows' },
  { folder: 'clean-flights', metric: 'repair F1', figure: '.66', system: 'Raha and Baran', given: '20 labelled rows' },
  { folder: 'clean-rayyan', metric: 'detection F1', figure: '.79', system: 'Raha', given: '20 labelled rows' },
  { folder: 'clean-rayyan', metric: 'repair F1', figure: '.35', system: 'Raha and Baran', given: '20 labelled rows' },
  {
    folder: 'impute-restaurant',
    metric: 'F1 at level 5',
    figure: '.772',
    system: 'IMP (one column, another split)',
    given: 'complete rows',
  },
  {
    folder: 'reshape-atbench',
    metric: 'Hit@1',
    figure: '.564',
    system: 'Auto-Tables (the public half)',
    given: 'made-up tables',
  },
  {
    folder: 'reshape-atbench',
    metric: 'Hit@3',
    figure: '.752',
    system: 'Auto-Tables (the public half)',
    given: 'made-up tables',
  },
];

export function publishedFor(folder: string, metric: string): Published | undefined {
  return PUBLISHED.find((one) => folder.startsWith(one.folder) && metric.startsWith(one.metric));
}
