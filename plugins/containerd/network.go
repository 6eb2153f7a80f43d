package containerd

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	gocni "github.com/containerd/go-cni"

	"github.com/raddeploy/raddeploy/sdk"
)

// network decides which network a task has: none, host or cni.
func (b *backend) network(task *sdk.Task, o *Options) (string, sdk.Diagnostics) {
	var found sdk.Diagnostics
	mode := b.config.Network
	if o.Network != "" && o.NetworkMode != "" && o.Network != o.NetworkMode {
		found = append(found, sdk.Diagnostic{Path: []string{"options", "network"},
			Summary: "network and network_mode are the same thing and differ: leave one out"})
	}
	switch asked := cmp.Or(o.Network, o.NetworkMode); asked {
	case "":
	case "none", "host", "cni":
		mode = asked
	default:
		found = append(found, sdk.Diagnostic{Path: []string{"options", "network"}, Summary: fmt.Sprintf("there is no network %q", asked),
			Detail: "write none, host or cni"})
	}
	if task.Container.NetworkDisabled {
		mode = "none"
	}
	for i, p := range task.Container.Ports {
		problem := ""
		switch {
		case mode == "none":
			problem = "there is no network that a port could be published on: the site has to set network"
		case mode == "host" && p.Host != 0 && p.Host != p.Container:
			problem = "on the host's network a container's ports are the host's: the two numbers cannot differ"
		case mode == "cni" && p.Host == 0:
			problem = "name the port of the host: a free one is not looked for here"
		default:
			continue
		}
		found = append(found, sdk.Diagnostic{Path: []string{"ports", strconv.Itoa(i)}, Summary: problem})
	}
	return mode, found
}

// connection is what a container was connected by: what frees it again, however
// the site's configuration has changed since.
type connection struct {
	Network string     `json:"network"` // CNI's configuration
	Ports   []sdk.Port `json:"ports,omitempty"`
}

// cniPatience is how long CNI's plugins, which are programs of others, may take.
const cniPatience = time.Minute

// cni loads networks.
func (b *backend) cni(networks ...gocni.Opt) (gocni.CNI, error) {
	network, err := gocni.New(gocni.WithMinNetworkCount(len(networks)), gocni.WithPluginConfDir(b.config.CNIConfigDir), gocni.WithPluginDir(b.config.cniPluginDirs()))
	if err == nil {
		err = network.Load(networks...)
	}
	if err != nil {
		return nil, fmt.Errorf("CNI's network of %s: %w", b.config.CNIConfigDir, err)
	}
	return network, nil
}

// connect gives a container whose process waits to be started its network. It
// may be done again.
func (b *backend) connect(ctx context.Context, name string, pid int, p plan) error {
	if !p.CNI {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cniPatience)
	defer cancel()
	if err := b.disconnect(ctx, name); err != nil { // what an earlier process may have begun
		return fmt.Errorf("connect the container to CNI's network: %w", err)
	}
	network, err := b.cni(gocni.WithLoNetwork, gocni.WithDefaultConf)
	if err != nil {
		return err
	}
	networks := network.GetConfig().Networks
	by := connection{Network: networks[len(networks)-1].Config.Source, Ports: p.Ports}
	if err := b.write(name, noteConnected, by); err != nil {
		return err
	}
	if _, err := network.Setup(ctx, name, fmt.Sprintf("/proc/%d/ns/net", pid), ports(p.Ports)...); err != nil {
		return fmt.Errorf("connect the container to CNI's network: %w", err)
	}
	return nil
}

// disconnect frees what the container has of its network, such as its address.
// Its processes may be gone already.
func (b *backend) disconnect(ctx context.Context, name string) error {
	by := noted[connection](b, name, noteConnected)
	if by == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cniPatience)
	defer cancel()
	// Alone, since its place among the networks names its interface; the
	// loopback goes with the namespace.
	network, err := b.cni(gocni.WithConfListBytes([]byte(by.Network)))
	if err == nil {
		err = network.Remove(ctx, name, "", ports(by.Ports)...)
	}
	if err != nil {
		return fmt.Errorf("an address of CNI's network may stay taken: %w", err)
	}
	return b.unwrite(name, noteConnected)
}

func ports(published []sdk.Port) []gocni.NamespaceOpts {
	var all []gocni.PortMapping
	for _, port := range published {
		all = append(all, gocni.PortMapping{HostPort: int32(port.Host), ContainerPort: int32(port.Container),
			Protocol: cmp.Or(port.Protocol, "tcp"), HostIP: port.HostIP})
	}
	if len(all) == 0 {
		return nil
	}
	return []gocni.NamespaceOpts{gocni.WithCapabilityPortMap(all)}
}
