package config

import "github.com/raddeploy/raddeploy/core/lang"

// Check complains about what a site asks for and this version does not do.
func (s *Site) Check() lang.Diagnostics {
	var d lang.Diagnostics
	if on := s.DICOM.Complete.On; on != "" && on != "association" {
		d.Errorf(lang.Range{}, "leave it out: an arrival is what one association brings", "dicom { complete { on = %q } } is not in this version", on)
	}
	return d
}
