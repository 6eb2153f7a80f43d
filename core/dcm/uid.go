package dcm

import (
	"math/big"
	"strings"

	"github.com/google/uuid"
)

// UID is a DICOM unique identifier without its padding, such as
// "1.2.840.10008.1.1" (PS3.5 §9).
type UID string

// MaxUIDLength is the most characters a UID has (PS3.5 §9.1).
const MaxUIDLength = 64

// TrimUID makes a UID of a value as sent: trailing NULs and spaces are padding
// and are removed.
func TrimUID(value string) UID { return UID(strings.TrimRight(value, "\x00 ")) }

// Valid reports whether the UID is one to 64 characters of digits and dots
// without an empty component. Leading zeros in a component are tolerated, since
// real systems send them. A valid UID is safe as a file name.
func (u UID) Valid() bool {
	if len(u) == 0 || len(u) > MaxUIDLength || u[0] == '.' || u[len(u)-1] == '.' {
		return false
	}
	for i := 0; i < len(u); i++ {
		if c := u[i]; c != '.' && (c < '0' || c > '9') || c == '.' && u[i-1] == '.' {
			return false
		}
	}
	return true
}

// UIDs of the standard that RadDeploy names (PS3.6 annex A).
const (
	ApplicationContext UID = "1.2.840.10008.3.1.1.1"
	Verification       UID = "1.2.840.10008.1.1"
	// StorageCommitment is the push model's SOP class, and
	// StorageCommitmentInstance its one instance (PS3.4 §J.3).
	StorageCommitment         UID = "1.2.840.10008.1.20.1"
	StorageCommitmentInstance UID = "1.2.840.10008.1.20.1.1"
)

// ImplementationClass and ImplementationVersion name this program's DICOM
// implementation in associations and in file meta information (PS3.7 §D.3.3.2,
// PS3.10 §7.1). The UID is derived from a UUID (PS3.5 §B.2).
const (
	ImplementationClass   UID    = "2.25.168110765179512437220084235106915349173"
	ImplementationVersion string = "RADDEPLOY_1"
)

// NewUID returns a UID that nobody else has (PS3.5 §B.2: "2.25." and a random
// UUID as a decimal number).
func NewUID() UID { return UIDFromUUID(uuid.New()) }

// UIDFromUUID returns the UID that stands for a UUID (PS3.5 §B.2).
func UIDFromUUID(id [16]byte) UID { return UID("2.25." + new(big.Int).SetBytes(id[:]).String()) }
