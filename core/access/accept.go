package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// AcceptLines are the lines that the block dicom of a site's file needs so that a
// sender which was rejected is accepted, and what to do with them. They are empty if
// the site would accept it now, or if it was rejected for another reason than its
// titles and address. The agent never writes the file.
func AcceptLines(d *config.DICOM, sender run.Sender) string {
	address, err := netip.ParseAddr(sender.Address)
	if err != nil {
		return ""
	}
	calling, err := dcm.ParseAETitle(string(sender.CallingAE))
	if err != nil {
		return ""
	}
	request := &dimse.AssociateRequest{CallingAE: calling, CalledAE: sender.CalledAE, RemoteAddr: netip.AddrPortFrom(address, 0)}
	var refusing []Peers
	for _, l := range d.All() {
		p := Peers{AETitle: d.AETitle, Listener: l, Peers: d.Peers}
		if l.Listen == "" {
			continue
		}
		if p.Admit(request) == nil {
			return ""
		}
		refusing = append(refusing, p)
	}
	if len(refusing) == 0 {
		return ""
	}
	p := refusing[0]
	if denied, ok := p.find(true, calling, address); ok {
		return fmt.Sprintf("# peer %s is denied: take its deny = true out of the site's file, then: raddeploy reload", quoted(denied.Name))
	}
	var lines []string
	if titles := p.called(); len(titles) > 0 && !slices.Contains(titles, sender.CalledAE) {
		if _, err := dcm.ParseAETitle(string(sender.CalledAE)); err != nil {
			return ""
		}
		lines = append(lines, fmt.Sprintf("# in the block %s:", p.Listener.Block()), "called_ae_titles = "+quotedList(append(slices.Clone(titles), sender.CalledAE)))
	}
	known, ok := p.find(false, calling, address)
	switch {
	case !p.named():
	case !ok:
		lines = append(lines, "# in the block dicom:", "peer "+quoted(p.unused(calling))+" {",
			"  ae_title  = "+quoted(string(calling)), "  addresses = ["+quoted(address.Unmap().String())+"]", "}")
	case len(known.CalledAETitles) > 0 && !slices.Contains(known.CalledAETitles, sender.CalledAE):
		lines = append(lines, fmt.Sprintf("# in the block peer %s:", quoted(known.Name)),
			"called_ae_titles = "+quotedList(append(slices.Clone(known.CalledAETitles), sender.CalledAE)))
	}
	return strings.Join(append(lines, "# then: raddeploy reload"), "\n")
}

// unused is a name for a peer that no other one has.
func (p Peers) unused(title dcm.AETitle) string {
	base := strings.ToLower(strings.Join(strings.FieldsFunc(string(title), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}), "-"))
	if base == "" {
		base = "peer"
	}
	name := base
	for n := 2; slices.ContainsFunc(p.Peers, func(peer config.Peer) bool { return peer.Name == name }); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// quoted is a text as HCL has it, in which nothing is a template.
func quoted(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(text))
}

func quotedList(titles []dcm.AETitle) string {
	texts := make([]string, len(titles))
	for i, title := range titles {
		texts[i] = quoted(string(title))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
