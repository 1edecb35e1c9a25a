package rates

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var conversions = promauto.NewCounterVec(prometheus.CounterOpts{
	Name: "rates_conversions_total",
	Help: "Conversions by result.",
}, []string{"result"})

// Handler answers /convert?cents=…&from=…&to=….
func Handler(table Table) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		cents, err := strconv.ParseInt(query.Get("cents"), 10, 64)
		if err == nil {
			cents, err = table.Convert(cents, query.Get("from"), query.Get("to"))
		}
		if err != nil {
			conversions.WithLabelValues("refused").Inc()
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		conversions.WithLabelValues("done").Inc()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"cents": cents, "currency": query.Get("to")})
	}
}
