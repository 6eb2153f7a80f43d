package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/problem"
)

// Client asks an agent.
type Client struct {
	Address string // a URL of http, https, or unix with the path of a socket
	// Token returns what proves who asks, where the address is not a socket; "" or
	// nil: nothing does.
	Token func() (string, error)
}

// ErrUnreachable means that no agent answers.
var ErrUnreachable = errors.New("no agent answers")

// ErrNotFound means that nothing has the id that was asked for.
var ErrNotFound = errors.New("not found")

// Status returns the agent's health.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.get(ctx, "/v1/status", &s)
	return s, err
}

// Logs calls emit for each piece of what the tasks of a run print; task ""
// means all of them.
func (c *Client) Logs(ctx context.Context, id, task string, follow bool, emit func(LogLine) error) error {
	query := url.Values{}
	if task != "" {
		query.Set("task", task)
	}
	if follow {
		query.Set("follow", "1")
	}
	body, err := c.open(ctx, "/v1/runs/"+url.PathEscape(id)+"/logs?"+query.Encode())
	if err != nil {
		return err
	}
	defer body.Close()
	for lines := json.NewDecoder(body); ; {
		var line LogLine
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read logs: %w", err)
		}
		if err := emit(line); err != nil {
			return err
		}
	}
}

// getPage reads a part of a list.
func getPage[T any](ctx context.Context, c *Client, path string, query url.Values) (p Page[T], err error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return page[T](c.request(ctx, http.MethodGet, path, nil))
}

// page reads a part of a list out of an answer.
func page[T any](response *http.Response, err error) (p Page[T], _ error) {
	if err != nil {
		return p, err
	}
	p.Next = response.Header.Get(nextHeader)
	return p, decode(response, &p.Items)
}

// get reads an answer. Answers with one of the codes are those of the request,
// too.
func (c *Client) get(ctx context.Context, path string, into any, codes ...int) error {
	return c.do(ctx, http.MethodGet, path, into, codes...)
}

func (c *Client) do(ctx context.Context, method, path string, into any, codes ...int) error {
	return c.exchange(ctx, method, path, nil, into, codes...)
}

// act has the agent do what an order says.
func (c *Client) act(ctx context.Context, path string, order, into any) error {
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	return c.exchange(ctx, http.MethodPost, path, body, into)
}

func (c *Client) exchange(ctx context.Context, method, path string, request []byte, into any, codes ...int) error {
	response, err := c.request(ctx, method, path, request, codes...)
	if err != nil {
		return err
	}
	return decode(response, into)
}

// decode reads an answer and closes it.
func decode(response *http.Response, into any) error {
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

func (c *Client) open(ctx context.Context, path string) (io.ReadCloser, error) {
	response, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// request returns an answer with code 200 or one of the codes.
func (c *Client) request(ctx context.Context, method, path string, body []byte, codes ...int) (*http.Response, error) {
	address, through := c.base()
	request, err := http.NewRequestWithContext(ctx, method, address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("address of the agent: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if err := c.authorize(request); err != nil {
		return nil, err
	}
	response, err := through.Do(request)
	if err != nil {
		return nil, &problem.Error{Cause: fmt.Errorf("%w at %s (%v)", ErrUnreachable, c.Address, err), Advice: "start one with `raddeploy agent`, or name another with -address"}
	}
	if response.Header.Get(web.AgentHeader) == "" {
		response.Body.Close()
		return nil, &problem.Error{
			Cause:  fmt.Errorf("%w at %s: the server there is not RadDeploy", ErrUnreachable, c.Address),
			Advice: "name the agent's address with -address or RADDEPLOY_ADDR",
		}
	}
	if response.StatusCode == http.StatusOK || slices.Contains(codes, response.StatusCode) {
		return response, nil
	}
	defer response.Body.Close()
	message := detail(response)
	switch response.StatusCode {
	case http.StatusNotFound:
		return nil, &refusal{message, ErrNotFound}
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusTooManyRequests:
		return nil, &refusal{message, ErrNotAllowed}
	case http.StatusConflict, http.StatusInsufficientStorage, http.StatusUnprocessableEntity:
		return nil, &refusal{message, nil}
	}
	return nil, fmt.Errorf("agent answers %s: %s", response.Status, message)
}

// detail is what an answer says besides its code, which is a help only.
func detail(response *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var p web.Problem
	if response.Header.Get("Content-Type") == web.ProblemType && json.Unmarshal(text, &p) == nil {
		return p.Detail
	}
	return strings.TrimSpace(string(text))
}

// refusal is what the agent said about a request that it understood.
type refusal struct {
	message string
	kind    error
}

func (r *refusal) Error() string { return r.message }
func (r *refusal) Unwrap() error { return r.kind }
