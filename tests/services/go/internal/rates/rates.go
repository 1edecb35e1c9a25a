// Package rates converts amounts between currencies.
package rates

import (
	"errors"
	"fmt"
	"math"
)

// ErrUnknown is returned for a currency that has no rate.
var ErrUnknown = errors.New("unknown currency")

// Table holds what one euro is worth in each currency.
type Table map[string]float64

// Default is the table that the service starts with.
func Default() Table {
	return Table{"EUR": 1, "USD": 1.08, "CHF": 0.95, "GBP": 0.84}
}

// Convert turns cents of one currency into cents of another, rounded to the nearest.
func (t Table) Convert(cents int64, from, to string) (int64, error) {
	source, ok := t[from]
	if !ok {
		return 0, fmt.Errorf("%w: %q", ErrUnknown, from)
	}
	target, ok := t[to]
	if !ok {
		return 0, fmt.Errorf("%w: %q", ErrUnknown, to)
	}
	return int64(math.Round(float64(cents) / source * target)), nil
}
