import pg from 'pg';

const SCHEMA = `CREATE TABLE IF NOT EXISTS items (
  basket text NOT NULL, sku text NOT NULL, quantity integer NOT NULL, cents integer NOT NULL,
  PRIMARY KEY (basket, sku))`;
const PUT = `INSERT INTO items VALUES ($1, $2, $3, $4)
  ON CONFLICT (basket, sku) DO UPDATE SET quantity = $3, cents = $4`;

/** Baskets in Postgres. */
export class Store {
  constructor(url) {
    this.pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 3000 });
    // A connection that breaks while nobody uses it is no reason to end.
    this.pool.on('error', (error) => console.error(error.message));
  }

  async open() {
    await this.pool.query(SCHEMA);
  }

  async ready() {
    return this.pool.query('SELECT 1').then(() => true, () => false);
  }

  async put(basket, { sku, quantity, cents }) {
    await this.pool.query(PUT, [basket, sku, quantity, cents]);
  }

  async items(basket) {
    const query = 'SELECT sku, quantity, cents FROM items WHERE basket = $1 ORDER BY sku';
    return (await this.pool.query(query, [basket])).rows;
  }

  async close() {
    await this.pool.end();
  }
}
