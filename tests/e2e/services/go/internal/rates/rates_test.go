package rates

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type fixed map[string]float64

func (f fixed) Rate(_ context.Context, currency string) (float64, error) {
	if rate, ok := f[currency]; ok {
		return rate, nil
	}
	return 0, ErrUnknown
}

func (f fixed) Ready(context.Context) bool { return len(f) > 0 }

func TestHalfACentIsRoundedAwayFromZero(t *testing.T) {
	for cents, want := range map[int64]int64{1: 2, 3: 5, -1: -2, 100: 150} {
		if got := Convert(cents, 1.5); got != want {
			t.Errorf("Convert(%d, 1.5) = %d, want %d", cents, got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(Handler(fixed{"USD": 1.25}))
	defer server.Close()
	for path, want := range map[string]int{
		"/healthz":         http.StatusOK,
		"/readyz":          http.StatusOK,
		"/convert/USD/200": http.StatusOK,
		"/convert/USD/two": http.StatusBadRequest,
		"/convert/XXX/200": http.StatusNotFound,
	} {
		t.Run(strings.Trim(path, "/"), func(t *testing.T) {
			answer, err := http.Get(server.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
			}
		})
	}
}
