//go:build integration

package rates

import (
	"context"
	"errors"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

func open(t *testing.T) *Store {
	t.Helper()
	ctx := context.Background()
	container, err := postgres.Run(ctx, "postgres:15", postgres.BasicWaitStrategies())
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	url, err := container.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func TestARateIsKept(t *testing.T) {
	ctx, store := context.Background(), open(t)
	for _, rate := range []float64{1.1, 1.25} {
		if err := store.Put(ctx, "USD", rate); err != nil {
			t.Fatal(err)
		}
	}
	if rate, err := store.Rate(ctx, "USD"); err != nil || rate != 1.25 {
		t.Errorf("Rate = %v, %v", rate, err)
	}
	if _, err := store.Rate(ctx, "XXX"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a currency without a rate: %v", err)
	}
	if !store.Ready(ctx) {
		t.Error("not ready with its database there")
	}
}
