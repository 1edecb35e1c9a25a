package rates

import (
	"errors"
	"testing"
)

func TestConvert(t *testing.T) {
	table := Table{"EUR": 1, "USD": 1.1}
	for _, c := range []struct {
		name     string
		cents    int64
		from, to string
		want     int64
	}{
		{"the same currency", 500, "EUR", "EUR", 500},
		{"from euro", 1000, "EUR", "USD", 1100},
		{"to euro, rounded", 1000, "USD", "EUR", 909},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := table.Convert(c.cents, c.from, c.to)
			if err != nil || got != c.want {
				t.Fatalf("got %d, %v; want %d", got, err, c.want)
			}
		})
	}
}

func TestConvertRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, pair := range [][2]string{{"XXX", "EUR"}, {"EUR", "XXX"}} {
		if _, err := Default().Convert(1, pair[0], pair[1]); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v: got %v, want ErrUnknown", pair, err)
		}
	}
}
