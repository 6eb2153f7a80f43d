package dcm

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const escape = 0x1b

// decodeText turns a text value into UTF-8, by the value of (0008,0005) that
// holds for it (PS3.3 §C.12.1.1.2). Bytes that the character set does not have
// become U+FFFD.
func decodeText(value, charset []byte, name bool) string {
	if plain(value) {
		return string(value)
	}
	terms := strings.Split(string(trimPadding(charset)), `\`)
	for i := range terms {
		terms[i] = strings.ToUpper(strings.TrimSpace(terms[i]))
	}
	extended := len(terms) > 1 || strings.HasPrefix(terms[0], "ISO 2022") || strings.HasPrefix(terms[0], "ISO_2022")
	if extended && !multiByte(terms[0]) {
		return decodeEscapes(value, terms[0], name)
	}
	return decodeWith(singleEncoding(terms[0]), value)
}

// plain reports whether the value is the same in every character set: ASCII
// without escape sequences.
func plain(value []byte) bool {
	for _, c := range value {
		if c >= 0x80 || c == escape {
			return false
		}
	}
	return true
}

// multiByte reports whether a term names a character set that is used without
// escape sequences, whatever follows it.
func multiByte(term string) bool { return term == "ISO_IR 192" || term == "GB18030" || term == "GBK" }

// singleEncoding returns the encoding of a term of (0008,0005) without code
// extensions, or nil for one that is unknown or is plain ASCII.
func singleEncoding(term string) encoding.Encoding {
	switch term {
	case "ISO_IR 192":
		return encoding.Nop
	case "GB18030":
		return simplifiedchinese.GB18030
	case "GBK":
		return simplifiedchinese.GBK
	}
	digits := term[strings.LastIndexAny(term, " _")+1:]
	return registered[digits]
}

// registered are the encodings of bytes over 0x7F by their ISO registration
// number, as in "ISO_IR 100" (PS3.3 table C.12-2, C.12-3).
var registered = map[string]encoding.Encoding{
	"13":  japanese.ShiftJIS, // JIS X 0201 is its one-byte part
	"100": charmap.ISO8859_1,
	"101": charmap.ISO8859_2,
	"109": charmap.ISO8859_3,
	"110": charmap.ISO8859_4,
	"126": charmap.ISO8859_7,
	"127": charmap.ISO8859_6,
	"138": charmap.ISO8859_8,
	"144": charmap.ISO8859_5,
	"148": charmap.ISO8859_9,
	"166": charmap.Windows874, // TIS 620 and a little more
	"203": charmap.ISO8859_15,
	"149": korean.EUCKR,
	"58":  simplifiedchinese.GBK,
}

// decodeWith decodes a value by one encoding. What claims ASCII and is not, is
// UTF-8 if it can be, else Latin-1: so write most of the devices that do not
// declare what they write.
func decodeWith(e encoding.Encoding, value []byte) string {
	switch {
	case e == encoding.Nop:
		return strings.ToValidUTF8(string(value), "\uFFFD")
	case e == nil && utf8.Valid(value):
		return string(value)
	case e == nil:
		e = charmap.ISO8859_1
	}
	decoded, err := e.NewDecoder().Bytes(value)
	if err != nil {
		return strings.ToValidUTF8(string(value), "\uFFFD")
	}
	return string(decoded)
}

// codeElement is a character set that an escape sequence calls (PS3.3 tables
// C.12-3 and C.12-4).
type codeElement struct {
	sequence string
	low      bool // it stands for the bytes below 0x80 (G0), else for those above (G1)
	width    int  // bytes a character
	decode   func(value []byte) string
}

// decodeEscapes decodes a value with code extensions (ISO 2022). Each value,
// line and part of a name begins anew in the first character set (PS3.5
// §6.1.2.5.3).
func decodeEscapes(value []byte, first string, name bool) string {
	var b strings.Builder
	low, high := ascii, codeElement{width: 1, decode: single(singleEncoding(first))}
	if strings.HasSuffix(first, "149") || strings.HasSuffix(first, " 58") {
		high.width = 2
	}
	g0, g1 := low, high
	for len(value) > 0 {
		switch c := value[0]; {
		case c == escape:
			called, ok := elementOf(value[1:])
			if !ok {
				b.WriteRune(utf8.RuneError)
				value = value[1:]
				continue
			}
			value = value[1+len(called.sequence):]
			if called.low {
				g0 = called
			} else {
				g1 = called
			}
		case c < 0x80 && g0.width == 1 || c <= 0x20:
			if c == '\\' || c == '\n' || c == '\f' || c == '\r' || c == '\t' || name && (c == '^' || c == '=') {
				g0, g1 = low, high
			}
			b.WriteByte(c)
			value = value[1:]
		default:
			in := g0
			if c >= 0x80 {
				in = g1
			}
			n := runLength(value, in.width)
			b.WriteString(in.decode(value[:n]))
			value = value[n:]
		}
	}
	return b.String()
}

// runLength is how many bytes from the start belong to one character set: up to
// an escape, a control or the other half.
func runLength(value []byte, width int) int {
	half := value[0] & 0x80
	n := 0
	for n < len(value) && value[n]&0x80 == half && value[n]&0x7f > 0x20 {
		n += width
	}
	return max(1, min(n, len(value)))
}

// elementOf finds the character set that an escape sequence calls, given what
// follows the escape.
func elementOf(after []byte) (codeElement, bool) {
	for _, e := range codeElements {
		if bytes.HasPrefix(after, []byte(e.sequence)) {
			return e, true
		}
	}
	return codeElement{}, false
}

var ascii = codeElement{sequence: "(B", low: true, width: 1, decode: func(v []byte) string { return string(v) }}

// codeElements are the escape sequences that DICOM allows.
var codeElements = []codeElement{
	ascii,
	// JIS X 0201 romaji: the yen sign stands for the delimiter, so it stays a
	// backslash
	{"(J", true, 1, ascii.decode},
	{")I", false, 1, single(japanese.ShiftJIS)},
	{"$B", true, 2, eucJP("")},
	{"$@", true, 2, eucJP("")}, // its edition of 1978, not allowed and yet sent
	{"$(D", true, 2, eucJP("\x8f")},
	{"$)C", false, 2, single(korean.EUCKR)},
	{"$)A", false, 2, single(simplifiedchinese.GBK)},
	{"-A", false, 1, single(charmap.ISO8859_1)},
	{"-B", false, 1, single(charmap.ISO8859_2)},
	{"-C", false, 1, single(charmap.ISO8859_3)},
	{"-D", false, 1, single(charmap.ISO8859_4)},
	{"-F", false, 1, single(charmap.ISO8859_7)},
	{"-G", false, 1, single(charmap.ISO8859_6)},
	{"-H", false, 1, single(charmap.ISO8859_8)},
	{"-L", false, 1, single(charmap.ISO8859_5)},
	{"-M", false, 1, single(charmap.ISO8859_9)},
	{"-T", false, 1, single(charmap.Windows874)},
	{"-b", false, 1, single(charmap.ISO8859_15)},
}

func single(e encoding.Encoding) func([]byte) string {
	return func(value []byte) string { return decodeWith(e, value) }
}

// eucJP decodes two-byte characters of JIS X 0208 or 0212 by their EUC form,
// which sets the high bits and marks 0212.
func eucJP(mark string) func([]byte) string {
	return func(value []byte) string {
		var euc []byte
		for i := 0; i+1 < len(value); i += 2 {
			euc = append(append(euc, mark...), value[i]|0x80, value[i+1]|0x80)
		}
		if len(value)%2 == 1 {
			euc = append(euc, 0xff)
		}
		return decodeWith(japanese.EUCJP, euc)
	}
}
