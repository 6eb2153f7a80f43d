package flow

// ID is what tells flows apart.
type ID struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Subdirs returns the sub-folders of src that hold for the flow at a site: its
// own or, if it does not say, the site's.
func (f *Flow) Subdirs(site []string) []string {
	if f.TarSubdir == nil {
		return site
	}
	return f.TarSubdir
}

// ID returns the flow's identity.
func (f *Flow) ID() ID { return ID{f.Name, f.Version} }

// OnlyByHand reports whether no arrival starts the flow: it has no triggers, and
// no AE title that is called.
func (f *Flow) OnlyByHand() bool { return len(f.Triggers) == 0 && len(f.CalledAETitles) == 0 }

// String returns name@version, or the name alone where there is no version.
func (id ID) String() string {
	if id.Version == "" {
		return id.Name
	}
	return id.Name + "@" + id.Version
}
