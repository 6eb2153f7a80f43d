package dcm

// vr is a value representation, its two letters as one number (PS3.5 §6.2).
type vr uint16

const (
	vrNone vr = 0 // items and delimiters, which have none
	vrAE   vr = 'A'<<8 | 'E'
	vrAS   vr = 'A'<<8 | 'S'
	vrAT   vr = 'A'<<8 | 'T'
	vrCS   vr = 'C'<<8 | 'S'
	vrDA   vr = 'D'<<8 | 'A'
	vrDS   vr = 'D'<<8 | 'S'
	vrDT   vr = 'D'<<8 | 'T'
	vrFD   vr = 'F'<<8 | 'D'
	vrFL   vr = 'F'<<8 | 'L'
	vrIS   vr = 'I'<<8 | 'S'
	vrLO   vr = 'L'<<8 | 'O'
	vrLT   vr = 'L'<<8 | 'T'
	vrOB   vr = 'O'<<8 | 'B'
	vrOD   vr = 'O'<<8 | 'D'
	vrOF   vr = 'O'<<8 | 'F'
	vrOL   vr = 'O'<<8 | 'L'
	vrOV   vr = 'O'<<8 | 'V'
	vrOW   vr = 'O'<<8 | 'W'
	vrPN   vr = 'P'<<8 | 'N'
	vrSH   vr = 'S'<<8 | 'H'
	vrSL   vr = 'S'<<8 | 'L'
	vrSQ   vr = 'S'<<8 | 'Q'
	vrSS   vr = 'S'<<8 | 'S'
	vrST   vr = 'S'<<8 | 'T'
	vrSV   vr = 'S'<<8 | 'V'
	vrTM   vr = 'T'<<8 | 'M'
	vrUC   vr = 'U'<<8 | 'C'
	vrUI   vr = 'U'<<8 | 'I'
	vrUL   vr = 'U'<<8 | 'L'
	vrUN   vr = 'U'<<8 | 'N'
	vrUR   vr = 'U'<<8 | 'R'
	vrUS   vr = 'U'<<8 | 'S'
	vrUT   vr = 'U'<<8 | 'T'
	vrUV   vr = 'U'<<8 | 'V'
)

// String returns the two letters, or "--" for none.
func (v vr) String() string {
	if v == vrNone {
		return "--"
	}
	return string([]byte{byte(v >> 8), byte(v)})
}

// known reports whether the standard defines the value representation.
func (v vr) known() bool {
	switch v {
	case vrAE, vrAS, vrAT, vrCS, vrDA, vrDS, vrDT, vrFD, vrFL, vrIS, vrLO, vrLT, vrPN, vrSH, vrSL, vrSS, vrST, vrTM, vrUI, vrUL, vrUS:
		return true
	}
	return v.long()
}

// long reports whether explicit encodings give the value a length of four bytes
// after two reserved ones (PS3.5 §7.1.2).
func (v vr) long() bool {
	switch v {
	case vrOB, vrOD, vrOF, vrOL, vrOV, vrOW, vrSQ, vrSV, vrUC, vrUN, vrUR, vrUT, vrUV:
		return true
	}
	return false
}

// word returns the size in bytes of the units that change with the byte order:
// 1 for text and bytes.
func (v vr) word() int {
	switch v {
	case vrAT, vrOW, vrSS, vrUS:
		return 2
	case vrFL, vrOF, vrOL, vrSL, vrUL:
		return 4
	case vrFD, vrOD, vrOV, vrSV, vrUV:
		return 8
	}
	return 1
}

// binary reports whether the value is not text.
func (v vr) binary() bool { return v.word() > 1 || v == vrOB || v == vrUN || v == vrSQ || v == vrNone }

// bulk reports whether the value is data rather than values to be read: it has
// text only while it is short.
func (v vr) bulk() bool {
	switch v {
	case vrOB, vrOD, vrOF, vrOL, vrOV, vrOW, vrUN:
		return true
	}
	return false
}

// padding returns the byte that makes a value's length even (PS3.5 §6.2).
func (v vr) padding() byte {
	if v == vrUI || v.binary() {
		return 0
	}
	return ' '
}
