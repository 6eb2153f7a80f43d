package dimse

import "github.com/raddeploy/raddeploy/core/dimse/pdu"

const (
	// fragmentOverhead is what stands before a fragment that is alone in its
	// P-DATA-TF.
	fragmentOverhead = pdu.HeaderLength + pdu.PDVHeaderLength
	// bufferSize is the size of the buffer of an association that sends: large
	// enough that few system calls move an object, small enough that it stays in
	// the processor's cache.
	bufferSize = 256 << 10
	// receiveBuffer is the same for one that receives, of which there are many at
	// once: more would only take memory, and no less processor time.
	receiveBuffer = 128 << 10
	// minMaxPDU is the smallest maximum length that this side works with: a
	// fragment of two bytes.
	minMaxPDU = pdu.PDVHeaderLength + 2
)

// fragmentLimit is the longest fragment to send to a peer that takes P-DATA-TF
// bodies of maxPDU bytes (0 = any): of an even length, and with its headers
// within one buffer.
func fragmentLimit(maxPDU uint32) int {
	limit := uint32(bufferSize - pdu.HeaderLength)
	if maxPDU > 0 && maxPDU < limit {
		limit = maxPDU
	}
	return int(limit-pdu.PDVHeaderLength) &^ 1
}

// appendCommand appends a command set as one or more P-DATA-TF with fragments
// of up to limit bytes.
func appendCommand(b []byte, contextID byte, c *commandSet, limit int) []byte {
	set := c.append(make([]byte, 0, 256))
	for {
		n := min(len(set), limit)
		b = pdu.AppendFragmentHeader(b, pdu.PDVHeader{Length: uint32(n), ContextID: contextID, Command: true, Last: n == len(set)})
		b = append(b, set[:n]...)
		if set = set[n:]; len(set) == 0 {
			return b
		}
	}
}
