package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
)

// engine is a Docker engine, spoken to over its socket without a library.
type engine struct {
	socket string
	client *http.Client
	create map[string]any // the body of the request that makes the container
}

// do asks the engine, and decodes its answer into result unless that is nil.
func (e *engine) do(ctx context.Context, method, path string, body, result any) error {
	if e.client == nil {
		e.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", e.socket)
		}}}
	}
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://docker"+path, sent)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer, result)
}

func (e *engine) learn(ctx context.Context, label string) bool {
	filters, err := json.Marshal(map[string][]string{"label": {label}})
	if err != nil {
		return false
	}
	var listed []struct{ ID string }
	if err := e.do(ctx, "GET", "/containers/json?all=1&filters="+url.QueryEscape(string(filters)), nil, &listed); err != nil || len(listed) == 0 {
		return false
	}
	var container struct{ Config, HostConfig map[string]any }
	if err := e.do(ctx, "GET", "/containers/"+listed[0].ID+"/json", nil, &container); err != nil {
		return false // it is gone already
	}
	create := container.Config
	delete(create, "Hostname") // it is the other's id
	delete(create, "Labels")   // by these it would be the agent's
	create["HostConfig"] = container.HostConfig
	e.create = create
	return true
}

func (e *engine) live(b *testing.B) {
	b.Helper()
	ctx := b.Context()
	var made struct{ ID string }
	if err := e.do(ctx, "POST", "/containers/create", e.create, &made); err != nil {
		b.Fatal(err)
	}
	path := "/containers/" + made.ID
	var ended struct{ StatusCode int }
	err := e.do(ctx, "POST", path+"/start", nil, nil)
	if err == nil {
		err = e.do(ctx, "POST", path+"/wait", nil, &ended)
	}
	if err == nil && ended.StatusCode != 0 {
		err = fmt.Errorf("the container ended with %d", ended.StatusCode)
	}
	if removed := e.do(ctx, "DELETE", path+"?v=1&force=1", nil, nil); err == nil {
		err = removed
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (e *engine) rest(b *testing.B, s *site) {
	b.Helper()
	s.removed(b)
}
