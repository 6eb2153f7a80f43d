package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// What the site names is filtered and shown in parts like other lists: each once,
// also where several have one id and something is added meanwhile.
func TestNamedLists(t *testing.T) {
	contact := func(ae dcm.AETitle, outcome run.Outcome, at int) run.Contact {
		return run.Contact{Sender: run.Sender{CallingAE: ae, CalledAE: "RADDEPLOY", Address: "10.0.0.1"}, Outcome: outcome, Count: 1, Last: time.Unix(int64(at), 0)}
	}
	contacts := []run.Contact{
		contact("CT2", run.Accepted, 9), contact("CT1", run.Rejected, 8), contact("CT1", run.Accepted, 7), contact("MR1", run.Rejected, 6), contact("MR2", run.Rejected, 5),
	}
	server := api.New(api.Sources{Logger: hclog.NewNullLogger(), Peers: api.PeerSource{
		Contacts: func(context.Context) ([]run.Contact, error) { return slices.Clone(contacts), nil },
		Named: func() []config.Peer {
			return []config.Peer{{Name: "scanner", AETitle: "CT2"}, {Name: "unused", AETitle: "XX"}}
		},
	}})
	handler := documented(t, server.Handler())
	ask := func(query string) (peers []string, next string) {
		t.Helper()
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/peers"+query, nil))
		var all []api.Peer
		if err := json.Unmarshal(answer.Body.Bytes(), &all); answer.Code != http.StatusOK || err != nil {
			t.Fatalf("%s: %d %s", query, answer.Code, answer.Body)
		}
		for _, p := range all {
			peers = append(peers, p.ID+" "+p.State)
		}
		return peers, answer.Header().Get("Raddeploy-Next")
	}
	whole := []string{"CT2@10.0.0.1 accepted", "CT1@10.0.0.1 rejected", "CT1@10.0.0.1 accepted", "MR1@10.0.0.1 rejected", "MR2@10.0.0.1 rejected", "unused never seen"}
	for query, want := range map[string][]string{
		"":                                   whole,
		"?state=rejected":                    {whole[1], whole[3], whole[4]},
		"?state=accepted&state=never%20seen": {whole[0], whole[2], whole[5]},
		"?name=scanner":                      {whole[0]},
		"?name=MR1&state=rejected":           {whole[3]},
		"?name=MR1&state=accepted":           nil,
		"?limit=2":                           whole[:2],
		"?name=unused&limit=1000":            {whole[5]},
		"?after=9-gone&state=never+seen":     nil,
	} {
		if got, _ := ask(query); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for limit := range 6 {
		var got []string
		query := url.Values{"limit": {string(rune('1' + limit))}}
		for {
			part, next := ask("?" + query.Encode())
			got = append(got, part...)
			if next == "" {
				break
			}
			query.Set("after", next)
		}
		if !slices.Equal(got, whole) {
			t.Errorf("in parts of %d: %q", limit+1, got)
		}
	}
	_, next := ask("?limit=4")
	contacts = slices.Insert(contacts, 0, contact("NEW", run.Accepted, 10))
	if got, _ := ask("?after=" + url.QueryEscape(next)); !slices.Equal(got, whole[4:]) {
		t.Errorf("after one more came: %q, want %q", got, whole[4:])
	}
}
