// Made-up tables of two kinds of things crossed, in which rows differ because they are right: none is of reports.
import { clock, type Maker, type Row } from './made-reports.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const COUNTRIES = [
  'France',
  'Germany',
  'Spain',
  'Italy',
  'Poland',
  'Norway',
  'Sweden',
  'Japan',
  'Brazil',
  'Canada',
  'Mexico',
  'India',
];

type Make = (maker: Maker) => Row[];

/** A row of each pair, or of a share of them. */
function cross<A, B>(
  maker: Maker,
  of: readonly A[],
  by: readonly B[],
  row: (a: A, b: B, at: number, place: number) => Row,
  share = 1,
): Row[] {
  return of.flatMap((a, at) => by.flatMap((b, place) => (maker.random() < share ? [row(a, b, at, place)] : [])));
}

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, at) => `${word} ${at + 1}`);
const usually = <One>(maker: Maker, share: number, usual: One, other: () => One) =>
  maker.random() < share ? usual : other();

/** One value after the other, each of which lasts. */
function lasting(maker: Maker, length: number, change: number, make: () => string): string[] {
  let value = make();
  return Array.from({ length }, () => {
    if (maker.random() < change) value = make();
    return value;
  });
}

function lastingBy(periods: (maker: Maker) => readonly string[]): Make {
  return (maker) => {
    const by = periods(maker);
    const departments = maker.words(30, () => maker.word());
    const managers = maker.words(40, () => `${maker.word(2)} ${maker.word(2)}`);
    const of = maker
      .words(80, () => `${maker.word(2)} ${maker.word(2)}`)
      .map((name) => ({
        name,
        department: lasting(maker, by.length, 0.06, () => maker.pick(departments)),
        manager: lasting(maker, by.length, 0.08, () => maker.pick(managers)),
      }));
    return cross(maker, of, by, ({ name, department, manager }, when, _at, place) => ({
      who: name,
      when,
      department: department[place] ?? '',
      manager: manager[place] ?? '',
    }));
  };
}

const names = (maker: Maker, count: number) => maker.words(count, () => `${maker.word(2)} ${maker.word(2)}`);
const goods = (maker: Maker, count: number) =>
  maker.words(count, () => `${maker.word()} ${maker.word(2).toLowerCase()}`);
const shops = (maker: Maker, count: number) => maker.words(count, () => `${maker.word(2)} Stores`);
const money = (cents: number) => (cents / 100).toFixed(2);

export const VARIETY: { readonly [name: string]: Make } = {
  'prices and stocks of products in shops': (maker) => {
    const of = goods(maker, 60).map((name) => ({ name, price: 200 + maker.below(9000) }));
    return cross(maker, of, shops(maker, 20), ({ name, price }, shop) => ({
      product: name,
      shop,
      price: money(usually(maker, 0.6, price, () => Math.round(price * (0.8 + 0.2 * maker.random())))),
      stock: String(maker.below(40)),
    }));
  },
  'whole prices with a list price': (maker) => {
    const of = goods(maker, 60).map((name) => ({
      name,
      price: 1000 + maker.below(8000),
      deposit: 1000 + maker.below(8000),
    }));
    return cross(maker, of, shops(maker, 20), ({ name, price, deposit }, shop) => ({
      product: name,
      shop,
      price: String(usually(maker, 0.6, price, () => 1000 + maker.below(8000))),
      deposit: String(usually(maker, 0.6, deposit, () => 1000 + maker.below(8000))),
    }));
  },
  'prices with their currency': (maker) => {
    const of = goods(maker, 60).map((name) => ({ name, price: 200 + maker.below(9000) }));
    return cross(maker, of, shops(maker, 20), ({ name, price }, shop) => ({
      product: name,
      shop,
      price: `$${money(usually(maker, 0.6, price, () => 200 + maker.below(9000)))}`,
      used: `$${money(usually(maker, 0.6, price - 100, () => 100 + maker.below(9000)))}`,
    }));
  },
  'availability and supplier of products in shops': (maker) => {
    const suppliers = shops(maker, 12);
    const of = goods(maker, 60).map((name) => ({ name, supplier: maker.pick(suppliers), sold: maker.random() < 0.7 }));
    return cross(maker, of, shops(maker, 20), ({ name, supplier, sold }, shop) => ({
      product: name,
      shop,
      state: usually(maker, 0.8, sold ? 'in stock' : 'sold out', () => maker.pick(['in stock', 'sold out', 'ordered'])),
      supplier: usually(maker, 0.7, supplier, () => maker.pick(suppliers)),
    }));
  },
  'shelves that a shop calls otherwise': (maker) => {
    const areas = maker.words(25, () => maker.word(2));
    const racks = maker.words(30, () => `R${100 + maker.below(900)}`);
    const of = goods(maker, 80).map((name) => ({ name, area: maker.pick(areas), rack: maker.pick(racks) }));
    const by = shops(maker, 20).map((shop) => ({
      shop,
      own: new Map(
        [...areas, ...racks].map((one) => [one, maker.random() < 0.35 ? `${maker.word(2)}${maker.below(90)}` : one]),
      ),
    }));
    return cross(maker, of, by, ({ name, area, rack }, { shop, own }) => ({
      product: name,
      shop,
      area: own.get(area) ?? '',
      rack: own.get(rack) ?? '',
    }));
  },
  'departments month by month': lastingBy(() => MONTHS),
  'departments by year and month': lastingBy(() =>
    Array.from({ length: 24 }, (_, at) => `${2019 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`),
  ),
  'departments by month and year in words': lastingBy(() =>
    Array.from({ length: 24 }, (_, at) => `${MONTHS[at % 12]} ${2019 + Math.floor(at / 12)}`),
  ),
  'departments by quarter': lastingBy(() =>
    Array.from({ length: 16 }, (_, at) => `Q${(at % 4) + 1}/${2015 + Math.floor(at / 4)}`),
  ),
  'departments by round': lastingBy(() => numbered('round', 14)),
  'departments by something numbered': lastingBy(() => numbered('step', 14)),
  'departments by something named': lastingBy((maker) => maker.words(14, () => maker.word())),
  'teachers and rooms of courses by term': (maker) => {
    const [teachers, rooms] = [names(maker, 40), maker.words(50, () => `${maker.word(1)}-${100 + maker.below(900)}`)];
    const of = goods(maker, 50).map((course) => ({ course, teacher: maker.pick(teachers), room: maker.pick(rooms) }));
    const by = Array.from(
      { length: 12 },
      (_, at) => `${at % 2 === 0 ? 'Spring' : 'Fall'} ${2010 + Math.floor(at / 2)}`,
    );
    return cross(maker, of, by, ({ course, teacher, room }, term) => ({
      course,
      term,
      teacher: usually(maker, 0.6, teacher, () => maker.pick(teachers)),
      room: usually(maker, 0.5, room, () => maker.pick(rooms)),
    }));
  },
  'grades and teachers of students by subject': (maker) => {
    const subjects = goods(maker, 10).map((subject) => ({ subject, teachers: names(maker, 3) }));
    const of = names(maker, 100).map((student) => ({ student, level: maker.below(5) }));
    return cross(maker, of, subjects, ({ student, level }, { subject, teachers }) => ({
      student,
      subject,
      grade: 'ABCDEF'[usually(maker, 0.6, level, () => maker.below(6))] ?? '',
      teacher: usually(maker, 0.6, teachers[0] ?? '', () => maker.pick(teachers)),
    }));
  },
  'marks and classes of students by subject': (maker) => {
    const of = names(maker, 100).map((student) => ({
      student,
      room: `${1 + maker.below(9)}${maker.pick(['a', 'b'])}`,
    }));
    return cross(maker, of, goods(maker, 10), ({ student, room }, subject) => ({
      student,
      subject,
      class: room,
      mark: String(1 + maker.below(6)),
      tutor: maker.pick(['yes', 'no']),
    }));
  },
  'countries by year': (maker) =>
    cross(
      maker,
      COUNTRIES,
      Array.from({ length: 20 }, (_, at) => String(2000 + at)),
      (country, year) => ({
        country,
        year,
        head: maker.pick(COUNTRIES),
        currency: country.slice(0, 3).toUpperCase(),
        income: String(10000 + maker.below(50000)),
      }),
    ),
  'answers to the same five words': (maker) => {
    const scale = ['never', 'rarely', 'sometimes', 'often', 'always'];
    const of = numbered('Question', 40).map((question) => ({ question, usual: maker.below(5), wish: maker.below(5) }));
    return cross(maker, of, numbered('R', 60), ({ question, usual, wish }, respondent) => ({
      respondent,
      question,
      answer: scale[usually(maker, 0.5, usual, () => maker.below(5))] ?? '',
      wanted: scale[usually(maker, 0.5, wish, () => maker.below(5))] ?? '',
    }));
  },
  'answers to questions with words of their own': (maker) => {
    const of = numbered('Question', 40).map((question) => ({
      question,
      first: goods(maker, 4),
      second: goods(maker, 4),
    }));
    return cross(
      maker,
      of,
      names(maker, 60).map((name) => name.toLowerCase()),
      ({ question, first, second }, respondent) => ({
        respondent,
        question,
        answer: usually(maker, 0.4, first[0] ?? '', () => maker.pick(first)),
        reason: usually(maker, 0.4, second[0] ?? '', () => maker.pick(second)),
      }),
    );
  },
  'answers and remarks': (maker) => {
    const of = numbered('Question', 40).map((question) => ({ question, first: goods(maker, 4) }));
    return cross(
      maker,
      of,
      maker.words(30, () => maker.word().toLowerCase()),
      ({ question, first }, respondent) => ({
        respondent,
        question,
        answer: usually(maker, 0.4, first[0] ?? '', () => maker.pick(first)),
        remark: maker.random() < 0.3 ? `${maker.word()} ${maker.word()}` : '',
      }),
    );
  },
  'first and last buses by weekday': (maker) => {
    const of = numbered('Line', 40).map((line) => ({
      line,
      first: 240 + maker.below(120),
      last: 1300 + maker.below(120),
    }));
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday', 'Holiday'];
    return cross(maker, of, days, ({ line, first, last }, day, _at, place) => ({
      line,
      day,
      first: clock(first + (place > 4 ? 35 : 0)),
      last: clock(last - (place > 4 ? 50 : 0)),
    }));
  },
  'buses at stops': (maker) => {
    const of = numbered('Line', 40).map((line) => ({
      line,
      first: 240 + maker.below(120),
      last: 1300 + maker.below(120),
    }));
    return cross(
      maker,
      of,
      goods(maker, 20),
      ({ line, first, last }, stop, _at, place) => ({
        line,
        stop,
        first: clock(first + 3 * place),
        last: clock(last + 3 * place),
        zone: maker.pick(['A', 'B', 'C']),
      }),
      0.6,
    );
  },
  'films in countries': (maker) => {
    const of = goods(maker, 60).map((title) => ({ title, day: 1 + maker.below(28) }));
    return cross(maker, of, COUNTRIES, ({ title, day }, country) => ({
      film: title.toUpperCase(),
      country,
      title: usually(maker, 0.55, title, () => `${maker.word()} ${maker.word(2)}`),
      release: `2014-05-${String(usually(maker, 0.5, day, () => 1 + maker.below(28))).padStart(2, '0')}`,
    }));
  },
  'texts of products by language': (maker) => {
    const of = goods(maker, 60).map((title) => ({ title, claim: `${maker.word()} ${maker.word()}` }));
    return cross(
      maker,
      of,
      ['English', 'French', 'German', 'Spanish', 'Italian', 'Polish', 'Dutch', 'Swedish', 'Danish', 'Czech'],
      ({ title, claim }, language) => ({
        product: title.toUpperCase(),
        language,
        title: usually(maker, 0.55, title, () => `${maker.word()} ${maker.word(2)}`),
        claim: usually(maker, 0.55, claim, () => `${maker.word()} ${maker.word()}`),
      }),
    );
  },
  'texts of products by locale': (maker) => {
    const of = goods(maker, 60).map((title) => ({ title, claim: `${maker.word()} ${maker.word()}` }));
    return cross(
      maker,
      of,
      ['en-GB', 'en-US', 'fr-FR', 'fr-CA', 'de-DE', 'de-AT', 'es-ES', 'it-IT', 'pl-PL', 'sv-SE'],
      ({ title, claim }, locale) => ({
        product: title.toUpperCase(),
        locale,
        title: usually(maker, 0.55, title, () => `${maker.word()} ${maker.word(2)}`),
        claim: usually(maker, 0.55, claim, () => `${maker.word()} ${maker.word()}`),
      }),
    );
  },
  'packages installed on machines': (maker) => {
    const of = goods(maker, 80).map((name) => {
      const versions = Array.from({ length: 4 }, () => `${maker.below(9)}.${maker.below(20)}.${maker.below(30)}`);
      return { name, versions, builds: new Map(versions.map((one) => [one, maker.word(4).toLowerCase()])) };
    });
    return cross(
      maker,
      of,
      maker.words(25, () => `${maker.word(2).toLowerCase()}-host`),
      ({ name, versions, builds }, machine) => {
        const version = usually(maker, 0.6, versions[0] ?? '', () => maker.pick(versions));
        return { package: name, machine, version, build: builds.get(version) ?? '' };
      },
    );
  },
  'branches and advisers of customers by product': (maker) => {
    const branches = goods(maker, 40);
    const advisers = names(maker, 80).map((name) => ({ name, branch: maker.pick(branches) }));
    const of = names(maker, 80).map((customer) => ({ customer, adviser: maker.pick(advisers) }));
    return cross(maker, of, goods(maker, 10), ({ customer, adviser }, product) => {
      const other = usually(maker, 0.6, adviser, () => maker.pick(advisers));
      return { customer, product, adviser: other.name, branch: other.branch };
    });
  },
  'readings of sensors by hour': (maker) => {
    const states = ['ok', 'low', 'high'];
    return cross(
      maker,
      maker.words(30, () => `${maker.word(2)}-sensor`),
      Array.from({ length: 24 }, (_, at) => `${String(at).padStart(2, '0')}:00`),
      (sensor, hour) => ({ sensor, hour, reading: (20 + 5 * maker.random()).toFixed(2), state: maker.pick(states) }),
    );
  },
  'what doctors say of patients': (maker) => {
    const [illnesses, drugs] = [goods(maker, 15), goods(maker, 15)];
    const of = names(maker, 60).map((patient) => ({
      patient,
      illness: maker.pick(illnesses),
      drug: maker.pick(drugs),
    }));
    return cross(maker, of, goods(maker, 10), ({ patient, illness, drug }, clinic) => ({
      patient,
      clinic,
      illness: usually(maker, 0.6, illness, () => maker.pick(illnesses)),
      drug: usually(maker, 0.5, drug, () => maker.pick(drugs)),
    }));
  },
  'points and remarks of judges': (maker) =>
    cross(
      maker,
      goods(maker, 40),
      maker.words(10, () => maker.word()),
      (cake, judge) => ({
        cake,
        judge,
        points: String(1 + maker.below(10)),
        remark: `${maker.word()} ${maker.word()}`,
      }),
    ),
  'articles of suppliers': (maker) => {
    const of = goods(maker, 60).map((name) => ({ name, brand: maker.word() }));
    return cross(maker, of, shops(maker, 12), ({ name, brand }, supplier) => ({
      product: name,
      brand,
      supplier,
      article: `${maker.word(1)}${100000 + maker.below(900000)}`,
      days: String(1 + maker.below(30)),
      unit: maker.pick(['box', 'bag', 'piece']),
    }));
  },
  'ingredients of recipes': (maker) =>
    cross(
      maker,
      goods(maker, 60),
      goods(maker, 20),
      (recipe, ingredient) => ({
        recipe,
        ingredient,
        amount: String(10 * (1 + maker.below(40))),
        unit: maker.pick(['g', 'ml', 'spoons']),
        how: maker.pick(['chopped', 'whole', 'ground']),
      }),
      0.6,
    ),
  'training of employees': (maker) => {
    const trainers = names(maker, 20);
    const days = (count: number) =>
      Array.from({ length: count }, () => `2019-0${1 + maker.below(9)}-${10 + maker.below(18)}`);
    const of = goods(maker, 30).map((course) => ({
      course,
      dates: days(4).map((date) => ({ date, trainer: maker.pick(trainers) })),
    }));
    return cross(maker, of, names(maker, 40), ({ course, dates }, who) => {
      const { date, trainer } = usually(maker, 0.4, dates[0] as (typeof dates)[number], () => maker.pick(dates));
      return { course, who: who.toLowerCase(), date, trainer };
    });
  },
  'shifts of places by week': (maker) => {
    const people = names(maker, 40);
    const of = goods(maker, 30).map((post) => ({ post, early: maker.pick(people), late: maker.pick(people) }));
    return cross(maker, of, numbered('week', 16), ({ post, early, late }, week) => ({
      post,
      week,
      early: usually(maker, 0.5, early, () => maker.pick(people)),
      late: usually(maker, 0.5, late, () => maker.pick(people)),
    }));
  },
  'suppliers and routes by region': (maker) => {
    const [suppliers, routes] = [shops(maker, 15), maker.words(20, () => `${maker.word(1)} ${10 + maker.below(80)}`)];
    const of = goods(maker, 60).map((name) => ({ name, supplier: maker.pick(suppliers), route: maker.pick(routes) }));
    return cross(
      maker,
      of,
      ['North', 'South', 'East', 'West', 'North East', 'North West', 'South East', 'South West', 'Centre', 'Islands'],
      ({ name, supplier, route }, region) => ({
        product: name,
        region,
        supplier: usually(maker, 0.6, supplier, () => maker.pick(suppliers)),
        route: usually(maker, 0.6, route, () => maker.pick(routes)),
      }),
    );
  },
};
