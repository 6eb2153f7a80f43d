package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// engine is a Docker engine, by the few calls that the demo makes: no docker
// program is needed.
type engine struct {
	endpoint string // as the docker executor's config takes it
	base     string // what paths of its API come after
	client   *http.Client
}

// findEngine asks the engine of DOCKER_HOST, or the one of this machine,
// whether it is there.
func findEngine(ctx context.Context) (*engine, string, error) {
	e := &engine{endpoint: cmp.Or(os.Getenv("DOCKER_HOST"), "unix:///var/run/docker.sock"), base: "http://docker"}
	switch scheme, rest, _ := strings.Cut(e.endpoint, "://"); {
	case scheme == "unix":
		e.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", rest)
		}}}
	case scheme == "tcp" && os.Getenv("DOCKER_TLS_VERIFY") == "":
		e.client, e.base = &http.Client{}, "http://"+rest
	default:
		return nil, "", fmt.Errorf("the demo does not speak to %s", e.endpoint)
	}
	ctx, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	var version struct{ Version string }
	answer, err := e.call(ctx, http.MethodGet, "/version", nil, nil)
	if err == nil {
		err = json.Unmarshal(answer, &version)
	}
	return e, version.Version, err
}

// importProgram makes an image that holds one static program and nothing else.
func (e *engine) importProgram(ctx context.Context, image, path string) error {
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	err = errors.Join(w.WriteHeader(&tar.Header{Name: "threshold", Mode: 0o755, Size: int64(len(program))}), write(w, program), w.Close())
	if err != nil {
		return err
	}
	repository, tag, _ := strings.Cut(image, ":")
	_, err = e.call(ctx, http.MethodPost, "/images/create", url.Values{
		"fromSrc": {"-"},
		"repo":    {repository},
		"tag":     {tag},
		"changes": {`ENTRYPOINT ["/threshold"]`},
	}, &layer)
	return err
}

func write(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}

// removeImage removes the image, if there is one.
func (e *engine) removeImage(ctx context.Context, image string) error {
	_, err := e.call(ctx, http.MethodDelete, "/images/"+image, nil, nil)
	return leftOver(err)
}

// sweep removes what an agent of the site has left: nothing, unless it was
// ended amid its work.
func (e *engine) sweep(ctx context.Context, site string) error {
	var containers []struct {
		ID     string `json:"Id"`
		Labels map[string]string
	}
	var volumes struct {
		Volumes []struct {
			Name   string
			Labels map[string]string
		}
	}
	if err := e.list(ctx, "/containers/json", &containers); err != nil {
		return err
	}
	var errs []error
	remove := func(path string, labels map[string]string) {
		if strings.HasPrefix(labels["raddeploy.site"], site+"-") {
			_, err := e.call(ctx, http.MethodDelete, path, url.Values{"force": {"1"}, "v": {"1"}}, nil)
			errs = append(errs, leftOver(err))
		}
	}
	for _, c := range containers {
		remove("/containers/"+c.ID, c.Labels)
	}
	if err := e.list(ctx, "/volumes", &volumes); err != nil {
		return err
	}
	for _, v := range volumes.Volumes {
		remove("/volumes/"+v.Name, v.Labels)
	}
	return errors.Join(errs...)
}

func (e *engine) list(ctx context.Context, path string, into any) error {
	answer, err := e.call(ctx, http.MethodGet, path, url.Values{"all": {"1"}, "filters": {`{"label":["raddeploy.site"]}`}}, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

var errNoSuch = errors.New("no such thing")

// leftOver says what could not be removed; what was not there needs no removal.
func leftOver(err error) error {
	if errors.Is(err, errNoSuch) {
		return nil
	}
	return err
}

// call makes a request. The engine's own words are the error's.
func (e *engine) call(ctx context.Context, method, path string, query url.Values, body io.Reader) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, e.base+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	response, err := e.client.Do(request)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound:
		return nil, errNoSuch
	case response.StatusCode >= 300:
		return nil, fmt.Errorf("the engine answers %s: %s", response.Status, bytes.TrimSpace(answer))
	}
	return answer, nil
}
