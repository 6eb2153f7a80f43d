package dcm

// passed is what of a data set's elements tells whether bytes at its end may be
// the beginning of another one.
type passed struct {
	last   Tag
	group  uint16    // the private one whose blocks were reserved last
	blocks [4]uint64 // of it, a bit each
}

// add passes an element.
func (p *passed) add(t Tag) {
	p.last = t
	if !t.privateCreator() {
		return
	}
	if t.Group() != p.group {
		p.group, p.blocks = t.Group(), [4]uint64{}
	}
	p.blocks[t.Element()/64] |= 1 << (t.Element() % 64)
}

// stray reports whether the last bytes of a data set, fewer than an element has,
// are not the beginning of one. They are if they have the tag of an element that
// may follow; fewer than four bytes have none, and may be padding as well.
func (p *passed) stray(rest []byte, l layout) bool {
	return len(rest) < 4 || !p.followedBy(l.tag(rest))
}

// followedBy reports whether an element may follow: one that the standard knows, a
// group's length, a private creator, or a private element in a block that one has
// reserved (PS3.5 §7.8.1). Bytes that pad a data set hardly look like that.
func (p *passed) followedBy(t Tag) bool {
	switch _, known := loadDictionary().find(t); {
	case t <= p.last, t.Group() == 0xFFFF:
		return false
	case known, t.privateCreator():
		return true
	case t.Private():
		block := t.Element() >> 8
		return t.Group() == p.group && p.blocks[block/64]>>(block%64)&1 == 1
	}
	return t.Element() == 0 && t.Group() > p.last.Group() && t.Group() <= PixelData.Group()
}
