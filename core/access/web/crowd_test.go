package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// crowded serves a guard on loopback to few connections, and on a socket. A request
// for /v1/events goes on until it is ended.
func crowded(t *testing.T, g *Guard, crowd *Crowd) (address, socket string) {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	crowd.Listener = tcp
	socket = filepath.Join(short(t), "a.sock")
	local, err := ListenSocket(socket, config.Socket{})
	if err != nil {
		t.Fatal(err)
	}
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/events" {
			io.WriteString(w, "here")
			return
		}
		io.WriteString(w, "stream\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	server := &http.Server{Handler: handler, ConnContext: ConnContext, ConnState: ConnState, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	for _, l := range []net.Listener{crowd, local} {
		go server.Serve(l)
	}
	t.Cleanup(func() { server.Close() })
	return tcp.Addr().String(), socket
}

// talk is a connection that asks and reads answers.
type talk struct {
	net.Conn
	read *bufio.Reader
}

func dial(t *testing.T, network, address string) *talk {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return &talk{conn, bufio.NewReader(conn)}
}

// get returns the code and the beginning of an answer; 0: the connection is closed.
func (c *talk) get(path string, headers ...string) (int, http.Header, string) {
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, strings.Join(headers, ""))
	answer, err := http.ReadResponse(c.read, nil)
	if err != nil {
		return 0, nil, ""
	}
	if answer.ContentLength < 0 { // it goes on
		line, _ := bufio.NewReader(answer.Body).ReadString('\n')
		return answer.StatusCode, answer.Header, line
	}
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, string(text)
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal(what)
		}
	}
}

func (c *Crowd) size() (all, refused, idle int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for m := range c.all {
		if !m.idle.IsZero() {
			idle++
		}
	}
	return len(c.all), c.refused, idle
}

// However many connections an address opens, the agent has few. One too many is told
// so, those that are idle make place, and the socket always answers.
func TestConnectionsAreBounded(t *testing.T) {
	for _, test := range []struct {
		name  string
		crowd *Crowd
		code  int
	}{
		{"of an address", &Crowd{Share: 5, Refused: 3}, http.StatusTooManyRequests},
		{"in all", &Crowd{Most: 5, Refused: 3}, http.StatusServiceUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			address, socket := crowded(t, open(), test.crowd)
			var busy []*talk
			for range 5 { // they say nothing, and are not idle
				busy = append(busy, dial(t, "tcp", address))
			}
			for range 3 {
				code, header, text := dial(t, "tcp", address).get("/v1/health")
				if code != test.code || header.Get("Retry-After") == "" || !strings.Contains(text, "too many connections at once") || header.Get("Content-Type") != ProblemType {
					t.Errorf("one more: %d %v %s", code, header, text)
				}
			}
			for range 50 {
				dial(t, "tcp", address)
			}
			if code, _, _ := dial(t, "tcp", address).get("/v1/health"); code != 0 { // all before it have been accepted
				t.Errorf("where many are being told: %d", code)
			}
			eventually(t, "too many stay open", func() bool { all, _, _ := test.crowd.size(); return all <= 8 })
			if code, _, _ := dial(t, "unix", socket).get("/v1/health"); code != http.StatusOK {
				t.Errorf("the socket: %d", code)
			}
			for _, c := range busy { // now they have asked, and are idle
				if code, _, _ := c.get("/v1/health"); code != http.StatusOK {
					t.Errorf("one that was there: %d", code)
				}
			}
			eventually(t, "they do not become idle", func() bool { _, _, idle := test.crowd.size(); return idle == 5 })
			for range 20 {
				c := dial(t, "tcp", address)
				if code, _, text := c.get("/v1/health"); code != http.StatusOK {
					t.Errorf("while others are idle: %d %s", code, text)
				}
				eventually(t, "it does not become idle", func() bool { _, _, idle := test.crowd.size(); return idle == 5 })
			}
		})
	}
}

// However many streams a token, an address or all ask for, few are open.
func TestStreamsAreBounded(t *testing.T) {
	for _, test := range []struct {
		name  string
		set   func(*Guard)
		code  int
		other int // of another token
	}{
		{"of a token", func(g *Guard) { g.ShareOfOne = 4 }, http.StatusTooManyRequests, http.StatusOK},
		{"of an address", func(g *Guard) { g.Share = 4 }, http.StatusTooManyRequests, http.StatusTooManyRequests},
		{"in all", func(g *Guard) { g.Most = 4 }, http.StatusServiceUnavailable, http.StatusServiceUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			g, db := required(t)
			test.set(g)
			address, socket := crowded(t, g, &Crowd{})
			one, _ := token(t, db, run.Viewer, 0)
			two, _ := token(t, db, run.Viewer, 0)
			bearer := func(secret string) string { return "Authorization: Bearer " + secret + "\r\n" }
			var streams []*talk
			for range 4 {
				c := dial(t, "tcp", address)
				if code, _, text := c.get("/v1/events", bearer(one)); code != http.StatusOK || text != "stream\n" {
					t.Fatalf("a stream: %d %s", code, text)
				}
				streams = append(streams, c)
			}
			code, header, text := dial(t, "tcp", address).get("/v1/events", bearer(one))
			if code != test.code || header.Get("Retry-After") == "" || !strings.Contains(text, "too many requests at once") {
				t.Errorf("one more: %d %v %s", code, header, text)
			}
			if code, _, text := dial(t, "tcp", address).get("/v1/health", bearer(two)); code != test.other {
				t.Errorf("another token: %d %s", code, text)
			}
			if code, _, _ := dial(t, "unix", socket).get("/v1/events"); code != http.StatusOK {
				t.Errorf("the socket: %d", code)
			}
			streams[0].Close()
			eventually(t, "the place of one that ended stays taken", func() bool {
				code, _, _ := dial(t, "tcp", address).get("/v1/health", bearer(one))
				return code == http.StatusOK
			})
		})
	}
}

// A head that is too large is refused, and one that does not come ends.
func TestHeads(t *testing.T) {
	address, _ := crowded(t, open(), &Crowd{})
	c := dial(t, "tcp", address)
	if code, _, _ := c.get("/v1/health", "X-Long: "+strings.Repeat("x", 80<<10)+"\r\n"); code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a head of 80 KiB: %d", code)
	}
}

// Who does not read an answer does not hold it for ever.
func TestAnswersThatAreNotRead(t *testing.T) {
	g := open()
	g.AnswerWithin = 50 * time.Millisecond
	ended := make(chan error, 1)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for part := make([]byte, 1<<10); ; {
			if _, err := w.Write(part); err != nil {
				ended <- err
				return
			}
		}
	}))}
	go server.Serve(tcp)
	defer server.Close()
	c := dial(t, "tcp", tcp.Addr().String())
	fmt.Fprint(c, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("it goes on")
	}
}

// A stream ends at once when its token is revoked or its login is over, not only when
// it is looked at the next time.
func TestStreamsEndAtOnce(t *testing.T) {
	g, db := required(t)
	g.Recheck = time.Hour
	secret, id := token(t, db, run.Viewer, 0)
	admin, _ := token(t, db, run.Admin, 0)
	answer, _ := ask(t, g, http.MethodPost, "/login", browser(map[string][]string{"token": {admin}}))
	session := sessionOf(t, answer)
	begun, ended := make(chan bool), make(chan string, 2)
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/events":
			begun <- true
			<-r.Context().Done()
			ended <- string(Who(r).Known)
		default:
			if err := db.RevokeToken(context.Background(), run.Entry{At: time.Now(), Action: run.RevokeToken, Thing: "token", ID: r.PathValue("id")}); err != nil {
				t.Error(err)
			}
		}
	}))
	serve := func(method, path string, change ...func(*http.Request)) {
		r := newRequest(t, method, path, change...)
		handler.ServeHTTP(nothing{}, r)
	}
	go serve(http.MethodGet, "/v1/events", with(secret))
	<-begun
	go serve(http.MethodGet, "/v1/events", browser(nil, session))
	<-begun
	serve(http.MethodPost, "/v1/tokens/"+id+"/revoke", with(admin))
	for _, want := range []run.Known{run.ByToken, run.ByLogin} {
		select {
		case known := <-ended:
			if known != string(want) {
				t.Errorf("the stream by %s ends, want that by %s", known, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("the stream by %s goes on", want)
		}
		serve(http.MethodPost, "/logout", browser(nil, session))
	}
}

// nothing is an answer that is not read.
type nothing struct{}

func (nothing) Header() http.Header         { return http.Header{} }
func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) WriteHeader(int)             {}
