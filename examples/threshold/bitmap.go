package main

// bitmap holds one bit a pixel, the first pixel in the lowest bit of the first
// byte, as pixel data of one allocated bit is encoded (PS3.5 §8.1.1).
type bitmap struct {
	bytes  []byte
	length int // in pixels
}

func (b *bitmap) add(set bool) {
	if b.length%8 == 0 {
		b.bytes = append(b.bytes, 0)
	}
	if set {
		b.bytes[b.length/8] |= 1 << (b.length % 8)
	}
	b.length++
}

func (b bitmap) at(i int) bool { return b.bytes[i/8]>>(i%8)&1 == 1 }

// frames puts the masks of slices one after the other. No bits are left between
// them: a frame may begin in the middle of a byte (PS3.5 §8.2). The whole has an
// even number of bytes.
func frames(stack []slice) []byte {
	var all bitmap
	for _, s := range stack {
		for i := range s.mask.length {
			all.add(s.mask.at(i))
		}
	}
	if len(all.bytes)%2 == 1 {
		all.bytes = append(all.bytes, 0)
	}
	return all.bytes
}
