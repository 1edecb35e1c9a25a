// The service of exchange rates.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"example.com/shop/rates/internal/rates"
)

func main() {
	store, err := rates.Open(context.Background(), os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:              ":8080",
		Handler:           rates.Handler(store),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
