// The code that the agents of the demo write, file by file.

/** Files that tasks of the demo write, by task. */
export const WORK = {
  money: {
    bug: `// Cents as people write them.
export function format(cents) {
  return '€' + cents / 100;
}
`,
    mended: "'€' + (cents / 100).toFixed(2)",
  },
  cart: {
    code: `// A cart is a list of lines. It is never changed: each function gives a new one.
export function emptyCart() {
  return { lines: [] };
}

export function add(cart, id, count = 1) {
  if (!Number.isInteger(count) || count < 1) throw new Error('a count is 1 or more');
  const before = cart.lines.find((line) => line.id === id)?.count ?? 0;
  return { lines: [...remove(cart, id).lines, { id, count: before + count }] };
}

export function remove(cart, id) {
  return { lines: cart.lines.filter((line) => line.id !== id) };
}
`,
    test: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, emptyCart, remove } from '../src/cart.js';

test('adding the same product twice makes one line', () => {
  const cart = add(add(add(emptyCart(), 'tea'), 'mug'), 'tea', 2);
  assert.deepEqual(cart.lines, [{ id: 'mug', count: 1 }, { id: 'tea', count: 3 }]);
});

test('a product can be taken out, and counts are checked', () => {
  assert.deepEqual(remove(add(emptyCart(), 'tea'), 'tea'), emptyCart());
  assert.throws(() => add(emptyCart(), 'tea', 0), /1 or more/);
});
`,
  },
  stock: {
    refuse: `// What is there, by product. Decided by a person: the shop sells only what it has.
export function createStock(counts) {
  return new Map(Object.entries(counts));
}

export function reserve(stock, lines) {
  const short = lines.find(({ id, count }) => (stock.get(id) ?? 0) < count);
  if (short) throw new Error('only ' + (stock.get(short.id) ?? 0) + ' of ' + short.id + ' left');
  for (const { id, count } of lines) stock.set(id, stock.get(id) - count);
  return { later: [] };
}
`,
    refuseTest: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createStock, reserve } from '../src/stock.js';

test('what is reserved is gone', () => {
  const stock = createStock({ mug: 3 });
  assert.deepEqual(reserve(stock, [{ id: 'mug', count: 2 }]), { later: [] });
  assert.equal(stock.get('mug'), 1);
});

test('an order for more than there is is refused, and takes nothing', () => {
  const stock = createStock({ mug: 2, tea: 5 });
  const lines = [{ id: 'tea', count: 1 }, { id: 'mug', count: 3 }];
  assert.throws(() => reserve(stock, lines), /only 2 of mug left/);
  assert.equal(stock.get('tea'), 5);
});
`,
    later: `// What is there, by product. Decided by a person: what is missing is delivered later.
export function createStock(counts) {
  return new Map(Object.entries(counts));
}

export function reserve(stock, lines) {
  const later = [];
  for (const { id, count } of lines) {
    const there = stock.get(id) ?? 0;
    if (there < count) later.push({ id, count: count - there });
    stock.set(id, Math.max(0, there - count));
  }
  return { later };
}
`,
    laterTest: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createStock, reserve } from '../src/stock.js';

test('what is reserved is gone', () => {
  const stock = createStock({ mug: 3 });
  assert.deepEqual(reserve(stock, [{ id: 'mug', count: 2 }]), { later: [] });
  assert.equal(stock.get('mug'), 1);
});

test('what is missing is delivered later', () => {
  const stock = createStock({ mug: 2 });
  assert.deepEqual(reserve(stock, [{ id: 'mug', count: 3 }]), { later: [{ id: 'mug', count: 1 }] });
  assert.equal(stock.get('mug'), 0);
});
`,
  },
  price: {
    code: `import { find } from './catalog.js';

// What changes the bill, one after the other; each takes a bill and gives the next.
const STEPS = [];

export function price(cart, options = {}) {
  const items = cart.lines.reduce((sum, { id, count }) => sum + find(id).cents * count, 0);
  const bill = { items, discount: 0, shipping: 0 };
  const { discount, shipping } = STEPS.reduce((before, step) => step(before, options), bill);
  return { items, discount, shipping, total: items - discount + shipping };
}
`,
    test: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, emptyCart } from '../src/cart.js';
import { price } from '../src/price.js';

test('the items of a cart add up', () => {
  const cart = add(add(emptyCart(), 'tea', 2), 'mug');
  assert.equal(price(cart).items, 2095);
  assert.equal(price(emptyCart()).items, 0);
});
`,
  },
  discounts: {
    code: `const CODES = new Map([['TEA10', 10]]);

// Takes the percentage of a code off the items.
export function discounts(bill, { code }) {
  if (code === undefined) return bill;
  const percent = CODES.get(code);
  if (percent === undefined) throw new Error('unknown code ' + code);
  return { ...bill, discount: Math.round((bill.items * percent) / 100) };
}
`,
    test: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, emptyCart } from '../src/cart.js';
import { price } from '../src/price.js';

test('TEA10 takes 10 % off', () => {
  const cart = add(emptyCart(), 'mug');
  assert.equal(price(cart, { code: 'TEA10' }).discount, 120);
  assert.equal(price(cart).discount, 0);
});

test('an unknown code is refused', () => {
  assert.throws(() => price(emptyCart(), { code: 'FREE' }), /unknown code FREE/);
});
`,
  },
  shipping: {
    code: `const COSTS = 490;
const FREE_FROM = 5000;

// Charges for shipping, unless what is paid for the items is enough.
export function shipping(bill) {
  const paid = bill.items - bill.discount;
  return { ...bill, shipping: paid === 0 || paid >= FREE_FROM ? 0 : COSTS };
}
`,
    test: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, emptyCart } from '../src/cart.js';
import { price } from '../src/price.js';

test('shipping is charged below €50, and free from there', () => {
  assert.equal(price(add(emptyCart(), 'tea')).shipping, 490);
  assert.equal(price(add(emptyCart(), 'pot', 2)).shipping, 0);
  assert.equal(price(emptyCart()).shipping, 0);
});
`,
  },
  checkout: {
    code: `import { find } from './catalog.js';
import { format } from './money.js';
import { price } from './price.js';
import { reserve } from './stock.js';

// Sells a cart: the bill as people read it, and what is delivered later.
export function checkout(cart, { code, stock }) {
  const bill = price(cart, { code });
  const { later } = reserve(stock, cart.lines);
  const lines = cart.lines.map(({ id, count }) => count + ' × ' + find(id).name);
  const amounts = Object.entries(bill).map(([name, cents]) => [name, format(cents)]);
  return { lines, ...Object.fromEntries(amounts), later };
}
`,
    test: `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, emptyCart } from '../src/cart.js';
import { checkout } from '../src/checkout.js';
import { createStock } from '../src/stock.js';

test('discount and shipping are both on the bill', () => {
  const stock = createStock({ tea: 10, mug: 10 });
  const cart = add(add(emptyCart(), 'tea', 2), 'mug');
  assert.deepEqual(checkout(cart, { code: 'TEA10', stock }), {
    lines: ['2 × Green tea', '1 × Blue mug'],
    items: '€20.95',
    discount: '€2.10',
    shipping: '€4.90',
    total: '€23.75',
    later: [],
  });
  assert.equal(stock.get('tea'), 8);
});
`,
  },
  api: {
    imports: `import { add, emptyCart } from './cart.js';
import { label, products } from './catalog.js';
import { checkout } from './checkout.js';
import { createStock } from './stock.js';

const stock = createStock({ tea: 100, mug: 20, pot: 5 });
`,
    route: `  'POST /checkout': ({ items = {}, code }) => {
    const fill = (cart, [id, count]) => add(cart, id, count);
    return checkout(Object.entries(items).reduce(fill, emptyCart()), { code, stock });
  },
};
`,
    test: `import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { createShop } from '../src/server.js';

const shop = createShop();
const call = async (path, body) => {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch('http://127.0.0.1:' + shop.address().port + path, init);
  return { status: response.status, body: await response.json() };
};

before(() => once(shop.listen(0, '127.0.0.1'), 'listening'));
after(() => {
  shop.closeAllConnections();
  shop.close();
});

test('a cart is answered with its bill', async () => {
  const { status, body } = await call('/checkout', { items: { pot: 2 }, code: 'TEA10' });
  assert.equal(status, 200);
  assert.equal(body.total, '€57.60');
  assert.equal(body.shipping, '€0.00');
});

test('a wrong request is told what is wrong', async () => {
  const { status, body } = await call('/checkout', { items: { spoon: 1 } });
  assert.equal(status, 400);
  assert.match(body.error, /no product spoon/);
});

test('the products are still there', async () => {
  assert.equal((await call('/products')).body.length, 3);
});
`,
  },
  docs: {
    row: '| `POST /checkout` | the bill of a cart |\n',
    text: `
## Checking out

    curl localhost:3000/checkout -d '{"items": {"tea": 2, "mug": 1}, "code": "TEA10"}'

The code TEA10 takes 10 % off. Shipping is €4.90, and free from €50.
`,
  },
} as const;
