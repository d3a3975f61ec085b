//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// campaign is what GoPhish has recorded of a round, which it gives as a file and by its webhook.
type campaignEvents struct {
	id     int
	events []campaignEvent
}

type campaignEvent struct {
	who     string
	at      time.Time
	message string
	details string
}

// visited are the details of a visit, with what somebody has typed.
func visited(address, agent string) string {
	return fmt.Sprintf(`{"payload":{"rid":["XMS0ZuJ"],"u":["secretuser"]},"browser":{"address":%q,"user-agent":%q}}`, address, agent)
}

// csv writes the export "Events".
func (c campaignEvents) csv() []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	w.Write([]string{"campaign_id", "email", "time", "message", "details"})
	for _, e := range c.events {
		w.Write([]string{strconv.Itoa(c.id), e.who, e.at.UTC().Format(time.RFC3339Nano), e.message, e.details})
	}
	w.Flush()
	return out.Bytes()
}

// api writes the answer of the API.
func (c campaignEvents) api(t *testing.T) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": c.id, "name": "Transfers", "status": "Completed", "results": []any{}, "timeline": c.bodies()})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// bodies are the events as its JSON has them.
func (c campaignEvents) bodies() (all []map[string]any) {
	for _, e := range c.events {
		all = append(all, map[string]any{"campaign_id": c.id, "email": e.who, "time": e.at.UTC().Format(time.RFC3339Nano),
			"message": e.message, "details": e.details})
	}
	return all
}

// post hands every event to a webhook, each signed, and returns how they were answered.
func (c campaignEvents) post(t *testing.T, address string) map[int]int {
	t.Helper()
	answers := map[int]int{}
	for _, event := range c.bodies() {
		status, err := postBody(t.Context(), address, event)
		if err != nil {
			t.Fatal(err)
		}
		answers[status]++
	}
	return answers
}

// postBody hands one event to a webhook, signed, and returns how it was answered.
func postBody(ctx context.Context, address string, event map[string]any) (status int, err error) {
	body, err := json.Marshal(event)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/gophish", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	mac := hmac.New(sha256.New, []byte(drillSecret))
	mac.Write(body)
	r.Header.Set("X-Gophish-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
