// What templates mean, and which are none.

import { expect, test } from 'vitest';
import type { Json } from 'wrangle/plugin';
import type { Escape } from '../src/template/fill.ts';
import { fillTemplate } from '../src/template/fill.ts';
import { parseTemplate, TemplateMistake } from '../src/template/parse.ts';

const fill = (template: string, record: Json = {}, as: Escape = 'none') =>
  fillTemplate(parseTemplate(template), record, as);
const text = (...args: Parameters<typeof fill>) => fill(...args).text;

const ADA = {
  name: 'Ada',
  tags: ['a', 'b'],
  city: { name: 'London', zip: 0 },
  'a.b': 1,
  empty: '',
  no: false,
  list: [],
};

test.each<[string, string]>([
  ['', ''],
  ['no tag, { one } brace', 'no tag, { one } brace'],
  ['{{name}} {{ name }} {{{name}}} {{& name}}', 'Ada Ada Ada Ada'],
  ['{{ city.name }} {{ city.zip }} {{ a.b }}', 'London 0 1'],
  ['{{#tags}}<{{.}} of {{name}}>{{/tags}}', '<a of Ada><b of Ada>'],
  ['{{#city}}{{name}}{{/city}}', 'London'],
  ['{{#name}}yes, {{.}}{{/name}}{{^name}}no{{/name}}', 'yes, Ada'],
  ['{{^empty}}1{{/empty}}{{^no}}2{{/no}}{{^list}}3{{/list}}{{^other}}4{{/other}}', '1234'],
  ['{{#city}}{{#zip}}zero is something{{/zip}}{{/city}}', 'zero is something'],
  ['a{{! words }}b', 'ab'],
  ['{{no}}', 'false'],
  ['{{empty}}.', '.'],
  ['{{toString}}{{constructor.name}}.', '.'],
])('%j is %j', (template, expected) => {
  expect(text(template, ADA)).toBe(expected);
});

test('a section that has a line to itself takes the line with it', () => {
  expect(text('<ul>\n  {{#tags}}\n  <li>{{.}}</li>\n  {{/tags}}\n</ul>\n', ADA)).toBe(
    '<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>\n',
  );
  expect(text('{{! first }}\r\nx\r\n{{#tags}}\r\n-\r\n{{/tags}}', ADA)).toBe('x\r\n-\r\n-\r\n');
  expect(text('x {{#tags}}\n-{{/tags}}\n', ADA)).toBe('x \n-\n-\n');
});

test('values are made safe for where they go', () => {
  const record = { v: `<a href="x">'&'</a>`, n: 1.5, l: [1, 'two'], nothing: null };
  expect(text('{{v}} {{{v}}} {{n}}', record, 'html')).toBe(
    `&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt; <a href="x">'&'</a> 1.5`,
  );
  expect(text('{"v":{{v}},"l":{{l}},"n":{{n}},"x":{{nothing}}}', record, 'json')).toBe(
    `{"v":"<a href=\\"x\\">'&'</a>","l":[1,"two"],"n":1.5,"x":null}`,
  );
});

test('what has no value, and what is no text, is told with its line', () => {
  const { missing, noText } = fill(
    '{{name}}\n{{mail}} {{city.street}}\n{{mail}} {{tags}}{{#gone}}{{mail}}{{/gone}}',
    ADA,
  );
  expect(missing).toEqual([
    { name: 'mail', line: 2 },
    { name: 'city.street', line: 2 },
  ]);
  expect(noText).toEqual([{ name: 'tags', line: 3 }]);
});

test.each([
  ['a\n{{name', 2, 'A tag that begins with "{{" has no end.'],
  ['{{ }}', 1, 'A tag has no name in it.'],
  ['\n\n{{#a}}', 3, '{{#a}} has no {{/a}}.'],
  ['{{^a}}', 1, '{{^a}} has no {{/a}}.'],
  ['{{/a}}', 1, '{{/a}} ends what has not begun.'],
  ['{{#a}}\n{{#b}}\n{{/a}}', 3, '{{/a}} stands where {{#b}} of line 2 has to end.'],
  ['{{> part}}', 1, '"{{>" is not known here: a template is one file, and its tags are {{ }}.'],
])('%j is no template', (template, line, message) => {
  let thrown: unknown;
  try {
    parseTemplate(template);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TemplateMistake);
  expect(thrown).toMatchObject({ line, message });
});

test('a long template is read in a time that grows with it', () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => `{{#a}} {{ name }} ${at} {{/a}}`).join('\n');
  expect(text(lines, { a: true, name: 'x' }).split('\n')).toHaveLength(50_000);
});
