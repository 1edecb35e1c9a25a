-- Applied at every start: each statement must also be right where it has been applied before.
CREATE TABLE IF NOT EXISTS orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text        NOT NULL,
    name        text        NOT NULL,
    quantity    integer     NOT NULL CHECK (quantity > 0),
    total_cents bigint      NOT NULL,
    currency    char(3)     NOT NULL,
    placed_at   timestamptz NOT NULL DEFAULT now()
);
