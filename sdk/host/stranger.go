package host

import (
	"context"
	"crypto/tls"
	"fmt"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/raddeploy/raddeploy/sdk"
)

// AnswersStrangers calls the plugin's socket as those who do not have the
// agent's key: in plain text, without a certificate, and with one of their own.
// It says which of them were answered, whatever the answer was; a plugin that
// demands the agent's certificate answers none. It is for tests of plugins.
func (c *Client) AnswersStrangers(ctx context.Context) (answered []string, err error) {
	sockets, err := filepath.Glob(filepath.Join(c.process.socketDir, "plugin*"))
	if err != nil || len(sockets) == 0 {
		return nil, fmt.Errorf("look for the plugin's socket in %s: there is none (%v)", c.process.socketDir, err)
	}
	theirs, _, err := mutualTLS()
	if err != nil {
		return nil, err
	}
	theirs.InsecureSkipVerify = true // they do not care whom they call
	for _, stranger := range []struct {
		how         string
		credentials credentials.TransportCredentials
	}{
		{"in plain text", insecure.NewCredentials()},
		{"without a certificate", credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})},
		{"with a certificate of their own", credentials.NewTLS(theirs)},
	} {
		for _, socket := range sockets {
			conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(stranger.credentials))
			if err != nil {
				return nil, err
			}
			_, err = sdk.NewClient(conn).Describe(ctx)
			conn.Close()
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case sdk.KindOf(err) != sdk.Unavailable:
				answered = append(answered, stranger.how)
			}
		}
	}
	return answered, nil
}

// Abandon closes the plugin's connection as the kernel does when the agent is gone: it
// closes the plugin's standard input. The plugin then ends by itself. It is for
// tests of plugins.
func (c *Client) Abandon() error { return c.process.lifeline.Close() }
