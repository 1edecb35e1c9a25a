package rates

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const schema = `CREATE TABLE IF NOT EXISTS rates (
	currency text PRIMARY KEY,
	rate double precision NOT NULL CHECK (rate > 0)
)`

// Store has the rates in Postgres.
type Store struct{ pool *pgxpool.Pool }

// Open connects, and makes the table when it is not there.
func Open(ctx context.Context, url string) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{pool}, nil
}

// Close gives the connections back.
func (s *Store) Close() { s.pool.Close() }

// Put sets a currency's rate.
func (s *Store) Put(ctx context.Context, currency string, rate float64) error {
	const query = `INSERT INTO rates VALUES ($1, $2)
		ON CONFLICT (currency) DO UPDATE SET rate = excluded.rate`
	_, err := s.pool.Exec(ctx, query, currency, rate)
	return err
}

// Rate is how much of a currency one euro is.
func (s *Store) Rate(ctx context.Context, currency string) (float64, error) {
	var rate float64
	err := s.pool.QueryRow(ctx, "SELECT rate FROM rates WHERE currency = $1", currency).Scan(&rate)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrUnknown
	}
	return rate, err
}

// Ready tells whether the database answers.
func (s *Store) Ready(ctx context.Context) bool { return s.pool.Ping(ctx) == nil }
