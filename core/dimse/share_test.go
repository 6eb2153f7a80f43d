package dimse_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// elsewhere is a listener whose connections come from the addresses that are
// given, one after the other.
type elsewhere struct {
	net.Listener
	from chan string
}

func (l *elsewhere) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &relocated{conn, &net.TCPAddr{IP: net.ParseIP(<-l.from), Port: 1}}, nil
}

type relocated struct {
	net.Conn
	from net.Addr
}

func (c *relocated) RemoteAddr() net.Addr { return c.from }

// One host of IPv6 has a network of addresses: they are one in the shares of
// places.
func TestAddressesOfOneNetworkShareTheirPlaces(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &elsewhere{tcp, make(chan string, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	s := &dimse.Server{NewSession: newRecorder().NewSession, MaxAssociations: 8, Grace: time.Millisecond}
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); <-ended })
	connect := func(from string) bool {
		l.from <- from
		return connectRaw(t, tcp.Addr().String()).associate() == nil
	}
	for _, from := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::1:0:0:3", "2001:db8::4", "2001:db8::5", "2001:db8::6"} {
		if !connect(from) {
			t.Fatalf("a sender at %s is rejected", from)
		}
	}
	if connect("2001:db8::7") {
		t.Error("a seventh address of one network gets a seventh of eight places")
	}
	for _, from := range []string{"fe80::1", "fe80::2"} {
		if !connect(from) {
			t.Errorf("a sender at %s is rejected", from)
		}
	}
}
