package dcm

import "iter"

// Item is one item of a sequence.
type Item struct {
	h        *Header
	from, to int // its elements in the header's table
	charset  []byte
}

// Items yields the items of a sequence at the top of the data set, in their order.
// A sequence that is missing, or was too long to keep, has none.
func (h *Header) Items(sequence Tag) iter.Seq[Item] {
	return h.items(sequence, 0, len(h.elements), h.characterSet(nil, h.meta, len(h.elements)))
}

// Items yields the items of a sequence inside of the item.
func (i Item) Items(sequence Tag) iter.Seq[Item] { return i.h.items(sequence, i.from, i.to, i.charset) }

func (h *Header) items(sequence Tag, from, to int, charset []byte) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		index, ok := h.find(sequence, from, to)
		if !ok {
			return
		}
		in := h
		if e := h.elements[index]; e.vr == vrUN && int(e.end) == index+1 && e.flags&flagKept != 0 {
			in, index = scanUnknown(h.value(index)), 0 // as in walk
		}
		for at, end := index+1, int(in.elements[index].end); at < end; at = int(in.elements[at].end) {
			inside, last := at+1, int(in.elements[at].end)
			if !yield(Item{in, inside, last, in.characterSet(charset, inside, last)}) {
				return
			}
		}
	}
}

// Text returns the text of an element of the item, as [Header.Text] does.
func (i Item) Text(t Tag) (string, bool) {
	at, ok := i.h.find(t, i.from, i.to)
	if !ok {
		return "", false
	}
	return i.h.text(at, i.charset)
}

// UID returns the value of an element of the item as [Header.UID] does.
func (i Item) UID(t Tag) UID {
	text, _ := i.Text(t)
	return TrimUID(text)
}
