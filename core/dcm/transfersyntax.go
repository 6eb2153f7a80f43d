package dcm

// Transfer syntaxes that RadDeploy treats by name (PS3.5 §10, annex A). Every
// other one is stored and sent as it is.
const (
	ImplicitVRLittleEndian         UID = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian         UID = "1.2.840.10008.1.2.1"
	DeflatedExplicitVRLittleEndian UID = "1.2.840.10008.1.2.1.99"
	ExplicitVRBigEndian            UID = "1.2.840.10008.1.2.2"
)

// Transfer syntaxes whose data set is not plain explicit little endian,
// although their pixel data is all that is special.
const (
	jpipDeflated      UID = "1.2.840.10008.1.2.4.95"
	jpipHTJ2KDeflated UID = "1.2.840.10008.1.2.4.205"
	// implicit little endian with big endian pixel data
	gePrivateImplicit UID = "1.2.840.113619.5.2"
)
