// What the planner of the demo answers: nine tasks, as far as possible at the same time.

/** The goal of the demo. */
export const GOAL = 'Add a shopping cart with discounts, shipping and a checkout';

interface DemoTask {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly agent: string;
  readonly depends_on: readonly string[];
  readonly files: readonly string[];
  readonly acceptance: readonly string[];
  readonly estimate: { readonly minutes: number };
}

const task = (
  id: string,
  title: string,
  more: Omit<DemoTask, 'id' | 'title' | 'estimate'>,
): DemoTask => ({ id, title, ...more, estimate: { minutes: 0.1 } });

/** The plan of the demo, in the shape of a planner's answer. */
export const PLAN: { readonly goal: string; readonly tasks: readonly DemoTask[] } = {
  goal: GOAL,
  tasks: [
    task('money', 'Format prices in one place', {
      description: 'Make src/money.js with format(cents), and let the catalog use it.',
      agent: 'backend-developer',
      depends_on: [],
      files: ['src/money.js', 'src/catalog.js'],
      acceptance: ['the labels of the catalog stay as they are'],
    }),
    task('cart', 'Keep a cart of products', {
      description: 'Make src/cart.js with emptyCart(), add(cart, id, count) and remove(cart, id).',
      agent: 'backend-developer',
      depends_on: [],
      files: ['src/cart.js', 'test/cart.test.js'],
      acceptance: ['adding the same product twice makes one line'],
    }),
    task('stock', 'Reserve what is in stock', {
      description: 'Make src/stock.js with createStock(counts) and reserve(stock, lines).',
      agent: 'tech-lead',
      depends_on: [],
      files: ['src/stock.js', 'test/stock.test.js'],
      acceptance: ['an order for more than there is does what the shop wants'],
    }),
    task('price', 'Add up the price of a cart', {
      description: 'Make src/price.js with price(cart, options): items and total, in cents.',
      agent: 'backend-developer',
      depends_on: ['money', 'cart'],
      files: ['src/price.js', 'test/price.test.js'],
      acceptance: ['further steps can be hooked in'],
    }),
    task('discounts', 'Take discount codes', {
      description: 'Make src/discounts.js: TEA10 takes 10 % off. Hook it into the price.',
      agent: 'backend-developer',
      depends_on: ['price'],
      files: ['src/discounts.js', 'test/discounts.test.js'],
      acceptance: ['an unknown code is refused'],
    }),
    task('shipping', 'Charge for shipping', {
      description: 'Make src/shipping.js: €4.90, free from €50. Hook it into the price.',
      agent: 'devops-engineer',
      depends_on: ['price'],
      files: ['src/shipping.js', 'test/shipping.test.js'],
      acceptance: ['free from €50 on'],
    }),
    task('checkout', 'Check out a cart', {
      description: 'Make src/checkout.js: reserve, price, and give back the bill.',
      agent: 'backend-developer',
      depends_on: ['stock', 'discounts', 'shipping'],
      files: ['src/checkout.js', 'test/checkout.test.js'],
      acceptance: ['discount and shipping are both on the bill'],
    }),
    task('api', 'Offer POST /checkout', {
      description: 'Add the route, and test it over HTTP.',
      agent: 'qa-engineer',
      depends_on: ['checkout'],
      files: ['src/routes.js', 'test/api.test.js'],
      acceptance: ['a request with a cart is answered with its bill'],
    }),
    task('docs', 'Document the checkout', {
      description: 'Say in README.md how to check out, with the discount code and shipping.',
      agent: 'general-purpose',
      depends_on: ['checkout'],
      files: ['README.md'],
      acceptance: ['an example that can be copied'],
    }),
  ],
};
