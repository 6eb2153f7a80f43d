package dcm

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed uids.tsv
var uidsText string

// later are names that the list is too old for.
var later = map[UID]string{
	"1.2.840.10008.1.2.1.98":  "Encapsulated Uncompressed Explicit VR Little Endian",
	"1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
	"1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
	"1.2.840.10008.1.2.4.112": "JPEG XL",
	"1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
	"1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
	"1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000 Image Compression",
	gePrivateImplicit:         "GE Private Implicit VR Big Endian Pixels",
}

var uidNames = sync.OnceValue(func() map[UID]string {
	names := make(map[UID]string, strings.Count(uidsText, "\n")+len(later))
	for line := range strings.Lines(uidsText) {
		if uid, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			names[UID(uid)] = name
		}
	}
	for uid, name := range later {
		names[uid] = name
	}
	return names
})

// Name returns what the standard calls a transfer syntax or a SOP class (PS3.6
// annex A), such as "CT Image Storage", or the UID where it is not known.
func (u UID) Name() string {
	if name, ok := uidNames()[u]; ok {
		return name
	}
	return string(u)
}
