package rates

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, target string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	Handler(Default())(recorder, httptest.NewRequest(http.MethodGet, target, nil))
	return recorder
}

func TestHandlerConverts(t *testing.T) {
	answer := get(t, "/convert?cents=1000&from=EUR&to=USD")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"cents":1080`) {
		t.Fatalf("got %d %s", answer.Code, answer.Body)
	}
}

func TestHandlerRefusesWhatIsNoAmount(t *testing.T) {
	if answer := get(t, "/convert?cents=much&from=EUR&to=USD"); answer.Code != http.StatusBadRequest {
		t.Fatalf("got %d", answer.Code)
	}
}
