package host

import (
	plugin "github.com/hashicorp/go-plugin"

	"github.com/raddeploy/raddeploy/sdk"
)

// Client calls one plugin process. Its calls are [sdk.Client]'s.
type Client struct {
	*sdk.Client
	description sdk.Description
	managed     *plugin.Client
	process     *process
}

// Description is what the plugin told of itself when it was launched.
func (c *Client) Description() sdk.Description { return c.description }

// PID is the id of the plugin's process.
func (c *Client) PID() int { return c.process.command.Process.Pid }

// Exited is closed when the process has ended, for whatever reason.
func (c *Client) Exited() <-chan struct{} { return c.process.exited }

// Close ends the process, by force after two seconds, and returns when it has
// ended. Calls that are under way end with an error of kind [sdk.Unavailable].
// Attempts go on in their backend.
func (c *Client) Close() error {
	c.managed.Kill()
	c.process.discard()
	return nil
}

// Kill ends the process by force, at once.
func (c *Client) Kill() error {
	c.process.kill()
	<-c.process.exited
	return c.Close()
}
