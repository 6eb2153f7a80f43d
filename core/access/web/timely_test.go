package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Who announces a body and does not send it holds nothing, whether the body is
// read or not. One that comes is read to its end.
func TestBodiesThatDoNotCome(t *testing.T) {
	g, _ := required(t)
	g.BodyWithin = time.Millisecond
	server := httptest.NewServer(g.Handler(http.NotFoundHandler()))
	defer server.Close()
	for _, path := range []string{"/login", "/logout", "/v1/backup"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nt", path)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v", path, err)
			continue
		}
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: %d, and the connection stays: %v", path, answer.StatusCode, err)
		}
	}
	g.BodyWithin = 0
	response, err := http.Post(server.URL+"/login", "application/x-www-form-urlencoded", strings.NewReader("token=wrong&next=/ui/runs"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusUnauthorized || !strings.Contains(string(text), "/ui/runs") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}
