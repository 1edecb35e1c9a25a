package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestValidCard(t *testing.T) {
	for number, want := range map[string]bool{
		"4111111111111111": true,
		"4111111111111112": false,
		"411111111111111x": false,
		"0":                false,
	} {
		if got := validCard(number); got != want {
			t.Errorf("%s: got %t, want %t", number, got, want)
		}
	}
}

type fakes struct{ broken bool }

func (f fakes) record(context.Context, string, int64) error {
	if f.broken {
		return errors.New("no database")
	}
	return nil
}

func (f fakes) receipt(context.Context, string, int64) error { return errors.New("no mailer") }

func TestNothingIsTakenWithoutTheLedger(t *testing.T) {
	s := &service{ledger: fakes{broken: true}, receipts: fakes{}}
	recorder := httptest.NewRecorder()
	body := strings.NewReader(`{"card": "4111111111111111", "cents": 100}`)
	s.routes().ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/payments", body))
	if recorder.Code != http.StatusServiceUnavailable || s.taken.Load() != 0 {
		t.Errorf("got %d, %d taken", recorder.Code, s.taken.Load())
	}
}

func TestPaymentsAreCounted(t *testing.T) {
	server := httptest.NewServer((&service{ledger: fakes{}, receipts: fakes{}}).routes())
	defer server.Close()

	for body, want := range map[string]int{
		`{"card": "4111111111111111", "cents": 100}`: http.StatusCreated,
		`{"card": "4111111111111112", "cents": 100}`: http.StatusPaymentRequired,
		`{"cents": 0}`: http.StatusBadRequest,
	} {
		answer, err := http.Post(server.URL+"/payments", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", body, answer.StatusCode, want)
		}
	}

	recorder := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(recorder.Body.String(), `payments_total{result="refused"} 2`) {
		t.Error(recorder.Body)
	}
}
