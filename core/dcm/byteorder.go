package dcm

import "slices"

// turned passes a value on whose words of so many bytes get the other byte order.
func (c *converter) turned(length uint32, word int) error {
	if word == 1 {
		return c.copy(c.w, length)
	}
	for length > 0 {
		b, err := c.peek(int(min(length, turnedAtOnce)))
		if err != nil {
			return noEOF(err)
		}
		for i := word; i <= len(b); i += word {
			slices.Reverse(b[i-word : i])
		}
		_, err = c.w.Write(b)
		if err != nil {
			return err
		}
		c.pass(len(b))
		length -= uint32(len(b))
	}
	return nil
}

// turnedAtOnce is a multiple of the longest word, and fits into the reader's
// buffer.
const turnedAtOnce = 16 << 10
