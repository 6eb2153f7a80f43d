package flowfile

import (
	"maps"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
)

// generator makes valid flows of all shapes, as decoding makes them: mounts of
// maps sorted, no empty list where decoding makes none.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 4))} }

var nasty = []string{
	"", " ", "~", "null", "Null", "true", "yes", "no", "on", "off", "y", "n", "1", "007", "1.0", "1.10", "1e3", "0x1F", "0o17", ".5", "-", "--", "---", "...",
	"${X}", "$${X}", "$$${X}", "%{ if x }", "%%{x}", "$%{x}", "%${x}", "$", "%", "$$", "${", "a$", "a%", "{", "}", "${env(\"HOME\")}",
	`"`, `'`, `\`, `\n`, `\\d+`, "\n", "a\nb", "a\nb\n", "a\nb\n\n", "\na", "  a\nb", "a \nb", "\ta\nb", "a\n\tb", "a\r\nb", "\r", "a\n  b\n c",
	"<<", "*a", "&a", "!a", "!!str", "@a", "`a", "%a", "|", ">", "a: b", "a:", ":a", "a #b", "#a", "a,b", "[a", "]", "{a}", "? a", "- a", "=",
	"é", "e\u0301", "日本語", "🩻", "\u00a0", "\u0085", "\u2028", "\ufeff", "\u200b", "\x00", "\x01", "\x1b", "\x7f", "\u009f", "\ufffd", "\U0010ffff",
	"(?i)RT", "~FLAIR", "Head|Neck|Brain", "^(?!.*x).*$", "1.2.840.10008.5.1.4.1.1.4", "2024-01-01", "22:22", "12e03", "1_000", "+1", "EOT", "<<EOT\nx\nEOT\n",
	"localhost:5000/seg:1.2", "a://b", "for", "if", "in", "for x", "//", "/* x */", "# x", "=a", "a=b", "a b", strings.Repeat("long ", 60), strings.Repeat("k", 1500),
}

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) text() string {
	s := nasty[g.IntN(len(nasty))]
	for g.chance(40) {
		s += nasty[g.IntN(len(nasty))]
	}
	for g.chance(20) {
		s += string(rune(g.IntN(0xD800)))
	}
	return s
}

// name is a text that can be shown.
func (g generator) name() string {
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, "n"+g.text())
	for len(s) > 100 {
		_, size := lastRune(s)
		s = s[:len(s)-size]
	}
	return s
}

func lastRune(s string) (rune, int) {
	runes := []rune(s)
	r := runes[len(runes)-1]
	return r, len(string(r))
}

// mountName is a name that can be a folder's.
func (g generator) mountName() string {
	return strings.NewReplacer("/", "_", `\`, "_").Replace(g.name())
}

func (g generator) texts(most int) []string {
	if g.chance(50) {
		return nil
	}
	all := []string{}
	for range g.IntN(most + 1) {
		all = append(all, g.text())
	}
	return all
}

func (g generator) any(depth int) any {
	switch n := g.IntN(11); {
	case n < 3:
		return g.text()
	case n == 3:
		return g.chance(50)
	case n == 4:
		return nil
	case n == 5:
		return []any{0, 1, -1, 7, math.MaxInt64, math.MinInt64, g.Int()}[g.IntN(7)]
	case n == 6:
		return []any{0.0, 1.0, -1.5, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, g.NormFloat64()}[g.IntN(8)]
	case n == 7 || depth == 0:
		return g.text()
	case n == 8:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.any(depth-1))
		}
		return list
	}
	return g.anyMap(depth - 1)
}

func (g generator) anyMap(depth int) map[string]any {
	m := map[string]any{}
	for range g.IntN(5) {
		m[g.text()] = g.any(depth)
	}
	return m
}

// typedMap is anyMap with keys of any type, as [lang.Diagnostics.TypedMap] reads
// them.
func (g generator) typedMap(depth int) map[string]any {
	return typedKeys(g, g.anyMap(depth)).(map[string]any)
}

func typedKeys(g generator, v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = typedKeys(g, v[i])
		}
	case map[string]any:
		typed := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			item := typedKeys(g, v[key])
			if strings.HasPrefix(key, "!!") {
				key = "!!str " + key
			}
			if _, taken := v["true"]; g.chance(20) && !taken { // which YAML of Go takes for the same key
				key = []string{"!!int 1", "!!int -7", "!!int 0", "!!float 0.5", "!!float -1.0e-07", "!!bool true"}[g.IntN(6)]
			}
			typed[key] = item
		}
		return typed
	}
	return v
}

func (g generator) duration() time.Duration {
	switch g.IntN(4) {
	case 0:
		return time.Duration(1 + g.IntN(100000))
	case 1:
		return time.Duration(1+g.IntN(10000)) * time.Second
	case 2:
		return time.Duration(1+g.IntN(100)) * time.Minute
	}
	return time.Duration(1+g.IntN(100)) * time.Hour
}

func (g generator) size() int64 {
	return []int64{0, 0, 1, 1000, 1 << 10, 3 << 20, 7 << 30, 1<<40 + 1, math.MaxInt64, g.Int64()}[g.IntN(10)]
}

func (g generator) number() int64 { return []int64{0, 0, 1, 1024, math.MaxInt64, g.Int64()}[g.IntN(6)] }

var tags = []string{"Modality", "SeriesDescription", "SOPClassUID", "00080060", "(0008,0060)", `0029,xx10,"SIEMENS CSA HEADER"`,
	"RequestAttributesSequence.ScheduledProcedureStepID", "CallingAET", "PeerAddress", "TransferSyntaxUID", "PatientName"}

var patterns = []string{"CT", "Head|Neck|Brain", "(?i)RT", "~FLAIR", "~", "", "1.2.840", `\d+`, "^$", "${", "%{", "a b ", "é", "e\u0301", `\\`, `"`, "'", "#", "null", "yes", "1", "^(?!a)", `(a)\1`}

func (g generator) flow() *flow.Flow {
	f := &flow.Flow{Name: g.name(), Exclude: flow.ExcludeFlow, Mode: flow.Live, Priority: g.IntN(6)}
	if g.chance(50) {
		f.Version = strings.TrimPrefix(g.name(), "n")
	}
	if g.chance(30) {
		f.Exclude = flow.ExcludeFile
	}
	f.Mode = []flow.Mode{flow.Live, flow.Live, flow.Shadow, flow.Off}[g.IntN(4)]
	if g.chance(30) {
		f.Owner = g.text()
	}
	for g.chance(40) {
		f.ReturnToSenderOnPorts = append(f.ReturnToSenderOnPorts, 1+g.IntN(65535))
	}
	for _, s := range g.texts(3) {
		f.TarSubdir = append(f.TarSubdir, "x"+s)
	}
	if g.chance(10) {
		f.TarSubdir = []string{}
	}
	if g.chance(20) {
		f.CalledAETitles = []string{"SEG", "BRAIN"}
	}
	if g.chance(40) {
		f.Extra = g.anyMap(4)
	}
	if g.chance(30) {
		f.Complete = &flow.Complete{On: "series", Idle: g.duration()}
		f.Complete.MaxWait = f.Complete.Idle + g.duration()
		if g.chance(50) {
			f.Complete.Late, f.Complete.LateWindow = []flow.Late{flow.LateRerun, flow.LateHold, flow.LateIgnore}[g.IntN(3)], g.duration()
		}
		for g.chance(50) {
			f.Complete.Expect = append(f.Complete.Expect, g.trigger())
		}
	} else if g.chance(20) {
		f.Complete = &flow.Complete{On: "association"}
	}
	if g.chance(80) {
		f.Triggers = []flow.Trigger{}
		for range g.IntN(4) {
			f.Triggers = append(f.Triggers, g.trigger())
		}
	}
	if g.chance(60) {
		f.Destinations = []flow.Destination{}
		for range g.IntN(4) {
			if g.chance(50) {
				f.Destinations = append(f.Destinations, flow.Destination{Name: "n" + g.text()})
			} else {
				f.Destinations = append(f.Destinations, flow.Destination{Host: "host-" + strconv.Itoa(g.IntN(9)), Port: 1 + g.IntN(65535), AETitle: "AE " + strconv.Itoa(g.IntN(99))})
			}
		}
	}
	g.models(f)
	return f
}

func (g generator) trigger() flow.Trigger {
	var t flow.Trigger
	for _, i := range g.Perm(len(tags))[:g.IntN(4)] {
		p := flow.TagPatterns{Tag: tags[i], Patterns: []string{}}
		for range g.IntN(3) {
			p.Patterns = append(p.Patterns, patterns[g.IntN(len(patterns))])
		}
		t.Tags = append(t.Tags, p)
	}
	return t
}

// models makes a chain in which each model reads what the one before it writes.
func (g generator) models(f *flow.Flow) {
	last := flow.Src
	n := 1 + g.IntN(4)
	for i := range n {
		m := flow.Model{Name: strconv.Itoa(i), PullBeforeExec: g.chance(70), Timeout: 30 * time.Minute, ConfigDumpFolder: "/config", ConfigFile: "config.yaml"}
		if g.chance(60) {
			m.Name = g.name()
		}
		m.Inputs = []flow.Mount{{Name: last, Path: g.path("/input")}}
		if last = flow.Dst; i < n-1 {
			last = g.mountName() + strconv.Itoa(i)
		}
		m.Outputs = []flow.Mount{{Name: last, Path: g.path("/output")}}
		if g.chance(30) {
			m.Outputs = append(m.Outputs, flow.Mount{Name: "dst_" + strconv.Itoa(i), Path: "/more"})
			slices.SortFunc(m.Outputs, func(a, b flow.Mount) int { return strings.Compare(a.Name, b.Name) })
		}
		if g.chance(40) {
			m.Statics = []flow.Mount{}
			for k := range g.IntN(4) {
				m.Statics = append(m.Statics, flow.Mount{Name: g.mountName(), Path: "/static" + strconv.Itoa(k)})
			}
		}
		if g.chance(40) {
			m.Timeout = g.duration()
		}
		m.GPUs = []int{0, 0, 1, 2, 1024}[g.IntN(5)]
		m.Retries = g.IntN(3)
		m.OOM = []flow.OOM{"", "", flow.OOMWarn}[g.IntN(3)]
		if g.chance(20) {
			m.Executor = g.text()
		}
		switch g.IntN(4) {
		case 0:
			m.ConfigDumpFolder = "/elsewhere/"
		case 1:
			m.ConfigDumpFolder, m.ConfigFile = path.Clean(g.path("/conf")), "model settings.yml"
		}
		if g.chance(40) {
			m.Config = g.typedMap(4)
		}
		if g.chance(30) {
			m.Options = g.anyMap(3)
			delete(m.Options, "")
			for k, v := range m.Options {
				if v == nil {
					delete(m.Options, k)
				}
			}
			if len(m.Options) == 0 {
				m.Options = nil
			}
		}
		m.Container = g.container()
		f.Models = append(f.Models, m)
	}
}

func (g generator) path(base string) string {
	if g.chance(60) {
		return base
	}
	return base + "/" + strings.NewReplacer("/", "_", "..", "_").Replace(g.text()) + "x"
}

// image is a reference with any of the parts that one may have.
func (g generator) image() string {
	name := "i" + []string{"", "mage", "-m/ode_l", ".x/y"}[g.IntN(4)]
	return []string{"", "127.0.0.1:5000/", "registry.example.org/"}[g.IntN(3)] + name + []string{"", ":1.02", ":la_test"}[g.IntN(3)]
}

func (g generator) container() flow.Container {
	c := flow.Container{Image: g.image(), Command: g.texts(4), Entrypoint: g.texts(2), DeviceRules: g.texts(2)}
	if g.chance(40) {
		c.User, c.WorkingDir, c.IPCMode, c.CPUSetCPUs = g.text(), g.text(), g.text(), g.text()
	}
	names := map[string]bool{}
	for g.chance(60) {
		name := strings.NewReplacer("=", "", "\x00", "").Replace("N" + g.text())
		if !names[name] || g.chance(20) {
			c.Environment = append(c.Environment, flow.EnvVar{Name: name, Value: g.text()})
		}
		names[name] = true
	}
	if g.chance(40) {
		c.Labels = map[string]string{}
		for g.chance(60) {
			c.Labels[g.text()] = g.text()
		}
	}
	c.NetworkDisabled = g.chance(20)
	c.ShmSize, c.MemLimit, c.MemReservation, c.MemSwapLimit = g.size(), g.size(), g.size(), g.size()
	if g.chance(10) {
		c.MemSwapLimit = -1
	}
	if g.chance(30) {
		swap := int64(g.IntN(101))
		c.MemSwappiness = &swap
	}
	c.NanoCPUs, c.CPUShares, c.CPUPeriod, c.CPUQuota, c.CPURTPeriod, c.CPURTRuntime = g.number(), g.number(), g.number(), g.number(), g.number(), g.number()
	if g.chance(10) {
		c.CPUQuota = -1
	}
	for i := range g.IntN(3) {
		protocol := []string{"tcp", "udp", "sctp"}[g.IntN(3)]
		for range 1 + g.IntN(3) {
			c.Ports = append(c.Ports, flow.Port{Container: 80 + i, Protocol: protocol, HostIP: []string{"", "127.0.0.1", "::1"}[g.IntN(3)], Host: g.IntN(2) * (1 + g.IntN(65535))})
		}
	}
	for _, throttles := range []*[]flow.Throttle{&c.DeviceReadBPS, &c.DeviceReadIOPS, &c.DeviceWriteBPS, &c.DeviceWriteIOPS} {
		for g.chance(20) {
			*throttles = append(*throttles, flow.Throttle{Path: "p" + g.text(), Rate: uint64(g.Int64())})
		}
	}
	return c
}
