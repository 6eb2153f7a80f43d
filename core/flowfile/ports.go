package flowfile

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// publishedPorts reads docker-py's ports: a map of a container's port (1111,
// "1111/udp") to a port of the host, nothing for any, a list [address, port],
// or a list of several of these.
func (d *decoder) publishedPorts(n *lang.Node) []flow.Port {
	if n.Kind != lang.Map {
		d.WrongType(n, "ports", `a map of container ports to host ports, such as "80/tcp": 8080`)
		return nil
	}
	var all []flow.Port
	for _, p := range n.Pairs {
		number, protocol, ok := strings.Cut(p.Key, "/")
		if !ok {
			protocol = "tcp"
		}
		port, err := strconv.Atoi(number)
		if err != nil || port < 1 || port > 65535 || protocol != "tcp" && protocol != "udp" && protocol != "sctp" {
			d.Errorf(p.At, "write a port such as 80, 80/tcp or 80/udp", "%q is no port of a container", p.Key)
			continue
		}
		all = append(all, d.hostPorts(p.Value, flow.Port{Container: port, Protocol: protocol})...)
	}
	return all
}

func (d *decoder) hostPorts(n *lang.Node, port flow.Port) []flow.Port {
	switch n.Kind {
	case lang.Null:
		return []flow.Port{port}
	case lang.Scalar:
		d.int(n, "a port of the host", 1, 65535, &port.Host)
		return []flow.Port{port}
	case lang.List:
		if len(n.Items) > 0 && isAddress(n.Items[0]) {
			port.HostIP = n.Items[0].Text
			if _, err := netip.ParseAddr(port.HostIP); err != nil {
				d.Errorf(n.Items[0].Range, "write [127.0.0.1, 8080]", "%q is neither an IP address nor a port", port.HostIP)
			}
			if len(n.Items) == 2 && n.Items[1].Kind == lang.Scalar {
				d.int(n.Items[1], "a port of the host", 1, 65535, &port.Host)
			} else if len(n.Items) != 1 && n.Items[1].Kind != lang.Null {
				d.WrongType(n, "a port of the host", "a port or [address, port]")
			}
			return []flow.Port{port}
		}
		var all []flow.Port
		for _, item := range n.Items {
			all = append(all, d.hostPorts(item, port)...)
		}
		return all
	}
	d.WrongType(n, "a port of the host", "a port, [address, port], or a list of these")
	return nil
}

// isAddress tells the tuple (address, port) from a list of ports.
func isAddress(n *lang.Node) bool {
	if n.Kind != lang.Scalar {
		return false
	}
	_, err := strconv.Atoi(n.Text)
	return err != nil
}
