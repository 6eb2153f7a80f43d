package importer

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// site writes site.hcl.
type site struct {
	*installation
	b    strings.Builder
	used map[string]bool // service.KEY
}

func (s *site) text() []byte {
	s.used = map[string]bool{}
	s.b.WriteString("# Made from an installation of the Python RadDeploy. What each line comes from stands behind it.\n\n")
	if subdir := s.first("TAR_SUBDIR", "fingerprinter", "storescp"); len(subdir.list()) > 0 {
		s.line(0, "tar_subdir", list(subdir.list()), subdir.from)
		s.b.WriteString("\n")
	}
	s.dicom()
	s.b.WriteString("flows {\n  dirs = [\"flows\"]\n}\n\n")
	s.static()
	s.executor()
	s.retention()
	s.log()
	s.rest()
	return []byte(strings.TrimRight(s.b.String(), "\n") + "\n")
}

// get returns a setting of a service and remembers that it was of use.
func (s *site) get(service, key string) value {
	s.used[service+"."+key] = true
	return s.settings[service][key]
}

// first returns a setting of the first service that has it.
func (s *site) first(key string, services ...string) value {
	var found value
	for _, service := range services {
		if v := s.get(service, key); v.node != nil && (found.node == nil || len(found.list()) == 0) {
			found = v
		}
	}
	return found
}

func (s *site) line(indent int, key, text, from string) {
	fmt.Fprintf(&s.b, "%s%s = %s", strings.Repeat("  ", indent), key, text)
	if from != "" {
		fmt.Fprintf(&s.b, " # %s", from)
	}
	s.b.WriteString("\n")
}

func (s *site) dicom() {
	s.b.WriteString("dicom {\n")
	title := s.get("storescp", "AE_TITLE")
	if title.node != nil {
		s.line(1, "ae_title", quote(title.text()), title.from)
	}
	listen, from := s.listen()
	s.line(1, "listen", quote(listen), from)
	s.warnOfDefaults(listen, from)
	if port := s.get("storescu", "AE_PORT"); port.node != nil && port.text() != "0" && port.text() != "" {
		s.line(1, "source_port", port.text(), port.from)
		s.note(Changed, port.from, "the local port for sending is kept for your firewall (source_port); it allows one association at a time, so remove the line if no firewall needs it")
	}
	if other := s.get("storescu", "AE_TITLE"); other.node != nil && title.node != nil && other.text() != title.text() {
		s.note(Changed, other.from, "results were sent as %q, and are sent as %q now: there is one ae_title for receiving and sending; let the destinations know it", other.text(), title.text())
	}
	s.peers("whitelist", false, "AE_WHITELISTED_HOSTS", "AE_WHITELISTED_IP_NETWORKS")
	s.peers("blacklist", true, "AE_BLACKLISTED_HOSTS", "AE_BLACKLISTED_IP_NETWORKS")
	s.b.WriteString("}\n\n")
	s.get("storescu", "AE_HOSTNAME")
}

// warnOfDefaults names what an installation had without setting it, and a listener
// that no scanner reaches.
func (s *site) warnOfDefaults(listen, from string) {
	if host, _, err := net.SplitHostPort(listen); err == nil && net.ParseIP(host).IsLoopback() {
		s.note(Changed, from, "the agent listens on %s, where only programs of this machine reach it: for scanners set dicom { listen = \"0.0.0.0:…\" }", host)
	}
	if len(s.settings["storescp"]) > 0 && s.settings["storescp"]["AE_TITLE"].node == nil {
		s.note(Changed, "", "no AE_TITLE of storescp is set: the Python images' default was DICOMFLOW, and the agent's is RadDeploy; set dicom { ae_title } if senders call the former")
	}
	if len(s.settings["storescu"]) > 0 && s.settings["storescu"]["AE_PORT"].node == nil {
		s.note(Changed, "", "no AE_PORT of storescu is set: the Python images' default was to send from port 10005, and the agent sends from any; set dicom { source_port } if a firewall needs it")
	}
}

// listen is the address that peers know: the published one if a compose file
// publishes it.
func (s *site) listen() (address, from string) {
	host, port := s.get("storescp", "AE_HOSTNAME"), s.get("storescp", "AE_PORT")
	number := port.text()
	if number == "" {
		number = "10000"
	}
	if published := s.ports["storescp"]; published.node != nil {
		parts := strings.Split(strings.TrimSuffix(published.text(), "/tcp"), ":")
		switch len(parts) {
		case 2:
			return "0.0.0.0:" + parts[0], published.from
		case 3:
			return net.JoinHostPort(parts[0], parts[1]), published.from
		}
	}
	name := host.text()
	switch {
	case name == "localhost":
		name = "127.0.0.1"
	case net.ParseIP(name) == nil:
		if host.node != nil && name != "" {
			s.note(Changed, host.from, "AE_HOSTNAME %q is a name inside of the compose network; the agent listens on all addresses (0.0.0.0)", name)
		}
		name = "0.0.0.0"
	}
	from = port.from
	if from == "" {
		from = host.from
	}
	return net.JoinHostPort(name, number), from
}

func (s *site) peers(name string, deny bool, keys ...string) {
	for _, key := range keys {
		v := s.get("storescp", key)
		var addresses []string
		for _, address := range v.list() {
			_, bad := netip.ParseAddr(address)
			if _, err := netip.ParsePrefix(address); bad != nil && err != nil {
				s.note(Broken, v.from, "%s: %q is no address: peers are known by addresses and networks here; write its address", key, address)
				continue
			}
			addresses = append(addresses, address)
		}
		if len(addresses) == 0 {
			continue
		}
		fmt.Fprintf(&s.b, "  peer %q { # %s\n", name, v.from)
		s.line(2, "addresses", list(addresses), "")
		if deny {
			s.line(2, "deny", "true", "")
		}
		s.b.WriteString("  }\n")
	}
}

func (s *site) static() {
	v := s.mounts["static"]
	for _, service := range []string{"static_storage", "file_storage"} {
		for _, key := range []string{"FILE_STORAGE_BASE_DIR", "FILE_STORAGE_STATIC_DIR"} {
			if set := s.get(service, key); v.node == nil && set.node != nil && (key == "FILE_STORAGE_STATIC_DIR" || service == "static_storage") {
				s.note(Changed, set.from, "%s is a folder inside of a container: put the archives of static mounts into the folder static beside site.hcl, or name theirs in static { dir }", key)
			}
		}
	}
	if v.node == nil {
		return
	}
	dir := v.text()
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	s.b.WriteString("static {\n")
	s.line(1, "dir", quote(dir), v.from)
	s.b.WriteString("}\n\n")
}

// executor adds up the consumers: each took CPU tasks or, with GPUs, GPU tasks
// alone.
func (s *site) executor() {
	cpus, gpus, from, consumers := 0, []string{}, "", 0
	for _, service := range s.names() {
		named := strings.HasPrefix(service, "consumer ")
		if service != "consumer" && !named || service == "consumer" && s.replicas[service] == 0 && s.hasNamedConsumers() {
			continue
		}
		consumers++
		replicas := max(1, s.replicas[service])
		own := s.get(service, "GPUS").list()
		n, err := strconv.Atoi(s.get(service, "CPUS").text())
		if err != nil || n < 1 {
			n = 1
		}
		if len(own) == 0 {
			cpus += n * replicas
		}
		for _, gpu := range own {
			if !slices.Contains(gpus, gpu) {
				gpus = append(gpus, gpu)
			}
		}
		if from = s.get(service, "CPUS").from; from == "" {
			from = s.get(service, "GPUS").from
		}
	}
	if consumers == 0 {
		return
	}
	s.get("consumer", "CPUS")
	s.get("consumer", "GPUS")
	s.b.WriteString("executor \"docker\" {\n")
	if cpus == 0 {
		cpus = 1
		s.note(Changed, from, "all consumers had GPUs, so tasks without a GPU were never taken; now they are, one at a time (cpus = 1)")
	}
	s.line(1, "cpus", strconv.Itoa(cpus), from)
	if len(gpus) > 0 {
		s.line(1, "gpus", list(gpus), "")
	}
	if socket := s.mounts["docker.sock"]; socket.node != nil && socket.text() != "/var/run/docker.sock" {
		fmt.Fprintf(&s.b, "  config {\n    endpoint = %s # %s\n  }\n", quote("unix://"+socket.text()), socket.from)
	}
	s.b.WriteString("}\n\n")
	if consumers > 1 {
		s.note(Changed, from, "%d consumers became one executor with their CPU slots and GPUs together; consumers on other hosts need an executor block each", consumers)
	}
}

func (s *site) hasNamedConsumers() bool {
	return slices.ContainsFunc(s.names(), func(name string) bool { return strings.HasPrefix(name, "consumer ") })
}

func (s *site) retention() {
	v := s.first("FILE_JANITOR_DELETE_FILES_AFTER", "file_storage", "janitor")
	seconds, err := strconv.Atoi(v.text())
	if err != nil || seconds <= 0 {
		return
	}
	d := (time.Duration(seconds) * time.Second).String()
	d = strings.TrimSuffix(strings.TrimSuffix(d, "0s"), "0m")
	if !strings.HasSuffix(d, "h") && !strings.HasSuffix(d, "m") {
		d = strconv.Itoa(seconds) + "s"
	}
	s.b.WriteString("retention {\n")
	s.line(1, "files", quote(d), v.from)
	s.b.WriteString("}\n\n")
	s.note(Changed, v.from, "files were removed so long after they were stored; now it is after their run has ended")
}

func (s *site) log() {
	v := s.first("LOG_LEVEL", "storescp", "fingerprinter", "scheduler", "consumer", "storescu")
	level := map[string]string{"10": "debug", "20": "info", "30": "warn", "40": "error", "50": "error"}[v.text()]
	if level == "" {
		return
	}
	s.b.WriteString("log {\n")
	s.line(1, "level", quote(level), v.from)
	s.b.WriteString("}\n")
	for _, service := range s.names() {
		if other := s.get(service, "LOG_LEVEL"); other.node != nil && other.text() != v.text() {
			s.note(Changed, other.from, "%s had a log level of its own (%s); the agent has one", service, other.text())
		}
	}
}

func (s *site) names() []string {
	var names []string
	for name := range s.settings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func list(all []string) string {
	quoted := make([]string, len(all))
	for i, text := range all {
		quoted[i] = quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote writes a string of HCL.
func quote(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}
