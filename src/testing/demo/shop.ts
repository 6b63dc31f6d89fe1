// The project of the demo as it is before the run: a small shop in plain Node, with its tests.

/** The files of the shop by their paths. */
export const SHOP: Readonly<Record<string, string>> = {
  'package.json': `{
  "name": "shop",
  "version": "1.0.0",
  "private": true,
  "type": "module",
  "scripts": {
    "start": "node src/main.js",
    "test": "node --test"
  }
}
`,
  'README.md': `# shop

A very small shop in plain Node.

    npm start       serves it on http://localhost:3000
    npm test        runs the tests

| request | answer |
|---|---|
| \`GET /products\` | all products |
`,
  '.gitignore': `node_modules/
.tutti/
`,
  'src/catalog.js': `// Everything the shop sells. Prices are whole cents, so that they add up.
export const products = [
  { id: 'tea', name: 'Green tea', cents: 450 },
  { id: 'mug', name: 'Blue mug', cents: 1195 },
  { id: 'pot', name: 'Tea pot', cents: 3200 },
];

export function find(id) {
  const product = products.find((one) => one.id === id);
  if (!product) throw new Error('there is no product ' + id);
  return product;
}

export function label({ name, cents }) {
  return name + ', €' + (cents / 100).toFixed(2);
}
`,
  'src/routes.js': `import { label, products } from './catalog.js';

// Each takes the parsed body of the request and gives what is answered.
export const routes = {
  'GET /products': () => products.map((product) => ({ id: product.id, label: label(product) })),
};
`,
  'src/server.js': `import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { routes } from './routes.js';

export function createShop() {
  return createServer(async (request, response) => {
    const answer = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value) + '\\n');
    };
    const route = routes[request.method + ' ' + request.url];
    if (!route) return answer(404, { error: 'not found' });
    try {
      answer(200, route(request.method === 'POST' ? await json(request) : {}));
    } catch (error) {
      answer(400, { error: error.message });
    }
  });
}
`,
  'src/main.js': `import { createShop } from './server.js';

createShop().listen(3000, () => console.log('http://localhost:3000/products'));
`,
  'test/catalog.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { find, label } from '../src/catalog.js';

test('a product is found by its id', () => {
  assert.equal(find('mug').name, 'Blue mug');
  assert.throws(() => find('spoon'), /no product spoon/);
});

test('a label shows the price with both digits of the cents', () => {
  assert.equal(label(find('tea')), 'Green tea, €4.50');
  assert.equal(label(find('mug')), 'Blue mug, €11.95');
});
`,
};
