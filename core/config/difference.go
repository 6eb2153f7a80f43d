package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// Change is one setting in which a site's new configuration differs from the one
// that is in force.
type Change struct {
	// Setting is how the file spells it, such as dicom.max_pdu, or a block such as
	// peer "ct1".
	Setting string
	// What has changed, for people: "64 → 8", "added", "removed", "changed".
	What string
	// Restart says that the old value stays in force until the agent starts anew.
	Restart bool
}

// String is the change on one line.
func (c Change) String() string {
	if c.Restart {
		return c.Setting + ": " + c.What + ", waits for a restart"
	}
	return c.Setting + ": " + c.What
}

// Reload compares a new configuration with the one in force. It returns the one
// that is to be in force, in which the settings that cannot change while an agent
// works keep their values, and all changes. Neither s nor next is changed.
func (s *Site) Reload(next *Site) (*Site, []Change) {
	d := &difference{inForce: *next}
	d.settings(s, next)
	d.listeners(s.DICOM.Listeners, next.DICOM.Listeners)
	d.peers(s.DICOM.Peers, next.DICOM.Peers)
	d.destinations(s.Destinations, next.Destinations)
	d.executors(s, next)
	named(d, "notify", s.Notify, next.Notify, func(n Notify) string { return n.Name }, sameNotify)
	return &d.inForce, d.changes
}

// difference gathers changes, and the site that is to be in force.
type difference struct {
	inForce Site
	changes []Change
}

// settings compares all settings but those in blocks with names.
func (d *difference) settings(old, next *Site) {
	to := &d.inForce
	const now, restart = false, true
	compare(d, "name", old.Name, next.Name, &to.Name, restart)
	compare(d, "data_dir", old.DataDir, next.DataDir, &to.DataDir, restart)
	compare(d, "plugin_dir", old.PluginDir, next.PluginDir, &to.PluginDir, restart)
	compare(d, "tar_subdir", old.TarSubdir, next.TarSubdir, &to.TarSubdir, restart)
	compare(d, "static.dir", old.StaticDir, next.StaticDir, &to.StaticDir, restart)
	compare(d, "flows", old.FlowDirs, next.FlowDirs, &to.FlowDirs, now)

	compare(d, "dicom.ae_title", old.DICOM.AETitle, next.DICOM.AETitle, &to.DICOM.AETitle, restart)
	d.listener("dicom", &old.DICOM.Listener, &next.DICOM.Listener, &to.DICOM.Listener)
	compare(d, "dicom.max_associations", old.DICOM.MaxAssociations, next.DICOM.MaxAssociations, &to.DICOM.MaxAssociations, now)
	compare(d, "dicom.max_pdu", old.DICOM.MaxPDU, next.DICOM.MaxPDU, &to.DICOM.MaxPDU, now)
	compare(d, "dicom.idle_timeout", old.DICOM.IdleTimeout, next.DICOM.IdleTimeout, &to.DICOM.IdleTimeout, now)
	compare(d, "dicom.source_port", old.DICOM.SourcePort, next.DICOM.SourcePort, &to.DICOM.SourcePort, restart)
	compare(d, "dicom.complete", old.DICOM.Complete, next.DICOM.Complete, &to.DICOM.Complete, restart)
	compare(d, "dicom.on_abort", old.DICOM.OnAbort, next.DICOM.OnAbort, &to.DICOM.OnAbort, restart)

	compare(d, "deliver.give_up_after", old.Delivery.GiveUpAfter, next.Delivery.GiveUpAfter, &to.Delivery.GiveUpAfter, now)
	compare(d, "deliver.retry_min", old.Delivery.RetryMin, next.Delivery.RetryMin, &to.Delivery.RetryMin, now)
	compare(d, "deliver.retry_max", old.Delivery.RetryMax, next.Delivery.RetryMax, &to.Delivery.RetryMax, now)
	compare(d, "http.listen", old.HTTP.Listen, next.HTTP.Listen, &to.HTTP.Listen, restart)
	compare(d, "http.socket", old.HTTP.Socket, next.HTTP.Socket, &to.HTTP.Socket, restart)
	compare(d, "http.url", old.HTTP.URL, next.HTTP.URL, &to.HTTP.URL, now)
	compare(d, "http.require_token", old.HTTP.RequireToken, next.HTTP.RequireToken, &to.HTTP.RequireToken, now)
	compare(d, "http.trusted_proxies", old.HTTP.TrustedProxies, next.HTTP.TrustedProxies, &to.HTTP.TrustedProxies, restart)
	compare(d, "http.tls", old.HTTP.TLS, next.HTTP.TLS, &to.HTTP.TLS, restart)
	compare(d, "audit.syslog", old.Audit.Syslog, next.Audit.Syslog, &to.Audit.Syslog, restart)
	compare(d, "http.oidc", old.HTTP.OIDC, next.HTTP.OIDC, &to.HTTP.OIDC, restart)
	compare(d, "retention.reserve", old.Retention.Reserve, next.Retention.Reserve, &to.Retention.Reserve, now)
	compare(d, "retention.files", old.Retention.Files, next.Retention.Files, &to.Retention.Files, now)
	compare(d, "retention.files_min", old.Retention.FilesMin, next.Retention.FilesMin, &to.Retention.FilesMin, now)
	compare(d, "retention.logs", old.Retention.Logs, next.Retention.Logs, &to.Retention.Logs, now)
	compare(d, "retention.runs", old.Retention.Runs, next.Retention.Runs, &to.Retention.Runs, now)
	compare(d, "retention.log_size", old.Retention.LogSize, next.Retention.LogSize, &to.Retention.LogSize, restart)
	compare(d, "log.level", old.Log.Level, next.Log.Level, &to.Log.Level, now)
	compare(d, "log.format", old.Log.Format, next.Log.Format, &to.Log.Format, restart)
	compare(d, "log.file", old.Log.File, next.Log.File, &to.Log.File, restart)
}

// listener compares an address on which associations are received.
func (d *difference) listener(block string, old, next, to *Listener) {
	compare(d, block+".listen", old.Listen, next.Listen, &to.Listen, true)
	compare(d, block+".check_called_ae", old.CheckCalledAE, next.CheckCalledAE, &to.CheckCalledAE, false)
	compare(d, block+".called_ae_titles", old.CalledAETitles, next.CalledAETitles, &to.CalledAETitles, false)
	compare(d, block+".tls", old.TLS, next.TLS, &to.TLS, false)
}

// listeners compares the further listeners. Those that are open stay open, and no
// other is opened, until a restart.
func (d *difference) listeners(old, next []Listener) {
	find := func(all []Listener, name string) int {
		return slices.IndexFunc(all, func(l Listener) bool { return l.Name == name })
	}
	changed := func(l Listener, what string) {
		d.changes = append(d.changes, Change{l.Block(), what, true})
	}
	d.inForce.DICOM.Listeners = slices.Clone(old)
	for i, l := range old {
		if at := find(next, l.Name); at < 0 {
			changed(l, "removed")
		} else {
			to := &d.inForce.DICOM.Listeners[i]
			*to = next[at]
			d.listener(l.Block(), &l, &next[at], to)
		}
	}
	for _, l := range next {
		if find(old, l.Name) < 0 {
			changed(l, "added")
		}
	}
}

// compare records a setting that has changed. One that waits for a restart keeps
// its old value.
func compare[T any](d *difference, setting string, old, next T, to *T, restart bool) {
	if reflect.DeepEqual(old, next) {
		return
	}
	d.changes = append(d.changes, Change{setting, what(old, next), restart})
	if restart {
		*to = old
	}
}

// what says how a value has changed. Values of several parts are not spelled out.
func what(old, next any) string {
	switch kind := reflect.TypeOf(old).Kind(); kind {
	case reflect.Struct, reflect.Pointer:
		return "changed"
	case reflect.Slice:
		return fmt.Sprintf("%q → %q", old, next)
	default:
		return fmt.Sprintf("%s → %s", spelled(old), spelled(next))
	}
}

// spelled is a value as a person reads it; the zero value is the default.
func spelled(value any) string {
	if reflect.ValueOf(value).IsZero() {
		switch value.(type) {
		case bool:
			return "false"
		default:
			return "default"
		}
	}
	if bytes, ok := value.(uint64); ok {
		return sdk.Size(bytes).String()
	}
	return fmt.Sprint(value)
}

// peers compares the blocks by their names; environment variables make some, too.
// Their order counts as well: of several that a sender may be, it is the first.
func (d *difference) peers(old, next []Peer) {
	named(d, "peer", old, next, func(p Peer) string { return p.Name }, func(p, q Peer) bool { return reflect.DeepEqual(p, q) })
	if !slices.Equal(peersIn(old, next), peersIn(next, old)) {
		d.changes = append(d.changes, Change{"peer", "another order", false})
	}
}

// peersIn are the names of the peers that are also among the others, in order.
func peersIn(peers, others []Peer) (names []string) {
	for _, p := range peers {
		if slices.ContainsFunc(others, func(o Peer) bool { return o.Name == p.Name }) {
			names = append(names, p.Name)
		}
	}
	return names
}

func (d *difference) destinations(old, next Destinations) {
	named(d, "destination", old, next, func(t Destination) string { return t.Name }, func(t, u Destination) bool { return reflect.DeepEqual(t, u) })
}

// executors keeps what cannot change: another plugin under an executor's name,
// whose tasks only its own plugin knows; and the end of the last block, after
// which an executor would have to be found.
func (d *difference) executors(old, next *Site) {
	to := &d.inForce
	switch {
	case len(next.Executors) == 0 && old.Found():
		to.Executors = slices.Clone(old.Executors)
		to.Executors[0].CPUs, to.Executors[0].GPUs = next.CPUs, next.GPUs
	case len(next.Executors) == 0 && len(old.Executors) > 0:
		to.Executors = old.Executors
		d.changes = append(d.changes, Change{"executor", "no block is left, so that one has to be found", true})
	default:
		to.Executors = slices.Clone(next.Executors)
	}
	for i, e := range to.Executors {
		at := slices.IndexFunc(old.Executors, func(o Executor) bool { return o.Instance == e.Instance })
		if at >= 0 && old.Executors[at].Plugin != e.Plugin {
			d.changes = append(d.changes, Change{fmt.Sprintf("executor %q", e.Instance), "plugin " + old.Executors[at].Plugin + " → " + e.Plugin, true})
			to.Executors[i] = old.Executors[at]
		}
	}
	named(d, "executor", old.Executors, to.Executors, func(e Executor) string { return e.Instance }, sameExecutor)
}

// Found reports whether the site names no executor, and has the one that was
// found at the start.
func (s *Site) Found() bool { return len(s.Executors) == 1 && s.Executors[0].At.Source == nil }

// named compares blocks with names.
func named[T any](d *difference, block string, old, next []T, name func(T) string, same func(a, b T) bool) {
	find := func(all []T, wanted string) int {
		return slices.IndexFunc(all, func(one T) bool { return name(one) == wanted })
	}
	changed := func(one T, what string) {
		d.changes = append(d.changes, Change{fmt.Sprintf("%s %q", block, name(one)), what, false})
	}
	for _, one := range next {
		switch at := find(old, name(one)); {
		case at < 0:
			changed(one, "added")
		case !same(old[at], one):
			changed(one, "changed")
		}
	}
	for _, one := range old {
		if find(next, name(one)) < 0 {
			changed(one, "removed")
		}
	}
}

// Settings names the settings that have changed.
func Settings(changes []Change) string {
	var names []string
	for _, c := range changes {
		names = append(names, c.Setting)
	}
	return strings.Join(names, ", ")
}

// Text says how settings have changed.
func Text(changes []Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	return strings.Join(all, "; ")
}

// Waiting are the settings that wait for a restart.
func Waiting(changes []Change) string {
	return Settings(slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return !c.Restart }))
}
