package redact

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Report takes out of texts what a bug report must not tell: secrets, what could be a
// patient's, and where the machines of a site are. Hosts and addresses become names such
// as host-1, the same one each time, so that a reader can still tell them apart. AE
// titles, names of flows and destinations, and SOP class UIDs of DICOM itself stay.
//
// It is a second net: what the agent logs and shows without being asked for a patient
// holds none of that. The zero value knows no hosts. It is for one goroutine.
type Report struct {
	hosts []string
	names map[string]string
}

// What stands where something was taken out.
const (
	Secret  = "(secret)"
	Patient = "(patient)"
	Contact = "(contact)"
	uid     = "(uid)"
)

// Host has a host be known by a name of the report from now on.
func (r *Report) Host(host string) {
	host = strings.Trim(host, "[]")
	if host == "" || isHere(host) || slices.Contains(r.hosts, host) {
		return
	}
	r.hosts = append(r.hosts, host)
	slices.SortFunc(r.hosts, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	r.nameOf(host)
}

// nameOf is the name by which a host is known in the report.
func (r *Report) nameOf(host string) string {
	if r.names == nil {
		r.names = map[string]string{}
	}
	host = strings.ToLower(host)
	if r.names[host] == "" {
		r.names[host] = fmt.Sprintf("host-%d", len(r.names)+1)
	}
	return r.names[host]
}

// isHere reports whether a host is this one under a name that tells nothing.
func isHere(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || address.IsUnspecified())
}

var (
	ourToken    = regexp.MustCompile(`raddeploy_[0-9a-f]{8}_[\w-]{20,}`)
	bearer      = regexp.MustCompile(`(?i)\b(bearer|basic) +[\w.~+/=-]{8,}`)
	credentials = regexp.MustCompile(`://[^/\s"'@]+@`)
	// a word for a secret or for a patient's tag, and its value
	assigned    = regexp.MustCompile(`(?i)([\w.-]*(?:passw(?:or)?d|passphrase|secret|api_?key|private_?key|credential|token)[\w.-]*|` + patientWord + `)(\\?["']?\s*[=:]\s*)(\\?"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;"'}\]]+)`)
	email       = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)*`)
	pastHost    = regexp.MustCompile(`^(\w+://[^/?#]*)[/?#].+$`)
	personName  = regexp.MustCompile(`\pL[\pL\d-]*\^\pL[\pL\d^=.-]*`)
	instanceUID = regexp.MustCompile(`\b[0-2](?:\.(?:0|[1-9][0-9]*)){4,}\b`)
	address4    = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
	address6    = regexp.MustCompile(`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}`)
)

// patientWord are the words whose values are a patient's.
const patientWord = `Other_?Patient\w*|Patient_?(?:Name|ID|s?_?Birth\w*|Address|Telephone\w*|Comments)|Accession(?:_?Number)?|Study_?ID|Referring_?Physician\w*|Performing_?Physician\w*|Operators?_?Name`

var (
	secretKey = regexp.MustCompile(`(?i)passw(or)?d|passphrase|secret|api_?key|private_?key|credential|token`)
	// by keyword or number, also at the end of a path
	patientKey = regexp.MustCompile(`(?i)^(?:.*\.)?(` + patientWord + `|Patient\w*|Person\w*|\w*UID|\(?0010,?\w*\)?|\(?0008,?00[59]0\)?|\(?0020,?0010\)?)$`)
	contactKey = regexp.MustCompile(`(?i)^(owner|email|e_?mail|contact|recipient|phone|to|from)$`)
	hostKey    = regexp.MustCompile(`(?i)^(host|hosts|hostname|address|addresses|listen|server|servers|server_?name|endpoint|url|issuer|registry|webhook|proxy)$`)
	urlKey     = regexp.MustCompile(`(?i)^(url|webhook)$`)
	envKey     = regexp.MustCompile(`(?i)^(env|environment)$`)
)

// Text returns a text without what must not be told.
func (r *Report) Text(text string) string {
	text = ourToken.ReplaceAllString(text, Secret)
	text = bearer.ReplaceAllString(text, "$1 "+Secret)
	text = credentials.ReplaceAllString(text, "://"+Secret+"@")
	text = assigned.ReplaceAllStringFunc(text, func(found string) string {
		parts := assigned.FindStringSubmatch(found)
		if secretKey.MatchString(parts[1]) {
			return parts[1] + parts[2] + quotedLike(parts[3], Secret)
		}
		return parts[1] + parts[2] + quotedLike(parts[3], Patient)
	})
	text = email.ReplaceAllString(text, Contact)
	text = personName.ReplaceAllString(text, Patient)
	text = instanceUID.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "1.2.840.10008.") {
			return found
		}
		return uid
	})
	for _, host := range r.hosts {
		text = replaceWord(text, host, r.nameOf(host))
	}
	for _, form := range []*regexp.Regexp{address4, address6} {
		text = replaceAlone(text, form, func(found string) string {
			if _, err := netip.ParseAddr(found); err != nil || isHere(found) {
				return found
			}
			return r.nameOf(found)
		})
	}
	return text
}

// quotedLike is a placeholder in the quotes of what it replaces.
func quotedLike(was, now string) string {
	for _, quote := range []string{`\"`, `"`, "'"} {
		if strings.HasPrefix(was, quote) {
			return quote + now + quote
		}
	}
	return now
}

// replaceAlone replaces what a form finds and that is not part of something longer, such
// as of a UID.
func replaceAlone(text string, form *regexp.Regexp, with func(string) string) string {
	var b strings.Builder
	end := 0
	for _, at := range form.FindAllStringIndex(text, -1) {
		before, after := text[:at[0]], text[at[1]:]
		if longer.MatchString(after) || strings.HasSuffix(before, ".") {
			continue
		}
		b.WriteString(text[end:at[0]] + with(text[at[0]:at[1]]))
		end = at[1]
	}
	return b.String() + text[end:]
}

// longer is how a text begins that goes on with what stands before it.
var longer = regexp.MustCompile(`^(\.?[\w])`)

// replaceWord puts name where host stands by itself, whatever its case.
func replaceWord(text, host, name string) string {
	form := regexp.MustCompile(`(?i)(^|[^\w.-])` + regexp.QuoteMeta(host) + `($|[^\w-])`)
	for {
		next := form.ReplaceAllString(text, "${1}"+name+"${2}")
		if next == text { // two that share what is between them are found one after the other
			return text
		}
		text = next
	}
}

// Tree returns a value as JSON decodes it, such as a site or a flow, without what must
// not be told. A value's key says what it may be: settings with secrets, environments,
// patterns on a patient's tags, contacts.
func (r *Report) Tree(value any) any { return r.tree("", value) }

func (r *Report) tree(key string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for inner, v := range value {
			out[inner] = r.entry(key, inner, v)
		}
		// as a flow is encoded
		if tag, ok := value["tag"].(string); ok && patientKey.MatchString(tag) && value["patterns"] != nil {
			out["patterns"] = Patient
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = r.tree(key, v)
		}
		return out
	case string:
		switch {
		case secretKey.MatchString(key) && !strings.HasSuffix(strings.ToLower(key), "_file"):
			return Secret
		case patientKey.MatchString(key):
			return Patient
		case contactKey.MatchString(key) && value != "":
			return Contact
		case envKey.MatchString(key):
			name, _, _ := strings.Cut(value, "=")
			return name + "=" + Secret
		case urlKey.MatchString(key): // who knows the address of a hook may use it
			value = pastHost.ReplaceAllString(value, "$1/"+Secret)
		}
		return r.Text(value)
	}
	return value
}

func (r *Report) entry(above, key string, value any) any {
	if s, ok := value.(string); ok && envKey.MatchString(above) && s != "" && !strings.EqualFold(key, "name") {
		return Secret
	}
	if envKey.MatchString(above) && strings.EqualFold(key, "name") {
		return value
	}
	return r.tree(key, value)
}

// Hosts has the hosts be known that stand in a tree under keys such as host.
func (r *Report) Hosts(value any) { r.findHosts("", value) }

func (r *Report) findHosts(key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for inner, v := range value {
			r.findHosts(inner, v)
		}
	case []any:
		for _, v := range value {
			r.findHosts(key, v)
		}
	case string:
		if hostKey.MatchString(key) {
			r.Host(hostOf(value))
		}
	}
}

// hostOf is the host of a host, of host:port, or of a URL; "": there is none.
func hostOf(text string) string {
	if _, rest, isURL := strings.Cut(text, "://"); isURL {
		text = rest
		if i := strings.LastIndex(text, "@"); i >= 0 {
			text = text[i+1:]
		}
	}
	text, _, _ = strings.Cut(text, "/")
	if address, err := netip.ParseAddrPort(text); err == nil {
		return address.Addr().String()
	}
	if host, _, found := strings.Cut(text, ":"); found && strings.Count(text, ":") == 1 {
		return host
	}
	return text
}
