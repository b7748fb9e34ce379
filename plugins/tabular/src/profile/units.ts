/** Units that stand beside numbers. Adding one is an entry here. Pure data. */

export interface Unit {
  /** The usual symbol. */
  readonly unit: string;
  readonly dimension: string;
  /** Times this is the base unit of the dimension; null where that is no factor. */
  readonly factor: number | null;
  /** Ways to write it, in lower case and without points. */
  readonly words: readonly string[];
}

const unit = (symbol: string, dimension: string, factor: number | null, words: string): Unit => ({
  unit: symbol,
  dimension,
  factor,
  words: [symbol.toLowerCase(), ...words.split(' ')].filter(Boolean),
});

const UNITS: readonly Unit[] = [
  unit('%', 'ratio', 0.01, 'percent pct'),
  unit('‰', 'ratio', 0.001, 'permille'),
  unit('ppm', 'ratio', 1e-6, ''),
  unit('kg', 'mass', 1, 'kgs kilo kilos kilogram kilograms'),
  unit('g', 'mass', 0.001, 'gr gram grams'),
  unit('mg', 'mass', 1e-6, 'milligram milligrams'),
  unit('t', 'mass', 1000, 'tonne tonnes'),
  unit('lb', 'mass', 0.45359237, 'lbs pound pounds'),
  unit('oz', 'mass', 0.028349523125, 'ounce ounces'),
  unit('m', 'length', 1, 'meter meters metre metres'),
  unit('km', 'length', 1000, 'kilometer kilometers kilometre kilometres'),
  unit('cm', 'length', 0.01, 'centimeter centimeters centimetre centimetres'),
  unit('mm', 'length', 0.001, 'millimeter millimeters millimetre millimetres'),
  unit('in', 'length', 0.0254, 'inch inches "'),
  unit('ft', 'length', 0.3048, "foot feet '"),
  unit('yd', 'length', 0.9144, 'yard yards'),
  unit('mi', 'length', 1609.344, 'mile miles'),
  unit('m²', 'area', 1, 'm2 sqm'),
  unit('km²', 'area', 1e6, 'km2 sqkm'),
  unit('ft²', 'area', 0.09290304, 'ft2 sqft'),
  unit('ha', 'area', 10_000, 'hectare hectares'),
  unit('ac', 'area', 4046.8564224, 'acre acres'),
  unit('l', 'volume', 1, 'liter liters litre litres ltr'),
  unit('ml', 'volume', 0.001, 'milliliter milliliters millilitre millilitres'),
  unit('cl', 'volume', 0.01, 'centiliter centilitre'),
  unit('gal', 'volume', 3.785411784, 'gallon gallons'),
  unit('m³', 'volume', 1000, 'm3'),
  unit('s', 'time', 1, 'sec secs second seconds'),
  unit('ms', 'time', 0.001, 'msec millisecond milliseconds'),
  unit('min', 'time', 60, 'mins minute minutes'),
  unit('h', 'time', 3600, 'hr hrs hour hours'),
  unit('d', 'time', 86_400, 'day days'),
  unit('wk', 'time', 604_800, 'week weeks'),
  unit('yr', 'time', 31_557_600, 'yrs year years'),
  unit('km/h', 'speed', 1 / 3.6, 'kmh kph'),
  unit('mph', 'speed', 0.44704, 'mi/h'),
  unit('m/s', 'speed', 1, ''),
  unit('kn', 'speed', 0.514444, 'kt kts knot knots'),
  unit('°C', 'temperature', null, 'c celsius'),
  unit('°F', 'temperature', null, 'f fahrenheit'),
  unit('K', 'temperature', null, 'kelvin'),
  unit('W', 'power', 1, 'watt watts'),
  unit('kW', 'power', 1000, 'kilowatt kilowatts'),
  unit('MW', 'power', 1e6, 'megawatt megawatts'),
  unit('hp', 'power', 745.69987, 'bhp horsepower'),
  unit('kWh', 'energy', 3_600_000, ''),
  unit('J', 'energy', 1, 'joule joules'),
  unit('kJ', 'energy', 1000, ''),
  unit('kcal', 'energy', 4184, 'cal'),
  unit('V', 'voltage', 1, 'volt volts'),
  unit('A', 'current', 1, 'amp amps ampere'),
  unit('Hz', 'frequency', 1, 'hertz'),
  unit('kHz', 'frequency', 1000, ''),
  unit('MHz', 'frequency', 1e6, ''),
  unit('GHz', 'frequency', 1e9, ''),
  unit('bar', 'pressure', 100_000, ''),
  unit('Pa', 'pressure', 1, 'pascal'),
  unit('psi', 'pressure', 6894.757, ''),
  unit('B', 'data', 1, 'byte bytes'),
  unit('kB', 'data', 1000, 'kilobyte kilobytes'),
  unit('MB', 'data', 1e6, 'megabyte megabytes'),
  unit('GB', 'data', 1e9, 'gigabyte gigabytes'),
  unit('TB', 'data', 1e12, 'terabyte terabytes'),
  unit('mpg', 'consumption', null, ''),
  unit('cc', 'volume', 0.001, 'ccm'),
  unit('rpm', 'rotation', 1, ''),
  unit('px', 'pixels', 1, 'pixel pixels'),
];

const CURRENCIES: { readonly [word: string]: string } = Object.fromEntries(
  [
    'USD $ us$ dollar dollars',
    'EUR € euro euros',
    'GBP £',
    'JPY ¥ yen',
    'INR ₹ rs',
    'KRW ₩',
    'RUB ₽',
    'BRL r$',
    'CHF fr',
    'CAD c$ ca$',
    'AUD a$ au$',
    'CNY rmb',
    'SEK',
    'NOK',
    'DKK',
    'PLN zł',
    'TRY ₺',
    'ILS ₪',
    'NGN ₦',
    'VND ₫',
    'THB ฿',
    'MXN',
    'ZAR',
    'SGD',
    'HKD hk$',
    'NZD nz$',
  ].flatMap((line) => {
    const [code = '', ...words] = line.split(' ');
    return [[code.toLowerCase(), code], ...words.map((word) => [word, code])];
  }),
);

const BY_WORD = new Map(UNITS.flatMap((one) => one.words.map((word) => [word, one] as const)));

/** What a text beside a number means; `before` for currencies and the like. */
export function unitOf(text: string): Unit | undefined {
  const word = text.trim().toLowerCase().replace(/\.$/, '').replace(/\s+/g, ' ');
  const currency = CURRENCIES[word];
  if (currency !== undefined) return { unit: currency, dimension: 'currency', factor: null, words: [] };
  return BY_WORD.get(word) ?? BY_WORD.get(word.replace(/[\s.]/g, ''));
}
