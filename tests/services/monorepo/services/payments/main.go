// Command payments takes money.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

type ledger interface {
	record(ctx context.Context, last4 string, cents int64) error
}

type receipts interface {
	receipt(ctx context.Context, to string, cents int64) error
}

type service struct {
	ledger
	receipts
	taken   atomic.Int64
	refused atomic.Int64
}

type payment struct {
	Card  string `json:"card"`
	Mail  string `json:"mail"`
	Cents int64  `json:"cents"`
}

func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	var wanted payment
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || wanted.Cents < 1 {
		s.refused.Add(1)
		http.Error(w, "a payment has a card and at least one cent", http.StatusBadRequest)
		return
	}
	if !validCard(wanted.Card) {
		s.refused.Add(1)
		http.Error(w, "no such card", http.StatusPaymentRequired)
		return
	}
	if err := s.record(r.Context(), wanted.Card[len(wanted.Card)-4:], wanted.Cents); err != nil {
		log.Print(err)
		http.Error(w, "nothing was taken: the ledger is closed", http.StatusServiceUnavailable)
		return
	}
	s.taken.Add(1)
	// The money is taken: without its receipt the payment is still a payment.
	if err := s.receipt(r.Context(), wanted.Mail, wanted.Cents); err != nil {
		log.Print(err)
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *service) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(w, "# TYPE payments_total counter\n")
	fmt.Fprintf(w, "payments_total{result=\"taken\"} %d\n", s.taken.Load())
	fmt.Fprintf(w, "payments_total{result=\"refused\"} %d\n", s.refused.Load())
}

// validCard is the check digit of ISO 7812.
func validCard(number string) bool {
	if len(number) < 12 {
		return false
	}
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if digit < 0 || digit > 9 {
			return false
		}
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

func (s *service) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /payments", s.pay)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /metrics", s.metrics)
	return mux
}

func main() {
	database, err := openDatabase(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	s := &service{ledger: database, receipts: mailer(os.Getenv("MAILER_URL"))}
	server := &http.Server{
		Addr:              ":9090",
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
