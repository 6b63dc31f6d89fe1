// What the agents of the demo do, second by second. Three of them meet with something that real agents
// meet with all the time: a failing check, a question, and another agent in the same line.

import type { Script, ScriptStep } from '../script.ts';
import { PLAN } from './plan.ts';
import { WORK } from './shop-work.ts';

const THINK_MS = 350;

const say = (text: string): ScriptStep[] => [{ say: text }, { wait: { ms: THINK_MS } }];
const write = (path: string, content: string): ScriptStep[] => [
  { write: { path, content } },
  { wait: { ms: THINK_MS } },
];
const used = (costUsd: number): ScriptStep => ({
  usage: { input: Math.round(costUsd * 90_000), output: Math.round(costUsd * 12_000), costUsd },
});
const done = (summary: string): ScriptStep => ({ answer: { status: 'done', summary } });

/** An agent that looks, writes a file with its test, and is done. */
const feature = (
  name: 'cart' | 'price' | 'checkout',
  words: { first: string; summary: string; costUsd: number },
): ScriptStep[] => [
  ...say(words.first),
  ...write(`src/${name}.js`, WORK[name].code),
  ...write(`test/${name}.test.js`, WORK[name].test),
  { run: 'node --test' },
  used(words.costUsd),
  done(words.summary),
];

/** The first try forgets the last digit; the project's own test catches it. */
const MONEY: readonly (readonly ScriptStep[])[] = [
  [
    ...say('The catalog formats prices itself: that moves to src/money.js.'),
    ...write('src/money.js', WORK.money.bug),
    {
      edit: {
        path: 'src/catalog.js',
        find: "', €' + (cents / 100).toFixed(2)",
        replace: "', ' + format(cents)",
      },
    },
    {
      edit: {
        path: 'src/catalog.js',
        find: '// Everything',
        replace: "import { format } from './money.js';\n\n// Everything",
      },
    },
    { wait: { ms: THINK_MS } },
    used(0.04),
    done('Prices are formatted by format(cents) in src/money.js.'),
  ],
  [
    { if_prompt: String.raw`€4\.5\b`, say: 'The output shows it: 450 cents became €4.5.' },
    { wait: { ms: THINK_MS } },
    {
      if_prompt: String.raw`€4\.5\b`,
      edit: { path: 'src/money.js', find: "'€' + cents / 100", replace: WORK.money.mended },
    },
    { run: 'node --test' },
    used(0.03),
    done('format(cents) always shows both digits of the cents.'),
  ],
];

/** What the agent of the stock asks. */
const QUESTION =
  'When somebody orders more than is in stock: refuse the order, or deliver the rest later?';
const LATER = String.raw`The answer: .*[Ll]ater`;

const STOCK: readonly (readonly ScriptStep[])[] = [
  [
    ...say('Two ways are possible here, and only the shop can choose.'),
    used(0.02),
    {
      answer: {
        status: 'blocked',
        summary: 'It depends on what the shop wants.',
        question: QUESTION,
      },
    },
  ],
  [
    ...say('Now it is clear what the shop wants.'),
    { if_prompt: LATER, write: { path: 'src/stock.js', content: WORK.stock.later } },
    { if_prompt: LATER, write: { path: 'test/stock.test.js', content: WORK.stock.laterTest } },
    { unless_prompt: LATER, write: { path: 'src/stock.js', content: WORK.stock.refuse } },
    { unless_prompt: LATER, write: { path: 'test/stock.test.js', content: WORK.stock.refuseTest } },
    { run: 'node --test' },
    used(0.05),
    done('reserve(stock, lines) does what was answered.'),
  ],
];

const IMPORT_FIND = "import { find } from './catalog.js';\n";

/** Hooks a step into the one line of src/price.js that the other one wants as well. */
const hook = (name: string, find: string, replace: string): ScriptStep[] => [
  {
    edit: {
      path: 'src/price.js',
      find: IMPORT_FIND,
      replace: `${IMPORT_FIND}import { ${name} } from './${name}.js';\n`,
    },
  },
  { edit: { path: 'src/price.js', find, replace } },
];

/**
 * Two agents that change one line at the same time. Neither hands in before both have begun, so that
 * both start from the same commit: whoever is merged second is in conflict, and tries again.
 */
function rivals(
  [name, other]: readonly ['discounts' | 'shipping', 'discounts' | 'shipping'],
  meeting: string,
  again: { find: string; replace: string },
): readonly (readonly ScriptStep[])[] {
  const own = [
    ...write(`src/${name}.js`, WORK[name].code),
    ...write(`test/${name}.test.js`, WORK[name].test),
  ];
  const handIn = [{ run: 'node --test' }, used(0.06), done(`price() asks ${name}(bill, options).`)];
  const here = `: > '${meeting}/${name}'`;
  return [
    [
      { run: here },
      ...own,
      ...hook(name, 'STEPS = []', `STEPS = [${name}]`),
      { wait: { file: `${meeting}/${other}` } },
      ...(name === 'shipping' ? [{ wait: { ms: THINK_MS } }] : []),
      ...handIn,
    ],
    [
      ...say(`Meanwhile ${other} took the same line: both are to stay.`),
      ...own,
      ...hook(name, again.find, again.replace),
      ...handIn,
    ],
  ];
}

const API: readonly ScriptStep[] = [
  ...say('The routes have a table: one more row.'),
  {
    edit: {
      path: 'src/routes.js',
      find: "import { label, products } from './catalog.js';\n",
      replace: WORK.api.imports,
    },
  },
  { edit: { path: 'src/routes.js', find: '};\n', replace: WORK.api.route } },
  { wait: { ms: THINK_MS } },
  ...write('test/api.test.js', WORK.api.test),
  { run: 'node --test' },
  used(0.07),
  done('POST /checkout takes {items, code} and answers with the bill.'),
];

const DOCS: readonly ScriptStep[] = [
  ...say('The table of requests gets a row, and there is a new section.'),
  { append: { path: 'README.md', content: WORK.docs.row + WORK.docs.text } },
  { wait: { ms: THINK_MS } },
  used(0.02),
  done('README.md says how to check out.'),
];

/**
 * Writes the script of the demo.
 *
 * @param meeting - A folder where two of the agents wait for each other; without a quote in its path.
 * @returns The script.
 */
export function demoScript(meeting: string): Script {
  return {
    plan: [
      ...say('A small shop with tests: prices first, then the cart, then selling it.'),
      used(0.05),
      { answer: { ...PLAN } },
    ],
    tasks: {
      money: { attempts: MONEY },
      cart: feature('cart', {
        first: 'A cart is data: each change makes a new one.',
        summary: 'emptyCart(), add() and remove() in src/cart.js.',
        costUsd: 0.05,
      }),
      stock: { attempts: STOCK },
      price: feature('price', {
        first: 'The price is a list of steps, so that others can join in.',
        summary: 'price(cart, options) in src/price.js; steps are hooked into STEPS.',
        costUsd: 0.06,
      }),
      discounts: {
        attempts: rivals(['discounts', 'shipping'], meeting, {
          find: '[shipping]',
          replace: '[discounts, shipping]',
        }),
      },
      shipping: {
        attempts: rivals(['shipping', 'discounts'], meeting, {
          find: '[discounts]',
          replace: '[discounts, shipping]',
        }),
      },
      checkout: feature('checkout', {
        first: 'Reserve first or price first? A wrong code must take nothing from the stock.',
        summary: 'checkout(cart, {code, stock}) gives the bill as people read it.',
        costUsd: 0.05,
      }),
      api: API,
      docs: DOCS,
    },
  };
}
