package pdu

import "encoding/binary"

// PDVHeaderLength is the length of a presentation data value's length field,
// context id and control header, in bytes.
const PDVHeaderLength = 6

// pdvOverhead is what a PDV's length field counts beside the fragment: context
// id and control header.
const pdvOverhead = 2

// PDVHeader stands before each fragment in a P-DATA-TF (PS3.8 §9.3.5.1 and
// annex E).
type PDVHeader struct {
	Length    uint32 // of the fragment alone, in bytes
	ContextID byte
	Command   bool // a fragment of a command set, not of a data set
	Last      bool // the last fragment of its command set or data set
}

// ParsePDVHeader reads a header from the first PDVHeaderLength bytes of b. left
// is the number of bytes that the PDU has from b's begin on: a PDV that is
// shorter than its own header or longer than its PDU is an error.
func ParsePDVHeader(b []byte, left uint32) (PDVHeader, error) {
	length := binary.BigEndian.Uint32(b)
	if length < pdvOverhead {
		return PDVHeader{}, malformed(TypeData, "PDV length %d is shorter than its own header", length)
	}
	if left < 4 || length > left-4 {
		return PDVHeader{}, malformed(TypeData, "PDV length %d passes the end of its PDU", length)
	}
	return PDVHeader{
		Length:    length - pdvOverhead,
		ContextID: b[4],
		Command:   b[5]&1 != 0,
		Last:      b[5]&2 != 0,
	}, nil
}

// Append appends the encoded header.
func (h PDVHeader) Append(b []byte) []byte {
	var control byte
	if h.Command {
		control |= 1
	}
	if h.Last {
		control |= 2
	}
	return append(binary.BigEndian.AppendUint32(b, h.Length+pdvOverhead), h.ContextID, control)
}

// AppendFragmentHeader appends what stands before a fragment that is alone in
// its P-DATA-TF: both headers, HeaderLength + PDVHeaderLength bytes.
func AppendFragmentHeader(b []byte, h PDVHeader) []byte {
	return h.Append(Header{TypeData, h.Length + PDVHeaderLength}.Append(b))
}

// PDV is one presentation data value with its fragment.
type PDV struct {
	ContextID byte
	Command   bool
	Last      bool
	Fragment  []byte
}

// Data is a P-DATA-TF in memory (PS3.8 §9.3.5).
type Data struct{ PDVs []PDV }

// Type returns TypeData.
func (*Data) Type() Type { return TypeData }

// Append appends the encoded PDU.
func (p *Data) Append(b []byte) []byte {
	length := 0
	for _, v := range p.PDVs {
		length += PDVHeaderLength + len(v.Fragment)
	}
	b = Header{TypeData, uint32(length)}.Append(b)
	for _, v := range p.PDVs {
		b = PDVHeader{uint32(len(v.Fragment)), v.ContextID, v.Command, v.Last}.Append(b)
		b = append(b, v.Fragment...)
	}
	return b
}

func decodeData(body []byte) (*Data, error) {
	p := &Data{}
	if len(body) == 0 {
		return nil, malformed(TypeData, "no presentation data value in it")
	}
	for len(body) > 0 {
		if len(body) < PDVHeaderLength {
			return nil, malformed(TypeData, "%d bytes left are no PDV header", len(body))
		}
		h, err := ParsePDVHeader(body, uint32(len(body)))
		if err != nil {
			return nil, err
		}
		end := PDVHeaderLength + int(h.Length)
		p.PDVs = append(p.PDVs, PDV{h.ContextID, h.Command, h.Last, body[PDVHeaderLength:end]})
		body = body[end:]
	}
	return p, nil
}
