//go:build system

// Package system asks the service as others do.
package system

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestWhatIsInTheDatabaseIsConverted(t *testing.T) {
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	const rate = "INSERT INTO rates VALUES ('USD', 1.25) ON CONFLICT DO NOTHING"
	if _, err := connection.Exec(ctx, rate); err != nil {
		t.Fatal(err)
	}

	answer, err := http.Get(os.Getenv("SYSTEM_URL") + "/convert/USD/200")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var found struct{ Cents int64 }
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || found.Cents != 250 {
		t.Errorf("status %d, %+v", answer.StatusCode, found)
	}
}
