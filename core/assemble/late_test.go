package assemble

import "testing"

// Objects that come late are a revision with all objects so far, which is
// matched anew; and the next ones one more.
func TestLateObjectsAreARevision(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 60s
		G1 study 1 complete ct1 [no object came for 60 s]
		match!
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		B grouped ct2
		G2 study 1 (2, after G1) receiving ct2
		> wait 60s
		G2 study 1 (2, after G1) complete ct1 ct2 [1 object came after G1 was complete; no object came for 60 s]
		match!
		> wait 1h
		> open C CT2
		C receiving
		> spool C 1.2 ct3
		> release C
		C grouped ct3
		G3 study 1 (3, after G2) receiving ct3
		> wait 60s
		G3 study 1 (3, after G2) complete ct1 ct2 ct3 [1 object came after G2 was complete; no object came for 60 s]
		match!
	`)
}

// Late objects can be held for an operator. The next ones are held with them.
func TestLateObjectsAreHeld(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s late=hold
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 60s
		G1 study 1 complete ct1 [no object came for 60 s]
		match!
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		B grouped ct2
		G2 study 1 (2, after G1) receiving ct2
		> wait 60s
		G2 study 1 (2, after G1) incomplete ct1 ct2: 1 object came after G1 was complete, and late objects are held [1 object came after G1 was complete; no object came for 60 s]
		> open C CT1
		C receiving
		> spool C 1.2 ct3
		> release C
		C grouped ct3
		G3 study 1 (3, after G2) receiving ct3
		> wait 60s
		G2 study 1 (2, after G1) superseded ct1 ct2: more objects came: see revision 3, G3 [1 object came after G1 was complete; no object came for 60 s]
		G3 study 1 (3, after G2) incomplete ct1 ct2 ct3: 1 object came after G2 was complete, and late objects are held [1 object came after G2 was complete; no object came for 60 s]
	`)
}

// Late objects can be ignored: they are kept, and nothing follows.
func TestLateObjectsAreIgnored(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s late=ignore
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 60s
		G1 study 1 complete ct1 [no object came for 60 s]
		match!
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		B grouped ct2
		G2 study 1 (2, after G1) receiving ct2
		> wait 60s
		G2 study 1 (2, after G1) ignored ct2: 1 object came after G1 was complete, and late objects are ignored
	`)
}

// Objects that come again byte for byte are not late. If one among them has
// other bytes, it is.
func TestIdenticalObjectsAreNeverLate(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1 ct2
		> release A
		A grouped ct1 ct2
		G1 study 1 receiving ct1 ct2
		> wait 60s
		G1 study 1 complete ct1 ct2 [no object came for 60 s]
		match!
		> open B CT1
		B receiving
		> spool B 1.2 ct1 ct2
		> release B
		B grouped ct1 ct2
		G2 study 1 (2, after G1) receiving ct1 ct2
		> wait 60s
		G2 study 1 (2, after G1) ignored ct1 ct2: 2 objects came again, byte for byte as in G1
		> open C CT1
		C receiving
		> spool C 1.2 ct1 ct2=b
		> release C
		C grouped ct1 ct2=b
		G3 study 1 (3, after G1) receiving ct1 ct2=b
		> wait 60s
		G3 study 1 (3, after G1) complete ct1 ct2 ct1 ct2=b [1 object came after G1 was complete; no object came for 60 s; 1 SOP instance came more than once with different bytes (ct2): the last one counts, all are kept]
		match!
		> open D CT1
		D receiving
		> spool D 1.2 ct2=b
		> release D
		D grouped ct2=b
		G4 study 1 (4, after G3) receiving ct2=b
		> wait 60s
		G4 study 1 (4, after G3) ignored ct2=b: 1 object came again, byte for byte as in G3
		> open E CT1
		E receiving
		> spool E 1.2 ct2
		> release E
		E grouped ct2
		G5 study 1 (5, after G3) receiving ct2
		> wait 60s
		G5 study 1 (5, after G3) complete ct1 ct2 ct1 ct2=b ct2 [1 object came after G3 was complete; no object came for 60 s; 1 SOP instance came more than once with different bytes (ct2): the last one counts, all are kept]
		match!
	`)
}

// What comes after the late window is an arrival of its own.
func TestLateWindow(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s window=1h
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 60s
		G1 study 1 complete ct1 [no object came for 60 s]
		match!
		> wait 61m
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		B grouped ct2
		G2 study 1 receiving ct2
		> wait 60s
		G2 study 1 complete ct2 [no object came for 60 s]
		match!
	`)
}

// Of one SOP instance identical bytes are one object; of different ones the
// last counts, and the arrival says so.
func TestSameInstanceTwice(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1 ct1 ct2 ct2=b ct3
		> release A
		A grouped ct1 ct1 ct2 ct2=b ct3
		G1 study 1 receiving ct1 ct1 ct2 ct2=b ct3
		> wait 60s
		G1 study 1 complete ct1 ct1 ct2 ct2=b ct3 [no object came for 60 s; 1 SOP instance came more than once with different bytes (ct2): the last one counts, all are kept]
		match!
	`)
}
