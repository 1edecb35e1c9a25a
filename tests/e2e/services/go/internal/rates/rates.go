// Package rates converts amounts between currencies.
package rates

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
)

// ErrUnknown is told for a currency that has no rate.
var ErrUnknown = errors.New("no rate for this currency")

// Source knows how much of a currency one euro is.
type Source interface {
	Rate(ctx context.Context, currency string) (float64, error)
	Ready(ctx context.Context) bool
}

// Convert turns euro cents into those of another currency, rounded half away from zero.
func Convert(cents int64, rate float64) int64 {
	return int64(math.Round(float64(cents) * rate))
}

// Handler answers the service's requests.
func Handler(source Source) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		if !source.Ready(r.Context()) {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, map[string]any{"ready": status == http.StatusOK})
	})
	mux.HandleFunc("GET /convert/{currency}/{cents}", func(w http.ResponseWriter, r *http.Request) {
		cents, err := strconv.ParseInt(r.PathValue("cents"), 10, 64)
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
		rate, err := source.Rate(r.Context(), r.PathValue("currency"))
		switch {
		case errors.Is(err, ErrUnknown):
			answer(w, http.StatusNotFound, map[string]any{"error": err.Error()})
		case err != nil:
			answer(w, http.StatusServiceUnavailable, map[string]any{"error": err.Error()})
		default:
			answer(w, http.StatusOK, map[string]any{"cents": Convert(cents, rate)})
		}
	})
	return mux
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
